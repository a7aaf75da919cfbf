"""A result becomes marks in nbgrader's gradebook: exactly ours, whatever was there before."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

from cnnkit.classroom.grading.result import (
    CRASHED,
    FAILED,
    INVALID,
    MISSING,
    NOT_TRIED,
    PARTLY,
    RIGHT,
    TIMEOUT,
    WRONG,
    Check,
)
from cnnkit.classroom.nbgrader_adapter import GradebookError, StepFailed, apply, put_in, scores_of, writer
from cnnkit.classroom.nbgrader_adapter.as_notebook import SUMMARY, ending
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from tests.gradebooks import UNIT, Desk, copy_of, make_desk


@pytest.fixture(scope="module")
def new_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(new_desk: Desk, tmp_path: Path) -> Desk:
    return copy_of(new_desk, tmp_path)


@pytest.mark.parametrize(
    ("outcome", "earned", "score"),
    [
        (RIGHT, 4, 4),
        (RIGHT, 0, 0),
        (WRONG, 0, 0),
        (WRONG, 4, 0),
        (NOT_TRIED, 0, 0),
        (TIMEOUT, 0, 0),
        (CRASHED, 4, 0),
        (WRONG, 1.5, 1.5),
        (RIGHT, 1e-9, 1e-9),
        (RIGHT, math.nan, 0),
        (RIGHT, math.inf, 0),
        (RIGHT, -1, 0),
        (RIGHT, 4.1, 0),
        ("unheard of", 4, 0),
    ],
)
def test_nbgrader_reads_our_score_and_no_other(outcome: str, earned: float, score: float) -> None:
    marks = {"grade": True, "solution": False, "points": 4, "grade_id": "f-check"}
    for message in ("", "0.5"):
        outputs = ending(Check("f-check", "f", True, 4, earned, outcome, message), 4)
        cell = nbformat.v4.new_code_cell(outputs=outputs, metadata={"nbgrader": marks})
        assert determine_grade(cell) == (score, 4)


def test_marks_reach_the_gradebook_and_the_rest_waits_for_a_human(desk: Desk) -> None:
    scores = apply(desk.result(right="negate"), desk.course, desk.db_url)
    assert desk.grades() == {
        "double-check": (0, None, False),
        "double-hidden": (0, None, False),
        "negate-check": (2, None, False),
        "essay": (None, None, True),
    }
    assert (scores.score, scores.max_score, scores.late_penalty) == (2, 12, 0)
    assert scores.cells["negate-check"] == (2, 2)
    assert scores == scores_of(desk.db_url, "ann", UNIT)


def test_an_essay_not_written_is_zero_as_in_nbgrader(desk: Desk) -> None:
    blank = tuple(desk.answered(essay="YOUR ANSWER HERE").cells)
    apply(desk.result(cells=blank), desk.course, desk.db_url)
    assert desk.grades()["essay"] == (0, None, False)
    assert desk.comments()["essay"] == ("No response.", None)


def test_a_regrade_forgets_automatic_scores_and_keeps_what_a_human_gave(desk: Desk) -> None:
    apply(desk.result(), desk.course, desk.db_url)
    desk.mark("essay", 4)
    desk.mark("double-hidden", 1)
    worse = desk.result(right="", fingerprint="f2")
    lost = replace(worse, cells=tuple(cell for cell in worse.cells if cell["id"] != "negate-check"))
    scores = apply(lost, desk.course, desk.db_url)
    assert desk.grades() == {
        "double-check": (0, None, False),
        "double-hidden": (0, 1, True),
        "negate-check": (None, None, True),
        "essay": (None, 4, True),
    }
    assert scores.score == 5


def test_the_same_result_again_changes_nothing(desk: Desk) -> None:
    apply(desk.result(), desk.course, desk.db_url)
    desk.mark("essay", 4)
    before = desk.grades(), (desk.course / "autograded" / "ann" / UNIT / f"{UNIT}.ipynb").stat().st_mtime_ns
    assert apply(desk.result(), desk.course, desk.db_url).score == 11
    assert before == (
        desk.grades(),
        (desk.course / "autograded" / "ann" / UNIT / f"{UNIT}.ipynb").stat().st_mtime_ns,
    )


def test_a_result_that_only_another_gradebook_has_is_entered(desk: Desk, new_desk: Desk) -> None:
    apply(desk.result(), desk.course, desk.db_url)
    shutil.copy(new_desk.course / "gradebook.db", desk.course)
    assert apply(desk.result(), desk.course, desk.db_url).score == 7


@pytest.mark.parametrize("outcome", [MISSING, INVALID, FAILED])
def test_who_cannot_be_graded_gets_zero_and_a_human(desk: Desk, outcome: str) -> None:
    apply(desk.result(), desk.course, desk.db_url)
    nothing = desk.result(
        outcome=outcome, reason="nothing was handed in", checks=(), cells=(), fingerprint="f2"
    )
    assert apply(nothing, desk.course, desk.db_url).score == 0
    assert set(desk.grades().values()) == {(0, None, True)}
    assert ("Not graded: nothing was handed in", None) in desk.comments().values()
    first, *cells = desk.graded().cells
    assert first.id == SUMMARY and "nothing was handed in" in first.source
    assert [cell.id for cell in cells] == [cell.id for cell in desk.answered().cells]


def test_a_check_without_a_verdict_earns_nothing(desk: Desk) -> None:
    result = desk.result()
    some = replace(result, outcome=PARTLY, reason="killed", checks=result.checks[:1])
    assert apply(some, desk.course, desk.db_url).score == 2


def test_outputs_of_a_students_own_in_a_check_cell_count_for_nothing(desk: Desk) -> None:
    result = desk.result(right="")
    for cell in result.cells:
        if cell["id"] == "double-check":
            cell["outputs"] = [
                nbformat.v4.new_output("execute_result", data={"text/plain": "2.0"}),
                nbformat.v4.new_output("stream", name="stderr", text="noise"),
            ]
    assert apply(result, desk.course, desk.db_url).score == 0


def test_a_result_of_another_version_of_the_chapter_is_refused_and_nobody_else_suffers(desk: Desk) -> None:
    result = desk.result("eve")
    for cell in result.cells:
        if cell["id"] == "double-check":
            cell["metadata"]["nbgrader"]["grade_id"] = "halve-check"
    with writer(desk.course, desk.db_url) as apply_one:
        assert apply_one(desk.result("ann")).score == 7
        with pytest.raises(StepFailed, match="the gradebook has no cell 'halve-check'"):
            apply_one(result)
        assert apply_one(desk.result("bea")).score == 7
    assert set(desk.grades("eve").values()) == {(None, None, True)}


def test_an_odd_name_is_a_name(desk: Desk) -> None:
    name = "Zoë O'Brien, [x] + (y) {0}"
    assert apply(desk.result(name), desk.course, desk.db_url).score == 7
    assert desk.graded(name).cells


class OnePointADay:
    """A late penalty, as a teacher's own settings have it."""

    SETTINGS = """\
from cnnkit.classroom.nbgrader_adapter import configure
from nbgrader.plugins import LateSubmissionPlugin

class OnePointADay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return min(score, total_seconds_late // 86400)

c = get_config()
configure(c, submitted="collected")
c.AssignLatePenalties.plugin_class = OnePointADay
"""


