"""Blocked im2col: the columns of one block at a time, in memory that the next block uses again.

The columns of a whole layer are as many times larger than its input as a window has taps, and they are read
only once. The columns of a few rows fit into the processor's cache.

Everything that this file and `winograd` say of a way to convolve is linear maps:

    image(part)      what the products take of the image      (q, places, rows)
    kernels(w)       what they take of the kernels            (q, rows, F)
    output(products) the outputs, from image @ kernels        (n, *length, F)
    gradient(dy)     the transpose of output; weights(d)      is the transpose of kernels

Here q = 1, rows are taps times channels, and ``output`` and ``gradient`` change nothing but the shape. The
transpose of ``image`` is `Columns.scatter`, which sends a gradient back. `Tiles` needs none: with stride 1
that is a convolution with the turned kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.workspace import multiply, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Columns:
    """im2col for a window; with ``planes``, for few channels, these come first and the images last."""

    window: Window
    planes: bool = False

    @property
    def step(self) -> Sizes:
        """Blocks may begin anywhere."""
        return (1,) * len(self.window.kernel)

    def places(self, rows: int, filters: int) -> int:
        """Return how many places make a block that stays in the cache."""
        return max(1, 400_000 // (rows + filters))

    def seen(self, length: Sizes) -> Sizes:
        """Return how many pixels so many neighbouring windows see on each axis."""
        numbers = zip(length, self.window.stride, self.window.spans, strict=True)
        return tuple((places - 1) * s + reach for places, s, reach in numbers)

    def under(self, part: Array, length: Sizes) -> Array:
        """Return what each tap meets, as a view: (*kernel, n, *length, C)."""
        size, steps = part.shape, part.strides
        taps = (a * d for a, d in zip(steps[1:-1], self.window.dilation, strict=True))
        places = (a * s for a, s in zip(steps[1:-1], self.window.stride, strict=True))
        shape, strides = (size[0], *length, size[-1]), (steps[0], *places, steps[-1])
        return np.lib.stride_tricks.as_strided(part, (*self.window.kernel, *shape), (*taps, *strides))

    def image(self, part: Array, length: Sizes) -> Array:
        """Lay out the window of every place as a row (or, with ``planes``, as a column)."""
        pixels, axes, channels = self.under(part, length), len(length), part.shape[-1]
        if self.planes:
            columns = pixels.swapaxes(axes, -1)
            return _copied(columns).reshape(1, prod(columns.shape[: axes + 1]), -1).swapaxes(1, 2)
        rows = pixels.transpose(*range(axes, 2 * axes + 1), *range(axes), -1)
        every = rows if prod(self.window.kernel) == 1 else _copied(rows)  # a pixel is a row already
        return every.reshape(1, -1, prod(self.window.kernel) * channels)

    def kernels(self, w: Array) -> Array:
        """Return w (F, C, *kernel) as one matrix, a kernel a column."""
        return np.moveaxis(w, (0, 1), (-1, -2)).reshape(1, -1, len(w))

    def output(self, products: Array, length: Sizes, n: int) -> Array:
        """Return the products as maps."""
        if self.planes:
            return np.moveaxis(products.reshape(*length, n, products.shape[-1]), -2, 0)
        return products.reshape(n, *length, products.shape[-1])

    def gradient(self, dy: Array) -> Array:
        """Return maps (n, *length, F) as rows."""
        return (np.moveaxis(dy, 0, -2) if self.planes else dy).reshape(1, -1, dy.shape[-1])

    def weights(self, matrix: Array, channels: int) -> Array:
        """Return a matrix as kernels (F, C, *kernel)."""
        return np.moveaxis(matrix.reshape(*self.window.kernel, channels, -1), (-1, -2), (0, 1))

    def scatter(self, dy: Array, kernels: Array) -> Array:
        """Return the part that dy (n, *length, F) sends back: what ``image`` has copied is added up again."""
        (n, *length, filters), kernel = dy.shape, self.window.kernel
        channels, change = kernels.shape[1] // prod(kernel), self.gradient(dy)
        if self.planes:
            part = workspace("part", (channels, *self.seen(tuple(length)), n), dy.dtype).swapaxes(0, -1)
            columns = workspace("a", (kernels.shape[1], change.shape[1]), dy.dtype)
            multiply(kernels[0], change[0].T, columns)
            taps = columns.reshape(*kernel, channels, *length, n).swapaxes(len(kernel), -1)
        else:
            part = workspace("part", (n, *self.seen(tuple(length)), channels), dy.dtype)
            each_tap = kernels.reshape(prod(kernel), channels, filters).swapaxes(1, 2)
            columns = workspace("a", (prod(kernel), change.shape[1], channels), dy.dtype)
            taps = np.matmul(change, each_tap, out=columns).reshape(*kernel, n, *length, channels)
        part[...] = 0
        pixels = self.under(part, tuple(length))
        for tap in np.ndindex(*kernel):
            pixels[tap] += taps[tap]
        return part


def _copied(view: Array) -> Array:
    copy = workspace("a", view.shape, view.dtype)
    copy[...] = view
    return copy
