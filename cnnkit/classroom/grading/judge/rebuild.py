"""Rebuild the notebook that is graded: the master's cells in the master's order, with the student's answers.

Of a submission only the text of its answers and of its other cells is taken over. Given cells and checks come
from the master, metadata and outputs are dropped, and what a student added stays below the cell above it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from nbformat import v4

from cnnkit.classroom.grading.judge.outputs import plain
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.examine import grade_id, identity, kind

Cell = Notebook
LONGEST = 1_000_000  # characters of a cell
OWN = "own-"
TOP = ""  # the place of cells that stand above the first known one


@dataclass
class _Found:
    """What a submission holds of each known cell, and what stands below each."""

    copies: dict[str, list[Cell]] = field(default_factory=dict)
    below: dict[str, list[Cell | None]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def rebuild(submitted: Notebook, master: Notebook) -> tuple[Notebook, list[str]]:
    """Return the notebook to be graded, and a sentence about each thing that had to be put right.

    ``master`` may be a release or a master; its checks and given cells are what runs.
    """
    known = _known(master)
    found = _found(submitted, known)
    flags = list(found.flags)
    cells: list[Cell] = _others(found.below.get(TOP, []))
    for name, original in known.items():
        copies = found.copies.get(name, [])
        chosen, spare = _chosen(copies, original)
        flags += _flags(name, original, copies, chosen)
        if chosen is not None or not _is_free(original):
            cells.append(_rebuilt(original, chosen))
        cells += _others([*spare, *found.below.get(name, [])])
    rebuilt = copy.deepcopy(master)
    rebuilt.cells = cells
    _give_own_ids(cells, set(known))
    return rebuilt, flags


def answered(rebuilt: Notebook, release: Notebook) -> bool:
    """Tell whether any answer differs from the stub in ``release``, or stands in an own cell."""
    stubs = {cell.id: cell.source.strip() for cell in release.cells if is_answer(cell)}
    answers = [cell for cell in rebuilt.cells if is_answer(cell)]
    if any(cell.source.strip() not in ("", stubs[cell.id]) for cell in answers):
        return True
    own = any(cell.cell_type == "code" and cell.id.startswith(OWN) for cell in rebuilt.cells)
    return own and any(not cell.source.strip() for cell in answers)


def is_answer(cell: Cell) -> bool:
    """Tell whether this is a cell that a student fills in."""
    return bool(grade_id(cell) and cell.metadata["nbgrader"]["solution"])


def _known(master: Notebook) -> dict[str, Cell]:
    return {grade_id(cell) or str(cell.id): cell for cell in master.cells}


def _is_free(original: Cell) -> bool:
    """Is it an ordinary cell, which students may change and delete as they like?"""
    return not grade_id(original)


def _found(submitted: Notebook, known: dict[str, Cell]) -> _Found:
    found, place = _Found(), TOP
    marked = {grade_id(cell) for cell in submitted.cells}
    for cell in submitted.cells:
        name = identity(cell, known)
        if name and grade_id(cell) != name and name in marked:
            name = ""  # another cell carries the mark itself; this one only borrowed the id
        if name and not (_is_free(known[name]) and name in found.copies):
            found.copies.setdefault(name, []).append(cell)
            place = name
        else:
            found.below.setdefault(place, []).append(cell)
    return found


def _chosen(copies: list[Cell], original: Cell) -> tuple[Cell | None, list[Cell]]:
    """Return the copy that counts, and those of an answer that stay as ordinary cells.

    The last copy counts, but an untouched one never hides one that was filled in.
    """
    if not copies:
        return None, []
    if not is_answer(original):
        return copies[-1], []
    filled = [cell for cell in copies if cell.source.strip() != original.source.strip()]
    chosen = (filled or copies)[-1]
    return chosen, [cell for cell in filled if cell is not chosen]


def _rebuilt(original: Cell, chosen: Cell | None) -> Cell:
    cell = copy.deepcopy(original)
    if chosen is not None and (is_answer(original) or _is_free(original)):
        cell.source = plain(str(chosen.source), LONGEST)
    elif is_answer(original):
        cell.source = ""  # another cell may hold the answer: no stub must hide that
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    return cell


def _others(cells: list[Cell | None]) -> list[Cell]:
    """Return a student's own cells, as text of their kind and nothing else."""
    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    return [
        make.get(cell.cell_type, v4.new_raw_cell)(plain(str(cell.source), LONGEST)) for cell in cells if cell
    ]


def _flags(name: str, original: Cell, copies: list[Cell], chosen: Cell | None) -> list[str]:
    if _is_free(original):
        return []
    what = f"The {kind(original)} `{name}`"
    if chosen is None:
        return [f"{what} was missing{'.' if is_answer(original) else ' and has been put back.'}"]
    flags = []
    if len(copies) > 1:
        counts = "the last one that was filled in counts" if is_answer(original) else "one was kept"
        flags.append(f"{what} was there {len(copies)} times; {counts}.")
    if not grade_id(chosen):
        flags.append(f"{what} had lost its marks for the grader; it was found by its id.")
    if chosen.cell_type != original.cell_type:
        flags.append(f"{what} had become a {chosen.cell_type} cell and was read as {original.cell_type}.")
    if not is_answer(original) and _text(chosen) not in (_visible(original), _text(original)):
        flags.append(f"{what} was edited and has been restored.")
    if "skip-execution" in _tags(chosen):
        flags.append(f"{what} was tagged so that it would not run; the tag was dropped.")
    return flags


def _tags(cell: Cell) -> list[str]:
    tags = cell.metadata.get("tags", [])
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def _text(cell: Cell) -> str:
    return "\n".join(line.rstrip() for line in str(cell.source).strip().splitlines())


def _visible(cell: Cell) -> str:
    """Return the text of a check as students have it, without its hidden tests."""
    lines, hidden = [], False
    for line in _text(cell).splitlines():
        hidden = hidden or "BEGIN HIDDEN TESTS" in line
        if not hidden:
            lines.append(line)
        hidden = hidden and "END HIDDEN TESTS" not in line
    return "\n".join(lines).strip()


def _give_own_ids(cells: list[Cell], known: set[str]) -> None:
    """Give a student's own cells ids that no other cell has: made here, so that two gradings agree."""
    number = 0
    for cell in cells:
        if (grade_id(cell) or cell.id) not in known:
            number += 1
            cell.id = f"{OWN}{number}"
