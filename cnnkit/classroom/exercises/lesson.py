"""``check, hint = lesson("02")``: the two names through which a notebook talks to its exercises."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from cnnkit import __version__
from cnnkit.classroom.exercises import judge
from cnnkit.classroom.exercises.answers import fingerprint, leaves
from cnnkit.classroom.exercises.cases import cases
from cnnkit.classroom.exercises.explain import explain, explain_error
from cnnkit.classroom.exercises.forbidden import forbidden_call
from cnnkit.classroom.exercises.outcome import Outcome, call, describe, unpack
from cnnkit.classroom.exercises.progress_file import remember
from cnnkit.classroom.exercises.texts import bank, chapter_texts, language, say
from cnnkit.classroom.exercises.verdict import NotRight, NotTriedYet
from cnnkit.errors import UsageError

Function = Callable[..., Any]
LIMIT = 2.0  # seconds a call


class Lesson(NamedTuple):
    """What `lesson` returns: unpack it as ``check, hint``."""

    check: Check
    hint: Hint


def lesson(chapter: str) -> Lesson:
    """Open a chapter's exercises and say in one line what it holds.

    >>> check, hint = lesson("02")
    cnnkit ..., chapter 02: ...
    """
    known, texts = bank(chapter), chapter_texts(chapter, language())
    points, count = sum(known["points"].values()), len(known["exercises"])
    which = "opening" if points else "opening_warm_up"
    print(
        say(
            "check",
            which,
            version=__version__,
            chapter=chapter,
            title=texts["title"],
            count=count,
            points=points,
        )
    )
    return Lesson(Check(chapter), Hint(chapter))


class Check:
    """The checks of a chapter, one an exercise: ``check.correlate2d(correlate2d)``."""

    def __init__(self, chapter: str) -> None:
        self._checks = {
            name: (ValueCheck if "answer" in exercise else FunctionCheck)(chapter, name)
            for name, exercise in bank(chapter)["exercises"].items()
        }

    def __dir__(self) -> list[str]:
        return list(self._checks)

    def __call__(self, *arguments: Any) -> NoReturn:
        """Say how a check is called: each exercise has its own."""
        name = next(iter(self._checks))
        raise UsageError(
            f"name the exercise, as in check.{name}({name}). They are: {', '.join(self._checks)}."
        )

    def __getattr__(self, name: str) -> FunctionCheck | ValueCheck:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._checks[_meant(name, list(self._checks))]


class Hint:
    """``hint("pad2d")`` shows the next of up to three hints; ``hint("pad2d", 1)`` a certain one."""

    def __init__(self, chapter: str) -> None:
        self._texts = {
            name: t for name, t in chapter_texts(chapter, language())["exercises"].items() if "hints" in t
        }
        self._shown = dict.fromkeys(self._texts, 0)
        self._exercises = list(bank(chapter)["exercises"])

    def __call__(self, exercise: str | Function = "", number: int | None = None) -> None:
        """Print the next hint for an exercise, or the one with a certain number."""
        name = _meant(getattr(exercise, "__name__", str(exercise)), self._exercises)
        if name not in self._texts:
            print(say("check", "no_hints"))
            return
        hints = self._texts[name]["hints"]
        wanted = self._shown[name] + 1 if number is None else number
        if number is None and wanted > len(hints):
            print(say("check", "no_more_hints", exercise=name))
            return
        if wanted not in range(1, len(hints) + 1):
            raise UsageError(f"hint {wanted!r} of {name} does not exist: there are hints 1 to {len(hints)}.")
        self._shown[name] = wanted
        print(say("check", "hint", number=wanted, count=len(hints), exercise=name, text=hints[wanted - 1]))


class _ExerciseCheck:
    """What the checks of functions and of values share."""

    def __init__(self, chapter: str, name: str) -> None:
        self.chapter, self.name = chapter, name
        self._bank: dict[str, Any] = bank(chapter)["exercises"][name]
        chapter_wide = chapter_texts(chapter, language())
        self._about: dict[str, str] = chapter_wide["about"]
        self._texts: dict[str, Any] = chapter_wide["exercises"][name]
        self._expected = [unpack(packed) for packed in self._bank.get("expected", [])]
        self._limit: float = self._bank.get("limit", LIMIT)

    def _say(self, key: str, **filled: Any) -> str:
        return say("check", key, exercise=self.name, **filled)

    def _function(self, given: Function | None) -> Function:
        if not callable(given):
            raise NotRight(self._say("not_a_function", got=f"{given!r:.60}"))
        return given

    def _not_tried(self) -> NoReturn:
        remember(self.chapter, self.name, False)
        raise NotTriedYet(self._say("not_tried"))

    def _not_right(self, *sentences: str, mistake: str = "") -> NoReturn:
        remember(self.chapter, self.name, False)
        raise NotRight("\n".join(sentence for sentence in sentences if sentence), mistake)

    def _right(self, sentence: str) -> None:
        remember(self.chapter, self.name, True)
        print(sentence)
        if "right" in self._texts:
            print(self._texts["right"])


class FunctionCheck(_ExerciseCheck):
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
        first = cases(self.name, self._bank["rows"])[:1]
        if judge.is_stub(judge.run(function, first, self._expected[:1], self._limit)[0].outcome, function):
            self._not_tried()
        print(self._say("tried"))

    def case(self, number: int) -> Any:
        """Return the arguments of a visible case, counted from 1: a tuple, or the single argument itself."""
        visible = cases(self.name, self._bank["rows"])
        if number not in range(1, len(visible) + 1):
            raise UsageError(f"check.{self.name} has cases 1 to {len(visible)}, not {number!r}.")
        arguments = tuple(visible[number - 1].arguments().values())
        return arguments if len(arguments) > 1 else arguments[0]

    def _run(self, function: Function) -> list[judge.Trial]:
        return judge.run(function, cases(self.name, self._bank["rows"]), self._expected, self._limit)

    def _visible(self, function: Function) -> None:
        trials = self._run(function)
        if judge.is_stub(trials[0].outcome, function):
            self._not_tried()
        self._refuse_forbidden(function)
        wrong = [trial for trial in trials if trial.wrong]
        if wrong:
            self._explain(function, trials, wrong[0])
        if not judge.repeats(function, trials[0], self._limit):
            self._not_right(self._say("changes_its_mind"), mistake="changes_its_mind")
        self._right(self._say("right", count=len(trials)))

    def _refuse_forbidden(self, function: Function) -> None:
        used = forbidden_call(function, self._bank.get("forbidden", []), self._bank.get("allowed", []))
        if used:
            self._not_right(self._say("forbidden", name=used), mistake="forbidden")
        if not hasattr(function, "__code__"):
            self._not_right(self._say("not_python"), mistake="forbidden")

    def _explain(self, function: Function, trials: list[judge.Trial], first: judge.Trial) -> NoReturn:
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
            self._texts["mistakes"][mistake]
            if mistake
            else explain(first, self._bank | {"limit": self._limit}),
            self._say(
                "case", number=number, count=len(self._bank["rows"]), about=self._about[first.case.about]
            ),
            self._say("inputs", number=number, names=", ".join(first.case.arguments())),
            self._own_helper(function),
            self._say("printed", printed=printed[:1000]) if printed else "",
            mistake=mistake,
        )

    def _own_helper(self, function: Function) -> str:
        """Remind a student who goes on with an earlier answer of their own that it may be the wrong one."""
        helper = getattr(function, "__globals__", {}).get(self._bank.get("uses", ""))
        name = getattr(helper, "__name__", "")
        mine = name in bank(self.chapter)["exercises"] and helper.__module__ == function.__module__
        return self._say("own", name=name) if mine else ""

    def _hidden(self, function: Function, reference: Function, seed: int) -> None:
        hidden = cases(self.name, self._bank["rows"], f"{seed}{os.environ.get('CNNKIT_SALT', '')}")
        expected = [describe(reference(*case.arguments().values())) for case in hidden]
        trials = judge.run(function, hidden, expected, self._limit)
        if judge.is_stub(trials[0].outcome, function):
            self._not_tried()
        self._refuse_forbidden(function)
        wrong = [trial for trial in trials if trial.wrong]
        if wrong and any(trial.wrong for trial in self._run(function)):
            self._not_right(self._say("hidden_wrong_too"))
        if wrong:
            self._not_right(self._say("hidden_wrong", about=self._about[wrong[0].case.about]))
        if not judge.repeats(function, trials[0], self._limit):
            self._not_right(self._say("changes_its_mind"))
        print(self._say("hidden_right"))


class ValueCheck(_ExerciseCheck):
    """The check of one exercise whose answer is a value: ``def by_hand(): return ...``."""

    def __call__(self, function: Function | None = None) -> None:
        """Judge the value that ``function`` returns."""
        function = self._function(function)
        outcome = call(function, {}, self._limit)
        if judge.is_stub(outcome, function):
            self._not_tried()
        if outcome.error or outcome.value is None:
            self._not_right(self._say("wrong"), explain_error(outcome, self._limit))
        found, want = leaves(outcome.value), self._bank["answer"]
        if found.keys() != want.keys():
            said = self._say("wrong_form", want=self._texts["form"], got=_shown(found))
            self._not_right(self._say("wrong"), said)
        places = [
            place for place, leaf in found.items() if fingerprint(self.name, place, leaf) != want[place]
        ]
        if places:
            self._explain(found, places)
        self._right(self._say("right_value"))

    def _explain(self, found: dict[str, Any], places: list[str]) -> NoReturn:
        mistake = self._known(found)
        if mistake:
            self._not_right(self._say("wrong"), self._texts["mistakes"][mistake], mistake=mistake)
        counted = self._say("items_right", right=len(found) - len(places), count=len(found))
        if "options" in self._texts:
            said = [self._option(place, found[place]) for place in places]
        else:
            said = [self._say("items_wrong", places=", ".join(map(self._place, places)))]
        self._not_right(self._say("wrong"), counted, *said)

    def _known(self, found: dict[str, Any]) -> str:
        for name, prints in self._bank.get("mistakes", {}).items():
            if all(fingerprint(self.name, place, leaf) == prints.get(place) for place, leaf in found.items()):
                return str(name)
        return ""

    def _place(self, place: str) -> str:
        """Return what an entry is called in the task, such as "a" for [0], and its index otherwise."""
        for start, name in self._texts.get("places", {}).items():
            if place.startswith(start):
                return f"{name} {place.removeprefix(start)}".strip()
        return place

    def _option(self, place: str, chosen: Any) -> str:
        """Return what is to be said about a wrong choice in a quiz."""
        question = place.strip("[]'")
        text = self._texts["options"].get(question, {}).get(str(chosen))
        return f"{question}: {text}" if text else self._say("one_letter", question=question)


def _shown(found: dict[str, Any]) -> str:
    return ", ".join(f"{place or 'one entry'}: {leaf!r}" for place, leaf in list(found.items())[:6])[:200]


def _meant(name: str, known: list[str]) -> str:
    """Return ``name`` if the chapter has it; otherwise say what was probably meant."""
    if name in known:
        return name
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean {close[0]}?" if close else f"Its exercises are {', '.join(known)}."
    raise UsageError(f"this chapter has no exercise {name!r}. {guess}")
