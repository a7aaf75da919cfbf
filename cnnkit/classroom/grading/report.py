"""Grades as files: ``grades.csv``, one row a submission, and ``points.csv``, one row a graded cell."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRADED = "graded"
NO_RESPONSE = "no_response"
CRASHED = "crashed"
TIMEOUT = "timeout"
INVALID = "invalid_notebook"
MISSING = "missing_notebook"
NOT_SUBMITTED = "not_submitted"
FAILED = "infrastructure_error"
NOT_GRADED = (INVALID, MISSING, FAILED)


@dataclass(frozen=True)
class Result:
    """How one submission came out; ``cells`` is ``grade_id -> (score, points)``."""

    student: str
    chapter: str
    score: float
    max_score: float
    late_penalty: float
    outcome: str
    reason: str = ""
    cells: dict[str, tuple[float, float]] = field(default_factory=dict)


def points(number: float) -> str:
    """Write a number of points without needless zeros.

    >>> points(3.0), points(2.5)
    ('3', '2.5')
    """
    return f"{number:.2f}".rstrip("0").rstrip(".")


def write_grades(results: Iterable[Result], path: Path) -> None:
    """Write one row a submission, sorted by student and chapter."""
    header = ("student", "chapter", "score", "max_score", "late_penalty", "outcome", "reason")
    _write(path, header, ([_text(getattr(r, column)) for column in header] for r in _sorted(results)))


def write_points(results: Iterable[Result], path: Path) -> None:
    """Write one row a graded cell."""
    rows = (
        (r.student, r.chapter, cell, points(score), points(most))
        for r in _sorted(results)
        for cell, (score, most) in sorted(r.cells.items())
    )
    _write(path, ("student", "chapter", "cell", "score", "max_score"), rows)


def _text(value: str | float) -> str:
    return points(value) if isinstance(value, float) else value


def _sorted(results: Iterable[Result]) -> list[Result]:
    return sorted(results, key=lambda result: (result.student, result.chapter))


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([_harmless(value) for value in row] for row in rows)


def _harmless(value: str) -> str:
    """Keep a spreadsheet from taking a student's text for a formula."""
    return "'" + value if value.startswith(("=", "+", "-", "@")) else value
