"""The operations as naive loops, straight from their definitions: the oracle for all that is clever.

Sizes, strides and dilations are sequences with one number an axis; a border is (before, after) on each axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Index = tuple[int, ...]


def correlate(x: Any, k: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Correlation of two arrays of equal rank, with one option an axis."""
    x, k = np.asarray(x, dtype=float), np.asarray(k, dtype=float)
    starts = [
        range(-p, n + p - d * (size - 1), s)
        for n, size, s, p, d in zip(x.shape, k.shape, stride, padding, dilation, strict=True)
    ]
    y = np.zeros([len(axis) for axis in starts])
    for place in np.ndindex(*y.shape):
        for tap in np.ndindex(*k.shape):
            at = [axis[i] + t * d for axis, i, t, d in zip(starts, place, tap, dilation, strict=True)]
            if all(0 <= i < n for i, n in zip(at, x.shape, strict=True)):
                y[place] += x[tuple(at)] * k[tap]
    return y


def places(n: int, k: int, s: int, d: int) -> int:
    """Count by trying where a kernel can lie in ``n`` positions, its padding among them."""
    return sum(start + d * (k - 1) < n for start in range(0, n, s))


def border(word: str, n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """Return what "valid", "same" and "full" mean on one axis."""
    if word == "full":  # the kernel's last weight on the first number, and its first weight on the last
        return d * (k - 1), d * (k - 1)
    if word == "valid":
        return 0, 0
    wanted, total = len(range(0, n, s)), 0  # one output for every s-th input
    while places(n + total, k, s, d) < wanted:
        total += 1
    return total // 2, total - total // 2


def sizes_out(size: Any, kernel: Any, stride: Any, borders: Any, dilation: Any) -> Index:
    """Return the number of places on each axis."""
    axes = zip(size, kernel, stride, borders, dilation, strict=True)
    return tuple(places(n + sum(ends), k, s, d) for n, k, s, ends, d in axes)


def reached(size: Any, place: Index, tap: Index, stride: Any, before: Any, dilation: Any) -> Index | None:
    """Return the position that a tap of the window at this place lies on, or None where that is border."""
    at = tuple(i * s + t * d - p for i, s, t, d, p in zip(place, stride, tap, dilation, before, strict=True))
    return at if all(0 <= i < n for i, n in zip(at, size, strict=True)) else None


def conv_terms(
    x: Any, w: Any, stride: Any, borders: Any, dilation: Any, groups: int
) -> Iterator[tuple[Index, Index, Index]]:
    """Yield the indices (y, x, w) of every product that a convolution layer adds up."""
    out = sizes_out(x.shape[2:], w.shape[2:], stride, borders, dilation)
    before = [first for first, _ in borders]
    for n in range(len(x)):
        for f in range(len(w)):
            group = f // (len(w) // groups)
            for place in np.ndindex(*out):
                for c in range(w.shape[1]):
                    for tap in np.ndindex(*w.shape[2:]):
                        at = reached(x.shape[2:], place, tap, stride, before, dilation)
                        if at is not None:
                            yield (n, f, *place), (n, group * w.shape[1] + c, *at), (f, c, *tap)


def conv(
    x: Any, w: Any, b: Any = None, *, stride: Any, borders: Any, dilation: Any, groups: int = 1
) -> np.ndarray:
    """Return the output of a convolution layer with one, two or three spatial axes."""
    y = np.zeros((len(x), len(w), *sizes_out(x.shape[2:], w.shape[2:], stride, borders, dilation)))
    for at_y, at_x, at_w in conv_terms(x, w, stride, borders, dilation, groups):
        y[at_y] += x[at_x] * w[at_w]
    for f in range(0 if b is None else len(w)):
        y[:, f] += b[f]
    return y


def conv_gradients(
    dy: Any, x: Any, w: Any, *, stride: Any, borders: Any, dilation: Any, groups: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dx, dw, db: a product x w in y has the derivatives w and x."""
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for at_y, at_x, at_w in conv_terms(x, w, stride, borders, dilation, groups):
        dx[at_x] += dy[at_y] * w[at_w]
        dw[at_w] += dy[at_y] * x[at_x]
    for at_y in np.ndindex(*dy.shape):
        db[at_y[1]] += dy[at_y]
    return dx, dw, db


def stamps(
    x: Any, w: Any, size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Iterator[tuple[Index, Index, Index]]:
    """Yield the indices (y, x, w) of every product that a transposed convolution adds up."""
    for n in range(len(x)):
        for c in range(x.shape[1]):
            group = c // (x.shape[1] // groups)
            for place in np.ndindex(*x.shape[2:]):
                for f in range(w.shape[1]):
                    for tap in np.ndindex(*w.shape[2:]):
                        at = reached(size, place, tap, stride, padding, dilation)
                        if at is not None:
                            yield (n, group * w.shape[1] + f, *at), (n, c, *place), (c, f, *tap)


def conv_transpose(
    x: Any, w: Any, b: Any, size: Any, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> np.ndarray:
    """Stamp the kernel onto a picture of this size, which has the output padding in it."""
    y = np.zeros((len(x), w.shape[1] * groups, *size))
    for at_y, at_x, at_w in stamps(x, w, size, stride, padding, dilation, groups):
        y[at_y] += x[at_x] * w[at_w]
    for f in range(0 if b is None else y.shape[1]):
        y[:, f] += b[f]
    return y


def conv_transpose_gradients(
    dy: Any, x: Any, w: Any, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dx, dw, db of `conv_transpose`."""
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(dy.shape[1])
    for at_y, at_x, at_w in stamps(x, w, dy.shape[2:], stride, padding, dilation, groups):
        dx[at_x] += dy[at_y] * w[at_w]
        dw[at_w] += dy[at_y] * x[at_x]
    for at_y in np.ndindex(*dy.shape):
        db[at_y[1]] += dy[at_y]
    return dx, dw, db


def cells(
    channels: int, size: Any, kernel: Any, stride: Any, borders: Any, dilation: Any
) -> Iterator[tuple[tuple[int, int], Index]]:
    """Yield every entry (row, column) of im2col's matrix and the place (channel, position) it is copied from.

    Rows count channels and taps, columns count places; an entry that lies on the border is left out.
    """
    before = [first for first, _ in borders]
    rows = [(c, tap) for c in range(channels) for tap in np.ndindex(*kernel)]
    for column, place in enumerate(np.ndindex(*sizes_out(size, kernel, stride, borders, dilation))):
        for row, (c, tap) in enumerate(rows):
            at = reached(size, place, tap, stride, before, dilation)
            if at is not None:
                yield (row, column), (c, *at)


def im2col(x: Any, kernel: Any, *, stride: Any, borders: Any, dilation: Any) -> np.ndarray:
    """Lay every window out as a column."""
    size = x.shape[2:]
    columns = int(np.prod(sizes_out(size, kernel, stride, borders, dilation)))
    y = np.zeros((len(x), x.shape[1] * int(np.prod(kernel)), columns))
    for cell, at in cells(x.shape[1], size, kernel, stride, borders, dilation):
        for n in range(len(x)):
            y[n, *cell] = x[n, *at]
    return y


def col2im(cols: Any, size: Any, kernel: Any, *, stride: Any, borders: Any, dilation: Any) -> np.ndarray:
    """Add every entry back to the number it was copied from."""
    channels = cols.shape[1] // int(np.prod(kernel))
    x = np.zeros((len(cols), channels, *size))
    for cell, at in cells(channels, size, kernel, stride, borders, dilation):
        for n in range(len(cols)):
            x[n, *at] += cols[n, *cell]
    return x
