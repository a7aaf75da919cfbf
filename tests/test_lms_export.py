"""The layouts that Canvas and Moodle import, as their documentation and sources have them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cnnkit.classroom.grading.reports.every import write_all
from tests.graded import CHAPTER, CLASS, ODD, RIGHT_WORK, work

LMS_IDS = {
    ("smithbob_34", CHAPTER): "canvas:34",
    ("Ann Lee", CHAPTER): "moodle:5017",
    ("anon_x4f9Q", CHAPTER): "canvas:anon_x4f9Q",
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    known = [work(student, *RIGHT_WORK) for student, _ in LMS_IDS]
    write_all([*CLASS, *known], tmp_path, lms_ids=LMS_IDS)
    return tmp_path


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_canvas_finds_students_by_id_else_by_login(out: Path) -> None:
    head, most, *students = rows(out / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", CHAPTER, "03_shapes"]
    assert most == ["    Points Possible", "", "", "", "", "7", "7"]
    assert ["smithbob", "34", "", "", "", "7", ""] in students
    assert ["ann", "", "", "ann", "", "7", "2"] in students
    assert ["Ann Lee", "", "", "Ann Lee", "", "7", ""] in students  # 5017 is no number of Canvas's
    assert ["anon_x4f9Q", "", "", "anon_x4f9Q", "", "7", ""] in students


def test_what_a_human_must_look_at_is_left_empty(out: Path) -> None:
    scores = {row[0]: row[1:] for row in rows(out / "moodle.csv")}
    assert scores["username"] == [CHAPTER, "03_shapes"]
    assert scores["fay"] == scores[ODD] == ["", ""] and scores["bob"] == ["2", ""]


def test_moodles_worksheet_goes_by_participant(out: Path) -> None:
    assert rows(out / f"moodle-{CHAPTER}.csv") == [
        ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)"],
        ["Participant 5017", "Ann Lee", "7", "7", "-"],
    ]
    assert not (out / "moodle-03_shapes.csv").exists()
