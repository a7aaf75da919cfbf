"""Grades for a spreadsheet: ``grades.csv`` has one row a submission, ``points.csv`` one row a graded cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cnnkit.classroom.grading.graded import Graded, in_order, points

GRADES = ("student", "chapter", "score", "max_score", "late_penalty", "outcome", "reason", "flags")
POINTS = ("student", "chapter", "cell", "score", "max_score")
FORMULA = re.compile(r"[=+@\t\r]|-(?!\Z)")  # a lone dash is none, and says "nothing" to Moodle
Value = str | float


def write_grades(graded: Iterable[Graded], path: Path) -> None:
    """Write one row a submission, sorted by student and chapter."""
    write(path, GRADES, map(_grade, in_order(graded)))


def write_points(graded: Iterable[Graded], path: Path) -> None:
    """Write one row a graded cell, marks by hand included."""
    rows = (
        (one.result.student, one.result.chapter, cell, score, most)
        for one in in_order(graded)
        for cell, (score, most) in sorted(one.scores.cells.items())
    )
    write(path, POINTS, rows)


def write(path: Path, header: Sequence[Value], rows: Iterable[Sequence[Value]]) -> None:
    """Write a CSV file; text that a spreadsheet would take for a formula gets an apostrophe in front."""
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerows([_cell(value) for value in row] for row in (header, *rows))


def _grade(one: Graded) -> tuple[Value, ...]:
    result, scores = one.result, one.scores
    flags = "; ".join(result.flags)
    known = (result.student, result.chapter, scores.score, scores.max_score, scores.late_penalty)
    return (*known, result.outcome, result.reason, flags)


def _cell(value: Value) -> str:
    if isinstance(value, str):
        return "'" + value if FORMULA.match(value) else value
    return points(value)
