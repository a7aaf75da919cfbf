"""The linear layer, also called dense or fully connected: every output sees every input.

For one example, y[f] = b[f] + sum over d of w[f, d] x[d]; for a batch, one example a row, y = x w^T + b. The
gradients are products of the same matrices: dx = dy w, dw = dy^T x, and db is the sum of the rows of dy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import numbers, with_axes, with_shape
from cnnkit.functional.engine.product import product

Array = npt.NDArray[Any]


def linear(x: Array, w: Array, b: Array | None = None) -> Array:
    """Multiply every example by the weights of every output, sum up, add the bias.

    Parameters
    ----------
    x : array (N, D), examples; or (..., D) with any axes before the last, also none
    w : array (F, D), the weights of F outputs
    b : array (F,), added to each example's outputs; None for none

    Returns
    -------
    array (N, F), or (..., F)

    Raises
    ------
    ShapeError
        if w does not expect D inputs, or b is not one number for each output.

    >>> w = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> linear(np.array([[1.0, 2.0]]), w, np.array([0.0, 0.0, 10.0]))
    array([[ 1.,  2., 13.]])
    """
    x, w = _read("linear", x, w)
    y = product(x, w.T)
    if b is not None:
        y += with_shape("linear", "b", b, w.shape[:1])
    return y


def linear_backward(dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    """Return dx, dw, db, of the shapes of x, w and (F,), from ``dy``, which has the shape of the output.

    >>> x, w = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0], [5.0, 6.0]])
    >>> dx, dw, db = linear_backward(np.array([[1.0, 10.0]]), x, w)
    >>> print(dx, dw, db, sep="\\n")
    [[51. 62.]]
    [[ 3.  4.]
     [30. 40.]]
    [ 1. 10.]
    """
    x, w = _read("linear_backward", x, w)
    outputs, inputs = w.shape
    dy = with_shape("linear_backward", "dy", dy, (*x.shape[:-1], outputs)).astype(x.dtype, copy=False)
    rows = dy.reshape(-1, outputs)
    return product(dy, w), product(rows.T, x.reshape(-1, inputs)), np.asarray(rows.sum(axis=0))


def _read(function: str, x: Array, w: Array) -> tuple[Array, Array]:
    """Return inputs and weights of one dtype; see that they fit together."""
    x, w = numbers(function, "x", x), with_axes(function, "w", w, "(F, D)")
    if x.ndim == 0:
        raise ShapeError(f"{function}: x is a single number, but it must be (N, D).")
    if 0 in w.shape:
        raise ShapeError(f"{function}: w has shape {w.shape}, but it needs an input and an output at least.")
    if x.shape[-1] != w.shape[1]:
        raise ShapeError(
            f"{function}: x has {x.shape[-1]} inputs an example but w expects {w.shape[1]}. "
            f"w must have shape {(w.shape[0], x.shape[-1])}."
        )
    dtype = np.result_type(x, w)
    return x.astype(dtype, copy=False), w.astype(dtype, copy=False)