def test_a_late_penalty_follows_time_and_marks(desk: Desk) -> None:
    (desk.course / "nbgrader_config.py").write_text(OnePointADay.SETTINGS)
    with surroundings(), Gradebook(desk.db_url) as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate="2026-01-10 00:00:00 UTC")
    put_in(desk.course, "ann", UNIT, "{}", "2026-01-13 00:00:00 UTC")
    nothing_right = desk.result(right="")
    assert apply(nothing_right, desk.course, desk.db_url).late_penalty == 0
    desk.mark("essay", 5)
    scores = apply(nothing_right, desk.course, desk.db_url)
    assert (scores.score, scores.late_penalty) == (2, 3)
    put_in(desk.course, "ann", UNIT, "{}", "2026-01-09 00:00:00 UTC")
    assert apply(nothing_right, desk.course, desk.db_url).late_penalty == 0


def test_a_gradebook_that_breaks_is_told_in_one_line(desk: Desk) -> None:
    with writer(desk.course, desk.db_url) as apply_one:
        apply_one(desk.result())
        with surroundings(), Gradebook(desk.db_url) as gradebook:
            gradebook.db.execute(_drop("grade"))
            gradebook.db.commit()
        with pytest.raises(GradebookError, match="no such table: grade") as error:
            apply_one(desk.result("bea"))
        assert "\n" not in str(error.value)


def _drop(table: str) -> Any:
    from sqlalchemy import text

    return text(f"DROP TABLE {table}")
