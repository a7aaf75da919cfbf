"""Convolution as a matrix product: lay every window out as a column, multiply once by all kernels.

A *place* is a position of the window, which gives one output; a *tap* is a position inside the window, which
has one weight. For a picture of 3 x 3 and a kernel of 2 x 2 there are four of each:

    x = 0 1 2      the four windows, each as a column:      place  1 2 3 4
        3 4 5                                    tap (0, 0)        0 1 3 4
        6 7 8                                    tap (0, 1)        1 2 4 5
    w = 0 1                                      tap (1, 0)        3 4 6 7
        2 3                                      tap (1, 1)        4 5 7 8

    forward     y        = w_row @ columns        [0 1 2 3] @ columns   = [19 25 37 43]
    backward    dw_row   = dy_row @ columns.T     [1 2 3 4] @ columns.T = [27 37 57 67]
                dcolumns = w_row.T @ dy_row       and dx = col2im(dcolumns)

So convolution is a linear layer on columns. With channels, the rows of the columns go channel by channel,
then tap by tap. `im2col` copies, `col2im` adds back: one is the transpose of the other.

Chellapilla, Puri and Simard (2006), *High performance convolutional neural networks for document processing*.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def im2col(x: Array, window: Window) -> Array:
    """Lay every window of ``x`` (N, C, *size) out as a column: (N, C * taps, places)."""
    out, padded = window.out(x.shape[2:]), pad(x, window)
    columns = np.empty((*x.shape[:2], *window.kernel, *out), x.dtype)
    for tap in np.ndindex(*window.kernel):  # few taps, many places: all places at once
        columns[:, :, *tap] = padded[:, :, *pixels_under(tap, window, out)]
    return columns.reshape(x.shape[0], x.shape[1] * prod(window.kernel), prod(out))


def col2im(columns: Array, size: Sizes, window: Window) -> Array:
    """Add every column back to the pixels that it was copied from: (N, C * taps, places) -> (N, C, *size)."""
    n, channels, out = columns.shape[0], columns.shape[1] // prod(window.kernel), window.out(size)
    columns = columns.reshape(n, channels, *window.kernel, *out)
    padded = np.zeros((n, channels, *padded_size(size, window)), columns.dtype)
    for tap in np.ndindex(*window.kernel):
        padded[:, :, *pixels_under(tap, window, out)] += columns[:, :, *tap]
    return crop(padded, size, window)


def pixels_under(tap: Sizes, window: Window, out: Sizes) -> list[slice]:
    """Return the padded pixels that this tap meets: from t d on every s, as many as there are places."""
    numbers = zip(tap, window.dilation, window.stride, out, strict=True)
    return [slice(t * d, t * d + (places - 1) * s + 1, s) for t, d, s, places in numbers]


def correlate(x: Array, w: Array, window: Window, groups: int) -> Array:
    """Return y[n, f] = sum over c and taps of w[f, c, tap] x[n, c, s place + d tap], group by group."""
    # (groups, F / groups, rows) @ (N, groups, rows, places): NumPy takes the same kernels for every image
    y = _kernel_rows(w, groups) @ _flat(im2col(x, window), groups)
    return y.reshape(x.shape[0], w.shape[0], *window.out(x.shape[2:]))


def input_gradient(dy: Array, w: Array, window: Window, groups: int, size: Sizes) -> Array:
    """Return dx: every dy[n, f, place] sends w[f] times itself back to the window that it came from."""
    columns = _kernel_rows(w, groups).swapaxes(1, 2) @ _flat(dy, groups)
    n, _, rows, places = columns.shape
    return col2im(columns.reshape(n, groups * rows, places), size, window)


def weight_gradient(dy: Array, x: Array, window: Window, groups: int) -> Array:
    """Return dw[f, c, tap] = sum over n and places of dy[n, f, place] x[n, c, s place + d tap]."""
    each_image = _flat(dy, groups) @ _flat(im2col(x, window), groups).swapaxes(2, 3)
    dw: Array = each_image.sum(axis=0)
    return dw.reshape(dy.shape[1], x.shape[1] // groups, *window.kernel)


def pad(x: Array, window: Window) -> Array:
    """Put zeros around the spatial axes of ``x``; a negative padding after the end cuts off."""
    if all(ends == (0, 0) for ends in window.padding):
        return x
    y = np.zeros((*x.shape[:2], *padded_size(x.shape[2:], window)), x.dtype)
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


def padded_size(size: Sizes, window: Window) -> Sizes:
    """Return how large an input of this size is with the padding around it."""
    return tuple(n + before + after for n, (before, after) in zip(size, window.padding, strict=True))


def _common(size: Sizes, window: Window) -> tuple[list[slice], list[slice]]:
    """Return where the input lies in the padded array, and which part of the input that is."""
    return overlap(tuple(-before for before, _ in window.padding), padded_size(size, window), size)


def overlap(start: Sizes, size: Sizes, whole: Sizes) -> tuple[list[slice], list[slice]]:
    """Return what of start : start + size lies in 0 : whole, counted from ``start`` and from 0.

    >>> overlap((-1,), (4,), (2,))
    ([slice(1, 3, None)], [slice(0, 2, None)])
    """
    ends = [(min(max(a, 0), n), min(max(a + s, 0), n)) for a, s, n in zip(start, size, whole, strict=True)]
    inside = [slice(low - a, high - a) for (low, high), a in zip(ends, start, strict=True)]
    return inside, [slice(low, high) for low, high in ends]


# Here and below the sizes are written out, since -1 would not do for an empty batch.


def _kernel_rows(w: Array, groups: int) -> Array:
    """Return (F, C / groups, *kernel) as (groups, F / groups, C / groups * taps)."""
    return w.reshape(groups, w.shape[0] // groups, prod(w.shape[1:]))


def _flat(y: Array, groups: int) -> Array:
    """Return maps (N, F, *out), or columns (N, rows, places), as (N, groups, their share, places)."""
    return y.reshape(y.shape[0], groups, y.shape[1] // groups, prod(y.shape[2:]))
