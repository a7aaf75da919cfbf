"""Upsampling: larger maps from small ones, by repeating pixels or by straight lines between them.

Both are linear, axis by axis, so the way back is the transpose: a pixel collects the gradients of all the
outputs that it had a part in, each times that part.

For lines the parts of one axis form a small matrix ``A`` (outputs, inputs) with at most two numbers a row,
which add up to 1. A map is stretched on both axes by y = A_h x A_w^T, and its gradient is dx = A_h^T dy A_w.
(All pixels of a row take part in such a product, most of them times 0. As 0 times NaN is NaN, a single NaN
spreads over the whole map.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import images, not_empty, numbers, with_shape
from cnnkit.window import Sizes, each

Array = npt.NDArray[Any]


def upsample_nearest(x: Array, scale_factor: int | Sizes) -> Array:
    """Repeat every pixel ``scale_factor`` times along each spatial axis.

    Parameters
    ----------
    x : array (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    scale_factor : whole number, 1 or more, for all spatial axes, or one for each

    Returns
    -------
    array (N, C, H scale_factor, W scale_factor)

    Raises
    ------
    ShapeError
        if x has no spatial axis or more than three, or scale_factor is out of range.

    References
    ----------
    Odena, Dumoulin and Olah (2016), *Deconvolution and checkerboard artifacts*: followed by a convolution,
    this replaces a transposed convolution and leaves no pattern.

    >>> upsample_nearest(np.array([[[[1.0, 2.0]]]]), 2)
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]])
    """
    y, scale = _read_nearest("upsample_nearest", x, scale_factor)
    for axis, times in enumerate(scale, start=2):
        y = y.repeat(times, axis)
    return y


def upsample_nearest_backward(dy: Array, x: Array, scale_factor: int | Sizes) -> Array:
    """Return dx of `upsample_nearest`: every pixel collects the gradients of its copies.

    >>> upsample_nearest_backward(np.array([[[1.0, 2.0, 30.0, 40.0]]]), np.zeros((1, 1, 2)), 2)
    array([[[ 3., 70.]]])
    """
    x, scale = _read_nearest("upsample_nearest_backward", x, scale_factor)
    dx = _gradient("upsample_nearest_backward", dy, x, scale)
    for axis, times in enumerate(scale, start=2):
        dx = dx.reshape(*x.shape[: axis + 1], times, *dx.shape[axis + 1 :]).sum(axis + 1)
    return dx


def upsample_bilinear(x: Array, scale_factor: int | Sizes, *, align_corners: bool = False) -> Array:
    """Stretch every image and fill in by straight lines between neighbouring pixels, on both axes.

    Parameters
    ----------
    x : array (N, C, H, W), images
    scale_factor : whole number, 1 or more, or (vertical, horizontal)
    align_corners : what stays in place: False the edges of the image, so that a pixel is a small square; True
        the centres of the corner pixels, so that a pixel is a point

    Returns
    -------
    array (N, C, H scale_factor, W scale_factor)

    Raises
    ------
    ShapeError
        if x has other axes, or scale_factor is out of range.

    References
    ----------
    Long, Shelhamer and Darrell (2015), *Fully convolutional networks for semantic segmentation*, section 3.3.

    >>> upsample_bilinear(np.array([[[[0.0, 4.0]]]]), (1, 2))
    array([[[[0., 1., 3., 4.]]]])
    >>> upsample_bilinear(np.array([[[[0.0, 3.0]]]]), (1, 2), align_corners=True)
    array([[[[0., 1., 2., 3.]]]])
    """
    x, scale = _read_bilinear("upsample_bilinear", x, scale_factor)
    down, across = _both_axes(x, scale, align_corners)
    return down @ x @ across.T


def upsample_bilinear_backward(
    dy: Array, x: Array, scale_factor: int | Sizes, *, align_corners: bool = False
) -> Array:
    """Return dx of `upsample_bilinear`: the same product with both matrices transposed.

    >>> upsample_bilinear_backward(np.array([[[[1.0, 0.0, 4.0, 0.0]]]]), np.zeros((1, 1, 1, 2)), (1, 2))
    array([[[[2., 3.]]]])
    """
    x, scale = _read_bilinear("upsample_bilinear_backward", x, scale_factor)
    dy = _gradient("upsample_bilinear_backward", dy, x, scale)
    down, across = _both_axes(x, scale, align_corners)
    return down.T @ dy @ across


def lines(n: int, times: int, align_corners: bool = False) -> Array:
    """Return the matrix (n times, n) that stretches ``n`` numbers to ``n times`` by straight lines.

    >>> lines(2, 2)
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [0.  , 1.  ]])
    """
    i, last = np.arange(n * times), n * times - 1
    points, squares = i * (n - 1) / max(1, last), ((i + 0.5) / times - 0.5).clip(0, n - 1)
    place = points if align_corners else squares  # where output i lies among the inputs 0 to n - 1
    # A pixel's part falls from 1 at its own place to 0 at its neighbours'.
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n))))


def _both_axes(x: Array, scale: Sizes, align_corners: bool) -> tuple[Array, Array]:
    (height, width), (vertical, horizontal) = x.shape[2:], scale
    down, across = lines(height, vertical, align_corners), lines(width, horizontal, align_corners)
    return down.astype(x.dtype), across.astype(x.dtype)


def _read_nearest(function: str, value: object, scale_factor: object) -> tuple[Array, Sizes]:
    x = numbers(function, "x", value)
    if x.ndim not in (3, 4, 5):
        raise ShapeError(
            f"{function}: x has shape {x.shape}, but it must be (N, C, L), (N, C, H, W) or (N, C, D, H, W)."
        )
    return not_empty(function, "x", x), _scale(function, scale_factor, x.ndim - 2)


def _read_bilinear(function: str, value: object, scale_factor: object) -> tuple[Array, Sizes]:
    return images(function, "x", value, axes=2), _scale(function, scale_factor, axes=2)


def _scale(function: str, value: object, axes: int) -> Sizes:
    return each(f"{function}: scale_factor", value, axes, least=1)


def _gradient(function: str, dy: object, x: Array, scale: Sizes) -> Array:
    stretched = tuple(n * times for n, times in zip(x.shape[2:], scale, strict=True))
    return with_shape(function, "dy", dy, (*x.shape[:2], *stretched)).astype(x.dtype, copy=False)
