"""One moment of a layer: a filter, the channels that it sees, and a place of its map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional import correlate2d
from cnnkit.shapes import Pair
from cnnkit.viz.words import number

Array = npt.NDArray[Any]

STACK = (5 * np.arange(64) % 7 % 4).reshape(4, 4, 4)  # small numbers without a pattern that meets the eye
KERNELS = (5 * np.arange(64) % 11 % 4 - 1).reshape(4, 4, 2, 2)
BIASES = np.array([1, -2, 0, 3, 2, -1])


@dataclass(frozen=True)
class LayerMoment:
    """A stack of channels, all kernels with all slices, and which of them are shown: the rest follows.

    >>> now = LayerMoment(STACK, KERNELS, BIASES[:4], groups=2, filter=3, place=0)
    >>> now.sees, now.weights.shape, now.formula
    ([2, 3], (4, 2, 2, 2), '(2·2·2 + 1)·4 = 36')
    """

    x: Array
    w: Array
    b: Array
    groups: int
    filter: int
    place: int

    @property
    def sees(self) -> list[int]:
        """The channels of this filter's group."""
        return self.seen_by(self.filter)

    def seen_by(self, filter: int) -> list[int]:
        """Return the channels that a filter sees."""
        channels = len(self.x) // self.groups
        first = filter // (len(self.w) // self.groups) * channels
        return list(range(first, first + channels))

    @cached_property
    def weights(self) -> Array:
        """The weights that remain with groups: (F, C / groups, KH, KW)."""
        return np.array([self.w[f, self.seen_by(f)] for f in range(len(self.w))])

    @cached_property
    def partial(self) -> Array:
        """The map of every channel seen, (C / groups, rows, columns)."""
        return np.array([correlate2d(self.x[c], self.w[self.filter, c]) for c in self.sees])

    @property
    def bias(self) -> float:
        """The number that is added to the whole map."""
        return float(self.b[self.filter])

    @cached_property
    def map(self) -> Array:
        """What the filter answers."""
        total: Array = self.partial.sum(axis=0) + self.bias
        return total

    @property
    def at(self) -> Pair:
        """Row and column of the output that is being computed."""
        row, column = divmod(self.place, self.map.shape[1])
        return row, column

    @property
    def terms(self) -> Array:
        """What each channel contributes to it."""
        chosen: Array = self.partial[:, *self.at]
        return chosen

    @property
    def value(self) -> float:
        """The output itself."""
        return float(self.map[self.at])

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns."""
        return self.weights.size + self.b.size

    @property
    def formula(self) -> str:
        """The same count as a formula with its numbers."""
        filters, channels, height, width = self.weights.shape
        return f"({height}·{width}·{channels} + 1)·{filters} = {number(self.parameters)}"
