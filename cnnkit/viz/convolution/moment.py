"""One moment of a sliding window: which pixels lie under which weights, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional import correlate2d, pad2d
from cnnkit.shapes import Pair
from cnnkit.viz.controls import State
from cnnkit.viz.options import both
from cnnkit.viz.windows import reads, taps
from cnnkit.viz.words import size_formula

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Moment:
    """A picture, a kernel, the options, and the step: everything else follows."""

    x: Array
    k: Array
    stride: Pair
    padding: Pair
    dilation: Pair
    flip: bool
    step: int
    output: Array

    @classmethod
    def at(cls, state: State, x: Array, k: Array) -> Moment:
        """Read the options from a figure's state.

        >>> state = {"stride": 1, "padding": 0, "dilation": 1, "flip": False, "step": 3}
        >>> now = Moment.at(state, np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2))
        >>> now.place, now.rows, now.products.sum()
        ((1, 1), [1, 2], np.int64(43))
        """
        stride, padding, dilation = (both(state, name) for name in ("stride", "padding", "dilation"))
        laid = k[::-1, ::-1] if state["flip"] else k
        output = correlate2d(x, laid, stride=stride, padding=padding, dilation=dilation)
        return cls(x, k, stride, padding, dilation, state["flip"], state["step"], output)

    @cached_property
    def kernel(self) -> Array:
        """The kernel as it lies on the picture: turned, if it is to be flipped."""
        return self.k[::-1, ::-1] if self.flip else self.k

    @cached_property
    def padded(self) -> Array:
        """The picture with its border of zeros."""
        return pad2d(self.x, self.padding)

    @property
    def place(self) -> Pair:
        """Row and column of the output that is being computed."""
        row, column = divmod(self.step, self.output.shape[1])
        return row, column

    @cached_property
    def rows(self) -> list[int]:
        """The rows of the padded picture under the window."""
        return taps(self.place[0], self.k.shape[0], self.stride[0], self.dilation[0])

    @cached_property
    def columns(self) -> list[int]:
        """The columns of the padded picture under the window."""
        return taps(self.place[1], self.k.shape[1], self.stride[1], self.dilation[1])

    @cached_property
    def window(self) -> Array:
        """The pixels under the window, (KH, KW)."""
        return self.padded[np.ix_(self.rows, self.columns)]

    @cached_property
    def products(self) -> Array:
        """Pixel times weight, place by place, (KH, KW)."""
        return self.window * self.kernel

    @cached_property
    def counts(self) -> Array:
        """In how many windows each pixel of the padded picture is read."""
        down, across = (
            reads(self.padded.shape[i], self.k.shape[i], self.stride[i], 0, self.dilation[i]) for i in (0, 1)
        )
        return np.outer(down, across)

    @property
    def unread(self) -> int:
        """How many pixels of the picture itself no window reads."""
        (p, q), (height, width) = self.padding, self.x.shape
        return int(np.sum(self.counts[p : p + height, q : q + width] == 0))

    @property
    def formulas(self) -> str:
        """The size formula for rows and columns, once where both are the same."""
        down, across = (
            size_formula(self.x.shape[i], self.k.shape[i], self.stride[i], self.padding[i], self.dilation[i])
            for i in (0, 1)
        )
        return down if down == across else f"down {down}, across {across}"

    def is_real(self, i: int, j: int) -> bool:
        """Say whether a place of the padded picture belongs to the picture itself."""
        (p, q), (height, width) = self.padding, self.x.shape
        return bool(p <= i < p + height and q <= j < q + width)
