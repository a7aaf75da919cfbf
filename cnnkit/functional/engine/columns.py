"""Convolution as a matrix product: lay every window out as a column, multiply once by all kernels.

`im2col` copies, `col2im` adds back: one is the transpose of the other. On them rest the three sums that
every convolution layer needs: the output, the gradient of the input and the gradient of the weights.

Chellapilla, Puri and Simard (2006), *High performance convolutional neural networks for document processing*.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def windows(x: Array, window: Window) -> Array:
    """Return every window of the padded images, (N, C, *out, *kernel), as a view: no number is repeated."""
    axes = tuple(range(2, x.ndim))
    every = np.lib.stride_tricks.sliding_window_view(pad(x, window), window.spans, axis=axes)
    steps = [slice(None, None, step) for step in (*window.stride, *window.dilation)]
    return every[:, :, *steps]


def im2col(x: Array, window: Window) -> Array:
    """Lay every window of ``x`` (N, C, *size) out as a column: (N, C * taps, places)."""
    every = windows(x, window)
    axes, places, taps = x.ndim - 2, prod(window.out(x.shape[2:])), prod(window.kernel)
    taps_first = np.moveaxis(every, range(2 + axes, 2 + 2 * axes), range(2, 2 + axes))
    return taps_first.reshape(x.shape[0], x.shape[1] * taps, places)


def col2im(columns: Array, size: Sizes, window: Window) -> Array:
    """Add every column back to the pixels that it was copied from: (N, C * taps, places) -> (N, C, *size)."""
    n, channels, out = columns.shape[0], columns.shape[1] // prod(window.kernel), window.out(size)
    stacked = columns.reshape(n, channels, *window.kernel, *out)
    padded = [size_ + before + after for size_, (before, after) in zip(size, window.padding, strict=True)]
    x = np.zeros((n, channels, *padded), columns.dtype)
    for tap in np.ndindex(*window.kernel):
        starts = [t * d for t, d in zip(tap, window.dilation, strict=True)]
        reached = [
            slice(a, a + (m - 1) * s + 1, s) for a, m, s in zip(starts, out, window.stride, strict=True)
        ]
        x[:, :, *reached] += stacked[:, :, *tap]
    return crop(x, size, window)


def correlate(x: Array, w: Array, window: Window, groups: int) -> Array:
    """Return y[n, f] = sum over c and taps of x[n, c, places + taps] w[f, c, taps], group by group."""
    columns = _grouped(im2col(x, window), groups)
    kernels = w.reshape(groups, w.shape[0] // groups, prod(w.shape[1:]))
    return (kernels @ columns).reshape(x.shape[0], w.shape[0], *window.out(x.shape[2:]))


def input_gradient(dy: Array, w: Array, window: Window, groups: int, size: Sizes) -> Array:
    """Return dx: every dy[n, f, place] sends w[f] times itself back to the window that it came from."""
    kernels = w.reshape(groups, w.shape[0] // groups, prod(w.shape[1:]))
    columns = kernels.swapaxes(1, 2) @ _flat(dy, groups)
    n, _, rows, places = columns.shape
    return col2im(columns.reshape(n, groups * rows, places), size, window)


def weight_gradient(dy: Array, x: Array, window: Window, groups: int) -> Array:
    """Return dw[f, c, taps] = sum over n and places of dy[n, f, places] x[n, c, places + taps]."""
    columns = _grouped(im2col(x, window), groups)
    each_image = _flat(dy, groups) @ columns.swapaxes(2, 3)
    dw: Array = each_image.sum(axis=0)
    return dw.reshape(dy.shape[1], x.shape[1] // groups, *window.kernel)


def pad(x: Array, window: Window) -> Array:
    """Put zeros around the spatial axes of ``x``; a negative padding cuts off."""
    if all(ends == (0, 0) for ends in window.padding):
        return x
    padded = [n + before + after for n, (before, after) in zip(x.shape[2:], window.padding, strict=True)]
    y = np.zeros((*x.shape[:2], *padded), x.dtype)
    inside, kept = _common(x.shape[2:], window)
    y[:, :, *inside] = x[:, :, *kept]
    return y


def crop(x: Array, size: Sizes, window: Window) -> Array:
    """Undo `pad`: take the border off again, with zeros where padding had cut something off."""
    if all(ends == (0, 0) for ends in window.padding):
        return x
    y = np.zeros((*x.shape[:2], *size), x.dtype)
    inside, kept = _common(size, window)
    y[:, :, *kept] = x[:, :, *inside]
    return y


def _common(size: Sizes, window: Window) -> tuple[list[slice], list[slice]]:
    """Return where the input lies in the padded array, and which part of the input that is."""
    kept = [slice(0, max(0, n + min(after, 0))) for n, (_, after) in zip(size, window.padding, strict=True)]
    inside = [
        slice(before, before + part.stop) for (before, _), part in zip(window.padding, kept, strict=True)
    ]
    return inside, kept


def _flat(y: Array, groups: int) -> Array:
    """Return (N, F, *out) as (N, groups, F / groups, places)."""
    return y.reshape(y.shape[0], groups, y.shape[1] // groups, prod(y.shape[2:]))


def _grouped(columns: Array, groups: int) -> Array:
    """Return (N, C * taps, places) as (N, groups, C / groups * taps, places)."""
    n, rows, places = columns.shape
    return columns.reshape(n, groups, rows // groups, places)
