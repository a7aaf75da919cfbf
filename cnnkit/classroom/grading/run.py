"""Grade submissions one after the other through nbgrader; each ends in exactly one outcome."""

from __future__ import annotations

import html
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from cnnkit.classroom import nbgrader_adapter as nbgrader
from cnnkit.classroom.grading.mend import answered, mend
from cnnkit.classroom.grading.report import (
    CRASHED,
    FAILED,
    GRADED,
    INVALID,
    NO_RESPONSE,
    NOT_SUBMITTED,
    TIMEOUT,
    Result,
)
from cnnkit.classroom.grading.submissions import Submission
from cnnkit.classroom.notebooks.canonical import Notebook, read
from cnnkit.errors import UsageError

Report = Callable[[int, Result], None]


@dataclass(frozen=True)
class Desk:
    """Where grading happens: the folder for notebooks and feedback, the gradebook, the seconds for a cell."""

    course: Path
    db_url: str
    seconds: int


def grade(
    submissions: Sequence[Submission], masters: Mapping[str, Path], desk: Desk, report: Report
) -> list[Result]:
    """Grade ``submissions`` in turn, and call ``report(n, result)`` after each.

    A submission that cannot be graded costs no other one anything.
    """
    chapters = sorted({submission.chapter for submission in submissions})
    releases = {chapter: _register(chapter, masters[chapter], desk) for chapter in chapters}
    results = []
    for number, submission in enumerate(submissions, start=1):
        results.append(_grade_one(submission, releases[submission.chapter], desk))
        report(number, results[-1])
    return results


def _register(chapter: str, master: Path, desk: Desk) -> Notebook:
    """Tell the gradebook about a chapter, and return the chapter's release notebook."""
    (desk.course / "solutions" / chapter).mkdir(parents=True, exist_ok=True)  # so the formgrader lists it
    with tempfile.TemporaryDirectory() as work:
        try:
            return read(nbgrader.build_release(master, Path(work).resolve(), desk.db_url))
        except nbgrader.StepFailed as error:
            older = "submissions associated" in str(error)
            remedy = "Grade into a new --out and --db." if older else "Mend the master."
            raise UsageError(f"nbgrader refuses the master of {chapter}: {error} {remedy}") from None


def _grade_one(submission: Submission, release: Notebook, desk: Desk) -> Result:
    if submission.outcome == NOT_SUBMITTED:
        points = float(sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in release.cells))
        return Result(
            submission.student, submission.chapter, 0.0, points, 0.0, NOT_SUBMITTED, submission.reason
        )
    if submission.notebook is None:
        return _without_grade(submission, desk, submission.outcome, submission.reason)
    try:
        mended, remarks = mend(read(submission.notebook), release)
    except (UsageError, RecursionError) as error:
        reason = str(error).replace(str(submission.notebook), submission.notebook.name)
        return _without_grade(submission, desk, INVALID, reason)
    remarks = [
        submission.reason,
        *_stage(submission.notebook, mended, _folder(desk, "collected", submission)),
        *remarks,
    ]
    try:
        executed = nbgrader.autograde(
            desk.course, submission.student, submission.chapter, desk.db_url, desk.seconds
        )
        outcome, reason = _outcome(read(executed), desk.seconds)
        nbgrader.write_feedback(desk.course, submission.student, submission.chapter, desk.db_url)
    except nbgrader.StepFailed as error:
        return _without_grade(submission, desk, FAILED, f"nbgrader gave up: {error}")
    if outcome == GRADED and not answered(mended, release):
        outcome, reason = NO_RESPONSE, "no exercise was answered"
    return _result(submission, desk, outcome, "; ".join(filter(None, [reason, *remarks])))


def _stage(notebook: Path, mended: Notebook, folder: Path) -> list[str]:
    """Put the mended notebook where nbgrader looks for it, alone but for the time it was handed in."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    nbformat.write(mended, folder / f"{folder.name}.ipynb")
    handed_in = notebook.parent / "timestamp.txt"
    if handed_in.is_symlink() or not handed_in.is_file():
        return []
    with handed_in.open("rb") as file:
        time = file.read(100).decode(errors="replace").strip()
    if not nbgrader.is_time(time):
        return [f"timestamp.txt says {time!r}, which is no date, and was ignored"]
    (folder / "timestamp.txt").write_text(time, encoding="utf-8")
    return []


def _outcome(executed: Notebook, seconds: int) -> tuple[str, str]:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    errors = {output.ename for output in outputs if output.output_type == "error"}
    if "DeadKernelError" in errors:
        return CRASHED, "the notebook ended its own Python; checks that had not finished score 0"
    if "CellTimeoutError" in errors:
        return TIMEOUT, f"a cell ran for more than {seconds} s and was stopped"
    return GRADED, ""


def _without_grade(submission: Submission, desk: Desk, outcome: str, reason: str) -> Result:
    nbgrader.give_zero(desk.db_url, submission.student, submission.chapter)
    page = _folder(desk, "feedback", submission) / f"{submission.chapter}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{submission.chapter}</title>\n'
        f"<h1>{submission.chapter} could not be graded</h1>\n<p>{html.escape(reason)}</p>\n</html>\n",
        encoding="utf-8",
    )
    return _result(submission, desk, outcome, reason)


def _result(submission: Submission, desk: Desk, outcome: str, reason: str) -> Result:
    got = nbgrader.scores_of(desk.db_url, submission.student, submission.chapter)
    return Result(
        submission.student,
        submission.chapter,
        got.score,
        got.max_score,
        got.late_penalty,
        outcome,
        reason,
        got.cells,
    )


def _folder(desk: Desk, step: str, submission: Submission) -> Path:
    return desk.course / step / submission.student / submission.chapter
