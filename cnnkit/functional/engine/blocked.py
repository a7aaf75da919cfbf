"""Blocked im2col: the windows of one block at a time, in memory that the next block uses again.

The columns of a whole layer are as many times larger than its input as a window has taps, and they are read
only once. Those of a few rows of outputs fit into the processor's cache. Here each window is a row, since
with the channels last in memory its pixels then lie as in the image, run by run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnkit.functional.engine.together import gathered, spread, wide
from cnnkit.functional.engine.workspace import kernels_last, move, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Columns:
    """Blocked im2col for a window: each row serves so many outputs ``together``, each kernel is a column."""

    window: Window
    together: int = 1

    @cached_property
    def wide(self) -> Window:
        """The window of the outputs together."""
        return wide(self.window, self.together)

    @cached_property
    def step(self) -> Sizes:
        """Blocks begin at multiples of this."""
        return (*[1] * (len(self.window.kernel) - 1), self.together)

    def places(self, channels: int, filters: int) -> int:
        """Return how many places make a block: what fits the cache, but 200 rows for long products."""
        row = prod(self.wide.kernel) * channels
        rows = min(3_500_000 // row, max(200, 400_000 // (row + self.together * filters)))
        return self.together * max(1, rows)

    def seen(self, length: Sizes) -> Sizes:
        """Return how many pixels so many neighbouring outputs see on each axis."""
        numbers = zip(length, self.window.stride, self.window.spans, strict=True)
        return tuple((places - 1) * s + reach for places, s, reach in numbers)

    def under(self, part: Array) -> Array:
        """Return what each row shows of a part, as a view: (n, *rows, *kernel of `wide`, C)."""
        (n, *size, channels), (first, *steps, last) = part.shape, part.strides
        kernel, stride, spans = self.wide.kernel, self.wide.stride, self.wide.spans
        rows = ((pixels - reach) // s + 1 for pixels, reach, s in zip(size, spans, stride, strict=True))
        places = (a * s for a, s in zip(steps, stride, strict=True))
        taps = (a * d for a, d in zip(steps, self.wide.dilation, strict=True))
        return as_strided(part, (n, *rows, *kernel, channels), (first, *places, *taps, last))

    def image(self, part: Array) -> Array:
        """Return what a block sees as a matrix: (rows, taps * C)."""
        windows = self.under(part)
        if not windows.flags.c_contiguous:  # with one tap and stride 1, pixels are rows already
            windows = move(windows, workspace("a", windows.shape, part.dtype))
        return windows.reshape(-1, prod(windows.shape[part.ndim - 1 :]))

    def kernels(self, w: Array, once: bool = False) -> Array:
        """Return w (F, C, *kernel) as a matrix (taps * C, together * F); ``once`` is for `Tiles`."""
        return spread(kernels_last(w), self.window, self.together).reshape(-1, self.together * len(w))

    def forward(self, rows: Array, kernels: Any, b: Array, there: Array) -> None:
        """Write the outputs, and b (F,) added to them, to ``there`` (n, *length, F)."""
        maps = there if there.flags.c_contiguous else workspace("b", there.shape, there.dtype)
        np.matmul(rows, kernels, out=maps.reshape(len(rows), -1))
        write(maps, b, there)

    def backward(self, rows: Array, dy: Array) -> Array:
        """Return what a block and its dy (n, *length, F) add to the gradient of `kernels`."""
        return rows.T @ dy.reshape(len(rows), -1)

    def gradient(self, matrix: Array) -> Array:
        """Return such a gradient as kernels (F, C, *kernel)."""
        w = matrix.reshape(*self.wide.kernel, -1, matrix.shape[1])
        return np.moveaxis(gathered(w, self.window, self.together), (-1, -2), (0, 1))

    @property
    def added_at_once(self) -> int:
        """How many taps of a row neighbouring windows have no pixel of in common."""
        return max(1, self.wide.stride[-1] // self.wide.dilation[-1])

    def send_back(self, dy: Array, kernels: Array, part: Array) -> None:
        """Add to a part what dy (n, *length, F) sends back to the pixels that its windows have seen."""
        there, kernel = self.under(part), self.wide.kernel
        sent = workspace("a", there.shape, part.dtype)
        np.matmul(dy.reshape(-1, len(kernels.T)), kernels.T, out=sent.reshape(-1, len(kernels)))
        step = self.added_at_once
        for tap in np.ndindex(*kernel[:-1]):
            for first in range(0, kernel[-1], step):
                some = (..., *tap, slice(first, first + step), slice(None))
                there[some] += sent[some]


def write(maps: Array, b: Array, there: Array) -> None:
    """Add b (F,) to every place of maps (n, *length, F), and copy them to ``there``, if they are not there.

    >>> maps = np.zeros((1, 2, 2))
    >>> write(maps, np.array([1.0, 2.0]), maps)
    >>> maps.tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """
    if b.any():  # row by row is faster than place by place
        rows = maps.reshape(-1, maps.shape[-2] * len(b))
        rows += np.tile(b, maps.shape[-2])
    if maps is not there:
        there[...] = maps
