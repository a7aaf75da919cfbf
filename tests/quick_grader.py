"""A grader for tests: no sandbox, no time, and what it does is the first word of the student's name.

Its scores follow from the text of the submission alone, so every run of a class gives the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.result import GRADED, RIGHT, WRONG, Check, Result
from cnnkit.errors import UsageError

NAME = "tests.quick_grader:Grader"
NOTES = "QUICK_GRADER_NOTES"  # names the folder where it leaves notes, one file each


class Grader:
    def __init__(self, slot: int, sandbox: str) -> None:
        if sandbox == "refused":
            raise UsageError("no sandbox works here.")
        self.slot = slot

    def grade(self, bundle: Bundle) -> Result:
        deed = bundle.student.partition("-")[0]
        if deed in DEEDS:
            DEEDS[deed](bundle.student)
        return grade(bundle, isolation=f"slot {self.slot}" if deed == "slot" else "none")

    def close(self) -> None:
        pass


def grade(bundle: Bundle, isolation: str = "none") -> Result:
    """Return a result with a check for each graded cell of the master, right or wrong by the text's hash."""
    if bundle.problem:
        outcome, reason = bundle.problem
        return Result(bundle.student, bundle.chapter, bundle.fingerprint, outcome, reason)
    cells = json.loads(bundle.master).get("cells", [])
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    checks = tuple(_check(cell, bundle) for cell in cells if _is_check(cell))
    return Result(
        bundle.student,
        bundle.chapter,
        bundle.fingerprint,
        GRADED,
        flags=bundle.notes,
        checks=checks,
        cells=tuple(cells),
        isolation=isolation,
    )


def _is_check(cell: dict[str, Any]) -> bool:
    marks = cell["metadata"].get("nbgrader", {})
    return bool(marks.get("grade") and not marks.get("solution"))


def _check(cell: dict[str, Any], bundle: Bundle) -> Check:
    marks = cell["metadata"]["nbgrader"]
    name, points = marks["grade_id"], float(marks["points"])
    right = hashlib.sha256(f"{name} {bundle.notebook}".encode()).digest()[0] % 2 == 0
    earned, outcome = (points, RIGHT) if right else (0.0, WRONG)
    return Check(name, name.rpartition("-")[0], name.endswith("check"), points, earned, outcome, "so it is")


def _note(name: str, text: str = "") -> bool:
    """Leave a note; return whether it is the first of its name."""
    path = Path(os.environ[NOTES], name)
    first = not path.exists()
    unfinished = path.with_name(f"{name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(path)
    return first


def _dies(student: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _once(student: str) -> None:
    if _note(student):
        _dies(student)


def _raises(student: str) -> None:
    raise RuntimeError("the grader has a fault")


def _sleeps(student: str) -> None:
    child = subprocess.Popen(["sleep", "1000"])
    _note(student, f"{os.getpid()} {child.pid}")
    time.sleep(1000)


def _ponders(student: str) -> None:
    time.sleep(0.1)


DEEDS = {"dies": _dies, "once": _once, "raises": _raises, "sleeps": _sleeps, "ponders": _ponders}
