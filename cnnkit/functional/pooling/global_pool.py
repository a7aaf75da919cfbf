"""Global pooling: a whole map becomes one number, whatever its size.

A network that ends so takes images of any size, and needs no large linear layer to read the last maps.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import not_empty, numbers, with_shape

Array = npt.NDArray[Any]


def global_avg_pool(x: Array) -> Array:
    """Return the average of every map.

    Parameters
    ----------
    x : array (N, C, H, W), or with any other number of spatial axes, one or more

    Returns
    -------
    array (N, C, 1, 1): as many axes as x, each spatial one of size 1

    Raises
    ------
    ShapeError
        if x has no spatial axis, or an empty one.

    References
    ----------
    Lin, Chen and Yan (2014), *Network in network*, section 3.2.

    >>> global_avg_pool(np.arange(12.0).reshape(1, 2, 2, 3))
    array([[[[2.5]],
            [[8.5]]]])
    """
    x = _maps("global_avg_pool", x)
    return np.asarray(x.mean(axis=tuple(range(2, x.ndim)), keepdims=True))


def global_avg_pool_backward(dy: Array, x: Array) -> Array:
    """Return dx of `global_avg_pool`: each pixel gets an equal share of its map's dy (N, C, 1, 1).

    >>> global_avg_pool_backward(np.array([[[[6.0]]]]), np.zeros((1, 1, 2, 3)))
    array([[[[1., 1., 1.],
             [1., 1., 1.]]]])
    """
    x = _maps("global_avg_pool_backward", x)
    dy = _gradient("global_avg_pool_backward", dy, x)
    return np.broadcast_to(dy / prod(x.shape[2:]), x.shape).copy()


def global_max_pool(x: Array) -> Array:
    """Return the largest number of every map; NaN where a map holds one.

    Shapes and errors as in `global_avg_pool`.

    >>> global_max_pool(np.arange(12.0).reshape(1, 2, 2, 3))
    array([[[[ 5.]],
            [[11.]]]])
    """
    x = _maps("global_max_pool", x)
    return np.asarray(x.max(axis=tuple(range(2, x.ndim)), keepdims=True))


def global_max_pool_backward(dy: Array, x: Array) -> Array:
    """Return dx of `global_max_pool`: the first largest pixel of a map, row by row, gets its dy (N, C, 1, 1).

    >>> global_max_pool_backward(np.array([[[[6.0]]]]), np.array([[[[1.0, 3.0], [3.0, 2.0]]]]))
    array([[[[0., 6.],
             [0., 0.]]]])
    """
    x = _maps("global_max_pool_backward", x)
    dy = _gradient("global_max_pool_backward", dy, x)
    rows = x.reshape(*x.shape[:2], prod(x.shape[2:]))
    dx = np.zeros(rows.shape, x.dtype)
    np.put_along_axis(dx, rows.argmax(axis=2, keepdims=True), dy.reshape(*x.shape[:2], 1), axis=2)
    return dx.reshape(x.shape)


def _maps(function: str, value: object) -> Array:
    x = numbers(function, "x", value)
    if x.ndim < 3:
        raise ShapeError(
            f"{function}: x has shape {x.shape}, but it must be (N, C, H, W), "
            "or have another number of spatial axes, one or more."
        )
    return not_empty(function, "x", x)


def _gradient(function: str, dy: object, x: Array) -> Array:
    return with_shape(function, "dy", dy, (*x.shape[:2], *[1] * (x.ndim - 2))).astype(x.dtype, copy=False)
