"""The little that we read from nbgrader's gradebook, and the one thing that we write there ourselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from cnnkit.errors import UsageError

COURSE = "cnnkit"


class GradebookError(Exception):
    """The gradebook cannot be reached or used; the message is one line."""


@dataclass(frozen=True)
class Scores:
    """What one submission earned: in all, and in each graded cell (``grade_id -> (score, points)``)."""

    score: float
    max_score: float
    late_penalty: float
    cells: dict[str, tuple[float, float]]


def open_gradebook(db_url: str) -> tuple[str, str]:
    """Make sure that there is a gradebook; return its full URL, and one to show, without password.

    Raises
    ------
    UsageError
        if it is no SQLAlchemy URL, or the driver it names is not installed.
    GradebookError
        if there is no database, or it is no gradebook.
    """
    try:
        url = make_url(db_url)
        if url.get_backend_name() == "sqlite":
            if url.database in (None, "", ":memory:"):
                raise UsageError(f"--db {db_url}: a gradebook must last. Name a file, as in sqlite:///FILE.")
            url = url.set(database=str(Path(url.database).resolve()))  # nbgrader changes the current folder
        full = url.render_as_string(hide_password=False)
        with _gradebook(full):
            return full, str(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(
            f"--db {db_url}: {_one_line(error)}. Expected an SQLAlchemy URL as sqlite:///FILE."
        ) from None
    except ImportError as error:
        raise UsageError(f"--db {db_url}: {error}. Install the database's driver.") from None


def scores_of(db_url: str, student: str, chapter: str) -> Scores:
    """Read a submission's scores; marks given by hand count before automatic ones."""
    with _gradebook(db_url) as gradebook:
        submission = gradebook.find_submission(chapter, student)
        cells = {
            grade.name: (float(grade.score), float(grade.max_score))
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
        penalty = float(submission.late_submission_penalty or 0.0)
        return Scores(float(submission.score) - penalty, float(submission.max_score), penalty, cells)


def give_zero(db_url: str, student: str, chapter: str) -> None:
    """Enter a submission that cannot be graded: automatic scores 0, marked for a human, hand marks kept.

    Its automatic scores of an earlier grading are replaced, so that no stale score stays.
    """
    with _gradebook(db_url) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(chapter, student)
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = None
            for grade in notebook.grades:
                grade.auto_score = 0.0
                grade.needs_manual_grade = True
        gradebook.db.commit()


@contextmanager
def _gradebook(db_url: str) -> Iterator[Any]:
    try:
        with surroundings(), Gradebook(db_url, COURSE) as gradebook:
            yield gradebook
    except (ArgumentError, NoSuchModuleError):
        raise
    except SQLAlchemyError as error:
        raise GradebookError(f"the gradebook cannot be used: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
