"""What the way back through an activation begins with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import numbers, with_shape

Array = npt.NDArray[Any]


def upstream(function: str, dy: Array, x: Array) -> tuple[Array, Array]:
    """Return the gradient of the output and the input, of one shape and of the dtype of ``x``.

    >>> upstream("relu_backward", [1, 1], [-2, 3])[0]
    array([1., 1.])
    """
    x = numbers(function, "x", x)
    return with_shape(function, "dy", dy, x.shape).astype(x.dtype, copy=False), x


def passed(dy: Array, where: Array) -> Array:
    """Return ``dy`` where ``where`` is True and 0 elsewhere, even where dy is infinite or NaN.

    A product is ten times as fast as a choice, but inf times 0 is not 0. So the bits are multiplied, as if
    they were whole numbers: 0 for all of them is the number 0.

    >>> passed(np.array([1.0, np.inf]), np.array([True, False]))
    array([1., 0.])
    """
    if dy.itemsize > 8:  # there are no whole numbers of that many bits
        return np.where(where, dy, 0)
    return np.asarray(dy.view(f"i{dy.itemsize}") * where).view(dy.dtype)
