"""What the checks of functions and of values share: their texts, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from cnnkit.classroom.exercises.outcome import unpack
from cnnkit.classroom.exercises.progress_file import remember
from cnnkit.classroom.exercises.texts import bank, chapter_texts, language, say
from cnnkit.classroom.exercises.verdict import NotRight, NotTriedYet

Function = Callable[..., Any]
LIMIT = 2.0  # seconds a call


class ExerciseCheck:
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
