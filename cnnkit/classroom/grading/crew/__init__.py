"""Who does the work: processes here or a Dask cluster, and the results that they leave on disk."""
