"""A transposed convolution after some of its stamps: the arithmetic that its figure draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.shapes import Pair
from cnnkit.viz.controls import State

Array = npt.NDArray[Any]
SUMS, COUNTS = "sums", "counts"


@dataclass(frozen=True)
class Stamps:
    """A transposed convolution after some of its stamps."""

    x: Array
    k: Array
    stride: int
    padding: int
    step: int
    counting: bool

    @classmethod
    def at(cls, state: State, x: Array, k: Array) -> Stamps:
        """Read a state; of the kernel only the top left corner may be used."""
        part = k[: state["kernel"], : state["kernel"]]
        return cls(x, part, state["stride"], state["padding"], state.get("step", 0), state["show"] == COUNTS)

    @property
    def sheet_shape(self) -> Pair:
        """Rows and columns that the stamps reach, before anything is cut off."""
        (height, width), (rows, columns) = self.x.shape, self.k.shape
        return (height - 1) * self.stride + rows, (width - 1) * self.stride + columns

    @property
    def output_shape(self) -> Pair:
        """What the padding leaves of the sheet."""
        rows, columns = self.sheet_shape
        return rows - 2 * self.padding, columns - 2 * self.padding

    @property
    def source(self) -> Pair:
        """The input cell that stamps now."""
        i, j = divmod(self.step, self.x.shape[1])
        return i, j

    @property
    def corner(self) -> Pair:
        """Where on the sheet its stamp begins."""
        return self.source[0] * self.stride, self.source[1] * self.stride

    @property
    def amount(self) -> Any:
        """The number that stamps now."""
        return self.x[self.source]

    @cached_property
    def sheet(self) -> Array:
        """The sum of all stamps so far."""
        return self._added(self.step + 1, self.x, self.k)

    @cached_property
    def counts(self) -> Array:
        """How many stamps each cell has had so far."""
        return self._added(self.step + 1, np.ones_like(self.x), np.ones_like(self.k, dtype=int)).astype(int)

    @cached_property
    def output(self) -> Array:
        """The sum of all stamps, without what the padding cuts off."""
        rows, columns = self.sheet_shape
        everything = self._added(self.x.size, self.x, self.k)
        return everything[self.padding : rows - self.padding, self.padding : columns - self.padding]

    def is_cut(self, i: int, j: int) -> bool:
        """Say whether padding takes this cell of the sheet away."""
        (rows, columns), p = self.sheet_shape, self.padding
        return not (p <= i < rows - p and p <= j < columns - p)

    def _added(self, stamps: int, x: Array, k: Array) -> Array:
        sheet = np.zeros(self.sheet_shape, np.result_type(x, k))
        rows, columns = k.shape
        for place in list(np.ndindex(*x.shape))[:stamps]:
            top, left = place[0] * self.stride, place[1] * self.stride
            sheet[top : top + rows, left : left + columns] += x[place] * k
        return sheet
