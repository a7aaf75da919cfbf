"""Depthwise convolution: each channel with a kernel of its own, so that there is no matrix to multiply by.

What is left is a sum of shifted images, one for each tap. With the channels last, a row of outputs is, for
every tap, a run of the image that begins some pixels further on, times a run of weights: those of all
channels, repeated for every pixel. ``einsum`` adds up the taps in such long runs, a few rows at a time.
"""

from __future__ import annotations

from math import prod
from string import ascii_letters as letters
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.blocks import blocks, cut, paste
from cnnkit.functional.engine.workspace import workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]

NUMBERS = 250_000  # of outputs, in a block


def correlate(x: Array, w: Array, window: Window, b: Array | None = None) -> Array:
    """Return the maps of x (N, C, *size) under kernels w (C, 1, *kernel), one for each channel."""
    start = tuple(-before for before, _ in window.padding)
    return _slide(np.moveaxis(x, 1, -1), w, window, start, window.out(x.shape[2:]), (1,) * len(start), b)


def input_gradient(dy: Array, w: Array, window: Window, size: Sizes) -> Array:
    """Return dx: dy, with zeros between where the stride leaves gaps, under the turned kernels."""
    ones = (1,) * len(size)
    back = Window(window.kernel, ones, window.padding, window.dilation)
    start = tuple(before - reach + 1 for (before, _), reach in zip(window.padding, window.spans, strict=True))
    turned = np.flip(w, tuple(range(2, w.ndim)))
    return _slide(np.moveaxis(dy, 1, -1), turned, back, start, size, window.stride, None)


def weight_gradient(dy: Array, x: Array, window: Window) -> Array:
    """Return dw (C, 1, *kernel)."""
    out, x, dy = dy.shape[2:], np.moveaxis(x, 1, -1), np.moveaxis(dy, 1, -1)
    dw = np.zeros((*window.kernel, x.shape[-1]), x.dtype)
    for block in blocks(len(x), out, max(1, NUMBERS // x.shape[-1]), (1,) * len(out)):
        start = tuple(
            p * s - before
            for p, s, (before, _) in zip(block.start, window.stride, window.padding, strict=True)
        )
        runs, outer = _runs(cut(x, block.images, start, _seen(block.length, window)), block.length, window)
        there = cut(dy, block.images, block.start, block.length, name="dy").reshape(*outer, -1)
        o, k = letters[: len(outer)], letters[len(outer) : len(outer) + len(out)]
        dw += np.einsum(f"{o}{k}Z,{o}Z->{k}Z", runs, there).reshape(*window.kernel, -1, dw.shape[-1]).sum(-2)
    return np.moveaxis(dw, -1, 0)[:, None]


def _slide(
    x: Array, w: Array, window: Window, start: Sizes, out: Sizes, gaps: Sizes, b: Array | None
) -> Array:
    y, channels = np.empty((len(x), *out, len(w)), x.dtype), len(w)
    weights = np.moveaxis(w[:, 0], 0, -1)
    for block in blocks(len(x), out, max(1, NUMBERS // channels), (1,) * len(out)):
        corner = tuple(p * s + first for p, s, first in zip(block.start, window.stride, start, strict=True))
        part = _with_gaps(x, block.images, corner, _seen(block.length, window), gaps)
        if window.stride[-1] > 1:  # no runs: tap by tap
            pixels = Columns(window).under(part, block.length)
            sums, products = (workspace(name, pixels.shape[len(out) :], x.dtype) for name in "bc")
            sums[...] = 0
            for tap in np.ndindex(*window.kernel):
                sums += np.multiply(pixels[tap], weights[tap], out=products)
            paste(sums, y, block, 0 if b is None else b)
            continue
        runs, outer = _runs(part, block.length, window)
        o, k = letters[: len(outer)], letters[len(outer) : len(outer) + len(out)]
        repeated = np.tile(weights, runs.shape[-1] // channels)
        sums = workspace("b", (*outer, runs.shape[-1]), x.dtype)
        np.einsum(f"{o}{k}Z,{k}Z->{o}Z", runs, repeated, out=sums)
        paste(sums.reshape(len(part), *block.length, channels), y, block, 0 if b is None else b)
    return np.moveaxis(y, -1, 1)


def _seen(length: Sizes, window: Window) -> Sizes:
    return tuple((n - 1) * s + reach for n, s, reach in zip(length, window.stride, window.spans, strict=True))


def _runs(part: Array, length: Sizes, window: Window) -> tuple[Array, Sizes]:
    """Return for each output, or for each row of them where the stride is 1, and each tap a run of pixels."""
    part = np.ascontiguousarray(part)
    (n, *_, channels), (first, *steps, last) = part.shape, part.strides
    rows = length[:-1] if window.stride[-1] == 1 else length
    run = channels * (length[-1] if window.stride[-1] == 1 else 1)
    places = (a * s for a, s in zip(steps, window.stride[: len(rows)], strict=False))
    taps = (a * d for a, d in zip(steps, window.dilation, strict=True))
    shape, strides = (n, *rows, *window.kernel, run), (first, *places, *taps, last)
    return np.lib.stride_tricks.as_strided(part, shape, strides), (n, *rows)


def _with_gaps(x: Array, images: slice, start: Sizes, size: Sizes, gaps: Sizes) -> Array:
    """Return the part of x as `cut` does, but with zeros between its pixels, which are ``gaps`` apart."""
    if prod(gaps) == 1:
        return cut(x, images, start, size)
    first = [-(-a // s) for a, s in zip(start, gaps, strict=True)]
    count = tuple(
        max(0, -(-(a + n - f * s) // s)) for a, n, f, s in zip(start, size, first, gaps, strict=True)
    )
    part = workspace("part", (images.stop - images.start, *size, x.shape[-1]), x.dtype)
    part[...] = 0
    pixels = tuple(slice(f * s - a, None, s) for f, s, a in zip(first, gaps, start, strict=True))
    part[:, *pixels] = cut(x, images, tuple(first), count, name="a")
    return part
