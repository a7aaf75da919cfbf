"""``cnnkit pack``: make the one file that a student hands in, after the examination of ``cnnkit check``."""

from __future__ import annotations

import argparse
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnkit.classroom import check, course_files
from cnnkit.classroom.notebooks import canonical, examine
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.student_zip import LONG_AGO
from cnnkit.errors import UsageError

MAX_OUTPUT = 100_000  # characters of one cell's outputs; a grader makes all outputs anew


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``cnnkit pack``."""
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the zip (default: named after the lesson)")
    parser.add_argument("--anyway", action="store_true", help="pack even if locked cells were broken")
    parser.add_argument("--timeout", type=float, default=30, metavar="S", help="seconds a cell may run (30)")


def run(options: argparse.Namespace) -> int:
    """Examine the notebooks and pack them; return 1, with nothing packed, if locked cells are broken."""
    if options.out and options.out.suffix != ".zip":
        raise UsageError(f"--out {options.out}: the name of a zip ends in .zip.")
    if check.run(options) == 3:
        return 3
    releases = {unit: canonical.read(path) for unit, path in course_files.lessons().items()}
    students = _by_unit(options.notebooks, releases)
    broken = [path for unit, path in students.items() if _is_broken(path, releases[unit], unit)]
    if broken and not options.anyway:
        names = ", ".join(map(str, broken))
        print(f"Not packed: see above what is broken in {names}. Mend it, or pack it as it is with --anyway.")
        return 1
    out = options.out or Path(f"{next(iter(students))}.zip" if len(students) == 1 else "lessons.zip")
    write({unit: check.read_students(path) for unit, path in students.items()}, out)
    print(f"Packed {', '.join(students)}. Hand in {out}")
    return 0


def write(students: Mapping[str, Notebook], out: Path) -> None:
    """Write the zip: one folder a lesson, and in it the notebook alone, under the lesson's name.

    The bytes depend on the notebooks alone: fixed dates, sorted names, no compression.
    """
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for unit, student in sorted(students.items()):
                entry = zipfile.ZipInfo(f"{unit}/{unit}.ipynb", LONG_AGO)
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, whatever the machine
                archive.writestr(entry, light(student))
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Give another --out FILE.") from None


def light(student: Notebook) -> str:
    """Return the text of a notebook without what only makes it large: long outputs, states of widgets.

    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> long = new_code_cell("1", outputs=[new_output("stream", text="1" * MAX_OUTPUT)])
    >>> len(light(new_notebook(cells=[long]))) < 1000
    True
    """
    cells = [{**cell, "outputs": []} if _is_long(cell) else cell for cell in student.cells]
    metadata = {key: value for key, value in student.metadata.items() if key != "widgets"}
    light = {**student, "cells": cells, "metadata": metadata}
    text = json.dumps(light, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode(errors="replace").decode()


def _is_long(cell: Notebook) -> bool:
    return len(json.dumps(cell.get("outputs", []))) > MAX_OUTPUT


def _by_unit(paths: Sequence[Path], releases: Mapping[str, Notebook]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        unit = examine.best_release(check.read_students(path), path.stem, releases) or path.stem
        if unit in found:
            raise UsageError(f"{found[unit]} and {path} are both lesson {unit}. Give the one that counts.")
        found[unit] = path
    return found


def _is_broken(path: Path, release: Notebook, unit: str) -> bool:
    """Tell whether cells are broken; the file's name does not matter, since it gets the right one."""
    return not all(
        finding.remark for finding in examine.examine(check.read_students(path), release, unit, unit)
    )
