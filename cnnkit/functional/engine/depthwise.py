"""Depthwise convolution: each channel with a kernel of its own, so that there is no matrix to multiply by.

What is left is a sum of shifted images, one for each tap. With the channels last, a row of outputs is, for
every tap, a run of the image that begins some pixels further on, times a run of weights: those of all
channels, repeated for every pixel. ``einsum`` adds up the taps in such long runs, a few rows at a time.
"""

from __future__ import annotations

from functools import reduce
from string import ascii_letters as letters
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.blocks import Block, add_to_all, blocks, cut
from cnnkit.functional.engine.threads import shared_out
from cnnkit.functional.engine.workspace import kernels_last, workspace
from cnnkit.window import Window

Array = npt.NDArray[Any]

NUMBERS = 250_000  # of outputs, in a block
ENOUGH = 2_000_000  # outputs, below which a second thread costs more than it brings


def slide(x: Array, w: Array, y: Array, window: Window, b: Array) -> None:
    """Write the maps of x (N, *size, C) under kernels w (C, 1, *kernel), with b (C,) added, to y."""
    weights = kernels_last(w)[..., 0, :]

    def work(some: list[Block]) -> None:
        for block in some:
            there, runs = block.outputs(y), _runs(x, block, window)
            room = there if there.flags.c_contiguous else workspace("b", there.shape, x.dtype)
            repeated = np.tile(weights, runs.shape[-1] // len(w))
            outer, kernel = _axes(runs, window)
            sums = room.reshape(*runs.shape[: len(outer)], -1)
            np.einsum(f"{outer}{kernel}Z,{kernel}Z->{outer}Z", runs, repeated, out=sums)
            add_to_all(room, b)
            if room is not there:
                there[...] = room

    _in_blocks(work, y)


def weight_gradient(dy: Array, x: Array, window: Window) -> Array:
    """Return dw (C, 1, *kernel)."""

    def work(some: list[Block]) -> Array:
        dw = np.zeros((*window.kernel, x.shape[-1]), x.dtype)
        for block in some:
            runs = _runs(x, block, window)
            outer, kernel = _axes(runs, window)
            there = cut(dy, block.images, block.start, block.length, name="dy")
            there = there.reshape(*runs.shape[: len(outer)], -1)
            sums = np.einsum(f"{outer}{kernel}Z,{outer}Z->{kernel}Z", runs, there)
            dw += sums.reshape(*window.kernel, -1, x.shape[-1]).sum(axis=-2)
        return dw

    dw: Array = reduce(np.add, _in_blocks(work, dy))
    return np.moveaxis(dw, -1, 0)[:, None]


def _in_blocks(work: Any, y: Array) -> list[Any]:
    images, *out, channels = y.shape
    every = blocks(images, tuple(out), max(1, NUMBERS // channels), (1,) * len(out))
    return shared_out(work, every, enough=y.size >= ENOUGH)


def _runs(x: Array, block: Block, window: Window) -> Array:
    """Return for each tap what it meets, in runs: whole rows of outputs, or, with a stride, single ones."""
    columns, axes = Columns(window), len(window.kernel)
    part = np.ascontiguousarray(cut(x, block.images, block.corner(window), columns.seen(block.length)))
    pixels = columns.under(part, block.length)
    if window.stride[-1] > 1:
        return pixels
    row, *taps, channels = pixels.shape[axes:]
    shape = (*pixels.shape[:axes], *taps, row * channels)
    return np.lib.stride_tricks.as_strided(pixels, shape, pixels.strides[:axes] + pixels.strides[axes + 1 :])


def _axes(runs: Array, window: Window) -> tuple[str, str]:
    """Return letters for the axes of the outputs, and for those of the taps."""
    outer = runs.ndim - 1 - len(window.kernel)
    return letters[:outer], letters[outer : runs.ndim - 1]
