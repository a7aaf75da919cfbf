"""Average pooling: the mean of each window, and the gradient shared out evenly among its pixels.

    y[n, c, i, j] = sum over a, e of  x[n, c, i s + a, j s + e] / size[i, j]

with stride ``s``, where ``x`` has zeros around it. This is linear: the way back is its transpose, so every
pixel gets dy / size from each window that it lies in. What is the size of a window that sticks out?

- ``count_include_pad=True`` counts pixels and padding, but not what `ceil_mode` adds beyond the padding;
- ``count_include_pad=False`` counts pixels only.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import with_shape
from cnnkit.functional.pooling.taps import read, taps
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def avg_pool2d(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return the average of every window, channel by channel.

    Parameters
    ----------
    x : array (N, C, H, W), images
    kernel_size : size of the window, one number or (vertical, horizontal)
    stride : step of the window, one number or (vertical, horizontal); None for the size of the window
    padding : border of zeros on each side, one number or (vertical, horizontal), at most half the kernel
    ceil_mode : True keeps a last window that sticks out, as long as it starts inside the image or the border
        before it: H_out is rounded up instead of down
    count_include_pad : True divides by the window's pixels and zeros, False by its pixels alone

    Returns
    -------
    array (N, C, H_out, W_out), with H_out = floor((H + 2 padding - KH) / stride) + 1

    Raises
    ------
    ShapeError
        if the window does not fit into the padded image, or an option is out of range.

    References
    ----------
    LeCun et al. (1998), *Gradient-based learning applied to document recognition*, section II.B; LeNet-5's
    subsampling is this, times a trained number.

    >>> x = np.array([[[[1.0, 2.0, 3.0], [5.0, 6.0, 10.0]]]])
    >>> avg_pool2d(x, 2, stride=1)
    array([[[[3.5 , 5.25]]]])
    >>> avg_pool2d(x, 2, ceil_mode=True)
    array([[[[3.5, 6.5]]]])
    >>> avg_pool2d(x, 2, padding=(0, 1)), avg_pool2d(x, 2, padding=(0, 1), count_include_pad=False)
    (array([[[[1.5 , 5.25]]]]), array([[[[3.  , 5.25]]]]))
    """
    return _average(*read("avg_pool2d", 2, x, kernel_size, stride, padding, 1, ceil_mode), count_include_pad)


def avg_pool2d_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return the gradient of a loss for ``x``: each dy is shared out evenly among its window.

    Parameters
    ----------
    dy : array (N, C, H_out, W_out)
    x, kernel_size, stride, padding, ceil_mode, count_include_pad : as they were given to `avg_pool2d`

    Returns
    -------
    dx : array of the shape of x

    >>> avg_pool2d_backward(np.array([[[[4.0, 40.0]]]]), np.zeros((1, 1, 2, 3)), 2, stride=1)
    array([[[[ 1., 11., 10.],
             [ 1., 11., 10.]]]])
    """
    name = "avg_pool2d_backward"
    read_ = read(name, 2, x, kernel_size, stride, padding, 1, ceil_mode)
    return _shared_out(name, dy, *read_, count_include_pad)


def avg_pool1d(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return the average of every window of signals: x (N, C, L) gives (N, C, L_out).

    Options and errors as in `avg_pool2d`, with one axis instead of two.

    >>> avg_pool1d(np.array([[[1.0, 3.0, 2.0, 5.0, 4.0]]]), 3, stride=1)
    array([[[2.        , 3.33333333, 3.66666667]]])
    """
    return _average(*read("avg_pool1d", 1, x, kernel_size, stride, padding, 1, ceil_mode), count_include_pad)


def avg_pool1d_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return dx of `avg_pool1d`, as `avg_pool2d_backward` does.

    >>> avg_pool1d_backward(np.array([[[2.0, 20.0]]]), np.zeros((1, 1, 5)), 2)
    array([[[ 1.,  1., 10., 10.,  0.]]])
    """
    name = "avg_pool1d_backward"
    read_ = read(name, 1, x, kernel_size, stride, padding, 1, ceil_mode)
    return _shared_out(name, dy, *read_, count_include_pad)


def avg_pool3d(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return the average of every window of volumes, x (N, C, D, H, W).

    Options and errors as in `avg_pool2d`, with three axes instead of two; the result is (N, C, D_out, H_out,
    W_out).

    >>> avg_pool3d(np.arange(16.0).reshape(1, 1, 4, 2, 2), 2)
    array([[[[[ 3.5]],
             [[11.5]]]]])
    """
    return _average(*read("avg_pool3d", 3, x, kernel_size, stride, padding, 1, ceil_mode), count_include_pad)


def avg_pool3d_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return dx of `avg_pool3d`, as `avg_pool2d_backward` does.

    >>> avg_pool3d_backward(np.full((1, 1, 1, 1, 1), 8.0), np.zeros((1, 1, 2, 2, 3)), 2)[0, 0, 1]
    array([[1., 1., 0.],
           [1., 1., 0.]])
    """
    name = "avg_pool3d_backward"
    read_ = read(name, 3, x, kernel_size, stride, padding, 1, ceil_mode)
    return _shared_out(name, dy, *read_, count_include_pad)


def _average(x: Array, geometry: Window, count_include_pad: bool) -> Array:
    size = x.shape[2:]
    y = np.zeros((*x.shape[:2], *geometry.out(size)), x.dtype)
    for outputs, pixels in taps(size, geometry):
        y[outputs] += x[pixels]
    y /= _window_sizes(size, geometry, count_include_pad)
    return y


def _shared_out(function: str, dy: Array, x: Array, geometry: Window, count_include_pad: bool) -> Array:
    size, dx = x.shape[2:], np.zeros(x.shape, x.dtype)
    dy = with_shape(function, "dy", dy, (*x.shape[:2], *geometry.out(size))).astype(x.dtype, copy=False)
    share = dy / _window_sizes(size, geometry, count_include_pad).astype(x.dtype)
    for outputs, pixels in taps(size, geometry):
        dx[pixels] += share[outputs]
    return dx


def _window_sizes(size: Sizes, geometry: Window, count_include_pad: bool) -> Array:
    """Return by what each output is divided, (*out): the lengths of its window on the axes, multiplied."""
    lengths = []
    for n, m, k, s, (p, _) in zip(
        size, geometry.out(size), geometry.kernel, geometry.stride, geometry.padding, strict=True
    ):
        border, starts = p if count_include_pad else 0, np.arange(m) * s - p
        lengths.append(np.minimum(starts + k, n + border) - np.maximum(starts, -border))
    return np.asarray(reduce(np.multiply.outer, lengths))
