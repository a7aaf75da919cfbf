"""What we change in notebooks on their way through nbgrader: to the students, through the kernel, and back."""

from __future__ import annotations

import re
from typing import Any

import bleach
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import SanitizeHTML
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from cnnkit.classroom.notebooks.canonical import canonical

Cell = Any  # nbformat.NotebookNode, which is untyped
Notebook = Any
Resources = dict[str, Any]

OUR_MESSAGES = ("NotRight", "NotTriedYet")
HIDDEN_FAILED = "A hidden check found a mistake, and it cannot say more. Try your function on other shapes and sizes."
SHOWED_HIDDEN_TESTS = "[This output was left out: it showed hidden tests.]"
MAY_RUN = re.compile(r"<\s*/?\s*(script|iframe|object|embed|form|link|meta|style|svg|base)\b|\bon\w+\s*=|javascript:", re.I)


class CleanRelease(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a release to canonical form, and let "Run All Cells" go past exercises not yet solved."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        release = canonical(nb)
        for cell in release.cells:
            if is_grade(cell) and not is_solution(cell):
                cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "raises-exception"})
        return release, resources


class ExecuteToTheEnd(Execute):  # type: ignore[misc]
    """Run a notebook; when its kernel dies or hangs, only the graded cells that did not finish score 0.

    nbgrader would drop the whole notebook, and would give full marks to a graded cell that never ran.
    """

    def preprocess(self, nb: Notebook, resources: Resources, km: Any = None) -> tuple[Notebook, Resources]:
        self.finished: set[int] = set()
        reason = "DeadKernelError"
        try:
            super().preprocess(nb, resources, km)
        except (DeadKernelError, CellTimeoutError) as error:
            reason = type(error).__name__
        for index, cell in enumerate(nb.cells):
            if is_grade(cell) and cell.cell_type == "code" and index not in self.finished:
                cell.outputs = [_error(reason, "Python stopped before this check could finish.")]
        return nb, resources

    def on_cell_executed(self, **about: Any) -> None:
        super().on_cell_executed(**about)
        self.finished.add(about["cell_index"])


class HideHiddenTests(ClearHiddenTests):  # type: ignore[misc]
    """Take hidden tests out of what a student gets back: their source, tracebacks, prints and values.

    Of a hidden check that failed only the check's own message stays. An output anywhere else that repeats a
    line of the hidden tests is left out too.
    """

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        with_tests = [cell.source for cell in nb.cells]
        nb, resources = super().preprocess(nb, resources)
        lines = {
            line.strip()
            for before, cell in zip(with_tests, nb.cells, strict=True)
            for line in set(before.splitlines()) - set(cell.source.splitlines())
            if len(line.strip()) >= 16  # shorter ones, such as "return y", are no secret
        }
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [_without(lines, output) for output in cell.outputs]
        return nb, resources

    def preprocess_cell(self, cell: Cell, resources: Resources, cell_index: int) -> tuple[Cell, Resources]:
        if not is_grade(cell) or is_solution(cell):
            return cell, resources
        before = cell.source
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.source != before and cell.cell_type == "code":
            cell.outputs = [_only_our_message(output) for output in cell.outputs if output.output_type == "error"]
        return cell, resources


class WithoutScripts(SanitizeHTML):  # type: ignore[misc]
    """Remove from a submission what a browser would run or fetch: scripts, frames, remote pictures."""

    TAGS = frozenset(
        "a abbr b blockquote br caption code dd details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img kbd "
        "li ol p pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul".split()
    )

    def preprocess_cell(self, cell: Cell, resources: Resources, cell_index: int) -> tuple[Cell, Resources]:
        if cell.cell_type == "markdown" and not MAY_RUN.search(cell.source):
            return cell, resources  # bleach would spoil the "<" of formulas and code
        return super().preprocess_cell(cell, resources, cell_index)

    def sanitize_html_tags(self, html_str: str) -> str:
        text = re.sub(r"<(script|style|iframe)\b.*?</\1\s*>", "", html_str, flags=re.I | re.S)
        cleaned = bleach.clean(
            text, tags=self.TAGS, attributes=_harmless, protocols={"http", "https", "mailto", "data"}, strip=True
        )
        return str(cleaned)


def _harmless(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return value.startswith("data:image/")
    if tag == "a" and name == "href":
        return value.startswith(("http:", "https:", "mailto:", "#"))
    return name in ("alt", "title", "colspan", "rowspan", "width", "height", "class", "role", "aria-label")


def _only_our_message(output: Cell) -> Cell:
    if output.ename in (*OUR_MESSAGES, "DeadKernelError", "CellTimeoutError"):
        return _error(output.ename, output.evalue or "The check took too long.")
    return _error("HiddenCheck", HIDDEN_FAILED)


def _without(lines: set[str], output: Cell) -> Cell:
    shown = str(output).replace("\\\\", "\\")
    if any(line in shown or repr(line)[1:-1] in shown for line in lines):
        return new_output("stream", name="stdout", text=SHOWED_HIDDEN_TESTS)
    return output


def _error(name: str, message: str) -> Cell:
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
