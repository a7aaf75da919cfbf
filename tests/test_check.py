"""What is said about a student's notebook: each way to break one, and each way an exercise can end."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cnnkit.classroom import check, course_files
from cnnkit.classroom.notebooks import examine, execute, outlook
from cnnkit.classroom.notebooks.execute import CellRun
from cnnkit.errors import UsageError

UNIT = "90_tiny"
SETUP = """\
class NotTriedYet(AssertionError): pass
class NotRight(AssertionError): pass
def check(function):
    try:
        got = function(3)
    except NotImplementedError:
        raise NotTriedYet("Not tried yet.") from None
    if got != 6:
        raise NotRight(f"It gave {got}.\\nTwice 3 is 6.")
"""
STUB = "def {}(n):\n    raise NotImplementedError()"


def cell(key: str, source: str, **marks: Any) -> Any:
    about = {"grade_id": key, "grade": False, "solution": False, "locked": True, "schema_version": 3, **marks}
    return new_code_cell(source, id=key, metadata={"nbgrader": about})


def lesson() -> Any:
    """A release of two exercises; ``double`` has a hidden check besides the visible one."""
    answer = {"solution": True, "locked": False}
    cells = [
        new_markdown_cell("# Tiny", id="title"),
        cell("given-setup", SETUP),
        cell("double", STUB.format("double"), **answer),
        cell("double-check", "check(double)", grade=True, points=2),
        cell("double-hidden", "double(1)", grade=True, points=3),
        cell("twice", STUB.format("twice"), **answer),
        cell("twice-check", "check(twice)", grade=True, points=1),
    ]
    return new_notebook(cells=cells)


def missing_check(cells: list[Any]) -> None:
    del cells[3]


def missing_answer(cells: list[Any]) -> None:
    del cells[2]


def copied_answer(cells: list[Any]) -> None:
    cells.insert(3, copy.deepcopy(cells[2]))
    cells[3].id = "pasted"


def edited_check(cells: list[Any]) -> None:
    cells[3].source = "pass"


def edited_setup(cells: list[Any]) -> None:
    cells[1].source += "\nNotRight = NotTriedYet"


def check_as_markdown(cells: list[Any]) -> None:
    cells[3].cell_type = "markdown"


def lost_marks(cells: list[Any]) -> None:
    del cells[3].metadata["nbgrader"]


def other_points(cells: list[Any]) -> None:
    cells[3].metadata.nbgrader["points"] = 99


def moved_check(cells: list[Any]) -> None:
    cells[2], cells[3] = cells[3], cells[2]


def trailing_space(cells: list[Any]) -> None:
    cells[3].source += "  \n"


def own_cells(cells: list[Any]) -> None:
    cells.insert(2, new_code_cell("double = 1"))


def no_change(cells: list[Any]) -> None:
    pass


@pytest.mark.parametrize(
    ("damage", "what", "mend"),
    [
        (missing_check, "The check cell `double-check` is missing.", "a fresh copy"),
        (missing_answer, "The answer cell `double` is missing.", "a fresh copy"),
        (
            copied_answer,
            "The answer cell `double` is there 2 times: cells 3 and 4.",
            "Keep the one with your answer",
        ),
        (edited_check, "Cell 4, the check cell `double-check`, was edited.", "It must read: check(double)"),
        (edited_setup, "Cell 2, the given cell `given-setup`, was edited.", "a fresh copy"),
        (
            check_as_markdown,
            "Cell 4, the check cell `double-check`, is no code cell any more.",
            "its type to code",
        ),
        (lost_marks, "Cell 4, the check cell `double-check`, has lost its marks", "a fresh copy"),
        (other_points, "Cell 4, the check cell `double-check`, has lost its marks", "a fresh copy"),
        (
            moved_check,
            "Cell 3, the check cell `double-check`, stands above the answer cell `double`.",
            "Move it down",
        ),
        (trailing_space, "", ""),
        (own_cells, "", ""),
        (no_change, "", ""),
    ],
)
def test_each_damage_is_named_alone_and_can_be_mended(
    damage: Callable[[list[Any]], None], what: str, mend: str
) -> None:
    student = lesson()
    damage(student.cells)
    findings = examine.examine(student, lesson(), UNIT, UNIT)
    assert [finding.what[: len(what)] for finding in findings] == ([what] if what else [])
    assert all(mend in finding.mend for finding in findings)


def test_a_renamed_file_is_told_its_name() -> None:
    (finding,) = examine.examine(lesson(), lesson(), f"{UNIT}-Copy1", UNIT)
    assert "90_tiny-Copy1.ipynb" in finding.what and "Rename it to 90_tiny.ipynb" in finding.mend


@pytest.mark.parametrize(
    ("counts", "remarks"), [([1, 2, 3], 0), ([3, 1, 2], 1), ([None, None, None], 0), ([4, None, 9], 0)]
)
def test_cells_run_out_of_order_are_remarked_upon(counts: list[int | None], remarks: int) -> None:
    student = lesson()
    for place, count in enumerate(counts, 1):
        student.cells[place].execution_count = count
    findings = examine.examine(student, lesson(), UNIT, UNIT)
    assert len(findings) == remarks and all(finding.remark for finding in findings)


def test_a_notebook_is_matched_by_its_cells_not_by_its_name() -> None:
    other = new_notebook(cells=[cell("given-setup", ""), cell("pad-check", "", grade=True, points=1)])
    releases = {"80_other": other, UNIT: lesson()}
    assert examine.best_release(lesson(), "80_other", releases) == UNIT
    assert examine.best_release(new_notebook(), "holiday", releases) is None


@pytest.mark.parametrize(
    ("run", "answer", "verdict", "says"),
    [
        (CellRun(execute.FINE), None, outlook.RIGHT, ""),
        (CellRun(execute.ERROR, "NotTriedYet", "Not yet."), None, outlook.NOT_TRIED, ""),
        (CellRun(execute.ERROR, "NotRight", "You flipped it."), None, outlook.WRONG, "You flipped it."),
        (
            CellRun(execute.ERROR, "NameError", "no x"),
            None,
            outlook.WRONG,
            "The check stops with NameError: no x",
        ),
        (
            CellRun(execute.ERROR, "NameError", "no x"),
            CellRun(execute.ERROR, "SyntaxError", "bad"),
            outlook.WRONG,
            "The answer cell stops with SyntaxError: bad",
        ),
        (CellRun(execute.TOO_LONG), None, outlook.NOT_RUN, "too long"),
        (CellRun(execute.DIED), None, outlook.NOT_RUN, "died in it"),
        (CellRun(execute.NOT_RUN), None, outlook.NOT_RUN, "died before"),
    ],
)
def test_each_end_of_a_check_has_its_verdict(
    run: CellRun, answer: CellRun | None, verdict: str, says: str
) -> None:
    release = lesson()
    cells = check.as_graded(release, release)
    by_key = {"double-check": run, "double": answer or CellRun(execute.FINE)}
    runs = [by_key.get(cell.key, CellRun(execute.FINE)) for cell in cells]
    result, other = outlook.results(release, cells, runs)
    assert (result.exercise, result.points, result.hidden_points) == ("double", 2, 3)
    assert result.verdict == verdict and says in result.message
    assert other.verdict == outlook.RIGHT


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one lesson in place of the real one."""
    folder = tmp_path / "course"
    (folder / UNIT).mkdir(parents=True)
    nbformat.write(lesson(), folder / UNIT / f"{UNIT}.ipynb")
    monkeypatch.setattr(course_files, "course_folder", lambda: folder)
    return folder


