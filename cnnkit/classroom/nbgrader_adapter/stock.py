"""Our change to nbgrader's own release of a notebook."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

from cnnkit.classroom.nbgrader_adapter.as_notebook import is_check
from cnnkit.classroom.notebooks.canonical import Notebook, canonical

Resources = dict[str, Any]


class CleanRelease(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a release to canonical form, and let "Run All Cells" go past exercises not yet solved."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        release = canonical(nb)
        for cell in release.cells:
            if is_check(cell):
                cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "raises-exception"})
        return release, resources
