"""An instructor's day: every block of docs/instructor.md is run in a copy of the repository, in its order."""

from __future__ import annotations

import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cnnkit.classroom.nbgrader_adapter import scores_of
from cnnkit.classroom.notebooks.canonical import read
from tests.documented import blocks
from tests.served import fetch

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("LICENSE", "LICENSE-course", "environment.yml", "nbgrader_config.py", "pyproject.toml")
SET_UP = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[grade]'\n"  # `.ci/run` tries the like
ACTIVATE = ". .venv/bin/activate\n"
FORMGRADER = "cd graded && jupyter lab\n"
UNIT = "02_convolution"
LATE = "2026-01-12 12:00:01 UTC"  # after the due date in the page by a day and some hours


def clone(folder: Path) -> Path:
    unwanted = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("solutions", "course", "cnnkit"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    return folder


def hand_in(folder: Path) -> None:
    """Let one of the demo's students hand in the same again, late."""
    shutil.copytree(folder / "demo/submitted/bo", folder / "submitted/bo")
    (folder / f"submitted/bo/{UNIT}/timestamp.txt").write_text(LATE)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an activated .venv, with a home of its own."""
    tools = Path(sys.executable).parent
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "HOME": str(folder), "PYTHONPATH": str(folder)}


def patiently(look: Callable[[], str]) -> str:
    """Look until the server listens: it tells its address a moment before."""
    for _ in range(300):
        try:
            return look()
        except ConnectionRefusedError:
            time.sleep(0.1)
    return look()


def look_into_the_formgrader(folder: Path) -> str:
    """Run the page's command, with what a test needs besides; return the formgrader's list of chapters."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    with subprocess.Popen(
        command, cwd=folder / "graded", env=environment(folder), stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            found = (re.search(r"http://127\S+token=\S+", line) for line in server.stderr or [])
            address = next(match[0] for match in found if match)
            return patiently(lambda: fetch(address, "/formgrader/api/assignments"))
        finally:
            server.terminate()
            server.communicate(timeout=60)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = clone(tmp_path_factory.mktemp("day"))
    page = blocks(ROOT / "docs" / "instructor.md")
    assert [text for _, text in page[:2]] == [SET_UP, ACTIVATE]
    for language, text in page[2:]:
        if language == "python":
            with (folder / "graded/nbgrader_config.py").open("a") as settings:
                settings.write(text)
        elif text == FORMGRADER:
            (folder / "chapters.json").write_text(look_into_the_formgrader(folder))
        else:
            command = ["bash", "-e", "-c", text]
            done = subprocess.run(
                command, cwd=folder, env=environment(folder), capture_output=True, text=True
            )
            assert done.returncode == 0, f"{text}{done.stdout}{done.stderr}"
        if (folder / "demo").is_dir() and not (folder / "submitted").is_dir():
            hand_in(folder)
    yield folder


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_the_demo_is_a_class_of_ten_and_each_fares_as_it_was_made(day: Path) -> None:
    demo = rows(day / "demo/graded/grades.csv")
    assert len(demo) == 10
    whole = demo["ada"]["max_score"]
    outcomes = {student: row["outcome"] for student, row in demo.items()}
    assert (outcomes.pop("ines"), outcomes.pop("jun")) == ("no_answers", "invalid_notebook")
    assert set(outcomes.values()) == {"graded"}
    assert demo["ada"]["score"] == whole and "the file is called my homework.ipynb" in demo["ada"]["flags"]
    partly = {student: float(demo[student]["score"]) for student in outcomes if student != "ada"}
    assert len(partly) == 7 and all(0 < score < float(whole) for score in partly.values())
    assert partly["hanna"] == min(partly.values())
    assert demo["ines"]["score"] == demo["jun"]["score"] == "0"


def test_all_ten_of_the_demo_stand_in_the_gradebook(day: Path) -> None:
    db_url = f"sqlite:///{day / 'demo/graded/gradebook.db'}"
    for student, row in rows(day / "demo/graded/grades.csv").items():
        assert scores_of(db_url, student, UNIT).score == float(row["score"])


def test_one_mistake_costs_points_on_its_own_exercise_alone(day: Path) -> None:
    with (day / "demo/graded/points.csv").open(encoding="utf-8", newline="") as file:
        lost = {
            (row["student"], row["cell"]) for row in csv.DictReader(file) if row["score"] != row["max_score"]
        }
    assert {cell for student, cell in lost if student == "bo"} == {"correlate1d-check", "correlate1d-hidden"}
    assert {cell for student, cell in lost if student == "dana"} == {
        "correlate2d-check",
        "correlate2d-hidden",
    }


def test_the_message_about_the_mistake_reaches_the_student_and_hidden_tests_do_not(day: Path) -> None:
    master = read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb")
    hidden = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.S)
    seeds = re.findall(r"seed=\d+", "".join("".join(hidden.findall(cell.source)) for cell in master.cells))
    pages = [*day.glob("demo/graded/feedback/*/*/*.html"), *day.glob("graded/feedback/*/*/*.html")]
    assert len(seeds) >= 3 and len(pages) == 11
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "HIDDEN TESTS" not in text and "reference" not in re.findall(r"def (\w+)", text), page
        assert not [seed for seed in seeds if seed in text or seed.replace("=", "</span>") in text], page
    shown = (day / f"demo/graded/feedback/dana/{UNIT}/{UNIT}.html").read_text(encoding="utf-8")
    assert "You turned the kernel by 180 degrees" in shown


def test_late_work_costs_a_point_a_day(day: Path) -> None:
    in_time, late = rows(day / "demo/graded/grades.csv")["bo"], rows(day / "graded/grades.csv")["bo"]
    assert late["late_penalty"] == "2"
    assert float(late["score"]) == float(in_time["score"]) - 2


def test_the_formgrader_lists_the_chapter(day: Path) -> None:
    assert f'"{UNIT}"' in (day / "chapters.json").read_text()


def test_nbgraders_own_export_works_beside_ours(day: Path) -> None:
    assert UNIT in (day / "graded/everyone.csv").read_text()


def test_the_zip_is_there_and_holds_no_master(day: Path) -> None:
    with zipfile.ZipFile(day / "cnnkit-course.zip") as archive:
        names = archive.namelist()
    assert f"cnnkit-course/course/{UNIT}/{UNIT}.ipynb" in names
    assert not [name for name in names if "solutions" in name or name.endswith("exercises.toml")]
