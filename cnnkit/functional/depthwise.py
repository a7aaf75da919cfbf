"""Depthwise convolution: every channel is filtered by itself; a 1x1 convolution behind it does the mixing.

The two together have the shapes of a full layer and a fraction of its cost. They are not the same function:
a full layer has a filter of its own for every pair of an input and an output channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import images, kernel, of_one_dtype, said_by
from cnnkit.functional.conv import Gradients, conv2d, conv2d_backward
from cnnkit.window import Padding, Sizes

Array = npt.NDArray[Any]


def depthwise_conv2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Array:
    """Give every channel kernels of its own, and add nothing up across channels.

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (C M, 1, KH, KW): M kernels for the first channel, then M for the second, ...
    b : array (C M,) or None
    stride, padding, dilation : as in `conv2d`

    Returns
    -------
    array (N, C M, H_out, W_out)

    >>> depthwise_conv2d(np.array([[[[1.0]], [[2.0]]]]), np.array([3.0, 5.0]).reshape(2, 1, 1, 1)).ravel()
    array([ 3., 10.])
    """
    x, w = _read("depthwise_conv2d", x, "w", w)
    with said_by("depthwise_conv2d"):
        return conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=x.shape[1])


def depthwise_conv2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Gradients:
    """Return dx, dw, db of `depthwise_conv2d`.

    >>> x, w = np.array([[[[1.0]], [[2.0]]]]), np.array([3.0, 5.0]).reshape(2, 1, 1, 1)
    >>> [d.ravel().tolist() for d in depthwise_conv2d_backward(np.ones((1, 2, 1, 1)), x, w)]
    [[3.0, 5.0], [1.0, 2.0], [1.0, 1.0]]
    """
    x, w = _read("depthwise_conv2d_backward", x, "w", w)
    with said_by("depthwise_conv2d_backward"):
        return conv2d_backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=x.shape[1])


def depthwise_separable_conv2d(
    x: Array,
    w_depth: Array,
    w_point: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Array:
    """Filter every channel by itself, then mix the channels at each pixel with 1x1 kernels.

    Parameters
    ----------
    x : array (N, C, H, W)
    w_depth : array (C M, 1, KH, KW), for `depthwise_conv2d`
    w_point : array (F, C M, 1, 1)
    b : array (F,) or None, added at the end
    stride, padding, dilation : of the depthwise step

    Returns
    -------
    array (N, F, H_out, W_out)

    References
    ----------
    Howard et al. (2017), *MobileNets*, section 3.1.

    >>> x, w_depth = np.ones((1, 3, 8, 8)), np.ones((3, 1, 3, 3))
    >>> depthwise_separable_conv2d(x, w_depth, np.ones((72, 3, 1, 1))).shape
    (1, 72, 6, 6)
    """
    x, w_depth, w_point = _read_both("depthwise_separable_conv2d", x, w_depth, w_point)
    with said_by("depthwise_separable_conv2d"):
        between = depthwise_conv2d(x, w_depth, stride=stride, padding=padding, dilation=dilation)
        return conv2d(between, w_point, b)


def depthwise_separable_conv2d_backward(
    dy: Array,
    x: Array,
    w_depth: Array,
    w_point: Array,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> tuple[Array, Array, Array, Array]:
    """Return dx, dw_depth, dw_point, db of `depthwise_separable_conv2d`.

    >>> x, w_depth, w_point = np.array([[[[2.0]]]]), np.array([[[[3.0]]]]), np.array([[[[5.0]]]])
    >>> [d.item() for d in depthwise_separable_conv2d_backward(np.ones((1, 1, 1, 1)), x, w_depth, w_point)]
    [15.0, 10.0, 6.0, 1.0]
    """
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    x, w_depth, w_point = _read_both("depthwise_separable_conv2d_backward", x, w_depth, w_point)
    with said_by("depthwise_separable_conv2d_backward"):
        between = depthwise_conv2d(x, w_depth, **options)
        dbetween, dw_point, db = conv2d_backward(dy, between, w_point)
        dx, dw_depth, _ = depthwise_conv2d_backward(dbetween, x, w_depth, **options)
    return dx, dw_depth, dw_point, db


def _read(function: str, x: Array, name: str, w: Array) -> tuple[Array, Array]:
    """Return images, and kernels of which every channel has equally many."""
    x, w = images(function, "x", x, axes=2), kernel(function, name, w, "(C M, 1, KH, KW)")
    channels = x.shape[1]
    if len(w) % channels or w.shape[1] != 1:
        raise ShapeError(
            f"{function}: x has {channels} channels but {name} has shape {w.shape}. "
            f"{name} must have shape (C M, 1, KH, KW) with C = {channels}, M kernels for each channel."
        )
    return x, w


def _read_both(function: str, x: Array, w_depth: Array, w_point: Array) -> tuple[Array, Array, Array]:
    """Return images, one kernel or more for every channel, and 1x1 kernels that mix what comes of them."""
    x, w_depth = _read(function, x, "w_depth", w_depth)
    w_point = kernel(function, "w_point", w_point, "(F, C M, 1, 1)")
    if w_point.shape[1:] != (len(w_depth), 1, 1):
        wanted = f"({len(w_point)}, {len(w_depth)}, 1, 1)"
        raise ShapeError(f"{function}: w_point has shape {w_point.shape}, but it must be {wanted}.")
    x, w_depth, w_point = of_one_dtype(x, w_depth, w_point)
    return x, w_depth, w_point
