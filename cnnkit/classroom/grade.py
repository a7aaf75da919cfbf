"""``cnnkit grade``: grade a class, in a sandbox and on all cores, into nbgrader's gradebook and reports."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnnkit.classroom.grading.bundle import Limits
from cnnkit.classroom.grading.intake.submissions import Submission, opened
from cnnkit.classroom.grading.sandbox import box as sandbox
from cnnkit.classroom.masters import choose, masters, solutions_folder
from cnnkit.errors import UsageError

DEMO_CHAPTER = "02"
MACHINE_FAILED, SOME_NOT_GRADED = 3, 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``cnnkit grade``."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "submitted", nargs="?", type=Path, help="folder or zip: STUDENT/CHAPTER/CHAPTER.ipynb, Canvas, Moodle"
    )
    what.add_argument(
        "--demo", type=Path, metavar="FOLDER", help="make a class of ten in FOLDER and grade it"
    )
    where = parser.add_argument_group("where and with what")
    where.add_argument(
        "--out", type=Path, metavar="FOLDER", help="gradebook, feedback, reports (default: graded)"
    )
    where.add_argument("--db", metavar="URL", help="SQLAlchemy URL (default: OUT/gradebook.db)")
    where.add_argument(
        "--solutions", type=Path, metavar="DIR", help="folder of the masters (default: solutions)"
    )
    which = parser.add_argument_group("which submissions")
    which.add_argument("--chapter", action="append", default=[], help="only this chapter; may be repeated")
    which.add_argument(
        "--only", action="append", default=[], metavar="STUDENT", help="only this student; may be repeated"
    )
    which.add_argument("--force", action="store_true", help="grade anew what was graded before")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", type=int, metavar="N", help="submissions at a time (default: one a core)")
    how.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, such as tcp://host:8786")
    how.add_argument(
        "--sandbox", default="bwrap", metavar="KIND", help="bwrap, or limits: only for work that you trust"
    )
    how.add_argument(
        "--timeout", type=float, default=Limits.cell_seconds, metavar="S", help="seconds a cell may run (60)"
    )
    how.add_argument(
        "--memory", type=int, default=Limits.memory_mb, metavar="MB", help="memory of a submission (2000)"
    )


def run(options: argparse.Namespace) -> int:
    """Grade, and return 0 when every submission could be graded, 1 otherwise, 3 where the machine failed."""
    limits = _limits(options)
    if not options.scheduler:
        sandbox.require(options.sandbox)
    found = masters(solutions_folder(options.solutions))
    if options.demo:
        return _demo(options, found, limits)
    chosen = choose(options.chapter, found)
    out = options.out or Path("graded")
    _refuse_overlap(options.submitted, out)
    with opened(options.submitted, chosen) as submissions:
        return _grade(submissions, chosen, out, options, limits)


def _demo(options: argparse.Namespace, found: dict[str, Path], limits: Limits) -> int:
    from cnnkit.classroom.grading.demo import make_class

    folder: Path = options.demo
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is not an empty folder. Name a new one: the demo never overwrites anything."
        )
    chosen = choose(options.chapter or [DEMO_CHAPTER], found)
    chapter, master = next(iter(chosen.items()))
    print(f"A class of ten in {folder / 'submitted'}, chapter {chapter}:")
    for student, what in make_class(master, _writable(folder / "submitted")).items():
        print(f"  {student:<8} {what}")
    with opened(folder / "submitted", chosen) as submissions:
        status = _grade(submissions, chosen, options.out or folder / "graded", options, limits)
    return 0 if status == SOME_NOT_GRADED else status  # two of the ten are broken on purpose


def _grade(
    submissions: Sequence[Submission],
    chosen: dict[str, Path],
    out: Path,
    options: argparse.Namespace,
    limits: Limits,
) -> int:
    from cnnkit.classroom import nbgrader_adapter as nbgrader
    from cnnkit.classroom.grading import run, tell
    from cnnkit.classroom.grading.crew.cluster import ClusterLost
    from cnnkit.classroom.grading.reports import every as report

    course = _writable(out).resolve()
    if not (course / "nbgrader_config.py").exists():
        (course / "nbgrader_config.py").write_text(nbgrader.SETTINGS, encoding="utf-8")
    wanted = run.only(options.only, submissions)
    jobs = options.jobs or len(os.sched_getaffinity(0))
    try:
        db_url, shown = nbgrader.open_gradebook(options.db or f"sqlite:///{course / 'gradebook.db'}")
        desk = run.Desk(course, db_url, limits, options.sandbox, jobs, options.scheduler or "", options.force)
        with nbgrader.keep_log(course / "nbgrader.log"):
            graded = run.grade(wanted, chosen, desk, tell.teller(wanted))
    except (nbgrader.GradebookError, nbgrader.StepFailed, ClusterLost, OSError) as error:
        said = str(error).rstrip(".")
        print(f"cnnkit grade: {said}. Grades so far are kept; run the same command again.", file=sys.stderr)
        return MACHINE_FAILED
    lms_ids = {(found.student, found.chapter): found.lms_id for found in wanted if found.lms_id}
    report.write_all(graded, out, _titles(chosen), lms_ids)
    tell.conclude(graded, out, shown)
    return 0 if all(one.has_grade for one in graded) else SOME_NOT_GRADED


def _limits(options: argparse.Namespace) -> Limits:
    if not options.timeout > 0:
        raise UsageError(f"--timeout {options.timeout:g}: a cell needs more than 0 seconds.")
    if options.memory < 500:
        raise UsageError(f"--memory {options.memory}: Python with NumPy needs 500 MB at least.")
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: grading needs at least 1 process.")
    whole = max(Limits.notebook_seconds, 2 * options.timeout)
    return replace(
        Limits(),
        cell_seconds=options.timeout,
        call_seconds=min(Limits.call_seconds, options.timeout),
        notebook_seconds=whole,
        memory_mb=options.memory,
    )


def _titles(chosen: dict[str, Path]) -> dict[str, str]:
    from cnnkit.classroom.notebooks.canonical import read

    first = {chapter: read(master).cells[:1] for chapter, master in chosen.items()}
    lines = {chapter: cells[0].source.splitlines()[:1] for chapter, cells in first.items() if cells}
    return {chapter: line[0].lstrip("# ") for chapter, line in lines.items() if line and line[0][:1] == "#"}


def _refuse_overlap(submitted: Path, out: Path) -> None:
    theirs, ours = submitted.resolve(), out.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours / "collected"):
        raise UsageError(f"--out {out} overlaps {submitted}, which is only read. Name another --out.")


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}. Name another folder.") from None
