"""The one writer of a gradebook: applies results, each through nbgrader's own grading step.

nbgrader's step is made once and used for all submissions, with one connection to the gradebook.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.writers import FilesWriter
from nbformat.v4 import new_notebook
from nbgrader.api import Grade
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties

from cnnkit.classroom.grading.result import Result
from cnnkit.classroom.nbgrader_adapter.as_notebook import KEY, graded_notebook, told
from cnnkit.classroom.nbgrader_adapter.configuration import settings
from cnnkit.classroom.nbgrader_adapter.gradebook import (
    Scores,
    gradebook_at,
    has_submission,
    kept_open,
    rows_by_cell,
    scores_of,
)
from cnnkit.classroom.nbgrader_adapter.running import OneNotebook, make, start
from cnnkit.classroom.notebooks.canonical import Notebook

Apply = Callable[[Result], Scores]


@contextmanager
def writer(course: Path, db_url: str) -> Iterator[Apply]:
    """Give a function that applies results to the gradebook, one after the other, and returns the scores.

    ``course`` is the folder of grades: what was handed in lies in its ``collected``, graded notebooks go to
    ``autograded``. A result that the gradebook has already changes nothing there but the late penalty.

    Raises
    ------
    StepFailed
        by the function, if nbgrader does not accept a result.
    GradebookError
        if the gradebook cannot be used.
    """
    with kept_open(db_url):
        steps: dict[str, _ApplyOne] = {}

        def apply(result: Result) -> Scores:
            chapter = result.chapter
            if chapter not in steps:
                steps[chapter] = make(_ApplyOne, settings(course, db_url, chapter, result.student))
            steps[chapter].apply(result)
            return scores_of(db_url, result.student, chapter)

        yield apply


def apply(result: Result, course: Path, db_url: str) -> Scores:
    """Apply a single result; see `writer`, which is for many."""
    with writer(course, db_url) as apply_one:
        return apply_one(result)


class _ApplyOne(OneNotebook, Autograde):  # type: ignore[misc]
    """nbgrader's grading step, for one chapter, that begins with a notebook which is graded already."""

    result: Result

    def apply(self, result: Result) -> None:
        """Write one submission's marks and its graded notebook."""
        self.result, self.coursedir.student_id = result, result.student
        start(self)

    def start(self) -> None:
        """Grade the submission, with the tools of the one before."""
        if not self.assignments:
            self._sanitizing = False
            self.writer = FilesWriter(parent=self, config=self.config)
            self.exporter = self.exporter_class(parent=self, config=self.config)
            self._init_preprocessors()
            self.blank = self._blank()
        self.init_notebooks()
        self.convert_notebooks()

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Leave the graded notebook of an earlier run where it is: it may be the same."""
        return True

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Enter the submission in the gradebook, with the time when it was handed in."""
        handed_in = self.coursedir.format_path(self.coursedir.submitted_directory, student_id, assignment_id)
        time = self.coursedir.get_existing_timestamp(handed_in)
        self.is_known = has_submission(self.coursedir.db_url, student_id, assignment_id)
        with gradebook_at(self.coursedir.db_url) as gradebook:
            gradebook.update_or_create_student(student_id)
            timestamp = {"timestamp": time} if time else {}
            gradebook.update_or_create_submission(assignment_id, student_id, **timestamp)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Save marks and notebook; if they are there already, set only the late penalty anew."""
        resources = self.init_single_notebook_resources(notebook_filename)
        path = Path(notebook_filename)
        if self.is_known and _told_in(path) == {**told(self.result), "saved": True} and self._is_saved():
            self._late_penalty(resources)
            return
        shutil.rmtree(path.parent, ignore_errors=True)
        notebook = graded_notebook(self.result, self.blank)
        output, resources = self.exporter.from_notebook_node(notebook, resources)
        self.write_single_notebook(output, resources)

    def _is_saved(self) -> bool:
        """Does the gradebook show the result? It may be another one than the notebook was graded for."""
        result = self.result
        with gradebook_at(self.coursedir.db_url) as gradebook:
            notebook = gradebook.find_submission_notebook(result.chapter, result.chapter, result.student)
            rows = rows_by_cell(gradebook, Grade, notebook)
        return all(c.cell in rows and rows[c.cell].auto_score == c.earned for c in result.checks)

    def _late_penalty(self, resources: dict[str, Any]) -> None:
        for step in self.exporter._preprocessors:
            if isinstance(step, AssignLatePenalties):
                step(new_notebook(), resources)

    def _blank(self) -> Notebook:
        """Return the chapter's master without solutions, for who handed in nothing that can be shown."""
        folder = self.coursedir.source_with_tests_directory
        path = Path(self.coursedir.format_path(folder, ".", self.coursedir.assignment_id))
        path /= f"{self.coursedir.assignment_id}.ipynb"
        return nbformat.read(path, as_version=4) if path.is_file() else new_notebook()


def _told_in(path: Path) -> Any:
    """Return what an earlier run wrote into its graded notebook about the result."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["metadata"][KEY]
    except (OSError, ValueError, KeyError, TypeError):
        return None
