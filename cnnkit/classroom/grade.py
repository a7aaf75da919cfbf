"""``cnnkit grade``: grade a folder or a zip of submissions through nbgrader."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from cnnkit.classroom.grading.archive import unpack
from cnnkit.classroom.grading.report import NOT_GRADED, write_grades, write_points
from cnnkit.classroom.grading.submissions import Submission, find
from cnnkit.classroom.grading.tell import conclude, teller
from cnnkit.classroom.masters import choose, masters, solutions_folder
from cnnkit.errors import UsageError

DEMO_CHAPTER = "02"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``cnnkit grade``."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "submitted", nargs="?", type=Path, help="folder or zip of STUDENT/CHAPTER/CHAPTER.ipynb"
    )
    what.add_argument(
        "--demo", type=Path, metavar="FOLDER", help="make a class of ten in FOLDER and grade it"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="gradebook, feedback, grades.csv (default: graded)"
    )
    parser.add_argument(
        "--db", metavar="URL", help="SQLAlchemy URL of the gradebook (default: OUT/gradebook.db)"
    )
    parser.add_argument(
        "--chapter", action="append", default=[], help="grade only this chapter; may be repeated"
    )
    parser.add_argument(
        "--solutions", type=Path, metavar="DIR", help="folder of the masters (default: solutions)"
    )
    parser.add_argument(
        "--timeout", type=int, default=120, metavar="SECONDS", help="for one cell (default: 120)"
    )


def run(options: argparse.Namespace) -> int:
    """Grade, and return 0 when every submission could be graded, 1 otherwise, 3 without a gradebook."""
    if options.timeout < 1:
        raise UsageError(f"--timeout {options.timeout}: a cell needs at least 1 second.")
    found = masters(solutions_folder(options.solutions))
    if options.demo:
        return _demo(options, found)
    chosen = choose(options.chapter, found)
    out = options.out or Path("graded")
    _refuse_overlap(options.submitted, out)
    if options.submitted.is_dir():
        return _grade(find(options.submitted, chosen), chosen, out, options)
    if not options.submitted.is_file():
        raise UsageError(f"{options.submitted} does not exist. Give a folder or a zip of submissions.")
    with tempfile.TemporaryDirectory() as folder:
        unpack(options.submitted, Path(folder))
        return _grade(find(Path(folder), chosen), chosen, out, options)


def _demo(options: argparse.Namespace, found: dict[str, Path]) -> int:
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
    _grade(find(folder / "submitted", chosen), chosen, options.out or folder / "graded", options)
    return 0  # two of the ten are broken on purpose


def _grade(
    submissions: list[Submission], chosen: dict[str, Path], out: Path, options: argparse.Namespace
) -> int:
    from cnnkit.classroom import nbgrader_adapter as nbgrader
    from cnnkit.classroom.grading.run import Desk, grade

    course = _writable(out).resolve()
    if not (course / "nbgrader_config.py").exists():
        (course / "nbgrader_config.py").write_text(nbgrader.SETTINGS, encoding="utf-8")
    try:
        db_url, shown = nbgrader.open_gradebook(options.db or f"sqlite:///{course / 'gradebook.db'}")
        with nbgrader.keep_log(course / "nbgrader.log"):
            results = grade(submissions, chosen, Desk(course, db_url, options.timeout), teller(submissions))
    except nbgrader.GradebookError as error:
        print(f"cnnkit grade: {error}. Grades so far are kept; run the same command again.", file=sys.stderr)
        return 3
    write_grades(results, out / "grades.csv")
    write_points(results, out / "points.csv")
    conclude(results, out, shown)
    return 1 if any(result.outcome in NOT_GRADED for result in results) else 0


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
