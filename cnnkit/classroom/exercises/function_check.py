"""The check of an exercise whose answer is a function: ``check.correlate2d(correlate2d)``."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from cnnkit.classroom.exercises import judge
from cnnkit.classroom.exercises.cases import cases
from cnnkit.classroom.exercises.exercise import ExerciseCheck, Function
from cnnkit.classroom.exercises.explain import explain
from cnnkit.classroom.exercises.forbidden import forbidden_call
from cnnkit.classroom.exercises.outcome import Outcome, describe
from cnnkit.classroom.exercises.texts import bank
from cnnkit.classroom.exercises.through import VIEWS, View
from cnnkit.errors import UsageError


class FunctionCheck(ExerciseCheck):
    """The check of one exercise whose answer is a function."""

    def __call__(
        self, function: Function | None = None, reference: Function | None = None, *, seed: int = 0
    ) -> None:
        """Judge on the visible cases; with a ``reference``, on hidden ones drawn from ``seed``."""
        if reference is None:
            self._visible(self._function(function))
        else:
            self._hidden(self._function(function), reference, seed)

    def tried(self, function: Function | None = None) -> None:
        """Stop unless the exercise has been tried: what a student sees of the hidden check."""
        function = self._function(function)
        if judge.is_stub(self._run(function, only=1)[0].outcome, function):
            self._not_tried()
        print(self._say("tried"))

    def case(self, number: int = 0) -> Any:
        """Return the arguments of a visible case, counted from 1: a tuple, or the single argument itself."""
        visible = cases(self.name, self._bank["rows"])
        if number not in range(1, len(visible) + 1):
            raise UsageError(f"check.{self.name} has cases 1 to {len(visible)}, not {number!r}.")
        arguments = tuple(visible[number - 1].arguments().values())
        return arguments if len(arguments) > 1 else arguments[0]

    @property
    def _view(self) -> View:
        return VIEWS[self._bank.get("through", "")]

    def _run(self, function: Function, only: int | None = None) -> list[judge.Trial]:
        visible, expected = cases(self.name, self._bank["rows"])[:only], self._expected[:only]
        return judge.run(function, visible, expected, self._limit, self._view)

    def _visible(self, function: Function) -> None:
        trials = self._run(function)
        if judge.is_stub(trials[0].outcome, function):
            self._not_tried()
        self._refuse_forbidden(function)
        wrong = [trial for trial in trials if trial.wrong]
        if wrong:
            self._explain(function, trials, wrong[0])
        if not judge.repeats(function, trials[0], self._limit, self._view):
            self._not_right(self._say("changes_its_mind"), mistake="changes_its_mind")
        self._right(self._say("right", count=len(trials)))

    def _refuse_forbidden(self, function: Function) -> None:
        used = forbidden_call(function, self._bank.get("forbidden", []), self._bank.get("allowed", []))
        if used:
            self._not_right(self._say("forbidden", name=used), mistake="forbidden")
        if not hasattr(function, "__code__"):
            self._not_right(self._say("not_python"), mistake="forbidden")

    def _explain(self, function: Function, trials: list[judge.Trial], first: judge.Trial) -> NoReturn:
        helper = self._wrong_helper(function)
        if helper:
            self._not_right(self._say("wrong"), self._say("own", name=helper))
        self._explain_own_work(trials, first)

    def _explain_own_work(self, trials: list[judge.Trial], first: judge.Trial) -> NoReturn:
        mistakes = {
            name: [
                Outcome.from_stored(kept) if kept else Outcome(right)
                for kept, right in zip(outcomes, self._expected, strict=True)
            ]
            for name, outcomes in self._bank["mistakes"].items()
        }
        mistake = judge.known_mistake(trials, mistakes)
        number, printed = trials.index(first) + 1, first.outcome.printed.strip()
        self._not_right(
            self._say("wrong"),
            self._texts["mistakes"][mistake] if mistake else explain(first, self._bank | self._manner),
            self._say(
                "case", number=number, count=len(self._bank["rows"]), about=self._about[first.case.about]
            ),
            self._say("inputs", number=number, names=", ".join(first.case.arguments())),
            self._say("printed", printed=printed[:1000]) if printed else "",
            mistake=mistake,
        )

    @property
    def _manner(self) -> dict[str, Any]:
        """How differences of this exercise are told, besides what the bank says."""
        own = {key: self._texts[key] for key in ("instead", "parts") if key in self._texts}
        return {"limit": self._limit} | own

    def _wrong_helper(self, function: Function) -> str:
        """Return the name of an earlier answer of the student's own that this one calls, if that is wrong."""
        uses, known = self._bank.get("uses", []), getattr(function, "__globals__", {})
        for helper in map(known.get, [uses] if isinstance(uses, str) else uses):
            name = getattr(helper, "__name__", "")
            own = callable(helper) and helper.__module__ == function.__module__
            if not own or name not in bank(self.chapter)["exercises"]:
                continue
            if any(trial.wrong for trial in FunctionCheck(self.chapter, name)._run(helper)):
                return name
        return ""

    def _hidden(self, function: Function, reference: Function, seed: int) -> None:
        hidden = cases(self.name, self._bank["rows"], f"{seed}{os.environ.get('CNNKIT_SALT', '')}")
        expected = [describe(self._view(reference(*case.arguments().values()))) for case in hidden]
        trials = judge.run(function, hidden, expected, self._limit, self._view)
        if judge.is_stub(trials[0].outcome, function):
            self._not_tried()
        self._refuse_forbidden(function)
        wrong = [trial for trial in trials if trial.wrong]
        if wrong and any(trial.wrong for trial in self._run(function)):
            self._not_right(self._say("hidden_wrong_too"))
        if wrong:
            self._not_right(self._say("hidden_wrong", about=self._about[wrong[0].case.about]))
        if not judge.repeats(function, trials[0], self._limit, self._view):
            self._not_right(self._say("changes_its_mind"))
        print(self._say("hidden_right"))
