"""Local response norm: at every place, what is loud damps the channels beside it.

AlexNet and GoogLeNet used it; batch norm has replaced it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import with_channels, with_shape
from cnnkit.options import positive
from cnnkit.shapes import whole

Array = npt.NDArray[Any]
Options = tuple[int, float, float, float]


def local_response_norm(
    x: Array, size: int, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """Divide every number by a power of the mean square around it, over ``size`` neighbouring channels.

        y[n, c] = x[n, c] / (k + alpha / size  sum over c' of  x[n, c']²) ^ beta

    at every place, with c' from c - floor(size / 2) to c + floor((size - 1) / 2), as far as channels go.

    The division of alpha by size is PyTorch's. Krizhevsky et al. do not divide: their alpha = 1e-4, with
    size 5 and k = 2, is alpha = 5e-4 here.

    Parameters
    ----------
    x : array (N, C) or (N, C, ...)
    size : how many channels a sum takes in, 1 or more
    alpha, beta, k : numbers above 0

    Returns
    -------
    array of the shape and dtype of x

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), *ImageNet classification with deep convolutional neural
    networks*, section 3.3.

    >>> local_response_norm(np.array([[1.0, 2.0, 0.0, 3.0]]), 3, alpha=3, beta=1)
    array([[0.16666667, 0.33333333, 0.        , 0.3       ]])
    """
    x = with_channels("local_response_norm", x)
    size, alpha, beta, k = _options("local_response_norm", size, alpha, beta, k)
    return x / _damping(x, size, alpha, k) ** beta


def local_response_norm_backward(
    dy: Array, x: Array, size: int, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """Return dx of `local_response_norm`: a number acts on its own output, and damps its neighbours'.

    >>> dy, x = np.array([[1.0, 0.0, 0.0]]), np.array([[1.0, 2.0, 0.0]])
    >>> local_response_norm_backward(dy, x, 3, alpha=3, beta=1).round(3)
    array([[ 0.111, -0.111,  0.   ]])
    """
    function = "local_response_norm_backward"
    x = with_channels(function, x)
    dy = with_shape(function, "dy", dy, x.shape).astype(x.dtype, copy=False)
    size, alpha, beta, k = _options(function, size, alpha, beta, k)
    damping = _damping(x, size, alpha, k)
    own = dy / damping**beta
    # c' adds to the damping of c where c' lies in the window of c: seen from c', the window is mirrored
    through_damping = _neighbours(own * x / damping, (size - 1) // 2, size // 2)
    return own - (2 * alpha * beta / size) * x * through_damping


def _options(function: str, size: int, alpha: float, beta: float, k: float) -> Options:
    size = whole(f"{function}: size", size, 1)
    options = {"alpha": alpha, "beta": beta, "k": k}
    alpha, beta, k = (positive(f"{function}: {name}", value) for name, value in options.items())
    return size, alpha, beta, k


def _damping(x: Array, size: int, alpha: float, k: float) -> Array:
    return k + (alpha / size) * _neighbours(x * x, size // 2, (size - 1) // 2)


def _neighbours(z: Array, before: int, after: int) -> Array:
    """Return at each channel c the sum over the channels c - before to c + after, as far as there are any."""
    channels = z.shape[1]
    before, after = min(before, channels - 1), min(after, channels - 1)
    padded = np.pad(z, [(0, 0), (before, after), *[(0, 0)] * (z.ndim - 2)])
    shifted = (padded[:, start : start + channels] for start in range(before + after + 1))
    return np.asarray(sum(shifted), z.dtype)
