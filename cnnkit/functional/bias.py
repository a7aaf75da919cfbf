"""The bias of a layer: one number per channel, added to the whole map of that channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import with_shape

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


def bias_gradient(dy: Array) -> Array:
    """Return db (F,): the bias of a channel is in every number of its map, in every image.

    >>> bias_gradient(np.ones((5, 2, 3, 4)))
    array([60., 60.])
    """
    return np.asarray(dy.sum(axis=(0, *range(2, dy.ndim))))
