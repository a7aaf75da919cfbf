"""nbgrader's three steps as functions: release a master, grade one submission, write its feedback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader import preprocessors as nbgrader
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from cnnkit.classroom.nbgrader_adapter.gradebook import GradebookError
from cnnkit.classroom.nbgrader_adapter.log import last_words
from cnnkit.classroom.nbgrader_adapter.preprocessors import (
    CleanRelease,
    ExecuteToTheEnd,
    HideHiddenTests,
    WithoutScripts,
)
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings

SECONDS_A_CELL = 120
# nbgrader can only be told what to leave out: every name whose ending differs from ".ipynb" in some letter.
ONLY_NOTEBOOKS = [".*", *(f"*[!{'.ipynb'[i]}]{'.ipynb'[i + 1 :]}" for i in range(6))]

SETTINGS = """\
# nbgrader's settings for this folder of grades: `nbgrader` and the formgrader use them when started here.
# `cnnkit grade` reads them too and never overwrites this file. Late penalties and other wishes go below.
from cnnkit.classroom.nbgrader_adapter import configure

c = get_config()
configure(c, submitted="collected")
"""


class StepFailed(Exception):
    """A step of nbgrader did not go through; the message is nbgrader's last word on it."""


def configure(config: Config, *, submitted: str = "submitted") -> None:
    """Set our folders and preprocessors in an nbgrader configuration; everything else stays nbgrader's."""
    config.CourseDirectory.course_id = "cnnkit"
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "course"
    config.CourseDirectory.submitted_directory = submitted
    config.CourseDirectory.ignore = ONLY_NOTEBOOKS
    config.GenerateAssignment.preprocessors = _with_clean_release()
    config.Autograde.autograde_preprocessors = [
        ExecuteToTheEnd if step is nbgrader.Execute else step
        for step in Autograde.autograde_preprocessors.default()
    ]
    config.OverwriteCells.add_missing_cells = True
    config.ExecuteToTheEnd.timeout = SECONDS_A_CELL
    config.ExecuteToTheEnd.extra_arguments = ["--log-level=ERROR"]
    config.GenerateFeedback.preprocessors = [
        nbgrader.GetGrades,
        HideHiddenTests,
        WithoutScripts,
        CSSHTMLHeaderPreprocessor,
    ]


def build_release(master: Path, work: Path, db_url: str | None = None) -> Path:
    """Run nbgrader's release step on ``master`` in the folder ``work``; return the release notebook there.

    With a ``db_url`` the gradebook learns the chapter's cells, hidden tests and points.

    Raises
    ------
    StepFailed
        if nbgrader refuses the master, or the gradebook has submissions of an older version of it.
    """
    source = work / "solutions" / master.stem / master.name
    source.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(master, source)
    config = _settings(work, db_url, chapter=master.stem)
    if db_url is None:
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
    _run(_ReleaseOne, config)
    return work / "course" / master.stem / master.name


def autograde(course: Path, student: str, chapter: str, db_url: str, seconds: int = SECONDS_A_CELL) -> Path:
    """Run and grade ``course/collected/<student>/<chapter>``; return the executed notebook.

    Raises
    ------
    StepFailed
        if nbgrader could not grade it.
    """
    config = _settings(course, db_url, chapter, student)
    config.ExecuteToTheEnd.timeout = seconds
    _run(_AutogradeOne, config)
    return course / "autograded" / student / chapter / f"{chapter}.ipynb"


def write_feedback(course: Path, student: str, chapter: str, db_url: str) -> Path:
    """Write the student's feedback page, without hidden tests, and return where it is."""
    _run(_FeedbackOfOne, _settings(course, db_url, chapter, student))
    return course / "feedback" / student / chapter / f"{chapter}.html"


def is_time(text: str) -> bool:
    """Tell whether nbgrader can read ``text`` as the time of a submission."""
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        return False
    return bool(text)


def _with_clean_release() -> list[Any]:
    """Return nbgrader's own release steps with CleanRelease before the last checksums."""
    steps = GenerateAssignment.preprocessors.default()
    return [*steps[:-2], CleanRelease, *steps[-2:]]


def _settings(course: Path, db_url: str | None, chapter: str, student: str = "*") -> Config:
    config = Config()
    configure(config, submitted="collected")
    if (course / "nbgrader_config.py").is_file():
        config.merge(PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config())
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.assignment_id = chapter
    config.CourseDirectory.student_id = student
    config.BaseConverter.force = True
    if db_url is not None:
        config.CourseDirectory.db_url = db_url
    return config


def _run(step: type[Any], config: Config) -> None:
    with surroundings(), last_words() as words:
        try:
            step(coursedir=CourseDirectory(config=config), config=config).start()
        except Exception as error:
            why = words[-1] if words else f"{type(error).__name__}: {error}"
            if why.startswith("sqlalchemy."):
                raise GradebookError(f"the gradebook cannot be used: {why}") from error
            raise StepFailed(why) from error


class _One:
    """Take the one notebook that was named; nbgrader reads its path as a pattern, and fails on "[x]"."""

    coursedir: Any
    _format_source: Callable[[str, str], str]

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [f"{folder}/{self.coursedir.assignment_id}.ipynb"]}


class _ReleaseOne(_One, GenerateAssignment):  # type: ignore[misc]
    pass


class _AutogradeOne(_One, Autograde):  # type: ignore[misc]
    pass


class _FeedbackOfOne(_One, GenerateFeedback):  # type: ignore[misc]
    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy no files beside the page; nbgrader's own step copies all that its patterns miss."""
