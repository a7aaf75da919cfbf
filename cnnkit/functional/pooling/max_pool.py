"""Max pooling: the largest number of each window, and the gradient back to the pixel that it came from.

    y[n, c, i, j] = max over a, e of  x[n, c, i s + a d, j s + e d]

with stride ``s`` and dilation ``d``, where ``x`` has minus infinity around it. A small change of the largest
pixel changes ``y`` as much, a small change of any other pixel not at all. So the whole gradient goes to the
largest one; a pixel that wins in several overlapping windows collects the gradients of them all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.activations.upstream import passed
from cnnkit.functional.arguments import with_shape
from cnnkit.functional.pooling.taps import along, bands, read, taps, taps_along
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def max_pool2d(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the largest number of every window, channel by channel; NaN where a window holds one.

    Parameters
    ----------
    x : array (N, C, H, W), images
    kernel_size : size of the window, one number or (vertical, horizontal)
    stride : step of the window, one number or (vertical, horizontal); None for the size of the window
    padding : border of minus infinity on each side, one number or (vertical, horizontal), at most half the
        kernel
    dilation : distance between neighbouring taps of the window, 1 for none. A wide window whose taps all fall
        into the border gives minus infinity
    ceil_mode : True keeps a last window that sticks out, as long as it starts inside the image or the border
        before it: H_out is rounded up instead of down

    Returns
    -------
    array (N, C, H_out, W_out), with H_out = floor((H + 2 padding - dilation (KH - 1) - 1) / stride) + 1

    Raises
    ------
    ShapeError
        if the window does not fit into the padded image, or an option is out of range.

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), *ImageNet classification with deep convolutional neural
    networks*, section 3.4, for windows that overlap: AlexNet's are 3 wide and step by 2.

    >>> [max_pool2d(np.zeros((1, 1, n, n)), 3, stride=2).shape[2] for n in (55, 27, 13)]
    [27, 13, 6]

    GoogLeNet (Szegedy et al., 2015, table 1) needs `ceil_mode` to come from 112 to 56:

    >>> [max_pool2d(np.zeros((1, 1, 112, 112)), 3, stride=2, ceil_mode=up).shape[2] for up in (False, True)]
    [55, 56]
    >>> max_pool2d(np.array([[[[-1.0, -2.0, -5.0], [-3.0, -4.0, -6.0]]]]), 2, stride=1, padding=(1, 0))
    array([[[[-1., -2.],
             [-1., -2.],
             [-3., -4.]]]])
    """
    return _largest(*read("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode))


def max_pool2d_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the gradient of a loss for ``x``: each dy goes to the largest pixel of its window.

    Of equally large pixels (or of several NaNs) the first one, row by row, gets it all.

    Parameters
    ----------
    dy : array (N, C, H_out, W_out)
    x, kernel_size, stride, padding, dilation, ceil_mode : as they were given to `max_pool2d`

    Returns
    -------
    dx : array of the shape of x

    >>> x = np.array([[[[0.0, 0.0, 0.0], [5.0, 9.0, 5.0]]]])
    >>> max_pool2d_backward(np.array([[[[1.0, 10.0]]]]), x, 2, stride=1)
    array([[[[ 0.,  0.,  0.],
             [ 0., 11.,  0.]]]])
    >>> max_pool2d_backward(np.array([[[[1.0, 10.0]]]]), x, (1, 2), stride=(2, 1))
    array([[[[ 1., 10.,  0.],
             [ 0.,  0.,  0.]]]])
    """
    name = "max_pool2d_backward"
    return _to_the_largest(name, dy, *read(name, 2, x, kernel_size, stride, padding, dilation, ceil_mode))


def max_pool1d(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the largest number of every window of signals: x (N, C, L) gives (N, C, L_out).

    Options and errors as in `max_pool2d`, with one axis instead of two.

    >>> max_pool1d(np.array([[[1.0, 3.0, 2.0, 5.0, 4.0]]]), 2)
    array([[[3., 5.]]])
    >>> max_pool1d(np.array([[[1.0, 3.0, 2.0, 5.0, 4.0]]]), 2, ceil_mode=True)
    array([[[3., 5., 4.]]])
    """
    return _largest(*read("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode))


def max_pool1d_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return dx of `max_pool1d`, as `max_pool2d_backward` does.

    >>> max_pool1d_backward(np.array([[[1.0, 10.0]]]), np.array([[[1.0, 3.0, 2.0, 2.0]]]), 2)
    array([[[ 0.,  1., 10.,  0.]]])
    """
    name = "max_pool1d_backward"
    return _to_the_largest(name, dy, *read(name, 1, x, kernel_size, stride, padding, dilation, ceil_mode))


def max_pool3d(
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the largest number of every window of volumes, x (N, C, D, H, W).

    Options and errors as in `max_pool2d`, with three axes instead of two; the result is (N, C, D_out, H_out,
    W_out).

    >>> max_pool3d(np.arange(16.0).reshape(1, 1, 4, 2, 2), 2)
    array([[[[[ 7.]],
             [[15.]]]]])
    """
    return _largest(*read("max_pool3d", 3, x, kernel_size, stride, padding, dilation, ceil_mode))


def max_pool3d_backward(
    dy: Array,
    x: Array,
    kernel_size: int | Sizes,
    *,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return dx of `max_pool3d`, as `max_pool2d_backward` does.

    >>> max_pool3d_backward(np.full((1, 1, 1, 1, 1), 10.0), np.arange(8.0).reshape(1, 1, 2, 2, 2), 2)[0, 0, 1]
    array([[ 0.,  0.],
           [ 0., 10.]])
    """
    name = "max_pool3d_backward"
    return _to_the_largest(name, dy, *read(name, 3, x, kernel_size, stride, padding, dilation, ceil_mode))


def _largest(x: Array, geometry: Window) -> Array:
    y = np.empty_like(x, shape=(*x.shape[:2], *geometry.out(x.shape[2:])))
    for outputs, pixels, band in bands(x, geometry):
        y[outputs] = _pooled(x[pixels], band)
    return y


def _pooled(x: Array, geometry: Window) -> Array:
    """Take the largest along one axis, then of these along the next: k + k steps in place of k k."""
    for axis in range(2, x.ndim):
        size = list(x.shape)
        (size[axis],) = along(axis, geometry).out((size[axis],))
        steps = list(taps_along(axis, x.shape, geometry))
        first, second, *_ = *(step for step in steps if x[step[1]].shape[axis] == size[axis]), None, None
        if first is None or second is None:  # each tap misses some output
            y, done = np.full_like(x, -np.inf, shape=size), ()
        else:
            y, done = np.maximum(x[first[1]], x[second[1]]), (first, second)
        for outputs, pixels in steps:
            if (outputs, pixels) not in done:
                np.maximum(y[outputs], x[pixels], out=y[outputs])
        x = y
    return x


def _to_the_largest(function: str, dy: Array, x: Array, geometry: Window) -> Array:
    dx, out = np.zeros_like(x), geometry.out(x.shape[2:])
    dy = with_shape(function, "dy", dy, (*x.shape[:2], *out)).astype(x.dtype, copy=False)
    for outputs, pixels, band in bands(x, geometry):
        _to_the_first(dx[pixels], dy[outputs], x[pixels], band)
    return dx


def _to_the_first(dx: Array, dy: Array, x: Array, geometry: Window) -> None:
    """Add every dy to the first pixel, row by row, that is as large as the largest of its window."""
    y = _pooled(x, geometry)
    change = np.empty_like(y)  # dy in the order in memory that y has
    change[...] = dy
    waiting = np.ones_like(y, bool)  # windows that have not met their largest pixel yet
    has_nan = bool(np.isnan(y).any())
    for outputs, pixels in taps(x.shape[2:], geometry):
        met = x[pixels] == y[outputs]
        if has_nan:
            met |= np.isnan(x[pixels])
        met &= waiting[outputs]
        waiting[outputs] ^= met
        dx[pixels] += passed(change[outputs], met)
