"""Rows: with few channels and narrow images, a row of an image becomes one pixel with many channels.

Then the window only moves down, and its kernel takes whole rows of the input to whole rows of the output.
Such a kernel is a matrix for each tap that is left, the matrix of a convolution along one axis, which has the
weights on its diagonals and zeros elsewhere:

    a row of 4 pixels, a kernel 1 2 3 without padding:     1 0
                                                           2 1
                                                           3 2
                                                           0 3

Most of its products are with zeros. It pays all the same, where the true sums are too short for BLAS: six
kernels of 5 x 5 on one channel are products of 25 numbers with 6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.workspace import kernels_last
from cnnkit.functional.pooling.taps import taps
from cnnkit.window import Window

Array = npt.NDArray[Any]

SENT = 1_000_000  # numbers that are sent back at a time


@dataclass(frozen=True)
class Rows:
    """A window that sees whole rows of an image, ``width`` pixels, and gives ``out`` outputs for each."""

    window: Window
    width: int
    out: int

    @property
    def down(self) -> Columns:
        """The same window, on rows that are one pixel wide."""
        one = {"kernel": 1, "stride": 1, "padding": (0, 0), "dilation": 1}
        return Columns(
            replace(self.window, **{k: (*getattr(self.window, k)[:-1], v) for k, v in one.items()})
        )

    def rows(self, x: Array) -> Array:
        """Return images (N, ..., W, C) as rows (N, ..., 1, W * C)."""
        return x.reshape(*x.shape[:-2], 1, x.shape[-2] * x.shape[-1])

    def kernels(self, w: Array) -> Array:
        """Return w (F, C, *kernel) as kernels of rows (out * F, width * C, *kernel[:-1], 1).

        >>> w, window = np.array([[[1, 2, 3]]]), Window((3,), (1,), ((0, 0),), (1,))
        >>> Rows(window, width=4, out=2).kernels(w)[..., 0]
        array([[1, 2, 3, 0],
               [0, 1, 2, 3]])
        """
        filters, channels, *kernel = w.shape
        full = np.zeros((*kernel[:-1], self._padded, channels, self.out, filters), w.dtype)
        self._diagonals(full)[...] = np.moveaxis(w, (0, 1), (-1, -2))[..., None, :]
        matrix = full[..., self._inside, :, :, :]
        matrix = matrix.reshape(*kernel[:-1], 1, self.width * channels, self.out * filters)
        return np.moveaxis(matrix, (-1, -2), (0, 1))

    def gradient(self, matrix: Array, channels: int) -> Array:
        """Return the gradient of w, given that of the kernels of rows: the sums of the diagonals."""
        kernel, filters = self.window.kernel[:-1], len(matrix) // self.out
        full = np.zeros((*kernel, self._padded, channels, self.out, filters), matrix.dtype)
        inside = np.moveaxis(matrix, (0, 1), (-1, -2))
        full[..., self._inside, :, :, :] = inside.reshape(*kernel, self.width, channels, self.out, filters)
        return np.moveaxis(self._diagonals(full).sum(axis=-2), (-1, -2), (0, 1))

    def send_back(self, dy: Array, w: Array, dx: Array) -> None:
        """Write to dx (N, *size, C) what the rows of dy (N, *out, F) send back to the rows they have seen."""
        kernels = kernels_last(self.kernels(w))
        matrix = kernels.reshape(-1, kernels.shape[-1]).T
        maps, dx = self.rows(dy), self.rows(dx)
        number, size = prod(self.window.kernel[:-1]), dx.shape[1:-1]
        step = max(1, SENT // (prod(maps.shape[1:-1]) * matrix.shape[1]))
        for first in range(0, len(dx), step):
            some, there = maps[first : first + step], np.moveaxis(dx[first : first + step], -1, 1)
            sent = (some.reshape(-1, len(matrix)) @ matrix).reshape(*some.shape[:-1], number, -1)
            there[...] = 0
            for tap, (outputs, pixels) in enumerate(taps(size, self.down.window)):
                there[pixels] += np.moveaxis(sent[..., tap, :], -1, 1)[outputs]

    @property
    def _padded(self) -> int:
        """How many pixels a row has with its padding, or with what the windows see behind it."""
        reach = (self.out - 1) * self.window.stride[-1] + self.window.spans[-1]
        return max(reach, self.window.padding[-1][0] + self.width)

    @property
    def _inside(self) -> slice:
        """Where the pixels of a row lie within its padding."""
        before = self.window.padding[-1][0]
        return slice(before, before + self.width)

    def _diagonals(self, full: Array) -> Array:
        """Return where each weight stands in (..., padded, C, out, F), as a view (..., taps, C, out, F)."""
        *_, pixel, channel, place, kernel = full.strides
        s, d, shape = self.window.stride[-1], self.window.dilation[-1], full.shape
        shape = (*shape[:-4], self.window.kernel[-1], *shape[-3:])
        return as_strided(full, shape, (*full.strides[:-4], d * pixel, channel, s * pixel + place, kernel))
