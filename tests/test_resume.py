"""A run of ``cnnkit grade`` that is stopped anywhere goes on where it ended, and comes to the same gradebook.

``CNNKIT_KILLS=20 CNNKIT_CLASS=40 pytest -n 0 tests/test_resume.py`` kills more often, in a larger class.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnkit.classroom import nbgrader_adapter as nbgrader
from cnnkit.classroom.grading import run
from cnnkit.classroom.grading.crew import store
from cnnkit.classroom.nbgrader_adapter import open_gradebook
from tests.gradebook_contents import contents
from tests.quick_class import ROOT, address, begun, events, grade_class, made, make_class

KILLS = int(os.environ.get("CNNKIT_KILLS", "3"))
STUDENTS = int(os.environ.get("CNNKIT_CLASS", "8"))

GRADE = """
import sys
from pathlib import Path
from cnnkit.classroom.quick_start import load_jsonschema
load_jsonschema()
from tests.quick_class import grade_class
grade_class(*map(Path, sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class, and in ``whole`` what a run gives that nobody disturbs."""
    folder = tmp_path_factory.mktemp("class")
    make_class(folder, STUDENTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        open_gradebook(f"sqlite:///{folder / 'empty.db'}")
        grade_class(folder, begun(folder, folder / "whole"))
    return folder


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def assert_same(out: Path, whole: Path) -> None:
    assert contents(address(out)) == contents(address(whole))
    assert made(out) == made(whole)


def test_killed_again_and_again_it_comes_to_the_same_gradebook(class_folder: Path, tmp_path: Path) -> None:
    out, dice, killed = tmp_path / "graded", random.Random(KILLS), 0
    for _ in range(KILLS):
        lines = len(events(out)) + dice.randrange(8 * STUDENTS // KILLS)
        killed += kill_at(class_folder, out, lines, dice.uniform(0, 0.2))
    assert killed > KILLS // 2
    grade_class(class_folder, out)
    assert_same(out, class_folder / "whole")
    graded = Counter(event["fingerprint"] for event in events(out) if event["event"] == "finished")
    assert len(graded) >= STUDENTS - 1 and set(graded.values()) == {1}


def kill_at(folder: Path, out: Path, lines: int, later: float) -> bool:
    """Start a run and kill it a little after the journal has so many lines; tell whether it still ran."""
    command = [sys.executable, "-W", "ignore", "-c", GRADE, str(folder), str(out)]
    with subprocess.Popen(command, cwd=ROOT) as grading:
        while len(events(out)) < lines and grading.poll() is None:
            time.sleep(0.01)
        time.sleep(later)
        grading.kill()
    return grading.returncode == -signal.SIGKILL


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    def stops(*arguments: Any, **more: Any) -> Any:
        raise KeyboardInterrupt

    return stops


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def stops(*arguments: Any, **more: Any) -> Any:
        function(*arguments, **more)
        raise KeyboardInterrupt

    return stops


def third(stops: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that stops the run at its third call."""
    calls = 0

    def counted(*arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        return (stops(function) if calls == 3 else function)(*arguments, **more)

    return counted


@pytest.mark.parametrize("stops", [before, after])
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (store.Store, "put"),
        (run, "keep_copy"),
        (run._Run, "settle"),
        (nbgrader, "feedback_page"),
    ],
)
def test_stopped_at_any_step_it_goes_on(
    class_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    stops: Callable[..., Any],
) -> None:
    out = begun(class_folder, tmp_path / "graded")
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, third(stops, getattr(owner, name)))
        with pytest.raises(KeyboardInterrupt):
            grade_class(class_folder, out)
    assert len(made(out)) < len(made(class_folder / "whole"))
    grade_class(class_folder, out)
    assert_same(out, class_folder / "whole")


def test_a_second_run_grades_nothing_and_changes_nothing(class_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "graded"
    shutil.copytree(class_folder / "whole", out)
    first = grade_class(class_folder, out)
    seen = len(events(class_folder / "whole"))
    assert {event["event"] for event in events(out)[seen:]} == {"applied"}
    assert_same(out, class_folder / "whole")
    assert [graded.result.student for graded in first] == sorted(graded.result.student for graded in first)
    assert all(graded.result.checks and not graded.result.cells for graded in first)


@pytest.mark.parametrize(
    ("change", "regraded"),
    [
        ({"force": True}, STUDENTS),
        ({"limits": run.Limits(call_seconds=1)}, STUDENTS),
        ({"sandbox": "limits"}, STUDENTS),
    ],
)
def test_what_has_changed_is_graded_anew(
    class_folder: Path, tmp_path: Path, change: dict[str, Any], regraded: int
) -> None:
    out = tmp_path / "graded"
    shutil.copytree(class_folder / "whole", out)
    seen = len(events(out))
    grade_class(class_folder, out, **change)
    assert Counter(event["event"] for event in events(out)[seen:])["finished"] == regraded


def test_other_checks_grade_anew(
    class_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "graded"
    shutil.copytree(class_folder / "whole", out)
    seen = len(events(out))
    monkeypatch.setattr(run, "version_of_checks", lambda: "an exercise has other cases now")
    grade_class(class_folder, out)
    assert Counter(event["event"] for event in events(out)[seen:])["finished"] == STUDENTS


@pytest.mark.parametrize("lost", ["gradebook.db", "feedback", "autograded", "collected", "results"])
def test_what_was_lost_is_made_again(class_folder: Path, tmp_path: Path, lost: str) -> None:
    out = tmp_path / "graded"
    shutil.copytree(class_folder / "whole", out)
    shutil.rmtree(out / lost) if (out / lost).is_dir() else (out / lost).unlink()
    grade_class(class_folder, out)
    assert_same(out, class_folder / "whole")


def test_a_gradebook_from_an_older_copy_is_brought_up_to_date(class_folder: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "graded"
    shutil.copytree(class_folder / "whole", out)
    shutil.copytree(class_folder / "solutions", folder / "solutions")
    shutil.copytree(class_folder / "submitted", folder / "submitted")
    for notebook in (folder / "submitted").rglob("*.ipynb"):
        notebook.write_bytes(notebook.read_bytes() + b"\n")
    old = (out / "gradebook.db").read_bytes()
    grade_class(folder, out)
    new = contents(address(out))
    assert new != contents(address(class_folder / "whole"))
    (out / "gradebook.db").write_bytes(old)
    grade_class(folder, out)
    assert contents(address(out)) == new


def test_paths_may_be_relative(class_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = begun(class_folder, tmp_path / "graded")
    monkeypatch.chdir(class_folder)
    grade_class(Path(), out)
    assert_same(out, class_folder / "whole")


def test_two_runs_at_once_are_refused(class_folder: Path, tmp_path: Path) -> None:
    out = begun(class_folder, tmp_path / "graded")
    with store.Store(out / "results"), pytest.raises(run.UsageError, match="another run is grading"):
        grade_class(class_folder, out)
