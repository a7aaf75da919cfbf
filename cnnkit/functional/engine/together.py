"""Outputs together: for few channels, one wide window computes some neighbouring outputs at once.

Six kernels of 5 x 5 on one channel are products of 25 numbers with 6: too short for BLAS. So let a wider
window see all that m neighbouring windows see, with m copies of each kernel, each a step further on:

    1 2 3 for 2 outputs together, 4 pixels wide:     1 2 3 0     the first of them
                                                     0 1 2 3     the second

It makes m F channels, which lie in memory exactly as m places with F channels would. Up to m times as much is
multiplied, the rest with zeros; less is copied, since neighbouring windows overlap. And it is a convolution,
so that all that is said of one holds for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnkit.window import Window

Array = npt.NDArray[Any]


def wide(window: Window, m: int) -> Window:
    """Return the window of m outputs together, side by side on the last axis.

    >>> wide(Window((3,), (1,), ((1, 1),), (1,)), 2)
    Window(kernel=(4,), stride=(2,), padding=((1, 1),), dilation=(1,))
    """
    if m == 1:
        return window
    (*kernel, _), (*stride, s), (*dilation, _) = window.kernel, window.stride, window.dilation
    reach = (m - 1) * s + window.spans[-1]
    return Window((*kernel, reach), (*stride, m * s), window.padding, (*dilation, 1))


def spread(w: Array, window: Window, m: int) -> Array:
    """Return kernels (*kernel, C, F) for m outputs together: (*kernel of `wide`, C, m F).

    >>> spread(np.array([[[1]], [[2]], [[3]]]), Window((3,), (1,), ((0, 0),), (1,)), 2)[:, 0]
    array([[1, 0],
           [2, 1],
           [3, 2],
           [0, 3]])
    """
    if m == 1:
        return w
    *_, channels, filters = w.shape
    matrix = np.zeros((*wide(window, m).kernel, channels, m * filters), w.dtype)
    _copies(matrix, window, m)[...] = w[..., None, :]
    return matrix


def gathered(dw: Array, window: Window, m: int) -> Array:
    """Return the gradient of the kernels (*kernel, C, F) from that of all their copies."""
    return dw if m == 1 else np.asarray(_copies(dw, window, m).sum(axis=-2))


def _copies(matrix: Array, window: Window, m: int) -> Array:
    """Return where the copies stand in such a matrix, on its diagonals: (*kernel, C, m, F), a view."""
    *outer, pixel, channel, number = matrix.strides
    filters, s, d = matrix.shape[-1] // m, window.stride[-1], window.dilation[-1]
    strides = (*outer, d * pixel, channel, s * pixel + filters * number, number)
    return as_strided(matrix, (*window.kernel, matrix.shape[-2], m, filters), strides)
