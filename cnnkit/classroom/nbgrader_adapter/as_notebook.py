"""A result as the notebook from which nbgrader takes marks: it can read nothing there but ours."""

from __future__ import annotations

import math
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

from cnnkit.classroom.exercises.texts import chapter_texts, chapters, language
from cnnkit.classroom.grading.result import (
    CRASHED,
    GRADED,
    NOT_TRIED,
    OUT_OF_MEMORY,
    RIGHT,
    TIMEOUT,
    WRONG,
    Check,
    Result,
)
from cnnkit.classroom.nbgrader_adapter.markdown import plain_text
from cnnkit.classroom.notebooks.canonical import NOTEBOOK_METADATA, Notebook

Cell = Notebook
Output = Notebook
KEY = "cnnkit"  # of the notebook's metadata that feedback is made from
SUMMARY = "cnnkit-summary"  # id of the cell that tells a human marker how grading went
NOT_RUN = "This check was not run."
ERROR_NAMES = {
    WRONG: "NotRight",
    NOT_TRIED: "NotTriedYet",
    TIMEOUT: "TookTooLong",
    OUT_OF_MEMORY: "OutOfMemory",
    CRASHED: "Crashed",
}
NOT_GRADED = "NotGraded"


def graded_notebook(result: Result, blank: Notebook) -> Notebook:
    """Return the notebook as it was graded, or ``blank`` where there is none, each check with one ending."""
    checks = {check.cell: check for check in result.checks}
    notebook = new_notebook(metadata={**NOTEBOOK_METADATA, KEY: told(result)})
    notebook.cells = [_graded(nbformat.from_dict(cell), checks, result) for cell in _cells(result, blank)]
    if result.outcome != GRADED or result.flags:
        notebook.cells.insert(0, _summary(result))
    return notebook


def told(result: Result) -> dict[str, Any]:
    """Return what a student may read of a result, as JSON has it; the names of mistakes are not for them."""
    return {
        "fingerprint": result.fingerprint,
        "outcome": result.outcome,
        "reason": result.reason,
        "flags": list(result.flags),
        "checks": [_told(check, result.chapter) for check in result.checks],
    }


def ending(check: Check, points: float) -> list[Output]:
    """Return the outputs from which nbgrader reads what a check earned: an error, a number, or neither.

    Anything but a number from 0 to ``points`` earns nothing.

    >>> [output.output_type for output in ending(Check("f-check", "f", True, 2, 2, RIGHT, "Right."), 2)]
    ['stream']
    >>> ending(Check("f-check", "f", True, 2, float("nan"), RIGHT), 2)[0].evalue
    'This check was not run.'
    """
    said = [new_output("stream", name="stdout", text=check.message)] if check.message else []
    if check.outcome == RIGHT and check.earned == points:
        return said
    if math.isfinite(check.earned) and 0 < check.earned < points:
        part = new_output("execute_result", data={"text/plain": repr(float(check.earned))})
        return [*said, part]
    return [failed(ERROR_NAMES.get(check.outcome, NOT_GRADED), check.message or NOT_RUN)]


def failed(name: str, message: str) -> Output:
    """Return an error output that shows only its message."""
    return new_output("error", ename=name, evalue=message, traceback=message.splitlines())


def is_check(cell: Cell) -> bool:
    """Tell whether a cell is graded by running it; one that is also answered there is marked by hand."""
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(about.get("grade")) and not about.get("solution")


def _cells(result: Result, blank: Notebook) -> list[Any]:
    return list(result.cells) or list(blank.cells)


def _graded(cell: Cell, checks: dict[str, Check], result: Result) -> Cell:
    if is_check(cell):
        about = cell.metadata.nbgrader
        check = checks.get(about.grade_id)
        cell.outputs = (
            ending(check, float(about.points)) if check else [failed(NOT_GRADED, result.reason or NOT_RUN)]
        )
    return cell


def _summary(result: Result) -> Cell:
    lines = [": ".join(filter(None, [result.outcome.replace("_", " "), result.reason])), *result.flags]
    return new_markdown_cell(plain_text("\n".join(lines)), id=SUMMARY)


def _told(check: Check, chapter: str) -> dict[str, Any]:
    kept = ("cell", "exercise", "visible", "points", "earned", "outcome", "message")
    hint = "" if check.outcome == RIGHT else _first_hint(chapter, check.exercise)
    return {**{key: getattr(check, key) for key in kept}, "hint": hint}


def _first_hint(chapter: str, exercise: str) -> str:
    number = chapter.partition("_")[0]
    if number not in chapters():
        return ""
    hints = chapter_texts(number, language())["exercises"].get(exercise, {}).get("hints", [""])
    return str(hints[0])
