"""From a submission in a folder to the bundle that is graded, and to the copy that nbgrader keeps of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from cnnkit.classroom import nbgrader_adapter as nbgrader
from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.intake.submissions import Submission
from cnnkit.classroom.grading.result import INVALID

MAX_TIME = 100  # characters


def filled(bundle: Bundle, submission: Submission) -> Bundle:
    """Return ``bundle`` with what was handed in; why a file cannot be read goes along as the problem told."""
    text, problem = "", (submission.outcome, submission.reason) if submission.outcome else None
    if submission.notebook:
        try:
            text = submission.notebook.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            problem = (INVALID, "The file is not a notebook: it is not UTF-8 text.")
        except OSError as error:
            problem = (INVALID, f"The file cannot be read: {error.strerror}.")
    student, chapter = submission.student, submission.chapter
    return replace(
        bundle, student=student, chapter=chapter, notebook=text, problem=problem, notes=_notes(submission)
    )


def absolute(submission: Submission) -> Submission:
    """Return the same submission with paths that hold wherever nbgrader goes meanwhile."""
    notebook, timestamp = submission.notebook, submission.timestamp
    return replace(
        submission,
        notebook=notebook and notebook.absolute(),
        timestamp=timestamp and timestamp.absolute(),
    )


def keep_copy(submission: Submission, course: Path) -> None:
    """Put what was handed in, and when, where nbgrader looks for it; where nothing was, leave nothing."""
    student, chapter = submission.student, submission.chapter
    shutil.rmtree(course / "collected" / student / chapter, ignore_errors=True)
    if submission.notebook:
        text = submission.notebook.read_text(encoding="utf-8", errors="surrogateescape")
        time = _time(submission)
        nbgrader.put_in(course, student, chapter, text, time if nbgrader.is_time(time) else "")


def _notes(submission: Submission) -> tuple[str, ...]:
    odd = submission.reason if submission.notebook else ""
    time = _time(submission)
    wrong = f"timestamp.txt says {time!r}, which is no date, and was ignored"
    return tuple(note for note in (odd, wrong if time and not nbgrader.is_time(time) else "") if note)


def _time(submission: Submission) -> str:
    if not submission.timestamp:
        return ""
    with submission.timestamp.open("rb") as file:
        return file.read(MAX_TIME).decode(errors="replace").strip()
