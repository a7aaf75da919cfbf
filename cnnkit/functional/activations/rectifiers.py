"""Rectifiers: what is positive passes, what is negative is stopped or damped.

    relu        max(x, 0)                          slope 1 above 0, else 0
    leaky_relu  x above 0, else a x                slope 1 above 0, else a, a small number
    prelu       the same, with an a that is learned
    elu         x above 0, else a (e^x - 1)        slope 1 above 0, else a e^x

At 0 itself there is a kink and no slope: we take the slope of the left side, as PyTorch does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.activations.upstream import passed, upstream
from cnnkit.functional.arguments import numbers
from cnnkit.options import finite

Array = npt.NDArray[Any]

ROW = 4096


def relu(x: Array) -> Array:
    """Keep what is positive and put 0 in place of the rest: max(x, 0).

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array of the shape and dtype of x

    References
    ----------
    Nair and Hinton (2010), *Rectified linear units improve restricted Boltzmann machines*.

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    x = numbers("relu", "x", x)
    y = np.empty_like(x)
    if x.strides != y.strides:
        return np.asarray(np.maximum(x, 0, out=y))
    before, after = x.ravel(order="K"), y.ravel(order="K")  # in the order in memory
    rows = x.size // ROW * ROW
    zeros = np.zeros(ROW, x.dtype)  # NumPy compares with a row of zeros in half the time
    np.maximum(before[:rows].reshape(-1, ROW), zeros, out=after[:rows].reshape(-1, ROW))
    np.maximum(before[rows:], 0, out=after[rows:])
    return y


def relu_backward(dy: Array, x: Array) -> Array:
    """Return dx: ``dy`` where ``x`` is positive, 0 elsewhere, at 0 itself too.

    >>> relu_backward(np.array([5.0, 6.0, 7.0]), np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 7.])
    """
    dy, x = upstream("relu_backward", dy, x)
    return passed(dy, x > 0)


def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    """Keep what is positive and shrink the rest, so that some gradient comes back from there, too.

    Parameters
    ----------
    x : array of any shape
    negative_slope : factor for the numbers that are not positive

    References
    ----------
    Maas, Hannun and Ng (2013), *Rectifier nonlinearities improve neural network acoustic models*.

    >>> leaky_relu(np.array([-2.0, 0.0, 3.0]), negative_slope=0.25)
    array([-0.5,  0. ,  3. ])
    """
    x = numbers("leaky_relu", "x", x)
    return x * _slopes(x, finite("leaky_relu: negative_slope", negative_slope))


def leaky_relu_backward(dy: Array, x: Array, *, negative_slope: float = 0.01) -> Array:
    """Return dx: ``dy`` times 1 where ``x`` is positive, times ``negative_slope`` elsewhere.

    >>> leaky_relu_backward(np.array([4.0, 4.0]), np.array([-2.0, 3.0]), negative_slope=0.25)
    array([1., 4.])
    """
    dy, x = upstream("leaky_relu_backward", dy, x)
    return dy * _slopes(x, finite("leaky_relu_backward: negative_slope", negative_slope))


def prelu(x: Array, weight: Array | float) -> Array:
    """Do as `leaky_relu` does, with slopes that the network learns: one for all, or one for each channel.

    Parameters
    ----------
    x : array of any shape; with one slope a channel (N, C, ...)
    weight : one number, array (1,), or array (C,)

    Raises
    ------
    ShapeError
        if there is neither one slope nor one for each channel.

    References
    ----------
    He, Zhang, Ren and Sun (2015), *Delving deep into rectifiers*, section 2.1.

    >>> prelu(np.array([[-2.0, -2.0, 3.0]]), np.array([0.25, 0.5, 0.5]))
    array([[-0.5, -1. ,  3. ]])
    """
    x = numbers("prelu", "x", x)
    return x * _slopes(x, _by_channel("prelu", weight, x))


def prelu_backward(dy: Array, x: Array, weight: Array | float) -> tuple[Array, Array]:
    """Return dx and dweight; a slope collects from every number of its channel that was not positive.

    >>> x = np.array([[-2.0, -2.0, 3.0], [-1.0, 1.0, 1.0]])
    >>> dx, dweight = prelu_backward(np.ones((2, 3)), x, np.array([0.25, 0.5, 0.5]))
    >>> print(dx, dweight, sep="\\n")
    [[0.25 0.5  1.  ]
     [0.25 1.   1.  ]]
    [-3. -2.  0.]
    """
    dy, x = upstream("prelu_backward", dy, x)
    slopes = _by_channel("prelu_backward", weight, x)
    shared = tuple(axis for axis in range(x.ndim) if slopes.size == 1 or axis != 1)
    dweight = np.asarray((dy * np.minimum(x, 0)).sum(axis=shared))
    return dy * _slopes(x, slopes), dweight.reshape(np.shape(weight))


def elu(x: Array, *, alpha: float = 1.0) -> Array:
    """Keep what is positive; let the rest sink smoothly to -alpha.

    Parameters
    ----------
    x : array of any shape
    alpha : depth that very negative numbers reach

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), *Fast and accurate deep network learning by exponential
    linear units (ELUs)*, section 3.

    >>> elu(np.array([-1000.0, 0.0, 3.0]), alpha=2.0)
    array([-2.,  0.,  3.])
    """
    x = numbers("elu", "x", x)
    # expm1(x) is e^x - 1 without the rounding near 0; e^x is asked only below 0, where it cannot overflow
    return np.where(x > 0, x, finite("elu: alpha", alpha) * np.expm1(np.minimum(x, 0)))


def elu_backward(dy: Array, x: Array, *, alpha: float = 1.0) -> Array:
    """Return dx: ``dy`` times 1 where ``x`` is positive, times alpha e^x elsewhere.

    >>> elu_backward(np.array([1.0, 1.0, 1.0]), np.array([-1000.0, 0.0, 3.0]), alpha=2.0)
    array([0., 2., 1.])
    """
    dy, x = upstream("elu_backward", dy, x)
    return dy * np.where(x > 0, 1, finite("elu_backward: alpha", alpha) * np.exp(np.minimum(x, 0)))


def _slopes(x: Array, below: Array | float) -> Array:
    """Return 1 where ``x`` is positive, ``below`` elsewhere."""
    return np.where(x > 0, 1, below).astype(x.dtype, copy=False)


def _by_channel(function: str, weight: Array | float, x: Array) -> Array:
    """Return the slopes in the dtype of ``x``, standing so that they meet its channels, axis 1."""
    slopes = numbers(function, "weight", weight).astype(x.dtype)
    channels = x.shape[1] if x.ndim > 1 else 1
    if slopes.shape not in ((), (1,), (channels,)):
        raise ShapeError(
            f"{function}: weight has shape {slopes.shape}, but x has shape {x.shape}. "
            f"weight must be one number, or have shape ({channels},): one for each channel."
        )
    return slopes.reshape(() if slopes.size == 1 else (channels, *[1] * (x.ndim - 2)))
