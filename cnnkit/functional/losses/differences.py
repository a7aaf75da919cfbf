"""Losses of the difference between an output and its target: how far off, and how much worse twice as far is.

L1 counts every step alike; L2 squares, so that one large error outweighs many small ones; smooth L1 is L2
near the target, where L1 has a kink, and L1 farther out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import numbers, with_shape
from cnnkit.functional.losses.reduction import Loss, reduced, share
from cnnkit.options import positive

Array = npt.NDArray[Any]


def l1_loss(x: Array, target: Array, *, reduction: str = "mean") -> Loss:
    """Return the absolute error, |x - target|.

    Parameters
    ----------
    x : array of any shape
    target : array of the same shape
    reduction : "mean" over all numbers, "sum" or "none"

    Returns
    -------
    one number; with "none" an array of the shape of x

    Raises
    ------
    ShapeError
        if the shapes differ: there is no broadcasting here.
    ValueError
        if reduction is another word, or the mean is asked of nothing.

    >>> l1_loss(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    np.float64(2.0)
    """
    return reduced("l1_loss", np.abs(_error("l1_loss", x, target)), reduction)


def l1_loss_backward(x: Array, target: Array, *, dy: Array | float = 1.0, reduction: str = "mean") -> Array:
    """Return dx: the sign of x - target, 0 where they are equal, divided by x.size for the mean.

    >>> l1_loss_backward(np.array([1.0, 5.0, 2.0, 2.0]), np.array([2.0, 2.0, 2.0, 2.0]))
    array([-0.25,  0.25,  0.  ,  0.  ])
    """
    error = _error("l1_loss_backward", x, target)
    return np.sign(error) * share("l1_loss_backward", dy, error, reduction)


def mse_loss(x: Array, target: Array, *, reduction: str = "mean") -> Loss:
    """Return the mean squared error, (x - target)^2: the L2 loss.

    Parameters, result and errors as in `l1_loss`.

    >>> mse_loss(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    np.float64(5.0)
    """
    return reduced("mse_loss", _error("mse_loss", x, target) ** 2, reduction)


def mse_loss_backward(x: Array, target: Array, *, dy: Array | float = 1.0, reduction: str = "mean") -> Array:
    """Return dx: twice x - target, divided by x.size for the mean.

    >>> mse_loss_backward(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    array([-1.,  3.])
    """
    error = _error("mse_loss_backward", x, target)
    return 2 * error * share("mse_loss_backward", dy, error, reduction)


def smooth_l1_loss(x: Array, target: Array, *, beta: float = 1.0, reduction: str = "mean") -> Loss:
    """Return error^2 / (2 beta) for errors up to ``beta``, |error| - beta / 2 for larger ones.

    Parameters, result and errors as in `l1_loss`, and

    beta : where the parabola goes over into the straight line, above 0

    References
    ----------
    Girshick (2015), *Fast R-CNN*, section 2.3, equation 3 (with beta = 1).

    >>> smooth_l1_loss(np.array([1.0, 5.0]), np.array([2.0, 2.0]), reduction="none")
    array([0.5, 2.5])
    """
    size = np.abs(_error("smooth_l1_loss", x, target))
    near = np.minimum(
        size, positive("smooth_l1_loss: beta", beta)
    )  # one formula serves both: near is size, or beta
    return reduced("smooth_l1_loss", near / beta * (size - near / 2), reduction)


def smooth_l1_loss_backward(
    x: Array, target: Array, *, beta: float = 1.0, dy: Array | float = 1.0, reduction: str = "mean"
) -> Array:
    """Return dx: (x - target) / beta, but not beyond -1 and 1; divided by x.size for the mean.

    >>> smooth_l1_loss_backward(np.array([1.0, 5.0]), np.array([2.0, 2.0]), beta=2.0, reduction="sum")
    array([-0.5,  1. ])
    """
    error = _error("smooth_l1_loss_backward", x, target)
    slope = np.clip(error / positive("smooth_l1_loss_backward: beta", beta), -1, 1)
    return slope * share("smooth_l1_loss_backward", dy, error, reduction)


def _error(function: str, x: Array, target: Array) -> Array:
    x = numbers(function, "x", x)
    return np.asarray(x - with_shape(function, "target", target, x.shape).astype(x.dtype, copy=False))
