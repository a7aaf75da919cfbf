"""Feedback without a gradebook: what is in it comes along, so any process can write a page."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from cnnkit.classroom.nbgrader_adapter.configuration import feedback_steps
from cnnkit.classroom.nbgrader_adapter.gradebook import Scores, scores_of
from cnnkit.classroom.nbgrader_adapter.page import FeedbackPage
from cnnkit.classroom.notebooks.canonical import Notebook


def feedback_page(course: Path, student: str, chapter: str, scores: Scores) -> Path:
    """Write a student's page from the graded notebook and the scores; return where it is."""
    graded = course / "autograded" / student / chapter / f"{chapter}.ipynb"
    notebook = nbformat.reads(graded.read_text(encoding="utf-8"), as_version=4)
    _mark(notebook, scores)
    about = {"student": student, "assignment": chapter, "notebook": chapter, **_sums(scores)}
    html, _ = _exporter().from_notebook_node(notebook, {"nbgrader": about})
    page = course / "feedback" / student / chapter / f"{chapter}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    unfinished = page.with_suffix(".tmp")
    unfinished.write_text(html, encoding="utf-8", errors="replace")
    os.replace(unfinished, page)
    return page


def write_feedback(course: Path, student: str, chapter: str, db_url: str) -> Path:
    """Write a student's page with the scores that are in the gradebook now; return where it is."""
    return feedback_page(course, student, chapter, scores_of(db_url, student, chapter))


def _mark(notebook: Notebook, scores: Scores) -> None:
    """Write scores and comments into the cells, as nbgrader's `GetGrades` does from the gradebook."""
    for marks in (cell.metadata.get("nbgrader") for cell in notebook.cells):
        if marks and marks.get("grade"):
            marks.score, marks.points = scores.cells[marks.grade_id]
        if marks and marks.get("solution"):
            marks.comment = scores.comments.get(marks.grade_id)


def _sums(scores: Scores) -> dict[str, Any]:
    return {"score": scores.score, "max_score": scores.max_score, "late_penalty": scores.late_penalty}


@cache
def _exporter() -> FeedbackPage:
    exporter = FeedbackPage()
    for step in feedback_steps():
        exporter.register_preprocessor(step, enabled=True)
    return exporter
