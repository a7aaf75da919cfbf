"""What a run of a student's notebook says about each exercise and each cell: pure, from runs to results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.examine import Finding, known_cells
from cnnkit.classroom.notebooks.execute import DIED, ERROR, FINE, TOO_LONG, CellRun

RIGHT, WRONG, NOT_TRIED, NOT_RUN = "right", "wrong", "not tried yet", "not run"


@dataclass(frozen=True)
class Cell:
    """A code cell to run: where it stands in the student's notebook, its ``grade_id`` or "", and its text."""

    place: int
    key: str
    source: str


@dataclass(frozen=True)
class Result:
    """How one exercise stands: points of its visible check, points left to its hidden one, and why."""

    exercise: str
    points: int
    hidden_points: int
    verdict: str
    message: str = ""


def results(release: Notebook, cells: Sequence[Cell], runs: Sequence[CellRun]) -> list[Result]:
    """Return the result of every exercise that the release grades, in its order.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> mark = {"grade_id": "pad-check", "grade": True, "solution": False, "locked": True, "points": 2}
    >>> release = new_notebook(cells=[new_code_cell("check.pad(pad)", metadata={"nbgrader": mark})])
    >>> results(release, [Cell(0, "pad-check", "check.pad(pad)")], [CellRun(FINE)])
    [Result(exercise='pad', points=2, hidden_points=0, verdict='right', message='')]
    """
    known = known_cells(release)
    points = {key: int(cell.metadata.nbgrader.get("points") or 0) for key, cell in known.items()}
    done = {cell.key: run for cell, run in reversed(list(zip(cells, runs, strict=True)))}
    return [
        Result(name, points[key], points.get(f"{name}-hidden", 0), *_verdict(done[key], done.get(name)))
        for key in points
        if (name := key.removesuffix("-check")) != key
    ]


def incidents(cells: Sequence[Cell], runs: Sequence[CellRun], limit: float) -> Iterator[Finding]:
    """Tell of cells that ran too long, killed the kernel or, outside the exercises, stopped with an error."""
    for cell, run in zip(cells, runs, strict=True):
        name = f"Cell {cell.place + 1} (`{_first_line(cell.source)}`)"
        if run.what == TOO_LONG:
            mend = "Let it do less or end its loop; `--timeout S` allows more seconds."
            yield Finding(f"{name} was stopped after {limit:g} s.", mend)
        elif run.what == DIED:
            mend = "Something in it ends Python itself, such as exit() or too much memory."
            yield Finding(f"The kernel died in {name}; the cells below it were not run.", mend)
        elif run.what == ERROR and (not cell.key or cell.key.startswith("given-")):
            mend = "Outside the exercises this costs no points."
            yield Finding(f"{name} stops with {_said(run)}", mend, remark=True)


def _verdict(check: CellRun, answer: CellRun | None) -> tuple[str, str]:
    if check.what == FINE:
        return RIGHT, ""
    if check.error == "NotTriedYet":
        return NOT_TRIED, ""
    if answer and answer.what == ERROR:
        return WRONG, f"The answer cell stops with {_said(answer)}"
    if check.what == ERROR:
        return WRONG, check.message if check.error == "NotRight" else f"The check stops with {_said(check)}"
    why = {TOO_LONG: "The check was stopped: it ran too long.", DIED: "The kernel died in it."}
    return NOT_RUN, why.get(check.what, "The kernel had died before.")


def _said(run: CellRun) -> str:
    return f"{run.error}: {run.message}".rstrip(": ")


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")[:60]
