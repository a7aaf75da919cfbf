"""Try answers on a chapter's own check cells, in this process: what a grader does, without a kernel."""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import linecache
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cnnkit.classroom.exercises import CheckFailed, lesson
from cnnkit.classroom.notebooks import bank
from cnnkit.classroom.notebooks.canonical import read
from cnnkit.classroom.notebooks.text import role_of

ROOT = Path(__file__).parents[2]
UNITS = sorted(folder.name for folder in (ROOT / "solutions").iterdir() if folder.is_dir())
_numbers = itertools.count()


class Workbench:
    """One chapter: its exercises, and what its check cells say to an answer."""

    def __init__(self, unit: str) -> None:
        self.unit, self.folder = unit, ROOT / "solutions" / unit
        self.notebook = read(self.folder / f"{unit}.ipynb")
        self.table: dict[str, Any] = bank._toml(self.folder / "exercises.toml")
        with contextlib.redirect_stdout(io.StringIO()):
            self.check, self.hint = lesson(unit[:2])

    def solution(self, exercise: str) -> str:
        return bank.solution_of(self.notebook, exercise)

    def mistakes(self, exercise: str) -> dict[str, str]:
        """Return each named mistake of an exercise as the code of a wrong answer."""
        found = {}
        for name, how in self.table[exercise].get("mistakes", {}).items():
            by_value = f"def {exercise}():\n    return {how.get('answer')!r}"
            found[name] = by_value if "answer" in how else bank.apply_mistake(self.solution(exercise), how)
        return found

    def unusual(self) -> list[tuple[str, str]]:
        """Return (exercise, code) of every answer in unusual/NN.py, whose names are exercise__route."""
        text = (Path(__file__).parent / "unusual" / f"{self.unit[:2]}.py").read_text("utf-8")
        found = []
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                exercise, _, _ = node.name.partition("__")
                code = (ast.get_source_segment(text, node) or "").replace(node.name, exercise)
                found.append((exercise, code))
        return found

    def graded_cells(self, exercise: str) -> dict[str, str]:
        """Return the source of an exercise's graded cells by role: check, hidden."""
        roles = [(role_of(cell), cell.source) for cell in self.notebook.cells]
        return {
            role[0]: source
            for role, source in roles
            if role and role[0] in ("check", "hidden") and role[1] == exercise
        }

    def grade(self, exercise: str, code: str) -> dict[str, CheckFailed | None]:
        """Run an answer and then its graded cells; return what each said, None for a pass."""
        names = bank.given_names(self.notebook, exercise) | {"check": self.check}
        _run(code, names)
        return {role: _complaint(source, names) for role, source in self.graded_cells(exercise).items()}


def _run(code: str, names: dict[str, Any]) -> None:
    """Run code as a notebook cell is run: under a file name of its own whose text can be looked up."""
    name = f"<cell {next(_numbers)}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, name, "exec"), names)


def _complaint(code: str, names: dict[str, Any]) -> CheckFailed | None:
    try:
        _run(code, names)
    except CheckFailed as complaint:
        return complaint
    return None


@cache
def hidden_names(unit: str, exercise: str) -> dict[str, Any]:
    """Return what an exercise's hidden cell sees, and the reference that it defines before it checks."""
    bench = Workbench(unit)
    region = bench.graded_cells(exercise)["hidden"].partition("### BEGIN HIDDEN TESTS\n")[2]
    names = bank.given_names(bench.notebook, exercise)
    exec(region.partition("\ncheck.")[0], names)
    return names


def reference_of(unit: str, exercise: str) -> Callable[..., Any]:
    """Return the reference out of an exercise's hidden cell."""
    found: Callable[..., Any] = hidden_names(unit, exercise)["reference"]
    return found
