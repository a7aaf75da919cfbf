"""Compare a student's notebook with its release: what is broken, and how to mend it.

Pure: two notebooks and a file name in, findings out. The cells that nbgrader knows are found by the
``grade_id`` in their metadata or, where that was lost, by the cell's id, which a release makes equal to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.text import role_of

MARKS = ("grade", "locked", "points", "solution")
FRESH = "Take it from a fresh copy of the lesson (see below)."


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. A ``remark`` does not put any points at risk."""

    what: str
    mend: str
    remark: bool = False


def examine(student: Notebook, release: Notebook, name: str, unit: str) -> list[Finding]:
    """Return all that is broken in ``student``, the notebook in the file ``name`` (without its ending).

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> mark = {"grade_id": "pad-check", "grade": True, "solution": False, "locked": True, "points": 1}
    >>> check = new_code_cell("check.pad(pad)", id="pad-check", metadata={"nbgrader": mark})
    >>> release = new_notebook(cells=[check])
    >>> [finding.what for finding in examine(new_notebook(), release, "03_shapes", "03_shapes")]
    ['The check cell `pad-check` is missing.']
    """
    findings = []
    if name != unit:
        mend = f"Rename it to {unit}.ipynb: only a file of that name is graded."
        findings.append(Finding(f"The file is named {name}.ipynb.", mend))
    places = positions(student)
    for cell in known_cells(release).values():
        findings += _examine_cell(cell, student, places.get(grade_id(cell), []))
    return [*findings, *_moved(places, release), *_run_out_of_order(student)]


def best_release(student: Notebook, name: str, releases: Mapping[str, Notebook]) -> str | None:
    """Return the unit whose release shares most cells with ``student``, or None if none shares any."""
    places = positions(student)
    shared = {unit: len(places.keys() & known_cells(release).keys()) for unit, release in releases.items()}
    unit = max(shared, key=lambda unit: (shared[unit], name.startswith(unit)), default=None)
    return unit if unit and (shared[unit] or name == unit) else None


def known_cells(release: Notebook) -> dict[str, Notebook]:
    """Return the release's cells that nbgrader knows, by their ``grade_id``."""
    return {grade_id(cell): cell for cell in release.cells if grade_id(cell)}


def grade_id(cell: Notebook) -> str:
    """Return the ``grade_id`` in a cell's metadata, or ""."""
    marks = cell.metadata.get("nbgrader")
    return str(marks.get("grade_id", "")) if isinstance(marks, dict) else ""


def identity(cell: Notebook, known: Mapping[str, Any]) -> str:
    """Return which known cell this is, or "": by its mark, else by its id."""
    return next((key for key in (grade_id(cell), str(cell.get("id", ""))) if key in known), "")


def positions(student: Notebook) -> dict[str, list[int]]:
    """Return where each marked or named cell stands in the student's notebook, counted from 0."""
    places: dict[str, list[int]] = {}
    for number, cell in enumerate(student.cells):
        places.setdefault(grade_id(cell) or str(cell.get("id", f"#{number}")), []).append(number)
    return places


def kind(cell: Notebook) -> str:
    """Return what a release's cell is called when one speaks to a student."""
    role = role_of(cell)
    names = {"answer": "answer cell", "manual": "answer cell", "given": "given cell"}
    return names.get(role[0] if role else "", "check cell")


def _examine_cell(cell: Notebook, student: Notebook, places: list[int]) -> Iterator[Finding]:
    key, marks = grade_id(cell), cell.metadata.nbgrader
    if not places:
        yield Finding(f"The {kind(cell)} `{key}` is missing.", FRESH)
        return
    if len(places) > 1:
        numbers = " and ".join(str(place + 1) for place in places)
        keep = "Keep the one with your answer" if marks["solution"] else "Keep one of them"
        what = f"The {kind(cell)} `{key}` is there {len(places)} times: cells {numbers}."
        yield Finding(what, f"The last one counts. {keep}, delete the rest.")
    mine = student.cells[places[-1]]
    name = f"Cell {places[-1] + 1}, the {kind(cell)} `{key}`,"
    if mine.cell_type != cell.cell_type:
        mend = f"Select it and set its type to {cell.cell_type}."
        yield Finding(f"{name} is no {cell.cell_type} cell any more.", mend)
    if marks["locked"] and _text(mine) != _text(cell):
        mend = FRESH if "\n" in _text(cell) else f"It must read: {_text(cell)}"
        yield Finding(f"{name} was edited.", mend)
    if not _same_marks(mine, cell):
        yield Finding(f"{name} has lost its marks for the grader, or they were changed.", FRESH)


def _moved(places: Mapping[str, list[int]], release: Notebook) -> Iterator[Finding]:
    present = [(key, cell) for key, cell in known_cells(release).items() if key in places]
    for (above, upper), (below, lower) in pairwise(present):
        if places[below][0] < places[above][0]:
            moved = f"Cell {places[below][0] + 1}, the {kind(lower)} `{below}`,"
            yield Finding(
                f"{moved} stands above the {kind(upper)} `{above}`.",
                "Move it down to its place, with the arrow in the cell's corner.",
            )


def _run_out_of_order(student: Notebook) -> Iterator[Finding]:
    counts = [(cell.get("execution_count"), place) for place, cell in enumerate(student.cells)]
    run = [(count, place) for count, place in counts if isinstance(count, int)]
    for (earlier, upper), (later, lower) in pairwise(run):
        if later < earlier:
            what = f"Cell {lower + 1} was last run before cell {upper + 1}, which stands above it."
            yield Finding(
                what, "Kernel > Restart Kernel and Run All Cells shows what a grader sees.", remark=True
            )
            return


def _same_marks(mine: Notebook, original: Notebook) -> bool:
    marks = mine.metadata.get("nbgrader")
    return isinstance(marks, dict) and all(marks.get(m) == original.metadata.nbgrader.get(m) for m in MARKS)


def _text(cell: Notebook) -> str:
    return "\n".join(line.rstrip() for line in str(cell.source).strip().splitlines())
