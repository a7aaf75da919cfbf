"""Winograd's convolution: outputs in tiles of m x m, each from (m + k - 1)^2 products instead of (m k)^2.

`cook_toom.minimal` gives y = A^T [(G g) * (B^T d)] for one row. For a picture it is done along both axes:

    Y = A^T [ (G w G^T) * (B^T D B) ] A          D: the (m + k - 1)^2 pixels that a tile of outputs sees

and over channels the products are added up. So at each of the (m + k - 1)^2 positions there is a matrix
product, tiles x channels times channels x kernels: that is where the time goes, and m = 4, k = 3 needs 36
products where the sum itself has 144. The three transforms are products of tiny matrices with very wide ones.

Larger tiles save more and round worse: the numbers in A, B and G grow. In float32, m = 4 loses about one
digit. Lavin and Gray (2016), *Fast algorithms for convolutional neural networks*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.cook_toom import minimal
from cnnkit.functional.engine.fold import fold, fold_kernel
from cnnkit.functional.engine.workspace import multiply, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]

KERNELS = 1_600_000  # numbers that the transform of the kernels works on at a time


@dataclass(frozen=True)
class Tiles:
    """Winograd's way for a window, in tiles of ``tile`` outputs on each axis where the kernel has a width."""

    window: Window
    tile: int
    planes = False

    @property
    def kernel(self) -> Sizes:
        """The kernel's size after `fold`."""
        return tuple(-(-k // s) for k, s in zip(self.window.kernel, self.window.stride, strict=True))

    @property
    def step(self) -> Sizes:
        """Blocks consist of whole tiles."""
        return tuple(self.tile if k > 1 else 1 for k in self.kernel)

    @property
    def sides(self) -> Sizes:
        """How many pixels a tile sees on each axis: m + k - 1."""
        return tuple(m + k - 1 for m, k in zip(self.step, self.kernel, strict=True))

    def places(self, rows: int, filters: int) -> int:
        """Return how many places make a block that stays in the cache."""
        tile = prod(self.sides) * max(rows, filters)
        return prod(self.step) * max(1, min(1_800_000 // tile, max(200, 400_000 // tile)))

    def tiles(self, length: Sizes) -> Sizes:
        """Return how many tiles cover so many outputs; the last ones may stick out."""
        return tuple(-(-places // m) for places, m in zip(length, self.step, strict=True))

    def seen(self, length: Sizes) -> Sizes:
        """Return how many pixels the tiles see on each axis."""
        numbers = zip(self.tiles(length), self.step, self.kernel, self.window.stride, strict=True)
        return tuple((t * m + k - 1) * s for t, m, k, s in numbers)

    def image(self, part: Array, length: Sizes) -> Array:
        """Return B^T D B of every tile: (positions, tiles, C)."""
        part = fold(part, self.window.stride)
        (n, *_, channels), (first, *steps, last), axes = part.shape, part.strides, len(length)
        shape = (*self.sides, n, *self.tiles(length), channels)
        wide = (a * m for a, m in zip(steps, self.step, strict=True))
        seen = np.lib.stride_tricks.as_strided(part, shape, (*steps, first, *wide, last))
        spaces = ("a", "b") if axes % 2 == 0 else ("b", "a")  # so that the last axis ends in a
        d = workspace(spaces[0], shape, part.dtype)
        d[...] = seen
        d = self._on_each_axis("B", d, spaces[::-1])
        return d.reshape(prod(self.sides), prod(shape[axes:-1]), channels)

    def kernels(self, w: Array) -> Array:
        """Return G w G^T of every kernel: (positions, C, F)."""
        w = fold_kernel(w, self.window.stride)
        turned = w.strides[0] > w.strides[1]  # then the channels lie closer together than the kernels
        w = np.moveaxis(w.swapaxes(0, 1) if turned else w, (0, 1), (-1, -2))
        u = np.empty((*self.sides, *w.shape[-2:]), w.dtype)
        for few in self._few(w.shape[-1], w.shape[-2]):
            self._on_each_axis("G", w[..., few, :], ("a", "b"), last=u[..., few, :])
        u = u.reshape(-1, *w.shape[-2:])
        return u.swapaxes(1, 2) if turned else u

    def output(self, products: Array, length: Sizes, n: int) -> Array:
        """Return A^T M A of every tile: (n, tiles, m, tiles, m, F)."""
        tiles, axes, filters = self.tiles(length), len(length), products.shape[-1]
        y = self._on_each_axis("A", products.reshape(*self.sides, n, *tiles, filters), ("a", "b"))
        return y.transpose(axes, *(v for axis in range(axes) for v in (axes + 1 + axis, axis)), -1)

    def gradient(self, dy: Array) -> Array:
        """Return A dY A^T of every tile of dy (n, *length, F), whole tiles: (positions, tiles, F)."""
        (n, *length, filters), axes = dy.shape, len(self.kernel)
        tiles = self.tiles(tuple(length))
        split = dy.reshape(n, *(v for pair in zip(tiles, self.step, strict=True) for v in pair), filters)
        d = workspace("b", (*self.step, n, *tiles, filters), dy.dtype)
        d[...] = split.transpose(*range(2, 2 * axes + 1, 2), 0, *range(1, 2 * axes, 2), -1)
        d = self._on_each_axis("A", d, ("c", "b"), transposed=True)
        return d.reshape(prod(self.sides), n * prod(tiles), filters)

    def weights(self, matrices: Array, channels: int) -> Array:
        """Return G^T dU G: what the gradient (positions, C, F) of the transformed kernels means for w."""
        filters = matrices.shape[-1]
        w = np.moveaxis(np.empty((*self.kernel, channels, filters), matrices.dtype), (-1, -2), (0, 1))
        u = matrices.reshape(*self.sides, channels, filters)
        for few in self._few(filters, channels):
            part = self._on_each_axis("G", u[..., few, :], ("a", "b"), transposed=True)
            w[:, few] = np.moveaxis(part, (-1, -2), (0, 1))
        return w

    def _few(self, wide: int, count: int) -> list[slice]:
        """Split ``count`` rows of ``wide`` kernels into as many as are transformed at a time."""
        step = max(1, KERNELS // (prod(self.sides) * wide))
        return [slice(start, start + step) for start in range(0, count, step)]

    def _on_each_axis(
        self,
        which: str,
        d: Array,
        spaces: tuple[str, str],
        transposed: bool = False,
        last: Array | None = None,
    ) -> Array:
        """Multiply by A^T, B^T or G, or its transpose, along the first axes; write to two spaces in turn.

        What the last axis gives is written to ``last``, if that is there.
        """
        for axis, (m, k) in enumerate(zip(self.step, self.kernel, strict=True)):
            matrix = _matrix(which, m, k, d.dtype)
            matrix = matrix.T if transposed else matrix
            shape = (*d.shape[:axis], len(matrix), *d.shape[axis + 1 :])
            here = last if axis == len(self.kernel) - 1 else None
            y = workspace(spaces[axis % 2], shape, d.dtype) if here is None else here
            d = along(axis, matrix, d, y)
        return d


@cache
def _matrix(which: str, m: int, k: int, dtype: np.dtype[Any]) -> Array:
    return minimal(m, k)["AGB".index(which)].astype(dtype)


def along(axis: int, matrix: Array, d: Array, out: Array) -> Array:
    """Write to ``out`` what a small matrix makes of ``d`` along one axis.

    >>> along(1, np.array([[1.0, 10.0]]), np.array([[[1.0], [2.0]], [[3.0], [4.0]]]), np.empty((2, 1, 1)))
    array([[[21.]],
    <BLANKLINE>
           [[43.]]])
    """
    before, after = prod(d.shape[:axis]), d.shape[axis + 1 :]
    if before == 1 and len(after) > 2 and not d.flags.c_contiguous:  # some of the kernels: row by row
        for rows in zip(np.moveaxis(d, axis + 1, 0), np.moveaxis(out, axis + 1, 0), strict=True):
            along(axis, matrix, *rows)
        return out
    multiply(matrix, d.reshape(before, -1, prod(after)), out.reshape(before, -1, prod(after)))
    return out
