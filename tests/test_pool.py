"""The pool of worker processes: every bundle gets one result, and no process is left, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.crew import pool as pool_module
from cnnkit.classroom.grading.crew.pool import Pool
from cnnkit.classroom.grading.result import FAILED, GRADED, Result
from cnnkit.errors import UsageError
from tests import quick_grader

ROOT = Path(__file__).parents[1]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let worker processes find the quick grader, and return the folder of its notes."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv(quick_grader.NOTES, str(tmp_path))
    return tmp_path


def bundles(*students: str) -> Iterator[Bundle]:
    return (Bundle(student, "02_convolution", "{}", "{}") for student in students)


def graded(*students: str, jobs: int = 2) -> dict[str, Result]:
    with Pool(jobs, "none", quick_grader.NAME) as pool:
        results = list(pool.grade(bundles(*students)))
    assert len(results) == len(students)
    return {result.student: result for result in results}


def test_every_bundle_gets_the_result_that_the_grader_gives(notes: Path) -> None:
    students = [f"student-{number}" for number in range(12)]
    assert graded(*students) == {bundle.student: quick_grader.grade(bundle) for bundle in bundles(*students)}


@pytest.mark.parametrize(
    ("student", "outcome", "reason"),
    [
        ("once-dead", GRADED, ""),
        ("dies", FAILED, "failed 3 times (killed by SIGKILL)"),
        ("raises", FAILED, "RuntimeError: the grader has a fault"),
    ],
)
def test_a_worker_that_dies_is_replaced_and_costs_no_other_submission_anything(
    notes: Path, student: str, outcome: str, reason: str
) -> None:
    results = graded("ann", "bo", student, "chen", "dana", jobs=1)
    assert (results[student].outcome, reason in results[student].reason) == (outcome, True)
    assert {results[other].outcome for other in ("ann", "bo", "chen", "dana")} == {GRADED}


def test_a_worker_that_does_not_answer_is_replaced(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_patience", lambda bundle: 0.2 if bundle.student == "sleeps" else 60)
    results = graded("ann", "sleeps", "bo", jobs=1)
    assert "did not answer in time" in results["sleeps"].reason and results["bo"].outcome == GRADED


def test_bundles_are_taken_only_when_a_worker_is_free(notes: Path) -> None:
    taken = 0

    def counted() -> Iterator[Bundle]:
        nonlocal taken
        for bundle in bundles(*(f"student-{number}" for number in range(60))):
            taken += 1
            yield bundle

    with Pool(2, "none", quick_grader.NAME) as pool:
        for number, _ in enumerate(pool.grade(counted()), start=1):
            time.sleep(0.01)
            assert taken - number <= 3 * 2  # a worker has one, and two of its results may wait


def test_each_worker_has_a_slot_of_its_own(notes: Path) -> None:
    students = [f"slot-{number}" for number in range(2)]
    with Pool(1, "none", quick_grader.NAME) as first, Pool(1, "none", quick_grader.NAME) as second:
        slots = {next(pool.grade(bundles("slot"))).isolation for pool in (first, second)}
    assert len(slots) == len(students)


def test_without_a_sandbox_the_run_stops_and_says_why(notes: Path) -> None:
    with (
        pytest.raises(UsageError, match="no sandbox works here"),
        Pool(2, "refused", quick_grader.NAME) as pool,
    ):
        list(pool.grade(bundles("ann", "bo", "chen")))


def test_a_bundle_that_cannot_be_made_stops_the_run(notes: Path) -> None:
    def broken() -> Iterator[Bundle]:
        yield from bundles("ann")
        raise UsageError("ann's file is gone.")

    with pytest.raises(UsageError, match="is gone"), Pool(2, "none", quick_grader.NAME) as pool:
        list(pool.grade(broken()))


def test_closing_ends_every_process_at_once(notes: Path) -> None:
    with Pool(2, "none", quick_grader.NAME) as pool:
        results = pool.grade(bundles("ann", "sleeps-1", "sleeps-2", "bo"))
        assert next(results).student == "ann"
        pids = sleeping(notes, 2)
    await_end(pids)


SCRIPT = """
from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.crew.pool import Pool

with Pool(2, "none", "tests.quick_grader:Grader") as pool:
    for result in pool.grade(Bundle(f"sleeps-{n}", "02_convolution", "", "") for n in (1, 2)):
        pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a busy worker first finishes its submission")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_parent(notes: Path, end: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stderr=subprocess.PIPE) as parent:
        pids = sleeping(notes, 2)
        parent.send_signal(end)
        parent.communicate(timeout=60)
    await_end(pids[::2])
    for child in pids[1::2]:  # what a killed worker had started is for the sandbox to end; here there is none
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def sleeping(notes: Path, count: int) -> list[int]:
    """Wait until so many submissions are being graded; return each worker's pid, and its child's."""
    files = [notes / f"sleeps-{number}" for number in range(1, count + 1)]
    wait_until(lambda: all(file.exists() for file in files))
    return [int(pid) for file in files for pid in file.read_text().split()]


def await_end(pids: list[int]) -> None:
    wait_until(lambda: not any(runs(pid) for pid in pids))


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait, a minute at most: a longer wait is a failure, a shorter one says nothing about speed."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")
