"""Softmax: scores become probabilities, the larger score the larger probability.

    p_i = e^x_i / sum over j of e^x_j        log p_i = x_i - log sum over j of e^x_j

Adding one number to all scores changes nothing, so the largest is taken off first: no e^x is then above 1,
and scores of any size do no harm. Each p depends on all scores, dp_i / dx_j = p_i (1 if i is j, else 0) -
p_i p_j, hence the sums in the gradients.

Bridle (1990), *Probabilistic interpretation of feedforward classification network outputs*.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.activations.upstream import upstream
from cnnkit.functional.arguments import numbers
from cnnkit.shapes import whole

Array = npt.NDArray[Any]


def softmax(x: Array, *, axis: int = -1) -> Array:
    """Turn scores into probabilities: positive, and with the sum 1 along ``axis``.

    Parameters
    ----------
    x : array of any shape, at least one axis; -inf gives the probability 0
    axis : along which the scores compete, the last by default; 1 for the channels of (N, C, H, W)

    Returns
    -------
    array of the shape and dtype of x; NaN where no score is above -inf, or one is inf

    Raises
    ------
    ShapeError
        if x has no such axis.

    >>> softmax(np.array([[0.0, 0.0], [0.0, 10000.0]]))
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    x = numbers("softmax", "x", x)
    axis = _axis("softmax", x, axis)
    e = np.exp(_above_largest(x, axis))
    y: Array = e / e.sum(axis, keepdims=True)
    return y


def softmax_backward(dy: Array, x: Array, *, axis: int = -1) -> Array:
    """Return dx = p (dy - sum of dy p): only what stands out from the mean of ``dy`` moves a score.

    >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    array([ 0.25, -0.25])
    """
    dy, x = upstream("softmax_backward", dy, x)
    axis = _axis("softmax_backward", x, axis)
    p = softmax(x, axis=axis)
    dx: Array = p * (dy - (dy * p).sum(axis, keepdims=True))
    return dx


def log_softmax(x: Array, *, axis: int = -1) -> Array:
    """Return the logarithm of `softmax`, exact also where p is too small for a number.

    Parameters, result and errors as in `softmax`.

    >>> log_softmax(np.array([0.0, 10000.0]))
    array([-10000.,      0.])
    """
    x = numbers("log_softmax", "x", x)
    axis = _axis("log_softmax", x, axis)
    shifted = _above_largest(x, axis)
    with np.errstate(divide="ignore"):  # log 0 where the axis is empty
        y: Array = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
        return y


def log_softmax_backward(dy: Array, x: Array, *, axis: int = -1) -> Array:
    """Return dx = dy - p (sum of dy).

    >>> log_softmax_backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    array([ 0.5, -0.5])
    """
    dy, x = upstream("log_softmax_backward", dy, x)
    axis = _axis("log_softmax_backward", x, axis)
    p = softmax(x, axis=axis)
    dx: Array = dy - p * dy.sum(axis, keepdims=True)
    return dx


def _above_largest(x: Array, axis: int) -> Array:
    """Return by how much each score is above the largest: 0 for the largest itself, negative for the rest."""
    largest = x.max(axis, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf is NaN; a gap beyond all numbers is -inf
        gap: Array = x - largest
        return gap


def _axis(function: str, x: Array, axis: int) -> int:
    axis = whole(f"{function}: axis", axis, least=-max(x.ndim, 1))
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"{function}: axis is {axis}, but x has shape {x.shape}. Use -1 for the last axis.")
    return axis
