"""Convolution layers: a batch of images with channels, many kernels, and the way back.

One output number is one sum. For a picture, kernel ``f`` at the place (i, j) gives

    y[n, f, i, j] = b[f] + sum over c, a, e of  x[n, c, i s + a d, j s + e d]  w[f, c, a, e]

with stride ``s`` and dilation ``d``, where ``x`` has its padding around it. The kernel is not flipped: this
is cross-correlation, which the field calls convolution. Signals have one index less, volumes one more; the
same code serves all three. The sum is linear in ``x`` and in ``w``, so the gradients are such sums, too:

    dw[f, c, a, e] = sum over n, i, j of  dy[n, f, i, j]  x[n, c, i s + a d, j s + e d]
    db[f]          = sum over n, i, j of  dy[n, f, i, j]
    dx[n, c, h, v] = sum over f and all i, j, a, e with i s + a d = h and j s + e d = v
                     of  dy[n, f, i, j]  w[f, c, a, e]

Here h and v count in the padded picture; from dx the border is cut off again. With groups, each group is such
a convolution of its own, and c counts within the group.

In NumPy the first sum is, for stride and dilation 1, ``b[f] + np.sum(x[n, :, i:i+KH, j:j+KW] * w[f])``. How
all of them are made at once is the business of `cnnkit.functional.engine`.
"""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional import engine
from cnnkit.functional.arguments import KERNELS, images, kernel, of_one_dtype, with_shape
from cnnkit.functional.bias import bias, bias_gradient
from cnnkit.shapes import whole
from cnnkit.window import Padding, Sizes, Window, window

Array = npt.NDArray[Any]
Gradients = tuple[Any, Array, Array]  # Any, since dx may be left out


def conv2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
) -> Array:
    """Slide every kernel over every image and sum the products over window and channels.

    Parameters
    ----------
    x : array (N, C, H, W), images
    w : array (F, C / groups, KH, KW), kernels
    b : array (F,), added to each output of its kernel; None for none
    stride : step of the window, one number or (vertical, horizontal)
    padding : zeros on each side: one number, (vertical, horizontal), a pair (before, after) for each axis,
        or "valid" (none), "same" (ceil(H / stride) outputs) or "full" (every place where kernel and picture
        share at least one pixel)
    dilation : distance between neighbouring weights of a kernel, 1 for none
    groups : the channels and the kernels are split into this many groups that do not see each other

    Returns
    -------
    array (N, F, H_out, W_out), with H_out = floor((H + 2 padding - dilation (KH - 1) - 1) / stride) + 1

    Raises
    ------
    ShapeError
        if ranks, channels, groups or sizes do not fit together, or an option is out of range.

    References
    ----------
    LeCun et al. (1998), *Gradient-based learning applied to document recognition*, section II.A.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.arange(4.0).reshape(1, 1, 2, 2), b=np.array([100.0]))
    array([[[[119., 125.],
             [137., 143.]]]])
    """
    x, w, geometry, groups = _checked("conv2d", 2, x, w, stride, padding, dilation, groups)
    return engine.correlate(x, w, geometry, groups, bias("conv2d", b, x, len(w)))


def conv2d_backward(
    dy: Array,
    x: Array,
    w: Array,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
    needs_input_grad: bool = True,
) -> Gradients:
    """Return the gradients of a loss for ``x``, ``w`` and ``b``, given its gradient ``dy`` for the output.

    Parameters
    ----------
    dy : array (N, F, H_out, W_out)
    x, w, stride, padding, dilation, groups : as they were given to `conv2d`
    needs_input_grad : False leaves dx out and returns None for it, as in a first layer: nobody changes the
        images, and dx takes about half of the time

    Returns
    -------
    dx, dw, db : arrays of the shapes of x, w and (F,)

    If only the upper right output matters, dx is the kernel, stamped there, and dw the window of x there:

    >>> x, w = np.arange(9.0).reshape(1, 1, 3, 3), np.arange(4.0).reshape(1, 1, 2, 2)
    >>> dx, dw, db = conv2d_backward(np.array([[[[0.0, 1.0], [0.0, 0.0]]]]), x, w)
    >>> print(dx[0, 0], dw[0, 0], sep="\\n")
    [[0. 0. 1.]
     [0. 2. 3.]
     [0. 0. 0.]]
    [[1. 2.]
     [4. 5.]]

    For any dy these stamps and windows are weighted and added up:

    >>> dx, dw, db = conv2d_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), x, w)
    >>> print(dx[0, 0], dw[0, 0], db, sep="\\n")
    [[ 0.  1.  2.]
     [ 2. 10. 10.]
     [ 6. 17. 12.]]
    [[27. 37.]
     [57. 67.]]
    [10.]
    """
    x, w, geometry, groups = _checked("conv2d_backward", 2, x, w, stride, padding, dilation, groups)
    return _gradients("conv2d_backward", dy, x, w, geometry, groups, needs_input_grad)


