"""What students and markers are shown: no hidden tests, and nothing that runs in a browser."""

from __future__ import annotations

import json
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from cnnkit.classroom.nbgrader_adapter.as_notebook import (
    ERROR_NAMES,
    NOT_GRADED,
    failed,
    is_check,
)
from cnnkit.classroom.nbgrader_adapter.markdown import LONG, is_harmless, plain_text
from cnnkit.classroom.nbgrader_adapter.markup import TOO_LONG_TO_SHOW, harmless
from cnnkit.classroom.notebooks.canonical import Notebook

Cell = Notebook
Resources = dict[str, Any]

STOPPED = "Python stopped before this check had finished."
OUR_ERRORS = (*ERROR_NAMES.values(), NOT_GRADED, "DeadKernelError", "CellTimeoutError")
HIDDEN_CHECK_FAILED = (
    "A hidden check failed. It tries the same function on other inputs than the visible check."
)
LEFT_OUT = "[This output repeated hidden tests and was left out.]\n"
SHORTEST_SECRET = 16  # characters; shorter lines, such as "return y", tell nothing
ALL_CHARACTERS, ALL_TAGS = 500_000, 20_000  # of texts and of HTML that are cleaned in one notebook
PICTURES = ("image/png", "image/jpeg")
SHOWN = ("text/plain", "text/latex", "text/html", "text/markdown", *PICTURES)


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
        if not is_check(cell):
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


class OwnLines(NbGraderPreprocessor):  # type: ignore[misc]
    """Cut tracebacks to the student's own lines: those in the notebook's cells."""

    def preprocess_cell(self, cell: Cell, resources: Resources, cell_index: int) -> tuple[Cell, Resources]:
        """Leave out what stands in files."""
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [part.rstrip("\n") for part in output.traceback if not _is_in_a_file(part)]
        return cell, resources


class WithoutScripts(NbGraderPreprocessor):  # type: ignore[misc]
    """Remove from a submission what a browser would run or fetch: scripts, frames, remote pictures."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        """Clean a notebook, within what one may cost."""
        self.characters, self.tags = ALL_CHARACTERS, ALL_TAGS
        cleaned: tuple[Notebook, Resources] = super().preprocess(nb, resources)
        return cleaned

    def preprocess_cell(self, cell: Cell, resources: Resources, cell_index: int) -> tuple[Cell, Resources]:
        """Clean outputs; a text that could run something is shown as it was typed."""
        if cell.cell_type == "raw":
            cell.metadata.pop("raw_mimetype", None)
        if cell.cell_type == "markdown":
            cell.source = self._clean_text(cell.source, json.dumps(cell.get("attachments", {})))
        for output in (output for output in cell.get("outputs", []) if "data" in output):
            output.data = {
                kind: self._clean(kind, output.data[kind]) for kind in output.data if kind in SHOWN
            }
            output.metadata = _picture_metadata(output.metadata)
        return cell, resources

    def _clean(self, kind: str, content: Any) -> str:
        text = content if isinstance(content, str) else "".join(map(str, content))
        if kind == "text/html":
            self.tags -= text.count("<")
            return harmless(text) if self.tags >= 0 else TOO_LONG_TO_SHOW
        return self._clean_text(text) if kind == "text/markdown" else text

    def _clean_text(self, text: str, attachments: str = "{}") -> str:
        self.characters -= len(text)
        fine = self.characters >= 0 and is_harmless(text, attachments)
        return text if fine else plain_text(text[:LONG])


def _is_in_a_file(part: str) -> bool:
    return str(strip_ansi(part)).lstrip().startswith("File ")


def _picture_metadata(metadata: Any) -> Any:
    """Keep sizes and descriptions of pictures; anything else could be written to break out of its place."""
    return {
        kind: {
            key: value
            for key, value in metadata[kind].items()
            if (key in ("width", "height") and isinstance(value, int | float))
            or (key == "alt" and isinstance(value, str))
        }
        for kind in PICTURES
        if isinstance(metadata.get(kind), dict)
    }


def _only_our_message(output: Cell) -> Cell:
    if output.ename in OUR_ERRORS:
        return failed(output.ename, output.evalue or STOPPED)
    return failed("HiddenCheck", HIDDEN_CHECK_FAILED)
