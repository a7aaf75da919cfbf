"""Grades in the layouts that Canvas and Moodle read. An empty field says: nothing to grade, look at it.

Canvas finds a student by the ID in its own gradebook, else by SIS login, else by name, and an assignment
by its title. Moodle's course import asks which column names the student; its grading worksheet, one an
assignment, finds them by the participant number that stands in the folders of its download.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnkit.classroom.grading.graded import Graded, in_order
from cnnkit.classroom.grading.reports import grades_csv
from cnnkit.classroom.grading.reports.grades_csv import Value

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
WORKSHEET = ("Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)")
LmsIds = Mapping[tuple[str, str], str]  # (student, chapter) -> as in "canvas:340934", "moodle:5017"


def write_canvas(graded: Sequence[Graded], lms_ids: LmsIds, path: Path) -> None:
    """Write the layout of Canvas's gradebook, with one column a chapter."""
    chapters, scores = _chapters(graded), _scores(graded)
    ids = {student: _number(lms_ids, student, chapter, "canvas") for student, chapter in scores}
    rows: list[list[Value]] = [["    Points Possible", *[""] * 4, *chapters.values()]]
    for student, number in ids.items():
        name, login = (student.removesuffix(f"_{number}"), "") if number else (student, student)
        rows.append([name, number, "", login, "", *(scores.get((student, c), "") for c in chapters)])
    grades_csv.write(path, (*CANVAS, *chapters), rows)


def write_moodle(graded: Sequence[Graded], path: Path) -> None:
    """Write what Moodle's Grades > Import > CSV file reads, with one column a chapter."""
    chapters, scores = _chapters(graded), _scores(graded)
    students = dict.fromkeys(student for student, _ in scores)
    rows = [[student, *(scores.get((student, name), "") for name in chapters)] for student in students]
    grades_csv.write(path, ("username", *chapters), rows)


def write_worksheet(graded: Sequence[Graded], chapter: str, lms_ids: LmsIds, out: Path) -> Path | None:
    """Write the grading worksheet of one Moodle assignment; without participant numbers there is none."""
    rows = [
        [f"Participant {number}", one.result.student, _score(one), one.scores.max_score, "-"]
        for one in in_order(graded)
        if one.result.chapter == chapter
        and (number := _number(lms_ids, one.result.student, chapter, "moodle"))
    ]
    path = out / f"moodle-{chapter}.csv"
    if rows:
        grades_csv.write(path, WORKSHEET, rows)
    return path if rows else None


def _chapters(graded: Sequence[Graded]) -> dict[str, float]:
    """Return the chapters and the points of each."""
    return {
        chapter: max(one.scores.max_score for one in graded if one.result.chapter == chapter)
        for chapter in sorted({one.result.chapter for one in graded})
    }


def _scores(graded: Sequence[Graded]) -> dict[tuple[str, str], Value]:
    return {(one.result.student, one.result.chapter): _score(one) for one in in_order(graded)}


def _score(one: Graded) -> Value:
    return one.scores.score if one.has_grade or one.scores.score else ""


def _number(lms_ids: LmsIds, student: str, chapter: str, platform: str) -> str:
    """Return the number that a platform knows a student by, or ""; anonymous ids are no numbers."""
    where, _, number = lms_ids.get((student, chapter), "").partition(":")
    return number if where == platform and number.isdigit() else ""
