"""Sigmoid and tanh: any number is pressed between two bounds, by an S that is steepest at 0.

    sigmoid  s = 1 / (1 + e^-x)                   slope s (1 - s)
    tanh     t = (e^x - e^-x) / (e^x + e^-x)      slope 1 - t^2

Far from 0 the slopes are next to nothing, and so is the gradient that comes back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.activations.upstream import upstream
from cnnkit.functional.arguments import numbers

Array = npt.NDArray[Any]


def sigmoid(x: Array) -> Array:
    """Press every number into (0, 1): 1 / (1 + e^-x), the probability that belongs to the score ``x``.

    Parameters
    ----------
    x : array of any shape

    References
    ----------
    Rumelhart, Hinton and Williams (1986), *Learning representations by back-propagating errors*.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    x = numbers("sigmoid", "x", x)
    small = np.exp(-np.abs(x))  # never above 1, and e^x / (1 + e^x) is the same number
    y: Array = np.where(x >= 0, 1, small) / (1 + small)
    return y


def sigmoid_backward(dy: Array, x: Array) -> Array:
    """Return dx: ``dy`` times s (1 - s), at most a quarter of ``dy``.

    >>> sigmoid_backward(np.array([1.0, 1.0]), np.array([0.0, 1000.0]))
    array([0.25, 0.  ])
    """
    dy, x = upstream("sigmoid_backward", dy, x)
    return dy * sigmoid(x) * sigmoid(-x)  # 1 - s(x) = s(-x), without the rounding


def tanh(x: Array) -> Array:
    """Press every number into (-1, 1), with 0 in the middle: tanh x = 2 sigmoid(2 x) - 1.

    Parameters
    ----------
    x : array of any shape

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), *Efficient backprop*, section 4.4: why the middle should be 0.

    >>> tanh(np.array([-1000.0, 0.0, 0.5])).round(4)
    array([-1.    ,  0.    ,  0.4621])
    """
    return np.tanh(numbers("tanh", "x", x))


def tanh_backward(dy: Array, x: Array) -> Array:
    """Return dx: ``dy`` times 1 - tanh^2 x.

    >>> tanh_backward(np.array([2.0, 2.0]), np.array([0.0, 1000.0]))
    array([2., 0.])
    """
    dy, x = upstream("tanh_backward", dy, x)
    dx: Array = dy * (1 - np.tanh(x) ** 2)
    return dx
