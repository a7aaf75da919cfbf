"""Dropout: in training, switch random numbers off, so that no unit can rely on a single other one.

The survivors are scaled up by 1 / (1 - p). Each output then equals its input on average, and in evaluation
there is nothing to do: leave dropout out. (The paper instead scales the weights down after training.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import numbers, with_shape
from cnnkit.options import between, generator

Array = npt.NDArray[Any]


def dropout(x: Array, p: float = 0.5, *, rng: np.random.Generator) -> tuple[Array, Array]:
    """Set each number of ``x`` to 0 with probability ``p``, and divide the others by 1 - p.

    Parameters
    ----------
    x : array of any shape
    p : the chance of being dropped, from 0 (keeps all) to 1 (drops all); in the paper, p is that of staying
    rng : where the chances come from; the same seed drops the same places

    Returns
    -------
    y, mask : arrays of the shape of x, with y = x mask. Every entry of mask is 0 or 1 / (1 - p); the way
        back needs it.

    Raises
    ------
    ValueError
        if p is not a number from 0 to 1, or rng is no generator.

    References
    ----------
    Srivastava et al. (2014), *Dropout: a simple way to prevent neural networks from overfitting*, sections 4
    and 10 (the scaling in training).

    >>> y, mask = dropout(np.array([1.0, 2.0, 3.0, 4.0]), 0.5, rng=np.random.default_rng(0))
    >>> y, mask
    (array([2., 0., 0., 0.]), array([2., 0., 0., 0.]))
    """
    x = numbers("dropout", "x", x)
    p = between("dropout: p", p, 0, 1)
    mask = np.asarray(generator("dropout", rng).random(x.shape) >= p, x.dtype)
    if p < 1:
        mask /= 1 - p
    return x * mask, mask


def dropout_backward(dy: Array, mask: Array) -> Array:
    """Return dx: what was dropped gets no gradient, the others get theirs scaled up in the same way.

    Parameters
    ----------
    dy : array of the shape of mask
    mask : as `dropout` returned it; another draw would be the mask of another function

    >>> dropout_backward(np.array([1.0, 1.0, 5.0]), np.array([2.0, 0.0, 2.0]))
    array([ 2.,  0., 10.])
    """
    mask = numbers("dropout_backward", "mask", mask)
    return with_shape("dropout_backward", "dy", dy, mask.shape).astype(mask.dtype, copy=False) * mask
