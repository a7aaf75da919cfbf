"""Grading on a Dask cluster: a real scheduler, and two worker processes that the test starts and kills."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.crew import cluster
from cnnkit.classroom.grading.crew.cluster import Cluster, ClusterLost
from cnnkit.classroom.grading.result import FAILED, GRADED, Result
from cnnkit.errors import UsageError
from tests import quick_grader
from tests.gradebook_contents import contents
from tests.quick_class import ROOT, address, grade_class, made, make_class

pytest.importorskip("distributed", reason="Dask is missing: pip install '.[grade]'")


class Farm:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.file = folder / "scheduler.json"
        self.environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",  # Dask's and tornado's own, in their own processes
            quick_grader.NOTES: str(folder),
        }
        self.folder = folder
        address = ("--host", "127.0.0.1", "--no-dashboard")
        self.processes = [self._start("dask_scheduler", *address, "--port", "0")]
        self.processes += [
            self._start("dask_worker", *address, "--nthreads", "1", "--no-nanny") for _ in range(workers)
        ]

    def _start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
        with (self.folder / "said.txt").open("ab") as said:
            return subprocess.Popen(
                [*command, "--scheduler-file", str(self.file)],
                env=self.environment,
                cwd=self.folder,
                stdout=said,
                stderr=said,
            )

    @property
    def address(self) -> str:
        for _ in range(600):
            if self.file.exists() and self.file.read_text():
                return str(json.loads(self.file.read_text())["address"])
            time.sleep(0.1)
        raise AssertionError(f"no scheduler: {(self.folder / 'said.txt').read_text()}")

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def farm() -> Iterator[Farm]:
    with tempfile.TemporaryDirectory() as folder:
        made = Farm(Path(folder), workers=2)
        yield made
        made.stop()


def test_a_cluster_gives_what_one_machine_gives_though_a_worker_is_killed(farm: Farm) -> None:
    bundles = [Bundle(f"ponders-{number}", "02_convolution", "{}", "{}") for number in range(24)]
    with Cluster(farm.address, quick_grader.NAME) as connection:
        connection._client.wait_for_workers(2, timeout=120)
        results = connection.grade(bundles)
        first = list(itertools.islice(results, 6))
        farm.processes[-1].kill()
        everything = [*first, *results]
        assert len(connection._client.nthreads()) == 1
    assert len(everything) == len(bundles)
    assert {result.student: result for result in everything} == {
        bundle.student: quick_grader.grade(bundle) for bundle in bundles
    }


def test_a_class_comes_out_the_same(farm: Farm, tmp_path: Path) -> None:
    make_class(tmp_path, students=4)
    for out, scheduler in (("here", ""), ("elsewhere", farm.address)):
        grade_class(tmp_path, tmp_path / out, scheduler=scheduler)
    assert contents(address(tmp_path / "here")) == contents(address(tmp_path / "elsewhere"))
    assert made(tmp_path / "here") == made(tmp_path / "elsewhere")


def test_a_fault_of_the_grader_costs_no_other_submission_anything(farm: Farm) -> None:
    students = ["ann", "raises", "bo"]
    with Cluster(farm.address, quick_grader.NAME) as connection:
        connection._client.wait_for_workers(1, timeout=120)
        bundles = (Bundle(student, "02_convolution", "{}", "{}") for student in students)
        results = {result.student: result for result in connection.grade(bundles)}
    assert sorted(results) == sorted(students)
    assert (results["raises"].outcome, "a fault" in results["raises"].reason) == (FAILED, True)
    assert {results["ann"].outcome, results["bo"].outcome} == {"graded"}


def test_a_lost_scheduler_stops_the_run_and_marks_nobody_down(farm: Farm) -> None:
    bundles = [Bundle(f"ponders-{number}", "02_convolution", "{}", "{}") for number in range(24)]
    with Cluster(farm.address, quick_grader.NAME) as connection:
        connection._client.wait_for_workers(2, timeout=120)
        results = connection.grade(bundles)
        assert next(results).outcome == "graded"
        farm.processes[0].kill()
        with pytest.raises(ClusterLost, match="the Dask scheduler is gone"):
            list(results)


def test_a_grader_stays_warm_in_its_thread() -> None:
    bundle = Bundle("slot", "02_convolution", "{}", "{}")
    try:
        given = {cluster.grade_one_anywhere(bundle.to_json(), quick_grader.NAME) for _ in range(2)}
    finally:
        cluster._warm.worker.close()
        cluster._warm.key = None
    (result,) = map(Result.from_json, given)
    assert result.outcome == GRADED and result.isolation.startswith("slot ")


def test_no_scheduler_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers there\. Expected an address"):
        Cluster("tcp://127.0.0.1:9")
