"""A tiny chapter in a gradebook, and results for it, for tests of what nbgrader makes of a result."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from cnnkit.classroom.grading import result as outcomes
from cnnkit.classroom.grading.result import NOT_TRIED, RIGHT, WRONG, Check, Result
from cnnkit.classroom.nbgrader_adapter import build_release, open_gradebook, put_in, source_with_tests
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from cnnkit.classroom.notebooks.canonical import read, write
from tests.chapters import RIGHT as ANSWERS
from tests.chapters import answer, write_master

UNIT = "90_tiny"
ESSAY = {"grade_id": "essay", "grade": True, "solution": True, "locked": False, "task": False, "points": 5}
SAID = {RIGHT: "", WRONG: "Not right: it triples.", NOT_TRIED: "Not tried yet."}
POINTS = {"double-check": 2.0, "double-hidden": 3.0, "negate-check": 2.0}


@dataclass
class Desk:
    """A folder of grades whose gradebook knows the tiny chapter; an essay in it is marked by hand."""

    course: Path
    db_url: str

    def result(self, student: str = "ann", right: str = "double negate", **changed: Any) -> Result:
        """Return a result in which the exercises named are right and the others wrong."""
        checks = tuple(
            self.check(name, RIGHT if name.partition("-")[0] in right.split() else WRONG) for name in POINTS
        )
        cells = tuple(json.loads(json.dumps(self.answered().cells)))
        told: dict[str, Any] = {"checks": checks, "cells": cells, **changed}
        return Result(
            student, UNIT, told.pop("fingerprint", "f1"), told.pop("outcome", outcomes.GRADED), **told
        )

    @staticmethod
    def check(name: str, outcome: str, message: str = "") -> Check:
        """Return a check with all its points, or none."""
        points = POINTS[name]
        earned = points if outcome == RIGHT else 0.0
        visible = not name.endswith("hidden")
        return Check(name, name.partition("-")[0], visible, points, earned, outcome, message or SAID[outcome])

    def answered(self, **answers: str) -> Any:
        """Return the notebook that was graded."""
        path = self.course / "source_with_tests" / UNIT / f"{UNIT}.ipynb"
        return answer(read(path), {**ANSWERS, "essay": "My essay.", **answers})

    def hand_in(self, student: str = "ann", **answers: str) -> None:
        """Put a submission where nbgrader looks for it."""
        put_in(self.course, student, UNIT, nbformat.writes(self.answered(**answers)))

    def grades(self, student: str = "ann") -> dict[str, tuple[Any, ...]]:
        """Return the rows of the gradebook: ``grade_id -> (automatic, by hand, needs a human)``."""
        with surroundings(), Gradebook(self.db_url) as gradebook:
            rows = gradebook.find_submission_notebook(UNIT, UNIT, student).grades
            return {row.name: (row.auto_score, row.manual_score, row.needs_manual_grade) for row in rows}

    def comments(self, student: str = "ann") -> dict[str, tuple[Any, ...]]:
        """Return the comments: ``grade_id -> (automatic, by hand)``."""
        with surroundings(), Gradebook(self.db_url) as gradebook:
            rows = gradebook.find_submission_notebook(UNIT, UNIT, student).comments
            return {row.name: (row.auto_comment, row.manual_comment) for row in rows}

    def mark(self, cell: str, score: float, student: str = "ann") -> None:
        """Mark a cell by hand, as the formgrader does."""
        with surroundings(), Gradebook(self.db_url) as gradebook:
            grade = gradebook.find_grade(cell, UNIT, UNIT, student)
            grade.manual_score, grade.needs_manual_grade = score, False
            gradebook.db.commit()

    def graded(self, student: str = "ann") -> Any:
        """Return the graded notebook."""
        path = self.course / "autograded" / student / UNIT / f"{UNIT}.ipynb"
        return nbformat.read(path, as_version=4)


def make_desk(folder: Path, db_url: str = "") -> Desk:
    """Make a folder of grades with the tiny chapter in its gradebook."""
    course = folder / "graded"
    db_url, _ = open_gradebook(db_url or f"sqlite:///{_made(course) / 'gradebook.db'}")
    master = write_master(folder / "solutions")
    notebook = read(master)
    marks = {"nbgrader": {"schema_version": 3, **ESSAY}}
    notebook.cells.append(nbformat.v4.new_markdown_cell("Write here.", id="essay", metadata=marks))
    write(notebook, master)
    build_release(master, folder / "work", db_url)
    blank = _made(course / "source_with_tests" / UNIT) / f"{UNIT}.ipynb"
    blank.write_text(source_with_tests(master), encoding="utf-8")
    _made(course / "solutions" / UNIT)
    return Desk(course.resolve(), db_url)


def copy_of(desk: Desk, folder: Path) -> Desk:
    """Return a folder of grades of its own for one test: making it anew would take longer."""
    course = Path(shutil.copytree(desk.course, folder / "graded")).resolve()
    return Desk(course, f"sqlite:///{course / 'gradebook.db'}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
