"""Work space that is used again, and products of small matrices with wide ones.

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
    for some in pieces(wide.shape[-1], matrix.shape[-2] * matrix.shape[-1]):
        np.matmul(matrix, wide[..., some], out=out[..., some])
    return out


def pieces(length: int, size: int) -> list[slice]:
    """Split a length so that products of ``size`` multiplications for each unit of it are small ones.

    >>> pieces(50_000, 36)
    [slice(0, 27777, None), slice(27777, 55554, None)]
    """
    step = max(2000, SMALL // size)
    return [slice(start, start + step) for start in range(0, length, step)]
