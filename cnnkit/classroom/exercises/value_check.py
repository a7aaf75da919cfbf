"""The check of an exercise whose answer is a value: ``def by_hand(): return ...``."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from cnnkit.classroom.exercises import judge
from cnnkit.classroom.exercises.answers import fingerprint, leaves, written
from cnnkit.classroom.exercises.exercise import ExerciseCheck, Function
from cnnkit.classroom.exercises.explain import explain_error
from cnnkit.classroom.exercises.outcome import call
from cnnkit.errors import UsageError

NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)\s*")


class ValueCheck(ExerciseCheck):
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
            said = self._say("wrong_form", want=self._texts["form"], got=written(outcome.value)[:200])
            self._not_right(self._say("wrong"), said)
        places = [
            place for place, leaf in found.items() if fingerprint(self.name, place, leaf) != want[place]
        ]
        if places:
            self._explain(found, places)
        self._right(self._say("right_value"))

    def case(self, number: int = 1) -> NoReturn:
        """Say that there is nothing to look at: a value has no cases."""
        raise UsageError(
            f"{self.name} asks for values, so there are no cases. Call check.{self.name}({self.name})."
        )

    tried = case

    def _explain(self, found: dict[str, Any], places: list[str]) -> NoReturn:
        mistake = self._known(found)
        if mistake:
            self._not_right(self._say("wrong"), self._texts["mistakes"][mistake], mistake=mistake)
        counted = self._say("items_right", right=len(found) - len(places), count=len(found))
        if "options" in self._texts:
            said = [self._option(place, found[place]) for place in places]
        elif any(self._is_right_without_quotes(place, found[place]) for place in places):
            said = [self._say("text_for_number")]
        else:
            named = [self._place(place) for place in places]
            by_index = any(name.startswith("[") for name in named)
            said = [self._say("items_wrong_by_index" if by_index else "items_wrong", places=", ".join(named))]
        self._not_right(self._say("wrong"), counted, *said)

    def _is_right_without_quotes(self, place: str, leaf: Any) -> bool:
        """Is it a text such as "19" that would be right as a number?"""
        if not isinstance(leaf, str) or not NUMBER.fullmatch(leaf):
            return False
        numbers = (int(leaf),) if leaf.strip().lstrip("+-").isdigit() else (float(leaf),)
        return any(fingerprint(self.name, place, number) == self._bank["answer"][place] for number in numbers)

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
        wanted = self._texts.get("wanted") or self._say("one_letter")
        return f"{question}: {text or wanted}"
