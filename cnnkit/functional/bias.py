"""The bias of a layer: one number per channel, added to the whole map of that channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import with_shape
from cnnkit.functional.engine.threads import alone

Array = npt.NDArray[Any]


def add_bias(function: str, y: Array, b: Array | None) -> Array:
    """Add ``b`` (F,) to ``y`` (N, F, ...) in place, where there is a bias, and return ``y``.

    >>> add_bias("conv1d", np.zeros((1, 2, 3)), np.array([1.0, 2.0]))
    array([[[1., 1., 1.],
            [2., 2., 2.]]])
    """
    if b is not None:
        y += with_shape(function, "b", b, y.shape[1:2]).reshape(-1, *[1] * (y.ndim - 2))
    return y


def bias(function: str, b: Array | None, x: Array, filters: int) -> Array | None:
    """Return ``b`` (F,) in the dtype of ``x``, where there is one.

    >>> bias("conv1d", [1, 2], np.zeros((1, 1, 3), np.float32), 2)
    array([1., 2.], dtype=float32)
    """
    return None if b is None else with_shape(function, "b", b, (filters,)).astype(x.dtype, copy=False)


def bias_gradient(dy: Array) -> Array:
    """Return db (F,): the bias of a channel is in every number of its map, in every image.

    >>> bias_gradient(np.ones((5, 2, 3, 4)))
    array([60., 60.])
    """
    return sum_of_channels(dy)


def sum_of_channels(x: Array) -> Array:
    """Return the sum over every channel of x (N, C, ...).

    >>> sum_of_channels(np.array([[1.0, 10.0], [2.0, 20.0]]))
    array([ 3., 30.])
    """
    last = np.moveaxis(x, 1, -1)
    if last.flags.c_contiguous:  # with the channels last in memory, a product with ones is the fastest way
        rows = last.reshape(-1, last.shape[-2] * x.shape[1]) if x.ndim > 2 else last
        with alone():  # long rows, since few channels alone would make short products
            row = np.ones(len(rows), x.dtype) @ rows
        return np.asarray(row.reshape(-1, x.shape[1]).sum(axis=0))
    return np.asarray(x.sum(axis=(0, *range(2, x.ndim))))
