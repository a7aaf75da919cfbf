"""Depthwise convolution: each channel with one kernel of its own, so that there is no matrix to multiply by.

What is left is a sum of shifted images, one for each tap. With the channels last, a row of outputs is, for
every tap, a run of the image that begins some pixels further on, times a run of weights: those of all
channels, repeated for every pixel. ``einsum`` adds up the taps in such long runs, a few rows at a time.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnkit.functional.engine.blocked import Columns, write
from cnnkit.functional.engine.blocks import Block, blocks, corner, cut, lengths
from cnnkit.functional.engine.threads import shared_out
from cnnkit.functional.engine.workspace import kernels_last, workspace
from cnnkit.window import Window

Array = npt.NDArray[Any]

LAST = 20  # einsum's number of the last axis, the runs
NUMBERS = 250_000  # of outputs, in a block
ENOUGH_OUTPUTS = 2_000_000  # outputs, below which a second thread costs more than it brings


def slide(x: Array, w: Array, y: Array, window: Window, b: Array) -> None:
    """Write the maps of x (N, *size, C) under kernels w (C, 1, *kernel), with b (C,) added, to y."""
    weights = kernels_last(w)[..., 0, :]

    def of_blocks(each: list[Block]) -> None:
        for block in each:
            there, (runs, outer, taps) = y[block], _runs(x, block, window)
            maps = there if there.flags.c_contiguous else workspace("b", there.shape, x.dtype)
            repeated = np.tile(weights, runs.shape[-1] // len(w))
            sums = maps.reshape(*runs.shape[: len(outer)], -1)
            np.einsum(runs, [*outer, *taps, LAST], repeated, [*taps, LAST], [*outer, LAST], out=sums)
            write(maps, b, there)

    _in_blocks(of_blocks, y)


def weight_gradient(dy: Array, x: Array, window: Window) -> Array:
    """Return dw (C, 1, *kernel)."""

    def of_blocks(each: list[Block]) -> Array:
        dw = np.zeros((*window.kernel, x.shape[-1]), x.dtype)
        for block in each:
            runs, outer, taps = _runs(x, block, window)
            change = cut(dy, block[0], tuple(some.start for some in block[1:]), lengths(block), "dy")
            change = change.reshape(*runs.shape[: len(outer)], -1)
            sums = np.einsum(runs, [*outer, *taps, LAST], change, [*outer, LAST], [*taps, LAST])
            dw += sums.reshape(*window.kernel, -1, x.shape[-1]).sum(axis=-2)
        return dw

    dw: Array = reduce(np.add, _in_blocks(of_blocks, dy))
    return np.moveaxis(dw, -1, 0)[:, None]


def _in_blocks(work: Any, y: Array) -> list[Any]:
    """Share out blocks of the outputs y (N, *out, C)."""
    every = blocks(y.shape[:-1], max(1, NUMBERS // y.shape[-1]), (1,) * (y.ndim - 2))
    return shared_out(work, every, enough=y.size >= ENOUGH_OUTPUTS)


def _runs(x: Array, block: Block, window: Window) -> tuple[Array, list[int], list[int]]:
    """Return what each tap meets, in runs: whole rows of outputs, or, with a stride, single ones.

    The axes are those of the outputs, those of the taps, and the run; with einsum's numbers of the first two.
    """
    columns, axes = Columns(window), len(window.kernel)
    part = cut(x, block[0], corner(block, window), columns.seen(lengths(block)))
    runs = columns.under(np.ascontiguousarray(part))
    if window.stride[-1] == 1:  # the pixels of a row lie together
        row, *taps, channels = runs.shape[axes:]
        shape = (*runs.shape[:axes], *taps, row * channels)
        runs = as_strided(runs, shape, runs.strides[:axes] + runs.strides[axes + 1 :])
    numbers = list(range(runs.ndim - 1))
    return runs, numbers[:-axes], numbers[-axes:]
