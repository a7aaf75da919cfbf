"""The rearrangements behind convolution as a matrix product: im2col, col2im and the matrix itself."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import images, kernel, said_by, with_axes, with_shape
from cnnkit.functional.conv import conv2d
from cnnkit.functional.engine import columns
from cnnkit.window import Padding, Sizes, each, window

Array = npt.NDArray[Any]


def im2col(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Array:
    """Lay every window out as a column; PyTorch calls it unfold.

    Parameters
    ----------
    x : array (N, C, H, W)
    kernel_size : size of the windows, one number or (vertical, horizontal)
    stride, padding, dilation : as in `conv2d`

    Returns
    -------
    array (N, C KH KW, H_out W_out): rows go channel by channel, then tap by tap in reading order; columns go
        place by place in reading order. ``w.reshape(F, -1) @ columns`` is the convolution.

    Raises
    ------
    ShapeError
        if the window does not fit into the padded images, or an option is out of range.

    >>> im2col(np.arange(9).reshape(1, 1, 3, 3), 2)
    array([[[0., 1., 3., 4.],
            [1., 2., 4., 5.],
            [3., 4., 6., 7.],
            [4., 5., 7., 8.]]])
    """
    x = images("im2col", "x", x, axes=2)
    geometry = window("im2col", x.shape[2:], kernel_size, stride, padding, dilation)
    return columns.im2col(x, geometry)


def col2im(
    cols: Array,
    size: Sizes,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Array:
    """Add every column back to the pixels that `im2col` copied it from; where windows overlap, sums appear.

    It is the transpose of `im2col`, not its inverse; PyTorch calls it fold.

    Parameters
    ----------
    cols : array (N, C KH KW, H_out W_out)
    size : (H, W) of the images to return
    kernel_size, stride, padding, dilation : as they were given to `im2col`

    Returns
    -------
    array (N, C, H, W)

    >>> col2im(im2col(np.ones((1, 1, 3, 3)), 2), (3, 3), 2)
    array([[[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]]])
    """
    size = each("col2im: size", size, axes=2, least=1)
    geometry = window("col2im", size, kernel_size, stride, padding, dilation)
    cols = with_axes("col2im", "cols", cols, "(N, C * KH * KW, H_out * W_out)")
    taps, places = prod(geometry.kernel), prod(geometry.out(size))
    if cols.shape[1] % taps or cols.shape[1] == 0 or cols.shape[2] != places:
        raise ShapeError(
            f"col2im: cols has shape {cols.shape}, but windows of {taps} numbers at {places} places "
            f"need (N, C * {taps}, {places})."
        )
    return columns.col2im(cols, size, geometry)


def im2col_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Array:
    """Return dx of `im2col`: its transpose, `col2im`.

    >>> im2col_backward(np.ones((1, 2, 2)), np.zeros((1, 1, 1, 3)), (1, 2))
    array([[[[1., 2., 1.]]]])
    """
    x = images("im2col_backward", "x", x, axes=2)
    size = x.shape[2:]
    geometry = window("im2col_backward", size, kernel_size, stride, padding, dilation)
    columns_shape = (len(x), x.shape[1] * prod(geometry.kernel), prod(geometry.out(size)))
    dy = with_shape("im2col_backward", "dy", dy, columns_shape).astype(x.dtype, copy=False)
    return columns.col2im(dy, size, geometry)


def conv_matrix(
    k: Array,
    size: Sizes,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Array:
    """Return the matrix C with ``C @ x.ravel() == y.ravel()``, where y is the correlation of x with ``k``.

    Every column is the answer to a picture with a single 1. The matrix is large and almost empty: for small
    cases only. ``C.T`` is the transposed convolution with the same kernel.

    Parameters
    ----------
    k : array (KH, KW)
    size : (H, W) of the pictures
    stride, padding, dilation : as in `conv2d`

    Returns
    -------
    array (H_out W_out, H W)

    >>> conv_matrix(np.ones((3, 3)), (4, 4)).shape
    (4, 16)
    >>> conv_matrix(np.array([[1, 2]]), (1, 4))
    array([[1., 2., 0., 0.],
           [0., 1., 2., 0.],
           [0., 0., 1., 2.]])
    """
    k = kernel("conv_matrix", "k", k, "(KH, KW)")
    height, width = each("conv_matrix: size", size, axes=2, least=1)
    pixels = height * width
    single_ones = np.eye(pixels, dtype=k.dtype).reshape(pixels, 1, height, width)
    with said_by("conv_matrix"):
        answers = conv2d(single_ones, k[None, None], stride=stride, padding=padding, dilation=dilation)
    return np.ascontiguousarray(answers.reshape(pixels, -1).T)
