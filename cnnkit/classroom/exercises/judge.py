"""Judge a function on cases: which are right, and which known mistake explains the wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnkit.classroom.exercises.cases import Case
from cnnkit.classroom.exercises.compare import Difference, difference, least_dtype, same
from cnnkit.classroom.exercises.outcome import Outcome, Plain, call

SLOW_ENOUGH = 3  # after so many calls that ran out of time, the others are not tried


@dataclass(frozen=True)
class Trial:
    """One case that was run: what came, what should have come, and what does not fit."""

    case: Case
    outcome: Outcome
    expected: Plain
    least: str
    wrong: Difference | None


def run(function: Callable[..., Any], cases: list[Case], expected: list[Plain], limit: float) -> list[Trial]:
    """Call ``function`` once a case and compare each outcome with the expected value."""
    trials: list[Trial] = []
    for case, want in zip(cases, expected, strict=True):
        arguments = case.arguments()
        least = least_dtype(arguments, want)
        outcome = call(function, arguments, limit)
        trials.append(Trial(case, outcome, want, least, difference(outcome, want, least)))
        if sum(trial.outcome.error == "TookTooLong" for trial in trials) >= SLOW_ENOUGH or is_stub(trials):
            break
    return trials


def is_stub(trials: list[Trial]) -> bool:
    """Did the first call raise NotImplementedError, as the unanswered cell does?"""
    return trials[0].outcome.error == "NotImplementedError"


def repeats(function: Callable[..., Any], trial: Trial, limit: float) -> bool:
    """Call once more with the first case's input: does the same come out?"""
    return same(call(function, trial.case.arguments(), limit), trial.outcome, trial.least)


def known_mistake(trials: list[Trial], mistakes: dict[str, list[Outcome]]) -> str:
    """Return the name of the mistake whose outcomes are those of the trials, or "".

    First a mistake that agrees on every case; then one that agrees wherever the student is wrong; then
    the same without regard to the kind of number.
    """
    failing = [trial.wrong is not None for trial in trials]
    for only_failing, dtype in ((False, True), (True, True), (False, False), (True, False)):
        for name, outcomes in mistakes.items():
            compared = [
                (trial, outcome)
                for trial, outcome, fails in zip(trials, outcomes, failing, strict=False)
                if fails or not only_failing
            ]
            if all(same(trial.outcome, outcome, trial.least, dtype) for trial, outcome in compared):
                return name
    return ""
