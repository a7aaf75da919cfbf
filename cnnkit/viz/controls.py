"""What a learner can move in a figure: a control names one entry of the figure's state and knows its limits.

A control is data, not a widget. Limits may depend on the state, so that no impossible figure can be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cnnkit.errors import UsageError

State = dict[str, Any]
Limit = int | Callable[[State], int]
LARGEST = 999  # what fits into a number box and a cell


@dataclass(frozen=True)
class Control:
    """The name of a state entry, the label beside the control, and a tip that says what moving it does."""

    name: str
    label: str
    tip: str

    def accepts(self, value: Any) -> bool:
        """Say whether the value is of the right kind, whatever its limits."""
        raise NotImplementedError

    def allows(self, value: Any, state: State) -> bool:
        """Say whether the value is possible in this state."""
        return True

    def nearest(self, value: Any, state: State) -> Any:
        """Return the possible value next to the given one."""
        return value

    def expected(self, state: State) -> str:
        """Describe the possible values for an error message."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slider(Control):
    """A whole number between two limits. The ``timeline`` of a figure gets Prev, Play and Next buttons."""

    low: Limit
    high: Limit
    timeline: bool = False

    def limits(self, state: State) -> tuple[int, int]:
        """Return (lowest, highest) value that the rest of the state allows.

        >>> Slider("step", "step", "", low=0, high=lambda state: state["n"] - 1).limits({"n": 4})
        (0, 3)
        """
        low, high = (limit(state) if callable(limit) else limit for limit in (self.low, self.high))
        return low, high

    def accepts(self, value: Any) -> bool:
        """Whole numbers only; True is not 1."""
        return isinstance(value, int) and not isinstance(value, bool)

    def allows(self, value: Any, state: State) -> bool:
        """Within the limits, both included."""
        low, high = self.limits(state)
        return bool(low <= value <= high)

    def nearest(self, value: Any, state: State) -> Any:
        """Move the value onto the limit that it passed."""
        low, high = self.limits(state)
        return min(max(value, low), high)

    def expected(self, state: State) -> str:
        """Name both limits."""
        low, high = self.limits(state)
        return f"a whole number from {low} to {high}" if low < high else f"{low}; nothing else fits"


@dataclass(frozen=True)
class Toggle(Control):
    """Something that is on or off."""

    def accepts(self, value: Any) -> bool:
        """Only a bool."""
        return isinstance(value, bool)

    def expected(self, state: State) -> str:
        """Name both values."""
        return "True or False"


@dataclass(frozen=True)
class Choice(Control):
    """One of a few named possibilities."""

    options: tuple[str, ...]

    def accepts(self, value: Any) -> bool:
        """Only a name from the list."""
        return value in self.options

    def expected(self, state: State) -> str:
        """Name them all."""
        return "one of " + ", ".join(self.options)


@dataclass(frozen=True)
class Numbers(Control):
    """A short list of numbers to type into, in rows of ``columns``; ``places`` label the boxes."""

    places: tuple[str, ...]
    columns: int

    def accepts(self, value: Any) -> bool:
        """A list with a number for each place, every one small enough to be shown."""
        return (
            isinstance(value, list)
            and len(value) == len(self.places)
            and all(isinstance(entry, int | float) and -LARGEST <= entry <= LARGEST for entry in value)
        )

    def expected(self, state: State) -> str:
        """Say how many numbers, and how large."""
        return f"a list of {len(self.places)} numbers from −{LARGEST} to {LARGEST}"


def settle(controls: Sequence[Control], state: State, changes: State, figure: str) -> State:
    """Return the state with the changes made: what is asked for is checked, the rest moves within its limits.

    Raises
    ------
    UsageError
        if a name is unknown, or a value is of the wrong kind or out of the limits that hold after the change.

    >>> n = Slider("n", "n", "", low=1, high=9)
    >>> step = Slider("step", "step", "", low=0, high=lambda state: state["n"] - 1)
    >>> settle([n, step], {"n": 4, "step": 3}, {"n": 2}, "demo")
    {'n': 2, 'step': 1}
    >>> settle([n, step], {"n": 4, "step": 3}, {"n": 10}, "demo")
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: demo: n is 10, but here it must be a whole number from 1 to 9.
    """
    if unknown := [name for name in changes if name not in state]:
        raise UsageError(
            f"{figure}: there is no control {unknown[0]!r}. The controls are {', '.join(state)}."
        )
    wanted = state | changes
    for control in controls:
        if not control.accepts(wanted[control.name]):
            raise _refusal(figure, control, wanted, state)
    for control in controls:
        if control.name in changes and not control.allows(wanted[control.name], wanted):
            raise _refusal(figure, control, wanted, wanted)
    for control in controls:
        if not control.allows(wanted[control.name], wanted):
            wanted[control.name] = control.nearest(wanted[control.name], wanted)
    return wanted


def _refusal(figure: str, control: Control, wanted: State, state: State) -> UsageError:
    """Say which control was given what, and what it takes."""
    value = wanted[control.name]
    return UsageError(
        f"{figure}: {control.name} is {value!r}, but here it must be {control.expected(state)}."
    )
