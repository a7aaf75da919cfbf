"""Max pooling: the largest number of each window, and the gradient back to the pixel that it came from.

    y[n, c, i, j] = max over a, e of  x[n, c, i s + a d, j s + e d]

with stride ``s`` and dilation ``d``, where ``x`` has minus infinity around it. A small change of the largest
pixel changes ``y`` as much, a small change of any other pixel not at all. So the whole gradient goes to the
largest one; a pixel that wins in several overlapping windows collects the gradients of them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.activations.upstream import passed
from cnnkit.functional.arguments import with_shape
from cnnkit.functional.engine.workspace import move
from cnnkit.functional.pooling.taps import Along, bands, read
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
    """Take the largest along one axis, then of these along the next: k + k steps in place of k k."""
    y = np.empty_like(x, shape=(*x.shape[:2], *geometry.out(x.shape[2:])))
    for band in bands(x, geometry):
        part, (*axes, last) = x[band.pixels], band.axes  # the rows first: each lies in memory as a whole
        for along in axes:
            part = _largest_of([part[tap.pixels] for tap in along.taps], along)
        _largest_of([part[tap.pixels] for tap in last.taps], last, y[band.outputs])
    return y


def _largest_of(seen: list[Array], along: Along, y: Array | None = None) -> Array:
    """Return the largest of each window along one axis, given the pixels that each tap sees."""
    if y is None:
        y = np.empty_like(seen[0], shape=along.out(seen[0].shape))
    if along.whole:
        first, second = along.whole
        np.maximum(seen[first], seen[second], out=y)
    else:
        y.fill(-np.inf)
    for number, tap in enumerate(along.taps):
        if number not in along.whole:
            np.maximum(y[tap.outputs], seen[number], out=y[tap.outputs])
    return y


def _to_the_largest(function: str, dy: Array, x: Array, geometry: Window) -> Array:
    dy = with_shape(function, "dy", dy, (*x.shape[:2], *geometry.out(x.shape[2:])))
    dy, dx = dy.astype(x.dtype, copy=False), np.empty_like(x)
    for band in bands(x, geometry):
        before = dx[band.shared].copy()
        _back(dy[band.outputs], x[band.pixels], band.axes, dx[band.pixels])
        dx[band.shared] += before
    return dx


def _back(dy: Array, x: Array, axes: Sequence[Along], dx: Array) -> Array:
    """Write to dx the gradient for x of its largest along the last of these axes, then along the others.

    So what is compared in the end are rows, each by its largest, and of equally large ones the first wins.
    """
    *others, last = axes
    seen = _seen(x, last)
    y = _largest_of(seen, last)
    change = np.empty_like(y)  # in the order in memory of y
    if others:
        _back(dy, y, others, change)
    else:
        change[...] = dy
    return _put(_shares(change, seen, y, last), last, dx)


def _seen(x: Array, along: Along) -> list[Array]:
    """Return the pixels that each tap along an axis sees.

    Along the last axis each strip is copied first: all that follows is faster where pixels are neighbours.
    """
    strips = [x[strip] for strip in along.strips]
    if along.axis == x.ndim - 1 and len(strips) > 1:
        strips = [_copy(strip, np.empty_like(strip)) for strip in strips]
    return [strips[tap.strip][tap.inside] for tap in along.taps]


def _copy(source: Array, out: Array) -> Array:
    move(source.swapaxes(1, -1), out.swapaxes(1, -1))
    return out


def _shares(dy: Array, seen: list[Array], y: Array, along: Along) -> Iterator[Array]:
    """Yield for each tap the dy of the windows in which it is the first as large as y. This uses dy up."""
    has_nan = bool(np.isnan(y.max()))
    *others, last = along.taps
    for tap, pixels in zip(others, seen, strict=False):
        met = pixels == y[tap.outputs]
        if has_nan:
            met |= np.isnan(pixels)
        yield _taken(dy[tap.outputs], met)
    yield dy[last.outputs]  # what no other has taken


def _taken(dy: Array, where: Array) -> Array:
    """Return dy where ``where`` is True and 0 elsewhere, and leave the rest in dy.

    >>> dy = np.array([1.0, np.inf, 3.0])
    >>> _taken(dy, np.array([False, True, False])), dy
    (array([ 0., inf,  0.]), array([1., 0., 3.]))
    """
    part = passed(dy, where)
    if dy.itemsize > 8:
        dy[where] = 0
    else:  # by bits, as in `passed`: inf - inf is not 0
        bits = dy.view(f"i{dy.itemsize}")
        bits ^= part.view(bits.dtype)
    return part


def _put(shares: Iterable[Array], along: Along, dx: Array) -> Array:
    """Write to dx the sum of what the taps get at each pixel; they are added up strip by strip."""
    sums = {number: np.zeros_like(dx[along.strips[number]]) for number in along.sums}
    for tap, share in zip(along.taps, shares, strict=True):
        if tap.strip in sums:
            sums[tap.strip][tap.inside] += share
        else:
            _copy(share, dx[tap.pixels])
    for number, total in sums.items():
        _copy(total, dx[along.strips[number]])
    return dx
