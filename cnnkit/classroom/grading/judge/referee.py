"""The tests' side of grading one submission: runs the student's cells far away, and judges them here.

The referee holds hidden tests and never runs a line of a student's. It walks through the rebuilt notebook;
where a student's process is lost, what was being judged scores 0, a new one is started, and the rest goes on.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cnnkit.classroom.exercises import CheckFailed, NotTriedYet
from cnnkit.classroom.exercises.timelimit import TookTooLong, time_limit
from cnnkit.classroom.grading import result
from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.judge.bench import Bench
from cnnkit.classroom.grading.judge.needed import names, needed
from cnnkit.classroom.grading.judge.outputs import plain
from cnnkit.classroom.grading.judge.rebuild import is_answer
from cnnkit.classroom.grading.judge.remote import OVER, Gone, Names
from cnnkit.classroom.grading.result import Check
from cnnkit.classroom.grading.sandbox.box import Sandbox, Student
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.text import role_of

MOST_LOST = 8  # processes; a notebook that loses more is stopped
LATE = "it ran for more than {seconds:g} s and was stopped"
OUT_OF_MEMORY = "it was killed, as happens when it needs more memory than the {memory} MB that it may use"
DIED = "it ended its own Python"
HIDDEN_FAILED = "A hidden check failed. It tries the same function on other inputs than the visible check."
STOPPED = "The notebook had been stopped before this could be judged."
UNTRIED = "This exercise has not been tried yet."


@dataclass
class Lost:
    """Where a student's process was lost, and how: timeout, out_of_memory or crashed."""

    place: str
    outcome: str
    why: str


@dataclass
class Verdicts:
    """What the referee found: checks, what each cell showed and how long it ran, and what was lost."""

    checks: list[Check] = field(default_factory=list)
    outputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    peak_mb: float = 0.0


class Stopped(Exception):
    """The notebook has used up its time, or lost too many processes: nothing more of it is run."""


