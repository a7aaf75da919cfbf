"""Make a submission whole again before it is graded: copied, deleted, edited and renamed cells.

The order stays the student's, so that the notebook runs as it ran for them.
"""

from __future__ import annotations

import copy

from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.examine import grade_id, identity, known_cells

Cell = Notebook


def mend(submitted: Notebook, release: Notebook) -> tuple[Notebook, list[str]]:
    """Return ``submitted`` with the release's cells whole, and what had to be done, in words.

    The last copy of a cell is the one that counts; earlier copies of an answer stay as ordinary cells.
    Given and check cells come from the release; deleted ones are put back.
    """
    originals = known_cells(release)
    cells, remarks = _recognised(submitted.cells, originals)
    remarks += _put_back(cells, originals)
    mended = copy.deepcopy(release)
    mended.cells = cells
    _give_own_ids(cells)
    return mended, remarks


def answered(mended: Notebook, release: Notebook) -> bool:
    """Tell whether any answer differs from the release's stub."""
    stubs = {grade_id(cell): cell.source.strip() for cell in release.cells if _is_answer(cell)}
    return any(_is_answer(cell) and cell.source.strip() != stubs[grade_id(cell)] for cell in mended.cells)


def _recognised(submitted: list[Cell], originals: dict[str, Cell]) -> tuple[list[Cell], list[str]]:
    names = [identity(cell, originals) for cell in submitted]
    cells, remarks = [], []
    for index, (cell, name) in enumerate(zip(submitted, names, strict=True)):
        if not name:
            cells.append(_ordinary(cell))
        elif name in names[index + 1 :]:
            remarks.append(f"{name} was copied")
            cells += [_ordinary(cell)] if _is_answer(originals[name]) else []
        else:
            cells.append(_whole(cell, originals[name]))
            if not _is_answer(originals[name]) and cell.source.strip() != originals[name].source.strip():
                remarks.append(f"{name} was edited and has been restored")
    return cells, remarks


def _put_back(cells: list[Cell], originals: dict[str, Cell]) -> list[str]:
    """Insert given and check cells that are missing, each before the next one that is there."""
    remarks = []
    at = len(cells)
    for name, original in reversed(originals.items()):
        place = next((index for index, cell in enumerate(cells) if grade_id(cell) == name), None)
        if place is not None:
            at = place
        elif _is_answer(original):
            remarks.append(f"{name} is missing")
        else:
            remarks.append(f"{name} was missing and has been put back")
            cells.insert(at, copy.deepcopy(original))
    return remarks[::-1]


def _whole(cell: Cell, original: Cell) -> Cell:
    whole = copy.deepcopy(original)
    if _is_answer(original):
        whole.source = cell.source
    return whole


def _ordinary(cell: Cell) -> Cell:
    """Return the cell without metadata: a tag could keep nbgrader from running it."""
    ordinary = copy.deepcopy(cell)
    ordinary.metadata = type(cell.metadata)()
    return ordinary


def _is_answer(cell: Cell) -> bool:
    return bool(grade_id(cell) and cell.metadata["nbgrader"]["solution"])


def _give_own_ids(cells: list[Cell]) -> None:
    """Give ordinary cells an id where they have none, or share one with another cell."""
    taken = {cell["id"] for cell in cells if grade_id(cell)}
    for number, cell in enumerate(cells):
        if not grade_id(cell) and cell.get("id", "") in taken | {""}:
            cell["id"] = f"student-{number}"
        taken.add(cell["id"])
