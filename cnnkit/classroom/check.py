"""``cnnkit check``: run a notebook from top to bottom in a fresh kernel and say what would be graded.

The student's file is only read. Locked cells run as the release has them, as they will when it is graded.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cnnkit.classroom import course_files
from cnnkit.classroom.exercises import progress_file
from cnnkit.classroom.grading.judge.rebuild import rebuild
from cnnkit.classroom.notebooks import canonical, examine, execute, outlook
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.examine import Finding
from cnnkit.classroom.notebooks.outlook import Cell, Result
from cnnkit.errors import UsageError

FRESH_COPY = """For a fresh copy: rename {name}.ipynb to {name}-mine.ipynb, run `cnnkit lab{folder}`,
  and copy your answers over into the new {unit}.ipynb."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--timeout", type=float, default=30, metavar="S", help="seconds a cell may run (30)")


def run(options: argparse.Namespace) -> int:
    if not options.timeout > 0:
        raise UsageError(f"--timeout {options.timeout:g}: give the seconds that a cell may run, such as 30.")
    releases = {unit: canonical.read(path) for unit, path in course_files.lessons().items()}
    students = {path: read_students(path) for path in options.notebooks}
    units = {path: _unit(path, student, releases) for path, student in students.items()}
    try:
        fine = [check_one(path, student, units[path], releases[units[path]], options.timeout)
                for path, student in students.items()]  # fmt: skip
    except execute.NoKernel as error:
        print(f"cnnkit check: {error}", file=sys.stderr)
        return 3
    return 0 if all(fine) else 1


def check_one(path: Path, student: Notebook, unit: str, release: Notebook, limit: float) -> bool:
    """Print the report on one notebook and return whether all is right and nothing broken."""
    cells = as_graded(student, release)
    runs = execute.run_cells([cell.source for cell in cells], path.resolve().parent, limit)
    results = outlook.results(release, cells, runs)
    findings = [*examine.examine(student, release, path.stem, unit), *outlook.incidents(cells, runs, limit)]
    report = [[f"{path} (lesson {unit})"], table(results), [totals(results)], listed(findings, path, unit)]
    print(*("\n".join(part) + "\n" for part in report), sep="\n", flush=True)
    return all(r.verdict == outlook.RIGHT for r in results) and all(f.remark for f in findings)


def as_graded(student: Notebook, release: Notebook) -> list[Cell]:
    """Return the code cells that a grader runs: edited checks put right, missing ones put back."""
    rebuilt, _ = rebuild(student, release)
    places = examine.positions(student)
    own = {str(cell.source): number for number, cell in reversed(list(enumerate(student.cells)))}
    return [
        Cell(
            places.get(examine.grade_id(cell) or cell.id, [own.get(cell.source, 0)])[-1],
            examine.grade_id(cell),
            str(cell.source),
        )
        for cell in rebuilt.cells
        if cell.cell_type == "code"
    ]


def table(results: Sequence[Result]) -> Iterator[str]:
    """Return the lines of the table: one an exercise, and below it what its check said.

    >>> wrong = Result("crop", 1, 0, "wrong", "One row too many.")
    >>> print("\\n".join(table([Result("pad2d", 2, 1, "right"), wrong])))
      exercise  points  result
      pad2d      2 / 2  right
      crop       0 / 1  wrong
                        One row too many.
    """
    width = max(8, *(len(result.exercise) for result in results)) if results else 8
    yield f"  {'exercise':{width}}  points  result"
    for result in results:
        share = f"{reached(result):2} / {result.points}" if result.points else "     -"
        yield f"  {result.exercise:{width}}  {share}  {result.verdict}"
        yield from (f"  {'':{width}}          {line}".rstrip() for line in result.message.splitlines())


def totals(results: Sequence[Result]) -> str:
    """Return the sum of the points, and how many are decided only when the notebook is graded."""
    points, hidden = sum(r.points for r in results), sum(r.hidden_points for r in results)
    if not points + hidden:
        right = sum(r.verdict == outlook.RIGHT for r in results)
        return f"{right} of {len(results)} exercises are right; this lesson carries no points."
    seen = f"{sum(map(reached, results))} of {points} points in the checks that you see."
    return f"{seen} {hidden} more depend on hidden checks, which run when it is graded." if hidden else seen


def reached(result: Result) -> int:
    """Return the points that the visible check gives."""
    return result.points if result.verdict == outlook.RIGHT else 0


def listed(findings: Sequence[Finding], path: Path, unit: str) -> Iterator[str]:
    """Return the findings as lines: what is broken and how to mend it, then what is good to know."""
    broken = [finding for finding in findings if not finding.remark]
    remarks = [finding for finding in findings if finding.remark]
    yield "Broken, and how to mend it:" if broken else "No locked cell was changed."
    for finding in broken:
        yield from (f"  - {finding.what}", f"    {finding.mend}")
    if any(finding.mend == examine.FRESH for finding in broken):
        folder = progress_file.course_folder(path.resolve().parent)
        where = f" {shlex.quote(str(folder))}" if folder else ""
        yield "  " + FRESH_COPY.format(name=path.stem, folder=where, unit=unit)
    if remarks:
        yield "Good to know:"
    for finding in remarks:
        yield from (f"  - {finding.what}", f"    {finding.mend}")


def _unit(path: Path, student: Notebook, releases: Mapping[str, Notebook]) -> str:
    unit = examine.best_release(student, path.stem, releases)
    if unit is None:
        known = ", ".join(releases)
        raise UsageError(
            f"{path} is no lesson of this course: no cell of it is known. The lessons are {known}."
        )
    return unit


def read_students(path: Path) -> Notebook:
    """Read a student's notebook, or say in one line why it is none."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name the notebooks in it: cnnkit check {path / '*.ipynb'}")
    if path.suffix != ".ipynb":
        raise UsageError(f"{path} is no notebook: its name does not end in .ipynb.")
    return canonical.read(path)
