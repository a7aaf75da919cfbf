"""Work space that is used again, and copies that treat memory well.

Each thread keeps a few buffers for its blocks, so that no block asks for new memory.
"""

from __future__ import annotations

import threading
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

Array = npt.NDArray[Any]

AT_ONCE = 32  # channels that are moved at once where source and copy keep them differently
FEW = 8  # with so few or fewer, one after the other, since NumPy is slow in short loops
SHORT = 500  # numbers in a run; NumPy copies longer ones as fast number by number

_of_this_thread = threading.local()


def workspace(name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """Return an array with anything in it, which is overwritten when the same name is asked for again.

    >>> workspace("a", (2, 3), np.float32).shape
    (2, 3)
    """
    buffers: dict[str, Array] = _of_this_thread.__dict__
    size = prod(shape) * np.dtype(dtype).itemsize
    if name not in buffers or buffers[name].size < size:
        buffers.pop(name, None)  # the old one first, so that both are never there at once
        buffers[name] = np.empty(size, np.uint8)
    return buffers[name][:size].view(dtype).reshape(shape)


def move(source: Array, out: Array) -> Array:
    """Copy to ``out`` images (..., W, C), in an order that suits how the channels of a pixel lie in memory.

    >>> move(np.arange(4).reshape(2, 2).T, np.empty((2, 2)))
    array([[0., 2.],
           [1., 3.]])
    """
    number, apart = source.shape[-1], source.strides[-1]
    if source.dtype == out.dtype and apart == out.strides[-1] == source.itemsize:
        _move_runs(source, out)
        return out
    step = max(1, number) if apart == out.strides[-1] else 1 if number <= FEW else AT_ONCE
    for start in range(0, number, step):
        out[..., start : start + step] = source[..., start : start + step]
    return out


def _move_runs(source: Array, out: Array) -> None:
    """Copy what lies together along the last axis, or the last two; short runs as one piece of memory."""
    *_, width, run = source.shape
    if source.strides[-2] == out.strides[-2] == run * source.itemsize:
        run *= width
    if 0 < run <= SHORT:
        source, out = _as_pieces(source, run), _as_pieces(out, run)
    out[...] = source


def _as_pieces(a: Array, run: int) -> Array:
    if run > a.shape[-1]:
        a = as_strided(a, (*a.shape[:-2], run), (*a.strides[:-2], a.itemsize))
    return a.view(f"V{run * a.itemsize}")


def kernels_last(w: Array, swapped: bool = False) -> Array:
    """Return kernels (F, C, *kernel) as (*kernel, C, F), which is no copy if it lies so already.

    With ``swapped``, one that lies as (*kernel, F, C) is not copied either.

    >>> kernels_last(np.arange(4).reshape(2, 1, 2)).tolist()
    [[[0, 2]], [[1, 3]]]
    """
    turned = w.transpose(*range(2, w.ndim), 1, 0)
    if turned.flags.c_contiguous or (swapped and turned.strides[-2] == w.itemsize):
        return turned
    return move(turned, np.empty(turned.shape, w.dtype))


def channels_last(x: Array) -> Array:
    """Return images (N, C, *size) as (N, *size, C), a view."""
    return x.transpose(0, *range(2, x.ndim), 1)


def channels_first(x: Array) -> Array:
    """Return images (N, *size, C) as (N, C, *size), a view."""
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))
