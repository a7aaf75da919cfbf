"""Blocked im2col: the windows of one block at a time, in memory that the next block uses again.

The columns of a whole layer are as many times larger than its input as a window has taps, and they are read
only once. Those of a few rows of outputs fit into the processor's cache. Here each window is a row, since
with the channels last in memory its pixels then lie as in the image, run by run.

With few channels these rows, and the products with few kernels, are too short for BLAS: six kernels of 5 x 5
on one channel are products of 25 numbers with 6. Then some neighbouring outputs are computed *together*, from
the pixels that any of them sees. Their matrix has the weights on its diagonals and zeros elsewhere:

    4 pixels under the kernel 1 2 3 for 2 outputs together:      1 0
                                                                 2 1
                                                                 3 2
                                                                 0 3

Up to m times as much is multiplied for m outputs, the rest with zeros; less is copied, since neighbouring
windows overlap.

A *part* (n, *size, C) is what a block of outputs sees of the images, with zeros outside (`blocks.cut`), and
*length* says how many outputs the block has on each axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnkit.functional.engine.blocks import add_to_all
from cnnkit.functional.engine.workspace import kernels_last, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Columns:
    """Blocked im2col, so many outputs ``together`` in each row; a kernel is a column, unlike in `columns`."""

    window: Window
    together: int = 1

    @cached_property
    def wide(self) -> Window:
        """The window of the outputs together: on the last axis it sees all pixels that any of them sees."""
        if self.together == 1:
            return self.window
        step = self.window.stride[-1]
        reach = (self.together - 1) * step + self.window.spans[-1]
        last = {"kernel": reach, "stride": self.together * step, "dilation": 1}
        return replace(self.window, **{k: (*getattr(self.window, k)[:-1], v) for k, v in last.items()})

    @property
    def kernel(self) -> Sizes:
        """The kernel's size."""
        return self.window.kernel

    @cached_property
    def step(self) -> Sizes:
        """Blocks begin at multiples of this."""
        return (*[1] * (len(self.window.kernel) - 1), self.together)

    def places(self, channels: int, filters: int) -> int:
        """Return how many places make a block: 200 rows, for long products; then what fits the cache."""
        row = prod(self.wide.kernel) * channels
        rows = min(3_500_000 // row, max(200, 400_000 // (row + self.together * filters)))
        return self.together * max(1, rows)

    def rows(self, length: Sizes) -> Sizes:
        """Return how many rows so many outputs need on each axis; the last ones may stick out."""
        return tuple(-(-places // m) for places, m in zip(length, self.step, strict=True))

    def seen(self, length: Sizes) -> Sizes:
        """Return how many pixels so many neighbouring outputs see on each axis."""
        numbers = zip(self.rows(length), self.wide.stride, self.wide.spans, strict=True)
        return tuple((rows - 1) * s + reach for rows, s, reach in numbers)

    def under(self, part: Array, rows: Sizes) -> Array:
        """Return what each row shows, as a view: (n, *rows, *kernel, C), with the kernel of `wide`."""
        (n, *_, channels), (first, *steps, last) = part.shape, part.strides
        taps = (a * d for a, d in zip(steps, self.wide.dilation, strict=True))
        places = (a * s for a, s in zip(steps, self.wide.stride, strict=True))
        shape, strides = (n, *rows, *self.wide.kernel, channels), (first, *places, *taps, last)
        return as_strided(part, shape, strides)

    def image(self, part: Array, rows: Sizes) -> Array:
        """Return the rows as a matrix: (rows, taps * C)."""
        windows = self.under(part, rows)
        shape = (len(part) * prod(rows), prod(self.wide.kernel) * part.shape[-1])
        if prod(self.wide.kernel) == 1:  # a pixel is a row already
            return windows.reshape(shape)
        copied = workspace("a", windows.shape, part.dtype)
        copied[...] = windows
        return copied.reshape(shape)

    def kernels(self, w: Array, once: bool = False) -> Array:
        """Return w (F, C, *kernel) as a matrix (taps * C, together * F); ``once`` changes nothing here.

        >>> window = Window((3,), (1,), ((0, 0),), (1,))
        >>> Columns(window, together=2).kernels(np.array([[[1, 2, 3]]]))
        array([[1, 0],
               [2, 1],
               [3, 2],
               [0, 3]])
        """
        w = kernels_last(w)
        if self.together > 1:
            matrix = np.zeros((*self.wide.kernel, w.shape[-2], self.together, w.shape[-1]), w.dtype)
            self._diagonals(matrix)[...] = w[..., None, :]
            w = matrix
        return w.reshape(prod(w.shape[: len(self.kernel) + 1]), -1)

    def forward(self, part: Array, kernels: Array, b: Array, there: Array) -> None:
        """Write the outputs of a part, and b (F,) added to them, to ``there`` (n, *length, F)."""
        n, *length, filters = there.shape
        rows = self.rows(tuple(length))
        whole = (n, *(r * m for r, m in zip(rows, self.step, strict=True)), filters)
        fits = whole == there.shape and there.flags.c_contiguous
        maps = there if fits else workspace("b", whole, part.dtype)
        np.matmul(self.image(part, rows), kernels, out=maps.reshape(-1, kernels.shape[1]))
        add_to_all(maps, b)
        if not fits:
            there[...] = maps[:, *map(slice, length)]

    def backward(self, part: Array, dy: Array) -> Array:
        """Return what a part and its dy (n, *length, F), whole rows, add to the gradient of `kernels`."""
        rows = self.image(part, self.rows(dy.shape[1:-1]))
        return rows.T @ dy.reshape(len(rows), -1)

    def send_back(self, dy: Array, kernels: Array, part: Array) -> None:
        """Add to a part what dy (n, *length, F), whole rows, sends back to the pixels that they have seen."""
        rows = self.rows(dy.shape[1:-1])
        there = self.under(part, rows)
        sent = workspace("a", there.shape, part.dtype)
        np.matmul(dy.reshape(-1, len(kernels.T)), kernels.T, out=sent.reshape(-1, len(kernels)))
        # what neighbouring rows have seen overlaps; what is added at once must not
        step = max(1, self.wide.stride[-1] // self.wide.dilation[-1])
        for tap in np.ndindex(*self.wide.kernel[:-1]):
            for first in range(0, self.wide.kernel[-1], step):
                some = (..., *tap, slice(first, first + step), slice(None))
                there[some] += sent[some]

    def gradient(self, matrix: Array) -> Array:
        """Return such a gradient as kernels (F, C, *kernel): the sums of the diagonals."""
        filters = matrix.shape[1] // self.together
        w = self._diagonals(matrix.reshape(*self.wide.kernel, -1, self.together, filters)).sum(axis=-2)
        return np.moveaxis(w, (-1, -2), (0, 1))

    def _diagonals(self, matrix: Array) -> Array:
        """Return where weights stand in (*kernel of `wide`, C, together, F): (*kernel, C, together, F)."""
        *outer, pixel, channel, output, filters = matrix.strides
        s, d = self.window.stride[-1], self.window.dilation[-1] if self.together > 1 else 1
        strides = (*outer, d * pixel, channel, s * pixel + output, filters)
        return as_strided(matrix, (*self.kernel, *matrix.shape[-3:]), strides)
