"""What we change in notebooks on their way through nbgrader: before students, kernel and feedback."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from cnnkit.classroom.nbgrader_adapter.markup import harmless, may_run
from cnnkit.classroom.notebooks.canonical import Notebook, canonical

Cell = Notebook
Resources = dict[str, Any]

OUR_ERRORS = ("NotRight", "NotTriedYet", "DeadKernelError", "CellTimeoutError")
HIDDEN_CHECK_FAILED = (
    "A hidden check failed. It tries the same function on other inputs than the visible check."
)
STOPPED = "Python stopped before this check had finished."
LEFT_OUT = "[This output repeated hidden tests and was left out.]\n"
SHORTEST_SECRET = 16  # characters; shorter lines, such as "return y", tell nothing
MARKUP = ("text/html", "text/markdown")
PLAIN = ("text/plain", "text/latex", "image/png", "image/jpeg")


class CleanRelease(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a release to canonical form, and let "Run All Cells" go past exercises not yet solved."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        release = canonical(nb)
        for cell in release.cells:
            if _is_check(cell):
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
            if _is_check(cell) and index not in self.finished:
                cell.outputs = [_error(why, STOPPED)]
        return nb, resources

    def on_cell_executed(self, **about: Any) -> None:
        super().on_cell_executed(**about)
        self.finished.add(about["cell_index"])


class HideHiddenTests(ClearHiddenTests):  # type: ignore[misc]
    """Take hidden tests out of what a student gets back: their source, tracebacks, prints and values.

    Of a hidden check that failed only the check's own message stays. An output anywhere else that repeats
    a line of hidden tests is left out too.
    """

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        self.secrets: set[str] = set()
        nb, resources = super().preprocess(nb, resources)
        visible = "\n".join(cell.source for cell in nb.cells)
        self.secrets = {line for line in self.secrets if line not in visible}  # a student may write it too
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [self._without_secrets(output) for output in cell.outputs]
        return nb, resources

    def preprocess_cell(self, cell: Cell, resources: Resources, cell_index: int) -> tuple[Cell, Resources]:
        if not _is_check(cell):
            return cell, resources  # a student may write what looks like nbgrader's markers
        before = cell.source.splitlines()
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        hidden = {line.strip() for line in before} - {line.strip() for line in cell.source.splitlines()}
        if hidden:
            self.secrets |= {line for line in hidden if len(line) >= SHORTEST_SECRET}
            cell.outputs = [_only_our_message(out) for out in cell.outputs if out.output_type == "error"]
        return cell, resources

    def _without_secrets(self, output: Cell) -> Cell:
        shown = str(output).replace("\\", "")
        if any(secret.replace("\\", "") in shown for secret in self.secrets):
            return new_output("stream", name="stdout", text=LEFT_OUT)
        return output


class WithoutScripts(NbGraderPreprocessor):  # type: ignore[misc]
    """Remove from a submission what a browser would run or fetch: scripts, frames, remote pictures."""

    def preprocess_cell(self, cell: Cell, resources: Resources, cell_index: int) -> tuple[Cell, Resources]:
        if cell.cell_type != "code":
            cell.source = harmless(cell.source) if may_run(cell.source) else cell.source
            return cell, resources
        for output in (output for output in cell.outputs if "data" in output):
            plain = {kind: content for kind, content in output.data.items() if kind in PLAIN}
            markup = {kind: harmless(text) for kind, text in output.data.items() if kind in MARKUP}
            output.data = {**plain, **markup}
        return cell, resources


def _is_check(cell: Cell) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def _only_our_message(output: Cell) -> Cell:
    if output.ename in OUR_ERRORS:
        return _error(output.ename, output.evalue or STOPPED)
    return _error("HiddenCheck", HIDDEN_CHECK_FAILED)


def _error(name: str, message: str) -> Cell:
    return new_output("error", ename=name, evalue=message, traceback=[message])
