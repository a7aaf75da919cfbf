"""Winograd's convolution: outputs in tiles of m x m, each from (m + k - 1)^2 products instead of (m k)^2.

`cook_toom.minimal` gives y = A^T [(G g) * (B^T d)] for one row. For a picture it is done along both axes:

    Y = A^T [ (G w G^T) * (B^T D B) ] A          D: the (m + k - 1)^2 pixels that a tile of outputs sees

and over channels the products are added up. So at each of the (m + k - 1)^2 positions there is a matrix
product, tiles x channels times channels x kernels: that is where the time goes, and m = 4, k = 3 needs 36
products where the sum itself has 144.

The transforms are matrix products, too, one axis at a time. A view shows (..., size, inner) as
(..., tiles, n, inner), where neighbouring tiles share k - 1 pixels and ``inner`` is all that comes later in
memory; B^T @ view transforms all tiles. So no tile is copied by itself, and where no tile sticks out, the
last product writes into the maps.

Larger tiles save more and round worse: the numbers in A, B and G grow. In float32, m = 4 loses about one
digit. Lavin and Gray (2016), *Fast algorithms for convolutional neural networks*.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnkit.functional.engine.blocks import rounded_up
from cnnkit.functional.engine.cook_toom import minimal
from cnnkit.functional.engine.fold import fold, fold_kernels, unfold_kernels
from cnnkit.functional.engine.workspace import kernels_last, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]

AT_A_TIME = 8192  # weights of a tap that are transformed together, so that all stays in the cache
PIECE = 200_000  # numbers of transformed kernels that are made at a time, where they serve one block only
FILTERS = 32  # but at least so many filters at a time
LARGE = 1_000_000  # weights; to bring them into another order takes longer than products that read them so


@dataclass(frozen=True)
class Tiles:
    """Winograd's convolution in tiles of ``tile`` outputs on each axis where the kernel has a width."""

    window: Window
    tile: int

    @cached_property
    def kernel(self) -> Sizes:
        """The kernel's size after `fold`."""
        return tuple(-(-k // s) for k, s in zip(self.window.kernel, self.window.stride, strict=True))

    @cached_property
    def step(self) -> Sizes:
        """Blocks consist of whole tiles."""
        return tuple(self.tile if k > 1 else 1 for k in self.kernel)

    @cached_property
    def sides(self) -> Sizes:
        """How many pixels a tile sees on each axis: n = m + k - 1."""
        return tuple(m + k - 1 for m, k in zip(self.step, self.kernel, strict=True))

    def places(self, channels: int, filters: int) -> int:
        """Return how many places make a block: what fits the cache, but 200 tiles for long products."""
        tile = prod(self.sides) * max(prod(self.window.stride) * channels, filters)
        return prod(self.step) * max(1, min(1_800_000 // tile, max(200, 600_000 // tile)))

    def seen(self, length: Sizes) -> Sizes:
        """Return how many pixels the tiles of so many outputs see on each axis."""
        numbers = zip(length, self.step, self.kernel, self.window.stride, strict=True)
        return tuple((rounded_up(places, m) + k - 1) * s for places, m, k, s in numbers)

    def image(self, part: Array) -> Array:
        """Return B^T D B for every tile of a part: (*sides, tiles, C)."""
        return self._values("BT", fold(part, self.window.stride), "b")

    def kernels(self, w: Array, once: bool = False) -> Iterable[tuple[slice, Array]]:
        """Return which filters, and G w G^T of them, (*sides, C, F), for w (F, C, *kernel).

        If they serve only once, some are transformed at a time, when they are asked for, so that they need
        not leave the cache in between.
        """
        w = fold_kernels(kernels_last(w, swapped=once and w.size > LARGE), self.window.stride)
        step = max(FILTERS, PIECE // (prod(self.sides) * w.shape[-2])) if once else w.shape[-1]
        every = (slice(first, first + step) for first in range(0, w.shape[-1], step))
        found = ((some, self._transformed(w[..., some])) for some in every)
        return found if once else list(found)

    def _transformed(self, w: Array) -> Array:
        swapped = w.strides[-1] != w.itemsize  # C and F, as in `back`; the products can read it so
        w = np.ascontiguousarray(w.swapaxes(-1, -2) if swapped else w)
        u = workspace("kernels", (*self.sides, *w.shape[-2:]), w.dtype)
        _on_all_axes(self._matrices("G", w.dtype), w.reshape(*self.kernel, -1), u.reshape(*self.sides, -1))
        return u.swapaxes(-1, -2) if swapped else u

    def forward(self, d: Array, kernels: Any, b: Array, there: Array) -> None:
        """Write the outputs, and b (F,) added to them, to ``there`` (n, *length, F)."""
        *sides, side, tiles, _ = d.shape
        products = workspace("a", (*sides, tiles, side, len(b)), d.dtype)
        for some, u in kernels:
            np.matmul(d, u, out=products[..., some].swapaxes(-2, -3))
        # A^T has ones for the point 1: b, added there, reaches every output (with one tap, the only point)
        *before, last = (min(1, n - 1) for n in self.sides)
        at_one: Any = (*before, slice(None), last)
        products[at_one] += b
        self._outputs(products, there)

    def backward(self, d: Array, dy: Array) -> Array:
        """Return what a block and its dy (n, *length, F), whole tiles, add to the gradient of `kernels`."""
        return d.swapaxes(-1, -2) @ self._values("A", dy, "c")

    def gradient(self, u: Array) -> Array:
        """Return G^T dU G, kernels (F, C, *kernel), of such a gradient (*sides, C, F)."""
        w = np.empty((*self.kernel, *u.shape[-2:]), u.dtype)
        matrices = [matrix.T for matrix in self._matrices("G", u.dtype)]
        _on_all_axes(matrices, u.reshape(*self.sides, -1), w.reshape(*self.kernel, -1))
        return np.moveaxis(unfold_kernels(w, self.window), (-1, -2), (0, 1))

    def _values(self, which: str, d: Array, name: str) -> Array:
        """Multiply every tile of d (n, *size, C) by B^T, or by A, on each axis: (*sides, tiles, C).

        Each axis in turn, the last one first, writes its positions in front. For a picture: (n, H, W, C) ->
        (side, n, H, tiles, C) -> (side, side, n, tiles, tiles, C).
        """
        channels, matrices = d.shape[-1], self._matrices(which, d.dtype)
        for axis in reversed(range(len(matrices))):
            (side, width), m = matrices[axis].shape, self.step[axis]
            (*before, size, inner), (*steps, pixel, number) = d.shape, d.strides
            count = (size - width) // m + 1  # tiles, whose pixels overlap by width - m
            tiles = as_strided(d, (*before, count, width, inner), (*steps, m * pixel, pixel, number))
            d = workspace("a" if axis % 2 else name, (side, *before, count, inner), d.dtype)
            np.matmul(matrices[axis], tiles, out=np.moveaxis(d, 0, -2))
            d = d.reshape(side, *before, count * inner)
        return d.reshape(*self.sides, -1, channels)

    def _outputs(self, d: Array, there: Array) -> None:
        """Multiply the products of every tile (*sides[:-1], tiles, sides[-1], F) by A^T, axis after axis.

        Behind an axis lie the tiles of those that are still to come, then the last axis of a tile, and F. The
        last axis comes last: its many products are the shortest, and by then the fewest.
        """
        (n, *length, filters), axes = there.shape, len(self.kernel)
        whole = tuple(map(rounded_up, length, self.step))
        fits = whole == tuple(length) and there.flags.c_contiguous
        for axis, matrix in enumerate(self._matrices("AT", d.dtype)):
            m, side = matrix.shape
            if axis < axes - 1:  # (side, n * tiles, inner) -> (n * tiles, side, inner)
                tiles = prod(whole[axis + 1 :]) // prod(self.step[axis + 1 :])
                d = d.reshape(side, -1, tiles * self.sides[-1] * filters).swapaxes(0, 1)
            else:
                d = d.reshape(-1, side, filters)
            shape = (len(d), m, d.shape[-1])
            final = fits and axis == axes - 1
            out = there.reshape(shape) if final else workspace("ca"[axis % 2], shape, d.dtype)
            d = np.matmul(matrix, d, out=out)
        if not fits:
            there[...] = d.reshape(n, *whole, filters)[:, *map(slice, length)]

    def _matrices(self, which: str, dtype: np.dtype[Any]) -> list[Array]:
        return [_matrix(which, m, k, dtype) for m, k in zip(self.step, self.kernel, strict=True)]


@cache
def _matrix(which: str, m: int, k: int, dtype: np.dtype[Any]) -> Array:
    AT, G, BT = minimal(m, k)
    return np.ascontiguousarray({"AT": AT, "A": AT.T, "G": G, "BT": BT}[which].astype(dtype))


def _on_all_axes(matrices: list[Array], d: Array, out: Array) -> None:
    """Multiply d (*sizes, any) by a small matrix along each axis but the last, some columns at a time."""
    for start in range(0, d.shape[-1], AT_A_TIME):
        part, there = d[..., start : start + AT_A_TIME], out[..., start : start + AT_A_TIME]
        for matrix in matrices[:-1]:  # each moves its axis behind the others; in the end all are in order
            part = matrix @ np.moveaxis(part, 0, -2)
        np.matmul(matrices[-1], np.moveaxis(part, 0, -2), out=there)
