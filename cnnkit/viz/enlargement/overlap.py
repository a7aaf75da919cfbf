"""How many terms each output of an enlarging layer is the sum of: the numbers that the checkerboard draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.controls import State
from cnnkit.viz.windows import reads
from cnnkit.viz.words import several

Array = npt.NDArray[Any]
INPUTS = 8
STAMPED, RESIZED = "stamps", "resize + conv"
LINE, PLANE = "1-D", "2-D"


@dataclass(frozen=True)
class Overlap:
    """A layer that enlarges ``INPUTS`` numbers ``s`` times, by stamps or by copying and then convolving.

    >>> Overlap(3, 2, resized=False, plane=False).counts
    array([1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1])
    >>> Overlap(3, 2, resized=True, plane=False).counts
    array([2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2])
    """

    k: int
    s: int
    resized: bool
    plane: bool

    @classmethod
    def at(cls, state: State) -> Overlap:
        """Read a state."""
        return cls(state["kernel"], state["stride"], state["layer"] == RESIZED, state["axes"] == PLANE)

    @property
    def border(self) -> int:
        """The zeros on each side of the copied numbers, about half a kernel."""
        return (self.k - 1) // 2

    @cached_property
    def counts(self) -> Array:
        """Terms of each output along one axis. A copied number counts wherever a window reads it."""
        if not self.resized:
            return reads((INPUTS - 1) * self.s + self.k, self.k, self.s)
        copies = np.pad(np.ones(INPUTS * self.s, dtype=int), self.border)
        return np.array([copies[o : o + self.k].sum() for o in range(len(copies) - self.k + 1)])

    @property
    def inner(self) -> slice:
        """The outputs far enough from the ends that no stamp and no copy is missing."""
        if self.resized:
            return slice(self.border, INPUTS * self.s - self.k + 1 + self.border)
        return slice(max(0, self.k - self.s), min(INPUTS * self.s, len(self.counts)))

    @cached_property
    def table(self) -> Array:
        """The counts on show: of one axis, or of both, where they multiply."""
        return np.outer(self.counts, self.counts) if self.plane else self.counts

    @property
    def range(self) -> tuple[int, int]:
        """Fewest and most terms of an inner output."""
        inside, power = self.counts[self.inner], 2 if self.plane else 1
        return int(inside.min()) ** power, int(inside.max()) ** power

    @property
    def inner_words(self) -> str:
        """Say how many terms an inner output has."""
        (fewest, most), term = self.range, "weight" if self.resized else "stamp"
        return several(most, term) if self.even else f"{fewest} to {several(most, term)}"

    @property
    def even(self) -> bool:
        """Have all inner outputs the same number of terms?"""
        fewest, most = self.range
        return fewest == most
