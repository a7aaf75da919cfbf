"""``cnnkit grade`` beside stock nbgrader, 40 submissions of chapter 02: python -m benchmarks.bench_grading.

Both are whole commands, start included, in turn; ours also writes feedback and reports. Then one worker and
two, and where the seconds go. ``--scale 1000`` grades that many submissions instead and tells the memory.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings

ROOT = Path(__file__).parents[1]
CHAPTER = "02_convolution"
OURS = [sys.executable, "-m", "cnnkit.cli", "grade"]
STOCK = [sys.executable, "-m", "nbgrader"]
STOCK_SETTINGS = """
c = get_config()
c.CourseDirectory.course_id = "bench"
c.CourseDirectory.ignore = ["*.toml", ".ipynb_checkpoints"]
c.IncludeHeaderFooter.header = ""
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--class", type=int, default=40, dest="students")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--scale", type=int, metavar="N", help="only grade N submissions, and tell the memory"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        make_class(course, options.scale or options.students)
        if options.scale:
            scale(course, options.scale)
            return
        beside_stock(course, options.students, options.rounds)
        one_and_two(course, options.rounds)
        where_time_goes(course)


def make_class(course: Path, students: int) -> None:
    """Lay out a course folder for nbgrader in which each student made another mistake, or none."""
    import tomllib

    from cnnkit.classroom.nbgrader_adapter import build_release
    from cnnkit.classroom.notebooks.bank import apply_mistake, solution_of
    from cnnkit.classroom.notebooks.canonical import read
    from tests.chapters import answer, save

    master = ROOT / "solutions" / CHAPTER / f"{CHAPTER}.ipynb"
    shutil.copytree(master.parent, course / "source" / CHAPTER)
    (course / "nbgrader_config.py").write_text(STOCK_SETTINGS)
    release, notebook = read(build_release(master, course / "work")), read(master)
    table = tomllib.loads((master.parent / "exercises.toml").read_text("utf-8"))
    right = {name: solution_of(notebook, name) for name in table}
    wrong = [
        {name: apply_mistake(right[name], how)}
        for name, about in table.items()
        for how in about.get("mistakes", {}).values()
        if {"replace", "code"} & set(how)
    ]
    for number in range(students):
        answers = right | (wrong[number % len(wrong)] if number % 4 else {})
        path = course / "submitted" / f"student-{number:04}" / CHAPTER / f"{CHAPTER}.ipynb"
        save(path, answer(copy.deepcopy(release), answers))


def beside_stock(course: Path, students: int, rounds: int) -> None:
    """Print the seconds a submission of both, and the ratio."""
    run([*STOCK, "generate_assignment", CHAPTER, "--force"], course)
    times: dict[str, list[float]] = {
        "nbgrader autograde": [],
        "nbgrader generate_feedback": [],
        "cnnkit grade": [],
    }
    for _ in range(rounds):
        for made in ("autograded", "feedback", "graded"):
            shutil.rmtree(course / made, ignore_errors=True)
        times["nbgrader autograde"].append(run([*STOCK, "autograde", CHAPTER, "--force"], course))
        times["nbgrader generate_feedback"].append(
            run([*STOCK, "generate_feedback", CHAPTER, "--force"], course)
        )
        times["cnnkit grade"].append(grade(course, jobs=2))
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{students} submissions of {CHAPTER}, {rounds} rounds, {machine}")
    for name, seconds in times.items():
        each = " ".join(f"{second:.1f}" for second in seconds)
        print(f"{name:28}{statistics.median(seconds) / students:7.3f} s a submission  ({each} s in all)")
    autograde, feedback, ours = (statistics.median(seconds) for seconds in times.values())
    both = (autograde + feedback) / ours
    print(f"ours is {autograde / ours:.1f} times as fast as autograde, {both:.1f} times as fast as both")


def one_and_two(course: Path, rounds: int) -> None:
    """Print what a second worker brings, with one core for one worker and without."""
    cores = sorted(os.sched_getaffinity(0))
    kinds = {"1 worker on 1 core": (1, cores[:1]), "1 worker": (1, cores[:2]), "2 workers": (2, cores[:2])}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, (jobs, allowed) in kinds.items():
            times[kind].append(grade(course, jobs, allowed))
    medians = {kind: statistics.median(seconds) for kind, seconds in times.items()}
    for kind, seconds in medians.items():
        print(
            f"{kind:28}{seconds:7.1f} s, {seconds / medians['2 workers']:.2f} times as long as with 2 workers"
        )


def where_time_goes(course: Path) -> None:
    """Print the mean seconds a submission of each step, from the results and the journal."""
    results = [json.loads(path.read_text()) for path in (course / "graded" / "results").glob("*.json")]
    lines = (course / "graded" / "journal.jsonl").read_text().splitlines()
    applied = [event for event in map(json.loads, lines) if event["event"] == "applied"]
    steps = {
        "grade, all in all": [result["seconds"] for result in results],
        "  student's cells": [sum(result["cell_seconds"].values()) for result in results],
        "  checks": [sum(check["seconds"] for check in result["checks"]) for result in results],
        "apply": [event["apply_seconds"] for event in applied],
        "feedback": [event["page_seconds"] for event in applied],
    }
    for name, seconds in steps.items():
        print(f"{name:28}{statistics.mean(seconds):7.3f} s a submission")


def scale(course: Path, students: int) -> None:
    """Grade a large class, and print how much memory the parent took at most."""
    command = [*OURS, str(course / "submitted"), "--out", str(course / "graded"), "--chapter", CHAPTER]
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as grading:
        while grading.poll() is None:
            peak = max(peak, high_water(grading.pid))
            time.sleep(0.2)
    seconds = time.perf_counter() - start
    print(f"{students} submissions, {seconds:.0f} s, exit code {grading.returncode}")
    print(f"the parent process had {peak / 1000:.0f} MB at most")


def high_water(pid: int) -> int:
    """Return the most memory that a process has had so far, in kB."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return 0
    return int(found[1]) if found else 0


def grade(course: Path, jobs: int, cores: Sequence[int] | None = None) -> float:
    """Grade the class into a new folder, and return the seconds it took."""
    shutil.rmtree(course / "graded", ignore_errors=True)
    command = [*OURS, str(course / "submitted"), "--out", str(course / "graded"), "--jobs", str(jobs)]
    return run([*command, "--chapter", CHAPTER], ROOT, cores)


def run(command: Sequence[str], folder: Path, cores: Sequence[int] | None = None) -> float:
    """Run a command on the given cores, and return the seconds it took; show what it says if it fails."""
    on = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
    start = time.perf_counter()
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with surroundings():
        done = subprocess.run([*on, *command], cwd=folder, **quiet)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
