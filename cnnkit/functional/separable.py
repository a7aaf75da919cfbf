"""Kernels that fall apart: a kernel of rank 1 is a column times a row.

Sliding the column, then the row, costs KH + KW products a pixel instead of KH KW, and gives the same picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import images, kernel, of_one_dtype, with_shape
from cnnkit.functional.conv import Gradients, conv2d, conv2d_backward
from cnnkit.options import between
from cnnkit.window import Padding, Sizes, window

Array = npt.NDArray[Any]


def separate(k: Array, *, tolerance: float = 1e-9) -> tuple[Array, Array] | None:
    """Split a kernel into a column and a row whose outer product it is, or return None where that cannot be.

    Parameters
    ----------
    k : array (KH, KW)
    tolerance : how large the second singular value may be, relative to the first (for float32, 1e-6 is used
        at least)

    Returns
    -------
    column (KH,), row (KW,), of equal length as vectors, the column's largest entry positive; or None

    References
    ----------
    Treitel and Shanks (1971), *The design of multistage separable planar filters*.

    >>> column, row = separate(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]))  # Sobel
    >>> np.allclose(np.outer(column, row), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    True
    >>> print(separate(np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])))  # the Laplacian has rank 2
    None
    """
    k = kernel("separate", "k", k, "(KH, KW)")
    if not np.isfinite(k).all():
        raise ValueError("separate: k holds infinities or NaN, but all its numbers must be finite.")
    tolerance = between("separate: tolerance", tolerance, 0, 1)
    if k.dtype == np.float32:
        tolerance = max(tolerance, 1e-6)
    u, strengths, v = np.linalg.svd(k.astype(np.float64))
    if len(strengths) > 1 and strengths[1] > tolerance * strengths[0]:
        return None
    sign = 1.0 if u[np.abs(u[:, 0]).argmax(), 0] >= 0 else -1.0
    length = sign * np.sqrt(strengths[0])
    return (u[:, 0] * length).astype(k.dtype), (v[0] * length).astype(k.dtype)


def separable_conv2d(
    x: Array, column: Array, row: Array, *, stride: int | Sizes = 1, padding: Padding = 0
) -> Array:
    """Slide a column, then a row, over every channel: what one kernel ``outer(column, row)`` gives, for less.

    Parameters
    ----------
    x : array (N, C, H, W)
    column, row : arrays (KH,), (KW,); the same for all channels
    stride, padding : as in `conv2d`

    Returns
    -------
    array (N, C, H_out, W_out)

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> separable_conv2d(x, np.array([1, 2]), np.array([1, 10]))
    array([[[[ 96., 129.],
             [195., 228.]]]])
    """
    function = "separable_conv2d"
    x, tall, wide, down, across = _passes(function, x, column, row, stride, padding)
    y = conv2d(conv2d(x.reshape(-1, 1, *x.shape[2:]), tall, **down), wide, **across)
    return y.reshape(*x.shape[:2], *y.shape[2:])


def separable_conv2d_backward(
    dy: Array, x: Array, column: Array, row: Array, *, stride: int | Sizes = 1, padding: Padding = 0
) -> Gradients:
    """Return dx, dcolumn, drow of `separable_conv2d`: first back through the row, then through the column.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> dy, column, row = np.ones((1, 1, 2, 2)), np.array([1, 2]), np.array([1, 10])
    >>> separable_conv2d_backward(dy, x, column, row)[1:]
    (array([128., 260.]), array([48., 60.]))
    """
    function = "separable_conv2d_backward"
    x, tall, wide, down, across = _passes(function, x, column, row, stride, padding)
    flat = x.reshape(-1, 1, *x.shape[2:])
    between = conv2d(flat, tall, **down)
    size = conv2d(between, wide, **across).shape[2:]
    dy = with_shape(function, "dy", dy, (*x.shape[:2], *size)).reshape(-1, 1, *size)
    dbetween, dwide, _ = conv2d_backward(dy, between, wide, **across)
    dx, dtall, _ = conv2d_backward(dbetween, flat, tall, **down)
    return dx.reshape(x.shape), dtall.ravel(), dwide.ravel()


def _passes(
    function: str, x: Array, column: Array, row: Array, stride: int | Sizes, padding: Padding
) -> tuple[Array, Array, Array, dict[str, Any], dict[str, Any]]:
    """Return x, the column and the row as kernels of one weight's width or height, and each one's options."""
    x = images(function, "x", x, axes=2)
    column, row = kernel(function, "column", column, "(KH,)"), kernel(function, "row", row, "(KW,)")
    x, tall, wide = of_one_dtype(x, column.reshape(1, 1, -1, 1), row.reshape(1, 1, 1, -1))
    geometry = window(function, x.shape[2:], (tall.size, wide.size), stride, padding)
    down = {"stride": (geometry.stride[0], 1), "padding": (geometry.padding[0], (0, 0))}
    across = {"stride": (1, geometry.stride[1]), "padding": ((0, 0), geometry.padding[1])}
    return x, tall, wide, down, across
