"""Find what students handed in: ``<student>/<chapter>/<chapter>.ipynb`` in a folder.

The folder is only read, and links are never followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cnnkit.classroom.grading.report import INVALID, MISSING, NOT_SUBMITTED
from cnnkit.errors import UsageError

MAX_NOTEBOOK_BYTES = 50_000_000


@dataclass(frozen=True)
class Submission:
    """One student's work on one chapter: the notebook, or the outcome and the reason why there is none."""

    student: str
    chapter: str
    notebook: Path | None = None
    outcome: str = ""
    reason: str = ""


def find(folder: Path, chapters: Iterable[str]) -> list[Submission]:
    """List the submissions of ``chapters``, by student; a chapter that nobody handed in is left out.

    ``reason`` tells a human what was odd about a submission, also where a notebook was found.

    Raises
    ------
    UsageError
        if there is no submission at all.
    """
    known = list(chapters)
    students = [path for path in _subfolders(_class_folder(folder, known)) if path.name not in known]
    found = [_look(student, chapter) for student in students for chapter in known]
    handed_in = {submission.chapter for submission in found if submission.outcome != NOT_SUBMITTED}
    if not handed_in:
        raise UsageError(
            f"no submission in {folder}. Expected STUDENT/CHAPTER/CHAPTER.ipynb "
            f"with a chapter of {', '.join(known)}."
        )
    return [submission for submission in found if submission.chapter in handed_in]


def _class_folder(folder: Path, chapters: list[str]) -> Path:
    """Return the folder of students: a zip often has one more folder around it."""
    inside = _subfolders(folder)
    while len(inside) == 1 and all(
        _look(inside[0], chapter).outcome == NOT_SUBMITTED for chapter in chapters
    ):
        folder, inside = inside[0], _subfolders(inside[0])
    return folder


def _subfolders(folder: Path) -> list[Path]:
    folders = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return sorted(path for path in folders if not path.name.startswith((".", "__")))


def _look(student: Path, chapter: str) -> Submission:
    nothing = Submission(student.name, chapter)
    folder, name = student / chapter, f"{chapter}.ipynb"
    if folder.is_symlink():
        return replace(
            nothing, outcome=INVALID, reason=f"the folder {chapter} is a link; hand in real files."
        )
    notebooks = {path.name: path for path in _notebooks(folder)}
    if name in notebooks:
        return _checked(replace(nothing, notebook=notebooks[name]))
    if len(notebooks) == 1:
        (other,) = notebooks.values()
        return _checked(
            replace(nothing, notebook=other, reason=f"the file is called {other.name}, not {name}")
        )
    if notebooks:
        return replace(
            nothing, outcome=MISSING, reason=f"{len(notebooks)} notebooks, but none is called {name}."
        )
    if (student / name).exists():
        return _checked(
            replace(nothing, notebook=student / name, reason=f"{name} is not in a folder {chapter}")
        )
    if folder.is_dir():
        return replace(nothing, outcome=MISSING, reason=f"the folder {chapter} holds no notebook.")
    return replace(nothing, outcome=NOT_SUBMITTED, reason="nothing was handed in.")


def _notebooks(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.ipynb")) if not path.name.startswith("."))


def _checked(submission: Submission) -> Submission:
    path = submission.notebook
    assert path is not None  # by its one caller, which found it
    if path.is_symlink() or not path.is_file():
        reason = f"{path.name} is a link or a folder; hand in the notebook itself."
    elif path.stat().st_size > MAX_NOTEBOOK_BYTES:
        reason = f"{path.name} is larger than {MAX_NOTEBOOK_BYTES // 10**6} MB; clear its outputs first."
    else:
        return submission
    return replace(submission, notebook=None, outcome=INVALID, reason=reason)
