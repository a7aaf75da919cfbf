"""nbgrader's steps that write a submission's marks, with one connection and one commit."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import nbformat
from nbgrader.api import Comment, Grade, MissingEntry
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    NbGraderPreprocessor,
    SaveAutoGrades,
)

from cnnkit.classroom.grading.result import FAILED, INVALID, MISSING
from cnnkit.classroom.nbgrader_adapter.as_notebook import KEY
from cnnkit.classroom.nbgrader_adapter.gradebook import gradebook_at, rows_by_cell
from cnnkit.classroom.notebooks.canonical import Notebook

Resources = dict[str, Any]
FOR_A_HUMAN = (INVALID, MISSING, FAILED)


class SaveGrades(SaveAutoGrades):  # type: ignore[misc]
    """Save what each check earned, after every automatic score of an earlier grading is forgotten.

    A submission that could not be graded gets 0, and is marked for a human with the reason as a comment.
    """

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        """Save the marks of one notebook."""
        about = resources["nbgrader"]
        names = about["notebook"], about["assignment"], about["student"]
        self.notebook_id, self.assignment_id, self.student_id = names
        with gradebook_at(about["db_url"]) as gradebook:
            self.gradebook = rows = Rows(gradebook, gradebook.find_submission_notebook(*names))
            rows.forget_automatic_scores()
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            if nb.metadata.get(KEY, {}).get("outcome") in FOR_A_HUMAN:
                rows.mark_for_a_human(nb.metadata[KEY]["reason"])
            gradebook.db.commit()
        nb.metadata.setdefault(KEY, {})["saved"] = True
        return nb, resources


class Rows:
    """The grades and comments of one submitted notebook, as `SaveAutoGrades` asks a gradebook for them."""

    def __init__(self, gradebook: Any, notebook: Any) -> None:
        self.grades = rows_by_cell(gradebook, Grade, notebook)
        self.comments = rows_by_cell(gradebook, Comment, notebook)
        self.db = self

    def commit(self) -> None:
        """Wait: all is committed together at the end."""

    def find_grade(self, cell: str, *_: str) -> Any:
        """Return the grade of a cell."""
        return self._known(self.grades, cell)

    def find_comment(self, cell: str, *_: str) -> Any:
        """Return the comment on a cell."""
        return self._known(self.comments, cell)

    def forget_automatic_scores(self) -> None:
        """Leave only what a human gave: a cell that is not graded now must not keep its old score."""
        for grade in self.grades.values():
            grade.auto_score, grade.needs_manual_grade = None, True

    def mark_for_a_human(self, reason: str) -> None:
        """Let a human look at every mark; the first comment says why."""
        for grade in self.grades.values():
            grade.auto_score, grade.needs_manual_grade = 0.0, True
        for comment in list(self.comments.values())[:1]:
            comment.auto_comment = f"Not graded: {reason}"

    def _known(self, rows: dict[str, Any], cell: str) -> Any:
        if cell not in rows:
            raise MissingEntry(f"the gradebook has no cell {cell!r}: this chapter is another version")
        return rows[cell]


class LatePenalties(AssignLatePenalties):  # type: ignore[misc]
    """Take nothing off what was in time, and leave what is late to nbgrader."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        """Set the late penalty of one notebook anew, from its time and its score now."""
        about = resources["nbgrader"]
        names = about["notebook"], about["assignment"], about["student"]
        with gradebook_at(about["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(*names)
            late = notebook.assignment.total_seconds_late > 0
            if not late:
                notebook.late_submission_penalty = None
                gradebook.db.commit()
        return super().preprocess(nb, resources) if late else (nb, resources)


class CheckCells(CheckCellMetadata):  # type: ignore[misc]
    """Check nbgrader's marks in each cell; those that all submissions of a chapter share, only once."""

    def preprocess(self, nb: Notebook, resources: Resources) -> tuple[Notebook, Resources]:
        """Raise an exception if the marks of a cell are wrong, or two cells have the same."""
        marked = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
        for cell in marked:
            _check(cell.cell_type, json.dumps(cell.metadata.nbgrader, sort_keys=True))
        names = [cell.metadata.nbgrader.get("grade_id") for cell in marked]
        if len(set(names)) < len(names):
            raise ValidationError("two cells have the same grade_id")
        return nb, resources


@lru_cache(maxsize=4096)
def _check(cell_type: str, marks: str) -> None:
    cell = {"cell_type": cell_type, "metadata": {"nbgrader": json.loads(marks)}, "source": ""}
    MetadataValidator().validate_nb(nbformat.from_dict({"cells": [cell]}))
