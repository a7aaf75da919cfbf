"""How one of nbgrader's steps is run on one notebook, and what it says when it does not go through."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from cnnkit.classroom.nbgrader_adapter.gradebook import COURSE, UNUSABLE, GradebookError
from cnnkit.classroom.nbgrader_adapter.log import last_words
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings

# nbgrader can only be told what to leave out: every name whose ending differs from ".ipynb" in some letter.
ONLY_NOTEBOOKS = [".*", *(f"*[!{'.ipynb'[i]}]{'.ipynb'[i + 1 :]}" for i in range(6))]
# how nbgrader's log names what is wrong with the gradebook, and not with a notebook
GRADEBOOK_ERRORS = r"sqlalchemy\.[\w.]+|nbgrader\.api\.InvalidEntry|cnnkit\.[\w.]+\.GradebookError"
GRADEBOOK_BROKEN = re.compile(rf"({GRADEBOOK_ERRORS}): ({UNUSABLE})?(?P<what>.*)")


class StepFailed(Exception):
    """A step of nbgrader did not go through; the message is nbgrader's last word on it."""


class OneNotebook:
    """Take the one notebook that was named; nbgrader reads its path as a pattern, and fails on "[x]"."""

    coursedir: Any
    _format_source: Callable[[str, str], str]

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [f"{folder}/{self.coursedir.assignment_id}.ipynb"]}


def set_folders(config: Config, submitted: str) -> None:
    """Say in an nbgrader configuration where everything is."""
    config.CourseDirectory.course_id = COURSE
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "course"
    config.CourseDirectory.submitted_directory = submitted
    config.CourseDirectory.ignore = ONLY_NOTEBOOKS


def choose(config: Config, course: Path, db_url: str | None, chapter: str, student: str = "*") -> Config:
    """Say in a configuration which submission, or with "*" which chapter, a step is for; return it."""
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.assignment_id = chapter
    config.CourseDirectory.student_id = student
    config.BaseConverter.force = True
    if db_url is not None:
        config.CourseDirectory.db_url = db_url
    return config


def make(step: type[Any], config: Config) -> Any:
    """Return one of nbgrader's steps, ready to start."""
    return step(coursedir=CourseDirectory(config=config), config=config)


def start(step: Any) -> None:
    """Run a step of nbgrader.

    Raises
    ------
    StepFailed
        if it does not go through.
    GradebookError
        if that is because of the gradebook.
    """
    with surroundings(), last_words() as words:
        try:
            step.start()
        except Exception as error:
            why = words[-1] if words else f"{type(error).__name__}: {error}"
            broken = GRADEBOOK_BROKEN.match(why)
            if broken:
                raise GradebookError(f"{UNUSABLE}{broken['what']}") from error
            raise StepFailed(why) from error