class Referee:
    """Judges one rebuilt notebook with the help of a sandbox; see `judge`."""

    def __init__(self, bundle: Bundle, notebook: Notebook, master: Notebook, sandbox: Sandbox) -> None:
        self.limits, self.sandbox = bundle.limits, sandbox
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.master, self.bench = master, Bench(master)
        self.runs = dict(zip([cell.id for cell in self.cells], self._must_run(), strict=True))
        self.deadline = time.monotonic() + bundle.limits.notebook_seconds
        stubs = {cell.id: cell.source for cell in master.cells if is_answer(cell)}
        self.untouched = {cell.id for cell in self.cells if cell.source == stubs.get(cell.id)}
        self.found = Verdicts()
        self.ran: list[Notebook] = []
        self.spoilt: dict[str, Lost] = {}
        self.student: Student | None = None
        self.there: Names | None = None

    def judge(self) -> Verdicts:
        """Walk through the notebook and return what was found.

        Hidden checks come in a second walk, with a process of their own of which no output is kept: so a
        student's code cannot note down what it was asked there and show it later.
        """
        try:
            self._walk("check", self.found.outputs)
            with contextlib.suppress(Gone):
                self.found.peak_mb = self.there.peak() if self.there else 0.0
            self._let_go()
            self.ran, self.deadline = [], time.monotonic() + self.limits.notebook_seconds
            if any(_check_role(cell) == "hidden" for cell in self.cells):
                self._walk("hidden", {})
        finally:
            self._let_go()
        order = [cell.id for cell in self.cells]
        self.found.checks.sort(key=lambda check: order.index(check.cell))
        return self.found

    def _walk(self, role: str, outputs: dict[str, list[dict[str, Any]]]) -> None:
        for cell in self.cells:
            if _check_role(cell):
                if _check_role(cell) == role:
                    self._check(cell, role)
            elif self.runs[cell.id] and cell.id not in self.spoilt:
                self._run(cell, outputs)

    def _must_run(self) -> list[bool]:
        """Tell which cells must run: all but those of the course that nothing else needs."""
        texts = {cell.id: cell.source for cell in self.master.cells}
        own = [not _check_role(c) and (is_answer(c) or c.source != texts.get(c.id)) for c in self.cells]
        wanted = {name for cell in self.cells if _check_role(cell) for name in _uses(cell.source)}
        sources = ["" if _check_role(cell) else cell.source for cell in self.cells]
        return needed(sources, own, sorted(wanted - _bound_by_given(self.master)))

    def _run(self, cell: Notebook, outputs: dict[str, list[dict[str, Any]]]) -> None:
        try:
            outputs[cell.id], seconds = self._names().run(cell.source, self.limits.cell_seconds)
        except Stopped:
            return
        except Gone as gone:
            lost = self.spoilt[cell.id] = self._note(cell.id, gone, self.limits.cell_seconds)
            self.found.outputs[cell.id] = [_error(lost.outcome, f"This cell was left out: {lost.why}.")]
            return
        self.ran.append(cell)
        self.found.seconds.setdefault(cell.id, seconds)

    def _check(self, cell: Notebook, role: str) -> None:
        _, exercise = role_of(cell) or ("", cell.id)
        points, start, printed = (
            float(cell.metadata["nbgrader"].get("points") or 0),
            time.perf_counter(),
            io.StringIO(),
        )
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            outcome, message, mistake, kind = self._verdict(cell, exercise, role == "check")
        if outcome != result.RIGHT and exercise in self.untouched and exercise not in self.spoilt:
            outcome, message = result.NOT_TRIED, message if kind == "NotTriedYet" else UNTRIED
        earned, seconds = points if outcome == result.RIGHT else 0.0, time.perf_counter() - start
        self.found.checks.append(
            Check(
                cell.id, exercise, role == "check", points, earned, outcome, plain(message), mistake, seconds
            )
        )
        said = (
            [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}]
            if printed.tell()
            else []
        )
        wrong = [] if outcome == result.RIGHT else [_error(kind or outcome, message)]
        self.found.outputs[cell.id] = [*said, *wrong]

    def _verdict(self, cell: Notebook, exercise: str, visible: bool) -> tuple[str, str, str, str]:
        """Run a check; return its outcome, what to tell the student, the mistake, and the kind of error."""
        lost = self.spoilt.get(exercise)
        if lost:
            return lost.outcome, f"Not judged: {lost.why}.", "", ""
        try:
            there = self._names()
            there.late = 0
            with _within(self.deadline):
                self.bench.run(cell.source, there)
        except Stopped:
            return result.TIMEOUT, STOPPED, "", ""
        except Gone as gone:
            lost = self.spoilt[exercise] = self._note(exercise, gone, self.limits.call_seconds)
            return lost.outcome, f"While this was judged, {lost.why}.", "", ""
        except NotTriedYet as untried:
            return result.NOT_TRIED, str(untried), "", type(untried).__name__
        except CheckFailed as failed:
            if there.late:  # hidden cases would run just as long
                self.spoilt[exercise] = Lost(
                    exercise, result.WRONG, "it ran for too long on the visible cases"
                )
            outcome = result.OUT_OF_MEMORY if "MemoryError" in str(failed) else result.WRONG
            return outcome, str(failed), str(getattr(failed, "mistake", "")), type(failed).__name__
        except Exception as error:
            kind = type(error).__name__
            told = f"{kind}: {str(error)[:500]}" if visible or kind == "NameError" else HIDDEN_FAILED
            return result.WRONG, told, "", kind
        return result.RIGHT, "", "", ""

    def _names(self) -> Names:
        """Return the names of a living process that has run all cells so far; start one if there is none."""
        if self.there is None:
            if len(self.found.lost) > MOST_LOST or time.monotonic() > self.deadline:
                raise Stopped
            self.student = self.sandbox.start(self.limits)
            channel, texts = self.student.channel, {c.id: c.source for c in self.cells if is_answer(c)}
            self.there = Names(channel, self.limits, self.deadline, texts, self.bench.names)
            for cell in self.ran:
                self.there.run(cell.source, self.limits.cell_seconds)
        return self.there

    def _note(self, place: str, gone: Gone, seconds: float) -> Lost:
        """Write down that the process was lost, and how it ended, and let it go."""
        status = self._let_go(patience=0.0 if gone.late else 1.0)
        if gone.what == OVER:
            seconds = self.limits.notebook_seconds
            lost = Lost(place, result.TIMEOUT, f"the whole notebook ran for more than {seconds:g} s")
        elif gone.late:
            lost = Lost(place, result.TIMEOUT, LATE.format(seconds=seconds))
        elif status == 128 + signal.SIGKILL:  # the system does that when memory runs out
            lost = Lost(place, result.OUT_OF_MEMORY, OUT_OF_MEMORY.format(memory=self.limits.memory_mb))
        else:
            lost = Lost(place, result.CRASHED, DIED)
        self.found.lost.append(lost)
        return lost

    def _let_go(self, patience: float = 0.0) -> int:
        student, self.student, self.there = self.student, None, None
        return self.sandbox.end(student, patience) if student else 0


@contextlib.contextmanager
def _within(deadline: float) -> Iterator[None]:
    """Give up at the deadline, whatever a check waits for."""
    try:
        with time_limit(max(deadline - time.monotonic(), 0.1)):
            yield
    except TookTooLong:
        raise Gone(True, OVER) from None


def _uses(source: str) -> frozenset[str]:
    about = names(source)
    return about.used if about else frozenset()


def _bound_by_given(master: Notebook) -> frozenset[str]:
    found = [names(cell.source) for cell in master.cells if (role_of(cell) or ("",))[0] == "given"]
    return frozenset[str]().union(*(about.bound for about in found if about))


def _check_role(cell: Notebook) -> str:
    """Return "check" or "hidden" for a cell that judges, and "" for any other."""
    role, _ = role_of(cell) or ("", "")
    return role if role in ("check", "hidden") else ""


def _error(name: str, message: str) -> dict[str, Any]:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": message.splitlines() or [name],
    }


def prepare(bundle: Bundle) -> None:
    """Set what checks read from their surroundings: the cohort's salt and the language."""
    os.environ.update(CNNKIT_SALT=bundle.salt, CNNKIT_LANGUAGE=bundle.language, CNNKIT_NO_PROGRESS="1")
