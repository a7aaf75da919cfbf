"""``cnnkit pack``: the zip that a student hands in, and that a grader reads back."""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from cnnkit.classroom import course_files, pack
from cnnkit.classroom.grading.intake.submissions import opened
from cnnkit.classroom.notebooks.canonical import read
from cnnkit.errors import UsageError
from tests.test_check import UNIT, lesson


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder, in it their notebook, and a course of one lesson in place of the real one."""
    (tmp_path / "course" / UNIT).mkdir(parents=True)
    nbformat.write(lesson(), tmp_path / "course" / UNIT / f"{UNIT}.ipynb")
    monkeypatch.setattr(course_files, "course_folder", lambda: tmp_path / "course")
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    student = lesson()
    student.cells[2].source = "def double(n):\n    return 2 * n  # é"
    student.cells[2].outputs = [new_output("stream", text="short")]
    student.cells[5].outputs = [new_output("stream", text="long" * pack.MAX_OUTPUT)]
    student.metadata["widgets"] = {"state": "x" * pack.MAX_OUTPUT}
    nbformat.write(student, desk / "homework.ipynb")
    (desk / "diary.txt").write_text("private")
    return desk


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    pack.configure(parser)
    return pack.run(parser.parse_args(arguments))


def test_it_holds_the_notebook_under_its_lessons_name_and_nothing_else(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (desk / "homework.ipynb").read_bytes()
    assert run("homework.ipynb") == 0
    said = capsys.readouterr().out
    assert "double     2 / 2  right" in said  # what `cnnkit check` says
    assert said.endswith(f"Packed {UNIT}. Hand in {UNIT}.zip\n")
    with zipfile.ZipFile(f"{UNIT}.zip") as made:
        assert made.namelist() == [f"{UNIT}/{UNIT}.ipynb"]
        packed = json.loads(made.read(f"{UNIT}/{UNIT}.ipynb"))
    assert len(json.dumps(packed)) < 10_000 and "widgets" not in packed["metadata"]
    outputs = [cell.get("outputs") for cell in packed["cells"]]
    assert outputs[2][0]["text"] == "short" and outputs[5] == []
    assert packed["cells"][2]["source"] == "def double(n):\n    return 2 * n  # é"
    assert (desk / "homework.ipynb").read_bytes() == before


def test_the_same_work_gives_the_same_bytes(desk: Path) -> None:
    student = read(desk / "homework.ipynb")
    pack.write({UNIT: student}, desk / "a.zip")
    (desk / "homework.ipynb").touch()
    pack.write({UNIT: read(desk / "homework.ipynb")}, desk / "b.zip")
    assert (desk / "a.zip").read_bytes() == (desk / "b.zip").read_bytes()


def test_a_grader_reads_it_back(desk: Path) -> None:
    assert run("homework.ipynb", "--out", "ann.zip") == 0
    release = course_files.lessons()
    with opened(desk / "ann.zip", release) as alone:
        assert [(found.student, found.chapter, found.reason) for found in alone] == [("ann", UNIT, "")]
        assert "2 * n" in read(alone[0].notebook).cells[2].source
    (desk / "in").mkdir()
    (desk / "ann.zip").rename(desk / "in" / "smithbob_34_56_90_tiny-1.zip")
    with opened(desk / "in", release) as from_canvas:
        assert [(found.student, found.lms_id, found.reason) for found in from_canvas] == [
            ("smithbob_34", "canvas:34", "")
        ]


def test_what_is_broken_is_told_and_needs_anyway(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    student = read(desk / "homework.ipynb")
    del student.cells[3]
    nbformat.write(student, desk / "homework.ipynb")
    assert run("homework.ipynb") == 1
    said = capsys.readouterr().out
    assert "`double-check` is missing" in said and "Not packed" in said and "--anyway" in said
    assert not list(desk.glob("*.zip"))
    assert run("homework.ipynb", "--anyway", "--out", "a.zip") == 0 and (desk / "a.zip").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["homework.ipynb", "--out", "homework.ipynb"], "the name of a zip ends in .zip"),
        (["homework.ipynb", "--out", "nowhere/a.zip"], "cannot be written"),
        (["homework.ipynb", "copy.ipynb"], f"are both lesson {UNIT}"),
        (["diary.txt"], "does not end in .ipynb"),
        (["nowhere.ipynb"], "cannot be read"),
    ],
)
def test_bad_input_is_one_line(desk: Path, arguments: list[str], says: str) -> None:
    (desk / "copy.ipynb").write_bytes((desk / "homework.ipynb").read_bytes())
    with pytest.raises(UsageError, match=says) as refused:
        run(*arguments)
    assert "\n" not in str(refused.value)
    assert (desk / "homework.ipynb").read_bytes() == (desk / "copy.ipynb").read_bytes()
