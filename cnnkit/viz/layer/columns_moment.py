"""One moment of a convolution as a matrix product: a place, its column, a kernel's row, their product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np  # noqa: F401  # for the example
import numpy.typing as npt

from cnnkit.functional import im2col, pad2d
from cnnkit.shapes import Pair, out_size
from cnnkit.viz.controls import State

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class ColumnsMoment:
    """Channels, kernels, stride and padding, and which place and which kernel are meant.

    >>> state = {"stride": 1, "padding": 0, "filter": 0, "step": 1}
    >>> now = ColumnsMoment.at(state, np.arange(6).reshape(1, 2, 3), np.ones((1, 1, 2, 2), int))
    >>> now.columns[:, now.step], now.value
    (array([1., 2., 4., 5.]), 12.0)
    """

    x: Array
    w: Array
    stride: int
    padding: int
    filter: int
    step: int

    @classmethod
    def at(cls, state: State, x: Array, w: Array) -> ColumnsMoment:
        """Read the options from a figure's state."""
        return cls(x, w, state["stride"], state["padding"], state["filter"], state["step"])

    @property
    def places(self) -> Pair:
        """Rows and columns of the output."""
        rows, columns = (
            out_size(n, k, self.stride, self.padding)
            for n, k in zip(self.x.shape[1:], self.w.shape[2:], strict=True)
        )
        return rows, columns

    @property
    def place(self) -> Pair:
        """Row and column of the output that this step computes."""
        row, column = divmod(self.step, self.places[1])
        return row, column

    @cached_property
    def padded(self) -> Array:
        """The channels with their border of zeros."""
        return pad2d(self.x, self.padding)

    @cached_property
    def columns(self) -> Array:
        """Every window as a column: (C KH KW, rows · columns)."""
        laid_out: Array = im2col(self.x[None], self.w.shape[2:], stride=self.stride, padding=self.padding)[0]
        return laid_out

    @cached_property
    def rows(self) -> Array:
        """Every kernel as a row: (F, C KH KW)."""
        return self.w.reshape(len(self.w), -1)

    @cached_property
    def product(self) -> Array:
        """Kernels times columns: (F, rows · columns)."""
        product: Array = self.rows @ self.columns
        return product

    @cached_property
    def maps(self) -> Array:
        """The product, each row folded into a map: (F, rows, columns)."""
        return self.product.reshape(len(self.w), *self.places)

    @property
    def value(self) -> float:
        """The number at the crossing of this row and this column."""
        return float(self.product[self.filter, self.step])

    @property
    def copies(self) -> float:
        """How many numbers the columns hold for each number of the input."""
        return self.columns.size / self.x.size
