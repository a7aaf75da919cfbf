"""Work space that is used again; products and copies that treat memory well.

Each thread keeps a few buffers, and asks the system for no new memory.
"""

from __future__ import annotations

import threading
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SMALL = 1_000_000  # multiplications; OpenBLAS has a faster kernel for products with no more
TOGETHER = 32  # channels that are moved together where those of a pixel lie far apart
FEW = 8  # with so few or fewer, one after the other, since NumPy is slow in short loops

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


def multiply(matrix: Array, wide: Array, out: Array) -> Array:
    """Write matrix @ wide to ``out``, some columns at a time.

    >>> multiply(np.array([[1.0, 10.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), np.empty((1, 2)))
    array([[31., 42.]])
    """
    step = SMALL // matrix.size
    for start in range(0, wide.shape[-1], step):
        np.matmul(matrix, wide[..., start : start + step], out=out[..., start : start + step])
    return out


def move(source: Array, out: Array) -> Array:
    """Copy to ``out``, whose last axis lies together in memory and that of the source perhaps does not.

    >>> move(np.arange(4).reshape(2, 2).T, np.empty((2, 2)))
    array([[0., 2.],
           [1., 3.]])
    """
    number = out.shape[-1]
    step = max(1, number)
    if source.strides[-1] != source.itemsize:
        step = 1 if number <= FEW else TOGETHER
    for start in range(0, number, step):
        out[..., start : start + step] = source[..., start : start + step]
    return out


def kernels_last(w: Array) -> Array:
    """Return kernels (F, C, *kernel) as an array (*kernel, C, F), which is no copy if it lies so already.

    >>> kernels_last(np.arange(4).reshape(2, 1, 2)).tolist()
    [[[0, 2]], [[1, 3]]]
    """
    turned = w.transpose(*range(2, w.ndim), 1, 0)
    return turned if turned.flags.c_contiguous else move(turned, np.empty(turned.shape, w.dtype))


def channels_last(x: Array) -> Array:
    """Return images (N, C, *size) as (N, *size, C), a view."""
    return x.transpose(0, *range(2, x.ndim), 1)


def channels_first(x: Array) -> Array:
    """Return images (N, *size, C) as (N, C, *size), a view."""
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))
