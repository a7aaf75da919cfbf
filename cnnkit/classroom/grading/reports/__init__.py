"""What a class's grades look like: a page, files for programs, and files for Canvas and Moodle."""