def _gradients(
    function: str, dy: Array, x: Array, w: Array, geometry: Window, groups: int, needs_input_grad: bool
) -> Gradients:
    """Return dx, dw and db, the three sums above; ``dy`` is taken in the dtype of ``x``."""
    size = x.shape[2:]
    dy = with_shape(function, "dy", dy, (len(x), len(w), *geometry.out(size))).astype(x.dtype, copy=False)
    dx = engine.input_gradient(dy, w, geometry, groups, size) if needs_input_grad else None
    dw = engine.weight_gradient(dy, x, geometry, groups)
    return dx, dw, bias_gradient(dy)


def conv1d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
) -> Array:
    """Slide every kernel along every signal: x (N, C, L), w (F, C / groups, K), b (F,) give (N, F, L_out).

    Options and errors as in `conv2d`, with one axis instead of two.

    >>> conv1d(np.array([[[1.0, 2.0, 4.0, 8.0]]]), np.array([[[-1.0, 1.0]]]))
    array([[[1., 2., 4.]]])
    """
    x, w, geometry, groups = _checked("conv1d", 1, x, w, stride, padding, dilation, groups)
    return engine.correlate(x, w, geometry, groups, bias("conv1d", b, x, len(w)))


def conv1d_backward(
    dy: Array,
    x: Array,
    w: Array,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
    needs_input_grad: bool = True,
) -> Gradients:
    """Return dx, dw, db of `conv1d`, as `conv2d_backward` does.

    >>> x, w = np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]])
    >>> conv1d_backward(np.array([[[1.0, 10.0]]]), x, w)
    (array([[[-1., -9., 10.]]]), array([[[21., 42.]]]), array([11.]))
    """
    x, w, geometry, groups = _checked("conv1d_backward", 1, x, w, stride, padding, dilation, groups)
    return _gradients("conv1d_backward", dy, x, w, geometry, groups, needs_input_grad)


def conv3d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
) -> Array:
    """Slide every kernel through every volume: x (N, C, D, H, W), w (F, C / groups, KD, KH, KW), b (F,).

    Options and errors as in `conv2d`, with three axes instead of two; the result is (N, F, D_out, H_out,
    W_out).

    >>> conv3d(np.ones((1, 1, 15, 21, 21)), np.ones((1, 1, 5, 5, 5))).shape
    (1, 1, 11, 17, 17)
    """
    x, w, geometry, groups = _checked("conv3d", 3, x, w, stride, padding, dilation, groups)
    return engine.correlate(x, w, geometry, groups, bias("conv3d", b, x, len(w)))


def conv3d_backward(
    dy: Array,
    x: Array,
    w: Array,
    *,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
    needs_input_grad: bool = True,
) -> Gradients:
    """Return dx, dw, db of `conv3d`, as `conv2d_backward` does.

    >>> x, w = np.ones((1, 1, 2, 2, 3)), np.ones((1, 1, 2, 2, 2))
    >>> dx, dw, db = conv3d_backward(np.ones((1, 1, 1, 1, 2)), x, w)
    >>> dx[0, 0, 0], db
    (array([[1., 2., 1.],
           [1., 2., 1.]]), array([2.]))
    """
    x, w, geometry, groups = _checked("conv3d_backward", 3, x, w, stride, padding, dilation, groups)
    return _gradients("conv3d_backward", dy, x, w, geometry, groups, needs_input_grad)


def _checked(
    function: str,
    axes: int,
    x: Array,
    w: Array,
    stride: int | Sizes,
    padding: Padding,
    dilation: int | Sizes,
    groups: int,
) -> tuple[Array, Array, Window, int]:
    """Return images and kernels of one dtype, the window and the groups; see that all fit together."""
    x = images(function, "x", x, axes)
    w = kernel(function, "w", w, KERNELS[axes])
    groups = whole(f"{function}: groups", groups, 1)
    channels, filters, kernel_size = x.shape[1], w.shape[0], w.shape[2:]
    if channels % groups or filters % groups:
        raise ShapeError(
            f"{function}: {channels} channels and {filters} kernels do not split into {groups} groups. "
            "Both must be multiples of groups."
        )
    if w.shape[1] * groups != channels:
        wanted = f"({filters}, {channels // groups}, {', '.join(map(str, kernel_size))})"
        raise ShapeError(
            f"{function}: x has {channels} channels but w expects {w.shape[1] * groups}. "
            f"w must have shape {wanted}."
        )
    geometry = window(function, x.shape[2:], kernel_size, stride, padding, dilation)
    x, w = of_one_dtype(x, w)
    return x, w, geometry, groups
