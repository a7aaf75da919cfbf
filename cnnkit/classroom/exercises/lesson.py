"""``check, hint = lesson("02")``: the two names through which a notebook talks to its exercises."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, NoReturn

from cnnkit import __version__
from cnnkit.classroom.exercises.exercise import Function
from cnnkit.classroom.exercises.function_check import FunctionCheck
from cnnkit.classroom.exercises.texts import bank, chapter_texts, language, say
from cnnkit.classroom.exercises.value_check import ValueCheck
from cnnkit.errors import UsageError


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
    facts = {"version": __version__, "chapter": chapter, "title": texts["title"]}
    print(say("check", which, count=count, points=points, **facts))
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
    """``hint("pad2d")`` shows the next of up to three hints; ``hint("pad2d", 1)`` a certain one.

    ``hint.pad2d()``, in the manner of ``check.pad2d(...)``, does the same.
    """

    def __init__(self, chapter: str) -> None:
        self._texts = {
            name: t for name, t in chapter_texts(chapter, language())["exercises"].items() if "hints" in t
        }
        self._shown = dict.fromkeys(self._texts, 0)
        self._exercises = list(bank(chapter)["exercises"])

    def __call__(self, exercise: str | Function = "", number: int | None = None) -> None:
        """Print the next hint for an exercise, or the one with a certain number."""
        if exercise == "":
            raise UsageError(f"name the exercise, as in hint({self._exercises[0]!r}).")
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

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self, _meant(name, self._exercises))


def _meant(name: str, known: list[str]) -> str:
    """Return ``name`` if the chapter has it; otherwise say what was probably meant."""
    if name in known:
        return name
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean {close[0]}?" if close else f"Its exercises are {', '.join(known)}."
    raise UsageError(f"this chapter has no exercise {name!r}. {guess}")
