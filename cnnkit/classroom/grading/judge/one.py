"""Grade one submission, whatever it does: the unit of work, from a `Bundle` to a `Result`."""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cnnkit import __version__
from cnnkit.classroom.grading import result
from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.judge.needed import names
from cnnkit.classroom.grading.judge.rebuild import answered, rebuild
from cnnkit.classroom.grading.judge.referee import UNTRIED, Lost, Referee, Verdicts, prepare
from cnnkit.classroom.grading.result import Check, Result
from cnnkit.classroom.grading.sandbox.box import Sandbox, SandboxError, not_working, refusal
from cnnkit.classroom.notebooks import canonical
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.examine import grade_id
from cnnkit.classroom.notebooks.text import role_of
from cnnkit.errors import UsageError

SPARE_SECONDS = 60.0  # beyond a notebook's own limit, after which a referee is given up


class Grader:
    """Grades bundles one after the other in one slot; the sandbox starts with the first one."""

    def __init__(self, slot: int = 0, sandbox: str = "bwrap") -> None:
        self._number, self._kind = slot, sandbox
        self._sandbox: Sandbox | None = None
        self._worked = False

    def grade(self, bundle: Bundle) -> Result:
        """Return how a submission came out; this never fails because of what was submitted.

        Raises
        ------
        UsageError
            if the sandbox does not work on this machine.
        """
        start = time.monotonic()
        blank = Result(
            bundle.student,
            bundle.chapter,
            bundle.fingerprint,
            result.FAILED,
            flags=bundle.notes,
            grader=__version__,
        )
        if bundle.problem:
            outcome, reason = bundle.problem
            return replace(blank, outcome=outcome, reason=reason, checks=_none_right(bundle, reason))
        try:
            if self._sandbox is None:
                self._sandbox = Sandbox(self._number, self._kind)
        except SandboxError as error:
            if not self._worked:
                raise refusal(not_working(error)) from None
            return replace(blank, reason=f"the sandbox did not start again: {error}.")
        self._worked = True
        import_for(bundle.master)
        sandbox, seconds = self._sandbox, bundle.limits.notebook_seconds + SPARE_SECONDS
        text = _apart(lambda: _judge(bundle, blank, sandbox).to_json(), seconds)
        if text is None:
            self.close()
            return replace(blank, reason="the grader itself did not come to an end with this submission.")
        return replace(Result.from_json(text), isolation=sandbox.kind, seconds=time.monotonic() - start)

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@functools.lru_cache(maxsize=32)
def _master(text: str) -> Notebook:
    return canonical.parse(text, "the master")


@functools.lru_cache(maxsize=32)
def import_for(master: str) -> None:
    """Import what a master's given cells import, and read its cells: once for all forks that judge."""
    cells = (cell for cell in _master(master).cells if cell.cell_type == "code")
    for cell in cells:
        names(cell.source)
        if (role_of(cell) or ("",))[0] == "given":
            lines = ast.parse(cell.source).body
            imports = ast.Module(
                [line for line in lines if isinstance(line, ast.Import | ast.ImportFrom)], []
            )
            exec(compile(imports, "<imports>", "exec"), {})
    gc.collect()
    gc.freeze()  # forks share this memory: let the collector leave it alone


def _judge(bundle: Bundle, blank: Result, sandbox: Sandbox) -> Result:
    master = _master(bundle.master)
    try:
        submitted = canonical.parse(bundle.notebook, "The notebook")
        notebook, flags = rebuild(submitted, master)
    except (UsageError, RecursionError, MemoryError) as error:
        reason = str(error) or "The notebook is nested too deeply to be read."
        return replace(blank, outcome=result.INVALID, reason=reason, checks=_none_right(bundle, reason))
    said = (*bundle.notes, *flags)
    if not answered(notebook, master):
        reason = "No exercise was answered."
        none = _none_right(bundle, UNTRIED, result.NOT_TRIED)
        return replace(
            blank,
            outcome=result.NO_ANSWERS,
            reason=reason,
            flags=said,
            checks=none,
            cells=_cells(notebook, {}),
        )
    prepare(bundle)
    found = Referee(bundle, notebook, master, sandbox).judge()
    outcome, reason = _outcome(found, {cell.id: cell for cell in notebook.cells})
    return replace(
        blank,
        outcome=outcome,
        reason=reason,
        flags=said,
        checks=tuple(found.checks),
        cells=_cells(notebook, found.outputs),
        cell_seconds={name: round(seconds, 4) for name, seconds in found.seconds.items()},
        peak_mb=round(found.peak_mb, 1),
    )


def _outcome(found: Verdicts, cells: dict[str, Notebook]) -> tuple[str, str]:
    if not found.lost:
        return result.GRADED, ""
    decided = any(check.outcome in (result.RIGHT, result.WRONG) for check in found.checks)
    told = "; ".join(dict.fromkeys(f"{_place(lost, cells)}: {lost.why}" for lost in found.lost))
    if decided:
        return result.PARTLY, f"{told}. Everything else was graded."
    return found.lost[0].outcome, f"{told}."


def _place(lost: Lost, cells: dict[str, Notebook]) -> str:
    cell = cells.get(lost.place)
    if cell is None or grade_id(cell):
        return lost.place
    first_line = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"the cell that starts with {first_line[:40]!r}"


def _none_right(bundle: Bundle, message: str, outcome: str = result.WRONG) -> tuple[Check, ...]:
    """Return the checks of a notebook in which nothing was judged: 0 points each."""
    checks = []
    for cell in _master(bundle.master).cells:
        role, exercise = role_of(cell) or ("", "")
        if role in ("check", "hidden"):
            points = float(cell.metadata["nbgrader"].get("points") or 0)
            checks.append(Check(grade_id(cell), exercise, role == "check", points, 0.0, outcome, message))
    return tuple(checks)


def _cells(notebook: Notebook, outputs: dict[str, list[dict[str, Any]]]) -> tuple[dict[str, Any], ...]:
    cells = []
    for cell in notebook.cells:
        plain = json.loads(json.dumps(cell))
        if cell.cell_type == "code":
            plain["outputs"] = outputs.get(cell.id, [])
        cells.append(plain)
    return tuple(cells)


def _apart(work: Callable[[], str], seconds: float) -> str | None:
    """Return what ``work`` gives in a fork of this process; None if it fails or takes too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                pipe.write(work())
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(1)
    os.close(writing)
    try:
        text = _read_all(reading, seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL if text is None else 0)
        _, status = os.waitpid(child, 0)
    return text.decode("utf-8") if text and status == 0 else None


def _read_all(descriptor: int, seconds: float) -> bytes | None:
    stop, parts = time.monotonic() + seconds, bytearray()
    while True:
        ready, _, _ = select.select([descriptor], [], [], max(stop - time.monotonic(), 0))
        if not ready:
            return None
        part = os.read(descriptor, 1 << 20)
        if not part:
            return bytes(parts)
        parts += part
