"""Our changes to nbgrader's own release and run of a notebook."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from cnnkit.classroom.nbgrader_adapter.as_notebook import failed, is_check
from cnnkit.classroom.notebooks.canonical import Notebook, canonical

Resources = dict[str, Any]
STOPPED = "Python stopped before this check had finished."


class CleanRelease(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a release to canonical form, and let "Run All Cells" go past exercises not yet solved."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        release = canonical(nb)
        for cell in release.cells:
            if is_check(cell):
                cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "raises-exception"})
        return release, resources


class ExecuteToTheEnd(Execute):  # type: ignore[misc]
    """Run a notebook; when its kernel dies or hangs, only the checks that did not finish score 0.

    nbgrader would drop the whole notebook, and would give full marks to a check that never ran.
    """

    def preprocess(self, nb: Notebook, resources: Resources, km: Any = None) -> tuple[Notebook, Resources]:
        self.finished: set[int] = set()
        why = "DeadKernelError"
        try:
            super().preprocess(nb, resources, km)
        except (DeadKernelError, CellTimeoutError) as error:
            why = type(error).__name__
        for index, cell in enumerate(nb.cells):
            if is_check(cell) and index not in self.finished:
                cell.outputs = [failed(why, STOPPED)]
        return nb, resources

    def on_cell_executed(self, **about: Any) -> None:
        super().on_cell_executed(**about)
        self.finished.add(about["cell_index"])
