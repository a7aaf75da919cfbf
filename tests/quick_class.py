"""A class whose grading takes no time, for tests of how a run goes rather than of what it finds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from cnnkit.classroom import nbgrader_adapter as nbgrader
from cnnkit.classroom.grading import run
from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.intake.submissions import find
from cnnkit.classroom.grading.run import Desk
from cnnkit.classroom.nbgrader_adapter import build_release, open_gradebook
from cnnkit.classroom.notebooks.canonical import read
from tests import quick_grader
from tests.chapters import hand_in, write_master

ROOT = Path(__file__).parents[1]
UNIT = "90_tiny"


def make_class(folder: Path, students: int) -> None:
    """Write a class of students who each answer a little differently; the last file breaks off."""
    release = read(build_release(write_master(folder / "solutions"), folder / "work"))
    for number in range(students):
        path = folder / "submitted" / f"ponders-{number:02}" / UNIT / f"{UNIT}.ipynb"
        hand_in(path, release, double=f"def double(n):\n    return {number} * n\n")
        (path.parent / "timestamp.txt").write_text("2026-01-12 17:30:00 UTC")
    path.write_bytes(path.read_bytes()[:900])


def grade_class(folder: Path, out: Path, **more: Any) -> list[Graded]:
    """Grade a class into ``out``, as the command does, with the quick grader."""
    masters = {UNIT: folder / "solutions" / UNIT / f"{UNIT}.ipynb"}
    submissions = find(folder / "submitted", masters, folder)
    out.mkdir(exist_ok=True)
    db_url, _ = open_gradebook(address(out))
    desk = Desk(out.resolve(), db_url, jobs=2, grader=quick_grader.NAME, **more)
    with nbgrader.keep_log(out / "nbgrader.log"):
        return run.grade(submissions, masters, desk, lambda number, graded: None)


def begun(class_folder: Path, out: Path) -> Path:
    """Return a folder of grades with an empty gradebook: nbgrader takes seconds to make one."""
    out.mkdir()
    shutil.copyfile(class_folder / "empty.db", out / "gradebook.db")
    return out


def address(out: Path) -> str:
    return f"sqlite:///{out / 'gradebook.db'}"


def events(out: Path) -> list[dict[str, str]]:
    """Return what the journal tells; lines that a kill broke off are left out."""
    try:
        lines = (out / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith("}")]


def made(out: Path) -> dict[str, bytes]:
    """Return the files that a run leaves for people: graded notebooks and pages."""
    folders = [out / "autograded", out / "feedback", out / "collected"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}
