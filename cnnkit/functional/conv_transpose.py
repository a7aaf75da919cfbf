"""Transposed convolution: each input number stamps its kernel, scaled, onto the output; overlaps add up.

    x = 1 10,  w = 1 2 3,  stride 2            C = 1 2 3 0 0
        1  2  3                                    0 0 1 2 3
             10 20 30
        1  2 13 20 30   = y = x @ C            conv_matrix(np.array([[1, 2, 3]]), (1, 5), stride=2)

A convolution is a linear map, and C is its matrix (`conv_matrix`). This layer applies the transpose of C:
from the shape of the convolution's output it goes back to that of its input, which is why it enlarges
pictures. It does not undo the convolution. The transpose also carries a gradient back through a convolution,
so the forward pass here is the input gradient there, and conversely:

    y[n, f, h, v] = b[f] + sum over c and all i, j, a, e with i s + a d - p = h and j s + e d - p = v
                    of  x[n, c, i, j]  w[c, f, a, e]

Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*, chapter 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional import engine
from cnnkit.functional.arguments import images, kernel, of_one_dtype, with_shape
from cnnkit.functional.bias import add_bias, bias_gradient
from cnnkit.shapes import span, whole
from cnnkit.window import Sizes, Window, each

Array = npt.NDArray[Any]
Gradients = tuple[Array, Array, Array]
KERNELS = {1: "(C, F, K)", 2: "(C, F, KH, KW)"}


def conv_transpose2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Array:
    """Stamp the kernel at every ``stride``-th place of the output, times the input number of that place.

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (C, F / groups, KH, KW); input channels come first
    b : array (F,) or None
    stride : distance between neighbouring stamps, one number or (vertical, horizontal)
    padding : rows and columns that are cut off on each side of the output; no words, no pairs (before, after)
    output_padding : rows and columns added at the bottom and at the right; smaller than stride or dilation. A
        convolution with kernel 3 and stride 2 takes 5 and also 6 pixels to 2: this chooses the way back
    groups, dilation : as in `conv2d`

    Returns
    -------
    array (N, F, H_out, W_out), H_out = (H - 1) stride - 2 padding + dilation (KH - 1) + 1 + output_padding

    Raises
    ------
    ShapeError
        if ranks, channels or groups do not fit together, an option is out of range, or nothing would be left.

    >>> x = np.array([[[[1.0, 10.0]]]])
    >>> conv_transpose2d(x, np.array([[[[1.0, 2.0, 3.0]]]]), stride=2)
    array([[[[ 1.,  2., 13., 20., 30.]]]])
    """
    function = "conv_transpose2d"
    x, w, geometry, size, groups = _checked(
        function, 2, x, w, stride, padding, output_padding, groups, dilation
    )
    return add_bias(function, engine.input_gradient(x, w, geometry, groups, size), b)


def conv_transpose2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    *,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Gradients:
    """Return dx, dw, db of `conv_transpose2d`, given the gradient dy of its output.

    >>> x, w = np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0, 3.0]]]])
    >>> dx, dw, db = conv_transpose2d_backward(np.array([[[[1.0, 0.0, 0.0, 0.0, 1.0]]]]), x, w, stride=2)
    >>> dx[0, 0, 0], dw[0, 0, 0], db
    (array([1., 3.]), array([ 1.,  0., 10.]), array([2.]))
    """
    function = "conv_transpose2d_backward"
    x, w, geometry, size, groups = _checked(
        function, 2, x, w, stride, padding, output_padding, groups, dilation
    )
    return _gradients(function, dy, x, w, geometry, groups, size)


def _gradients(
    function: str, dy: Array, x: Array, w: Array, geometry: Window, groups: int, size: Sizes
) -> Gradients:
    """Return dx, dw and db. Read backwards, this layer is the convolution dy -> dx with the same w.

    That convolution takes our dy in and gives our dx, and its kernels F are our channels C. So dx is its
    forward pass; and where its output gradient stands in dw, there stands our x.
    """
    dy = with_shape(function, "dy", dy, (len(x), w.shape[1] * groups, *size)).astype(x.dtype, copy=False)
    dx = engine.correlate(dy, w, geometry, groups)
    dw = engine.weight_gradient(x, dy, geometry, groups)
    return dx, dw, bias_gradient(dy)


def conv_transpose1d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Array:
    """Do the same along one axis: x (N, C, L), w (C, F / groups, K) and b (F,) give (N, F, L_out).

    Options, sizes and errors as in `conv_transpose2d`.

    >>> conv_transpose1d(np.array([[[1.0, 10.0]]]), np.array([[[1.0, 1.0]]]), stride=2, output_padding=1)
    array([[[ 1.,  1., 10., 10.,  0.]]])
    """
    function = "conv_transpose1d"
    x, w, geometry, size, groups = _checked(
        function, 1, x, w, stride, padding, output_padding, groups, dilation
    )
    return add_bias(function, engine.input_gradient(x, w, geometry, groups, size), b)


def conv_transpose1d_backward(
    dy: Array,
    x: Array,
    w: Array,
    *,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Gradients:
    """Return dx, dw, db of `conv_transpose1d`.

    >>> x, w = np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0]]])
    >>> conv_transpose1d_backward(np.array([[[1.0, 0.0, 1.0]]]), x, w)
    (array([[[1., 2.]]]), array([[[ 1., 10.]]]), array([2.]))
    """
    function = "conv_transpose1d_backward"
    x, w, geometry, size, groups = _checked(
        function, 1, x, w, stride, padding, output_padding, groups, dilation
    )
    return _gradients(function, dy, x, w, geometry, groups, size)


def _checked(
    function: str,
    axes: int,
    x: Array,
    w: Array,
    stride: int | Sizes,
    padding: int | Sizes,
    output_padding: int | Sizes,
    groups: int,
    dilation: int | Sizes,
) -> tuple[Array, Array, Window, Sizes, int]:
    """Return input and kernels of one dtype, the output's window, its size, and the groups."""
    x = images(function, "x", x, axes)
    w = kernel(function, "w", w, KERNELS[axes])
    groups = whole(f"{function}: groups", groups, 1)
    channels, kernel_size = x.shape[1], w.shape[2:]
    if len(w) != channels or channels % groups:
        raise ShapeError(
            f"{function}: x has {channels} channels in {groups} groups but w has shape {w.shape}. "
            f"w must have shape (C, F / groups, ...) with C = {channels}, a multiple of groups."
        )
    stride = each(f"{function}: stride", stride, axes, least=1)
    dilation = each(f"{function}: dilation", dilation, axes, least=1)
    before = each(f"{function}: padding", padding, axes)
    more = each(f"{function}: output_padding", output_padding, axes)
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation, strict=True)):
        raise ShapeError(
            f"{function}: output_padding is {more}, but it must be smaller than stride or dilation."
        )
    numbers = zip(x.shape[2:], kernel_size, stride, before, more, dilation, strict=True)
    size = tuple((n - 1) * s - 2 * p + span(k, d) + m for n, k, s, p, m, d in numbers)
    if min(size) < 1:
        raise ShapeError(
            f"{function}: the output would have size {size}. Use a larger kernel or less padding."
        )
    # The window of the convolution that leads from this output back to x. What output_padding adds is read by
    # no window of it: so much less padding after the end; below 0 it cuts the rest off.
    geometry = Window(
        kernel_size, stride, tuple((p, p - m) for p, m in zip(before, more, strict=True)), dilation
    )
    x, w = of_one_dtype(x, w)
    return x, w, geometry, size, groups