def run_check(path: Path, timeout: float = 30) -> int:
    return check.run(argparse.Namespace(notebooks=[path], timeout=timeout))


def test_a_broken_notebook_is_run_as_it_will_be_graded(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    student = lesson()
    student.cells[2].source = "def double(n):\n    return n + n"
    student.cells[5].source = "def twice(n):\n    return n"
    student.cells[6].source = "pass  # I think that this is right"
    student.cells.insert(3, new_code_cell("while True:\n    pass"))
    student.cells.append(new_code_cell("undefined"))
    del student.cells[1]
    path = tmp_path / "mine.ipynb"
    nbformat.write(student, path)
    before = path.read_bytes()

    assert run_check(path, timeout=1) == 1
    said = capsys.readouterr().out
    assert "double     2 / 2  right" in said
    assert (
        "twice      0 / 1  wrong\n                    It gave 3.\n                    Twice 3 is 6." in said
    )
    assert "2 of 3 points in the checks that you see. 3 more depend on hidden checks" in said
    assert "Cell 3 (`while True:`) was stopped after 1 s." in said
    assert "Rename it to 90_tiny.ipynb" in said and "`given-setup` is missing" in said
    assert "rename mine.ipynb to mine-mine.ipynb, run `cnnkit lab`" in said
    assert "undefined" in said.split("Good to know:")[1]
    assert path.read_bytes() == before


def test_a_right_notebook_passes_and_keeps_no_progress(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    student = lesson()
    student.cells[2].source = "def double(n):\n    return 2 * n"
    student.cells[5].source = "twice = double"
    student.cells.append(new_code_cell("import os; assert os.environ['CNNKIT_NO_PROGRESS']"))
    path = tmp_path / f"{UNIT}.ipynb"
    nbformat.write(student, path)
    assert run_check(path) == 0
    said = capsys.readouterr().out
    assert "No locked cell was changed." in said and "Good to know" not in said
    assert run_check(path.rename(tmp_path / "mine.ipynb")) == 1


def test_a_kernel_that_dies_or_will_not_stop_ends_the_run() -> None:
    runs = execute.run_cells(["1", "import os; os._exit(1)", "1"], Path(), limit=30)
    assert [run.what for run in runs] == [execute.FINE, execute.DIED, execute.NOT_RUN]
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(1000)"
    runs = execute.run_cells([deaf, "1"], Path(), limit=0.5)
    assert [run.what for run in runs] == [execute.TOO_LONG, execute.NOT_RUN]


def test_a_flood_of_output_is_cut_off_by_the_time_limit() -> None:
    runs = execute.run_cells(["while True: print('x' * 1000)", "1"], Path(), limit=1)
    assert [run.what for run in runs] == [execute.TOO_LONG, execute.FINE]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.ipynb", None, "cannot be read"),
        ("notes.txt", "hello", "does not end in .ipynb"),
        ("prose.ipynb", "hello", "not a readable notebook"),
        ("cut.ipynb", '{"cells": [', "breaks off"),
        ("list.ipynb", "[1, 2]", "not a Jupyter notebook"),
        (
            "other.ipynb",
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "no lesson of this course",
        ),
        (".", None, "is a folder"),
    ],
)
def test_what_is_no_notebook_is_said_in_one_line(
    course: Path, tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=says) as error:
        run_check(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan")])
def test_a_time_limit_must_be_a_time(course: Path, tmp_path: Path, timeout: float) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        run_check(tmp_path / "any.ipynb", timeout)
