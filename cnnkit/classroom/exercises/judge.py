"""Judge a function on cases: which are right, and which known mistake explains the wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnkit.classroom.exercises.cases import Case
from cnnkit.classroom.exercises.compare import Difference, difference, least_dtype, same
from cnnkit.classroom.exercises.outcome import Outcome, Plain, call
from cnnkit.classroom.exercises.through import View, itself

SLOW_ENOUGH = 3  # after so many calls that ran out of time, the others are not tried


@dataclass(frozen=True)
class Trial:
    """One case that was run: what came, what should have come, and what does not fit."""

    case: Case
    outcome: Outcome
    expected: Plain
    least: str
    wrong: Difference | None


def run(
    function: Callable[..., Any],
    cases: list[Case],
    expected: list[Plain],
    limit: float,
    view: View = itself,
) -> list[Trial]:
    """Call ``function`` once a case and compare each outcome with the expected value."""
    trials: list[Trial] = []
    for case, want in zip(cases, expected, strict=True):
        arguments = case.arguments()
        least = least_dtype(arguments, want)
        outcome = call(function, arguments, limit, view)
        trials.append(Trial(case, outcome, want, least, difference(outcome, want, least)))
        if sum(trial.outcome.error == "TookTooLong" for trial in trials) >= SLOW_ENOUGH:
            break
    return trials


def is_stub(outcome: Outcome, function: Callable[..., Any]) -> bool:
    """Did the function itself raise NotImplementedError, as the unanswered cell does?"""
    name = getattr(getattr(function, "__code__", None), "co_name", "")
    return outcome.error == "NotImplementedError" and outcome.raised_in == name


def repeats(function: Callable[..., Any], trial: Trial, limit: float, view: View = itself) -> bool:
    """Call once more with the first case's input: does the same come out?"""
    return same(call(function, trial.case.arguments(), limit, view), trial.outcome, trial.least)


def known_mistake(trials: list[Trial], mistakes: dict[str, list[Outcome]]) -> str:
    """Return the name of the mistake whose outcomes are those of the trials, or "".

    First a mistake that agrees on every case, then one that agrees but for the kind of number. At last one
    that agrees wherever the student is wrong, if these are most of the cases that it spoils and some
    of them gave a value: the same exception alone has too many causes.
    """
    for dtype in (True, False):
        for name, outcomes in mistakes.items():
            if not dtype and _only_kinds(outcomes, trials):
                continue
            if all(_agree(trial, outcome, dtype) for trial, outcome in zip(trials, outcomes, strict=False)):
                return name
    failing = [number for number, trial in enumerate(trials) if trial.wrong]
    if any(not trials[number].outcome.error for number in failing):
        for name, outcomes in mistakes.items():
            cases = zip(outcomes, trials, strict=False)
            spoilt = sum(difference(out, trial.expected, trial.least) is not None for out, trial in cases)
            if 4 * len(failing) >= 3 * spoilt and all(_agree(trials[n], outcomes[n], True) for n in failing):
                return name
    return ""


def _only_kinds(outcomes: list[Outcome], trials: list[Trial]) -> bool:
    """Is it a mistake that spoils no number, but only what kind of number it is?"""
    pairs = list(zip(outcomes, trials, strict=False))
    return not any(out.error for out, _ in pairs) and all(
        same(out, Outcome(trial.expected, changed=out.changed), trial.least, dtype=False)
        for out, trial in pairs
    )


def _agree(trial: Trial, outcome: Outcome, dtype: bool) -> bool:
    return same(trial.outcome, outcome, trial.least, dtype)
