"""The tests' side of grading one submission: runs the student's cells far away, and judges them here.

The referee holds hidden tests and never runs a line of a student's. It walks through the rebuilt notebook;
where a student's process is lost, what was being judged scores 0, a new one is started, and the rest goes on.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import signal
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cnnkit.classroom.exercises import CheckFailed, NotTriedYet
from cnnkit.classroom.exercises.timelimit import TookTooLong, time_limit
from cnnkit.classroom.grading import result
from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.needed import names, needed
from cnnkit.classroom.grading.rebuild import grade_id, is_answer
from cnnkit.classroom.grading.remote import Gone, Names
from cnnkit.classroom.grading.result import Check
from cnnkit.classroom.grading.sandbox import Sandbox, Student
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.text import role_of

MOST_LOST = 8  # processes; a notebook that loses more is stopped
LATE = "it ran for more than {seconds:g} s and was stopped"
OUT_OF_MEMORY = "it needed more memory than the {memory} MB that it may use"
DIED = "it ended its own Python"
HIDDEN_FAILED = "A hidden check failed. It tries the same function on other inputs than the visible check."
UNTRIED = "This exercise has not been tried yet."
OVER = "The notebook had been stopped before this check."


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


class Referee:
    """Judges one rebuilt notebook with the help of a slot; see `judge`."""

    def __init__(self, bundle: Bundle, notebook: Notebook, master: Notebook, sandbox: Sandbox) -> None:
        self.limits, self.sandbox = bundle.limits, sandbox
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.master = master
        self.runs = dict(zip([cell.id for cell in self.cells], self._must_run(), strict=True))
        self.deadline = time.monotonic() + bundle.limits.notebook_seconds
        stubs = {cell.id: cell.source for cell in master.cells if is_answer(cell)}
        self.untouched = {cell.id for cell in self.cells if cell.source == stubs.get(cell.id)}
        self.found = Verdicts()
        self.ran: list[Notebook] = []
        self.spoilt: dict[str, Lost] = {}
        self.here = _Here(master)
        self.student: Student | None = None
        self.there: Names | None = None

    def judge(self) -> Verdicts:
        """Walk through the notebook and return what was found."""
        try:
            for cell in self.cells:
                if _is_check(cell):
                    self._check(cell)
                elif self.runs[cell.id]:
                    self._run(cell)
            with contextlib.suppress(Gone):
                self.found.peak_mb = self.there.peak() if self.there else 0.0
        finally:
            self._let_go()
        return self.found

    def _must_run(self) -> list[bool]:
        """Tell which cells must run: all but those of the course that nothing else needs."""
        texts = {cell.id: cell.source for cell in self.master.cells}
        own = [not _is_check(c) and (is_answer(c) or c.source != texts.get(c.id)) for c in self.cells]
        wanted = {name for cell in self.cells if _is_check(cell) for name in _uses(cell.source)}
        sources = ["" if _is_check(cell) else cell.source for cell in self.cells]
        return needed(sources, own, sorted(wanted - _bound_by_given(self.master)))

    def _run(self, cell: Notebook) -> None:
        try:
            outputs, seconds = self._names().run(cell.source, self.limits.cell_seconds)
        except Gone as gone:
            lost = self._note(cell.id, gone, self.limits.cell_seconds)
            self.spoilt[cell.id] = lost
            self.found.outputs[cell.id] = [_error(lost.outcome, f"This cell was left out: {lost.why}.")]
            return
        self.ran.append(cell)
        self.found.outputs[cell.id], self.found.seconds[cell.id] = outputs, seconds

    def _check(self, cell: Notebook) -> None:
        role, exercise = role_of(cell) or ("check", cell.id)
        points, start = float(cell.metadata["nbgrader"].get("points") or 0), time.perf_counter()
        lost, printed = self.spoilt.get(exercise), io.StringIO()
        outcome, message, mistake, kind = result.RIGHT, "", "", ""
        try:
            if lost:
                raise _Spoilt
            with (
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(io.StringIO()),
                _patient(self),
            ):
                self.here.run(cell.source, self._names())
        except _Spoilt:
            outcome, message = lost.outcome, f"Not judged: {lost.why}." if lost else ""
        except Gone as gone:
            lost = self._note(exercise, gone, self.limits.call_seconds)
            self.spoilt[exercise] = lost
            outcome, message = lost.outcome, f"While this was judged, {lost.why}."
        except NotTriedYet as untried:
            outcome, message, kind = result.NOT_TRIED, str(untried), type(untried).__name__
        except CheckFailed as failed:
            outcome, message, kind = result.WRONG, str(failed), type(failed).__name__
            mistake = getattr(failed, "mistake", "")
        except Exception as error:
            visible = role == "check" or type(error) is NameError
            outcome, kind = result.WRONG, type(error).__name__
            message = f"{kind}: {str(error)[:500]}" if visible else HIDDEN_FAILED
            if exercise in self.untouched:
                outcome, message = result.NOT_TRIED, UNTRIED
        if outcome == result.WRONG and kind == "NotRight" and "MemoryError" in message:
            outcome = result.OUT_OF_MEMORY
        earned = points if outcome == result.RIGHT else 0.0
        seconds = time.perf_counter() - start
        self.found.checks.append(
            Check(cell.id, exercise, role == "check", points, earned, outcome, message, str(mistake), seconds)
        )
        text = (
            [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}]
            if printed.getvalue()
            else []
        )
        wrong = [] if outcome == result.RIGHT else [_error(kind or outcome, message)]
        self.found.outputs[cell.id] = [*text, *wrong]

    def _names(self) -> Names:
        """Return the names of a living process that has run all cells so far; start one if there is none."""
        if self.there is None:
            if len(self.found.lost) > MOST_LOST or time.monotonic() > self.deadline:
                raise Gone(True, OVER)
            self.student = self.sandbox.start(self.limits)
            self.there = Names(self.student.channel, self.limits.call_seconds, self.deadline)
            for cell in self.ran:
                self.there.run(cell.source, self.limits.cell_seconds)
        return self.there

    def _note(self, place: str, gone: Gone, seconds: float) -> Lost:
        """Write down that the process was lost, and how it ended, and let it go."""
        status = self._let_go(patience=0.0 if gone.late else 1.0)
        if gone.late:
            why = LATE.format(seconds=seconds) if gone.what != OVER else "the notebook had been stopped"
            lost = Lost(place, result.TIMEOUT, why)
        elif status == 128 + signal.SIGKILL:  # the system does that when memory runs out
            lost = Lost(place, result.OUT_OF_MEMORY, OUT_OF_MEMORY.format(memory=self.limits.memory_mb))
        else:
            lost = Lost(place, result.CRASHED, DIED)
        self.found.lost.append(lost)
        return lost

    def _let_go(self, patience: float = 0.0) -> int:
        student, self.student, self.there = self.student, None, None
        return self.sandbox.end(student, patience) if student else 0


class _Spoilt(Exception):
    """What is to be judged has cost a process already."""


class _Here:
    """The names of the tests: the course's own, from the master's given cells, and then the student's."""

    def __init__(self, master: Notebook) -> None:
        self.names: dict[str, Any] = {"__builtins__": builtins, "__name__": "checks"}
        self.given = [cell.source for cell in master.cells if (role_of(cell) or ("",))[0] == "given"]
        self.ran: set[int] = set()

    def run(self, source: str, there: Names) -> None:
        """Run a check: what it needs of given cells is made here, what answers bind comes from ``there``."""
        about = names(source)
        uses = about.used if about else frozenset()
        self._make_given(uses)
        local = dict(self.names)
        missing = object()
        for name in uses - self.names.keys() - set(dir(builtins)):
            found = there.get(name, missing)
            if found is not missing:
                local[name] = found
        exec(compile(source, "<check>", "exec"), local)

    def _make_given(self, uses: frozenset[str]) -> None:
        run = needed(self.given, [False] * len(self.given), sorted(uses))
        for number, source in enumerate(self.given):
            if run[number] and number not in self.ran:
                self.ran.add(number)
                with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    exec(compile(source, f"<given {number}>", "exec"), self.names)


@contextlib.contextmanager
def _patient(referee: Referee) -> Iterator[None]:
    """Give up with the notebook's time, whatever a check waits for."""
    try:
        with time_limit(max(referee.deadline - time.monotonic(), 0.1)):
            yield
    except TookTooLong:
        raise Gone(True, OVER) from None


def _uses(source: str) -> frozenset[str]:
    about = names(source)
    return about.used if about else frozenset()


def _bound_by_given(master: Notebook) -> frozenset[str]:
    found = [names(cell.source) for cell in master.cells if (role_of(cell) or ("",))[0] == "given"]
    return frozenset[str]().union(*(about.bound for about in found if about))


def _is_check(cell: Notebook) -> bool:
    return bool(grade_id(cell)) and (role_of(cell) or ("",))[0] in ("check", "hidden")


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
