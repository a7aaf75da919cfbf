"""Blocked im2col: the windows of one block at a time, in memory that the next block uses again.

The columns of a whole layer are as many times larger than its input as a window has taps, and they are read
only once. Those of a few rows of outputs fit into the processor's cache. Here each window is a row, since
with the channels last in memory its pixels then lie as in the image, run by run.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocks import add_to_all
from cnnkit.functional.engine.workspace import kernels_last, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Columns:
    """Blocked im2col: in its matrices a window is a row and a kernel a column, unlike in `columns`."""

    window: Window

    @property
    def kernel(self) -> Sizes:
        """The kernel's size."""
        return self.window.kernel

    @property
    def step(self) -> Sizes:
        """Blocks begin at multiples of this: anywhere."""
        return (1,) * len(self.window.kernel)

    def places(self, channels: int, filters: int) -> int:
        """Return how many places make a block: 200 at least, for long products; then what fits the cache."""
        row = prod(self.kernel) * channels
        return max(1, min(3_500_000 // row, max(200, 400_000 // (row + filters))))

    def seen(self, length: Sizes) -> Sizes:
        """Return how many pixels so many neighbouring windows see on each axis."""
        numbers = zip(length, self.window.stride, self.window.spans, strict=True)
        return tuple((places - 1) * s + reach for places, s, reach in numbers)

    def under(self, part: Array, length: Sizes) -> Array:
        """Return what each window sees, as a view: (n, *length, *kernel, C)."""
        (n, *_, channels), (first, *steps, last) = part.shape, part.strides
        taps = (a * d for a, d in zip(steps, self.window.dilation, strict=True))
        places = (a * s for a, s in zip(steps, self.window.stride, strict=True))
        shape, strides = (n, *length, *self.window.kernel, channels), (first, *places, *taps, last)
        return np.lib.stride_tricks.as_strided(part, shape, strides)

    def image(self, part: Array, length: Sizes) -> Array:
        """Return every window as a row: (places, taps * C)."""
        windows = self.under(part, length)
        shape = (len(part) * prod(length), prod(self.kernel) * part.shape[-1])
        if prod(self.kernel) == 1:  # a pixel is a row already
            return windows.reshape(shape)
        rows = workspace("a", windows.shape, part.dtype)
        rows[...] = windows
        return rows.reshape(shape)

    def kernels(self, w: Array) -> Array:
        """Return w (F, C, *kernel) as a matrix, a kernel a column."""
        return kernels_last(w).reshape(-1, len(w))

    def forward(self, part: Array, kernels: Array, b: Array, there: Array) -> None:
        """Write the outputs of a part, and b (F,) added to them, to ``there`` (n, *length, F)."""
        rows = self.image(part, there.shape[1:-1])
        shape = (len(rows), kernels.shape[1])
        maps = there if there.flags.c_contiguous else workspace("b", there.shape, rows.dtype)
        np.matmul(rows, kernels, out=maps.reshape(shape))
        add_to_all(maps, b)
        if maps is not there:
            there[...] = maps

    def backward(self, part: Array, dy: Array) -> Array:
        """Return what a part and its dy (n, *length, F) add to the gradient of the matrix of kernels."""
        rows = self.image(part, dy.shape[1:-1])
        return rows.T @ dy.reshape(len(rows), dy.shape[-1])

    def gradient(self, matrix: Array) -> Array:
        """Return such a matrix as kernels (F, C, *kernel)."""
        as_kernels = matrix.reshape(*self.window.kernel, -1, matrix.shape[-1])
        return np.moveaxis(as_kernels, (-1, -2), (0, 1))
