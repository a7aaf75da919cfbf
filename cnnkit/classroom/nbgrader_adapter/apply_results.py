"""Instead of running a submission, nbgrader takes its result: graded by us, in the sandbox.

`AnyNotebook` reads whatever was handed in, and `ApplyResults` puts the graded notebook in its place. Both
stand in nbgrader's configuration, so ``nbgrader autograde`` and the formgrader's button use the sandbox too.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Callable as CallableTrait
from traitlets import Dict, Unicode

from cnnkit.classroom.grading.bundle import Bundle, Limits
from cnnkit.classroom.grading.crew.pool import Pool
from cnnkit.classroom.grading.result import INVALID, Result
from cnnkit.classroom.nbgrader_adapter.as_notebook import graded_notebook
from cnnkit.classroom.nbgrader_adapter.release import source_with_tests
from cnnkit.classroom.notebooks.canonical import Notebook

Resources = dict[str, Any]
NOT_TEXT = "the file is not a notebook: it is not UTF-8 text."


class AnyNotebook(NotebookExporter):  # type: ignore[misc]
    """Read a submission as it is: one that is no notebook is for `ApplyResults` to tell, not to fail on."""

    optimistic_validation = True

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[str, Resources]:
        """Convert the notebook in a file; its text goes along."""
        resources["nbgrader"]["handed_in"] = Path(filename).read_bytes()
        try:
            notebook = nbformat.read(filename, as_version=4)
        except Exception:  # nbformat raises many kinds for what is not a notebook
            notebook = nbformat.v4.new_notebook()
        converted: tuple[str, Resources] = self.from_notebook_node(notebook, resources, **more)
        return converted


class ApplyResults(NbGraderPreprocessor):  # type: ignore[misc]
    """Put a graded notebook in the place of the one that was handed in."""

    grade: Callable[[Bundle], Result] = CallableTrait(help="what grades a bundle").tag(config=True)
    sandbox = Unicode("bwrap", help="how student code is shut in: bwrap or limits").tag(config=True)
    salt = Unicode(help="what the numbers of hidden tests depend on, besides their seed").tag(config=True)
    limits = Dict(help="what a submission may use, where it differs: {'call_seconds': 5}").tag(config=True)

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        """Grade what was handed in, and return the graded notebook."""
        master = self._master(resources["nbgrader"]["assignment"])
        result = self.grade(self._bundle(resources["nbgrader"], master))
        return graded_notebook(result, nbformat.reads(master, as_version=4)), resources

    def _grade_default(self) -> Callable[[Bundle], Result]:
        return grade_in_sandbox

    def _salt_default(self) -> str:
        return os.environ.get("CNNKIT_SALT", "")

    def _bundle(self, about: Resources, master: str) -> Bundle:
        bundle = Bundle(about["student"], about["assignment"], "", master, Limits(**self.limits))
        more: Resources = {"sandbox": self.sandbox, "salt": self.salt}
        try:
            more["notebook"] = about["handed_in"].decode("utf-8")
        except UnicodeDecodeError:
            more["problem"] = (INVALID, NOT_TEXT)
        return Bundle(**{**vars(bundle), **more})

    def _master(self, chapter: str) -> str:
        """Return the chapter's master without solutions: as `cnnkit grade` left it, or made anew."""
        folders = self.parent.parent.coursedir
        name = f"{chapter}.ipynb"
        made = Path(folders.format_path(folders.source_with_tests_directory, ".", chapter), name)
        if made.is_file():
            return made.read_text(encoding="utf-8")
        return source_with_tests(Path(folders.format_path(folders.source_directory, ".", chapter), name))


def grade_in_sandbox(bundle: Bundle) -> Result:
    """Grade a bundle in a worker process, which stays for the next one."""
    (result,) = _worker(bundle.sandbox).grade([bundle])
    return result


@cache
def _worker(sandbox: str) -> Pool:
    pool = Pool(1, sandbox)
    atexit.register(pool.close)
    return pool
