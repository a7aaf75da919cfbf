"""The little that we read from nbgrader's gradebook, and the one thing that we write there ourselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from nbgrader import api
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, InvalidEntry, MissingEntry
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from cnnkit.errors import UsageError

COURSE = "cnnkit"
STOCK_VERSION = api.get_alembic_version
UNUSABLE = "the gradebook cannot be used: "
_kept_open: dict[str, Any] = {}


class GradebookError(Exception):
    """The gradebook cannot be reached or used; the message is one line."""


@dataclass(frozen=True)
class Scores:
    """What one submission earned, marks by hand included: in all, and in each graded cell.

    ``cells`` is ``grade_id -> (score, points)``; ``comments`` are those on answer cells, by ``grade_id``.
    """

    score: float
    max_score: float
    late_penalty: float
    cells: dict[str, tuple[float, float]]
    comments: dict[str, str] = field(default_factory=dict)


def newest_version() -> str:
    """Return the version of nbgrader's tables, as nbgrader finds it, but without another process for it."""
    return str(ScriptDirectory(str(Path(api.__file__).parent / "alembic")).get_current_head())


api.get_alembic_version = newest_version  # what a new gradebook is stamped with


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
            _make(Path(url.database))
        full = url.render_as_string(hide_password=False)
        with gradebook_at(full):
            return full, str(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(
            f"--db {db_url}: {_one_line(error)}. Expected an SQLAlchemy URL as sqlite:///FILE."
        ) from None
    except ImportError as error:
        raise UsageError(f"--db {db_url}: {error}. Install the database's driver.") from None


def _make(path: Path) -> None:
    """Make an SQLite gradebook whole or not at all: nbgrader cannot use one that it was stopped in making."""
    if path.exists():
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with gradebook_at(f"sqlite:///{unfinished}"):
        pass
    unfinished.replace(path)


@contextmanager
def gradebook_at(db_url: str) -> Iterator[Any]:
    """Use the gradebook at a URL: the one that `kept_open` holds, or else one that is closed afterwards.

    What was not committed when something goes wrong is as if it had never been.
    """
    try:
        if db_url in _kept_open:
            yield _kept_open[db_url]
            return
        with surroundings(), Gradebook(db_url, COURSE) as gradebook:
            yield gradebook
    except (ArgumentError, NoSuchModuleError):
        raise
    except (SQLAlchemyError, InvalidEntry) as error:
        raise GradebookError(f"{UNUSABLE}{_one_line(error)}") from error
    finally:
        if db_url in _kept_open:
            _kept_open[db_url].db.rollback()


@contextmanager
def kept_open(db_url: str) -> Iterator[None]:
    """Let everything inside use one connection: nbgrader opens nine a submission."""
    with gradebook_at(db_url) as gradebook:
        _kept_open[db_url] = gradebook
        try:
            yield
        finally:
            del _kept_open[db_url]


def scores_of(db_url: str, student: str, chapter: str) -> Scores:
    """Read a submission's scores and comments; what was given by hand counts before what is automatic."""
    with gradebook_at(db_url) as gradebook:
        submission = gradebook.find_submission(chapter, student)
        notebooks = [notebook.id for notebook in submission.notebooks]
        grades = _rows(gradebook, Grade, notebooks, Grade.score, Grade.max_score)
        comments = _rows(gradebook, Comment, notebooks, Comment.comment)
        cells = {name: (float(score), float(most)) for name, score, most in grades}
        return Scores(
            sum(score for score, _ in cells.values()) - float(submission.late_submission_penalty or 0.0),
            sum(most for _, most in cells.values()),
            float(submission.late_submission_penalty or 0.0),
            cells,
            {name: comment for name, comment in comments if comment},
        )


def rows_by_cell(gradebook: Any, kind: type[Any], notebook: Any) -> dict[str, Any]:
    """Return the grades, or the comments, of one submitted notebook: ``grade_id -> row``."""
    return dict(_rows(gradebook, kind, [notebook.id], kind))


def has_submission(db_url: str, student: str, chapter: str) -> bool:
    """Tell whether the gradebook knows a submission."""
    with gradebook_at(db_url) as gradebook:
        try:
            return bool(gradebook.find_submission(chapter, student))
        except MissingEntry:
            return False


def _rows(gradebook: Any, kind: type[Any], notebooks: list[str], *wanted: Any) -> list[Any]:
    query = gradebook.db.query(BaseCell.name, *wanted).select_from(kind)
    found = query.join(BaseCell, BaseCell.id == kind.cell_id).filter(kind.notebook_id.in_(notebooks))
    return list(found.order_by(BaseCell.name).all())


def _one_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
