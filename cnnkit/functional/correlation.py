"""Correlation and convolution of one signal or one picture with one kernel.

Deep learning says "convolution" and means *cross-correlation*: lay the kernel on the input, multiply what
lies on top of each other, add up, move on. Convolution proper flips the kernel first. Both stand here under
their own names; everything else in cnnkit is built on the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.padding import pad2d
from cnnkit.shapes import Pair, pair, span

Array = npt.NDArray[Any]


def correlate1d(x: Array, k: Array) -> Array:
    """Slide ``k`` along ``x`` and sum the products: y[i] = sum_a x[i + a] k[a].

    Parameters
    ----------
    x : array (N,)
    k : array (K,), not longer than x

    Returns
    -------
    array (N - K + 1,), floating

    Raises
    ------
    ShapeError
        if an argument is not one-dimensional, or the kernel is longer than the signal.

    >>> correlate1d(np.array([1, 2, 4, 8]), np.array([-1, 1]))
    array([1., 2., 4.])
    """
    x, k = _signal("correlate1d", x, k, rank=1)
    return _windows1d(x, len(k)) @ k


def convolve1d(x: Array, k: Array) -> Array:
    """Convolve ``x`` with ``k``: the kernel is flipped, then slid; y[i] = sum_a x[i + a] k[K - 1 - a].

    Shapes and errors as in `correlate1d`.

    >>> convolve1d(np.array([1, 2, 4, 8]), np.array([-1, 1]))
    array([-1., -2., -4.])
    """
    x, k = _signal("convolve1d", x, k, rank=1)
    return correlate1d(x, k[::-1])


def correlate2d(
    x: Array, k: Array, *, stride: int | Pair = 1, padding: int | Pair = 0, dilation: int | Pair = 1
) -> Array:
    """Slide ``k`` over ``x`` and sum the products: y[i, j] = sum_ab x[i s + a d, j s + b d] k[a, b].

    Parameters
    ----------
    x : array (H, W)
    k : array (KH, KW)
    stride : step of the window, one number or (vertical, horizontal)
    padding : zeros added on each side before sliding
    dilation : distance between neighbouring weights of the kernel, 1 for none

    Returns
    -------
    array (H_out, W_out), floating, with H_out = floor((H + 2 padding - dilation (KH - 1) - 1) / stride) + 1

    Raises
    ------
    ShapeError
        if an argument is not two-dimensional, or the kernel does not fit into the padded picture.

    >>> correlate2d(np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2))
    array([[19., 25.],
           [37., 43.]])
    """
    x, k = _signal("correlate2d", x, k, rank=2)
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    y: Array = np.einsum("ijab,ab->ij", _windows2d(pad2d(x, padding), k.shape, stride, dilation), k)
    return y


def convolve2d(
    x: Array, k: Array, *, stride: int | Pair = 1, padding: int | Pair = 0, dilation: int | Pair = 1
) -> Array:
    """Convolve ``x`` with ``k``: the kernel is turned by 180 degrees, then slid as in `correlate2d`.

    >>> convolve2d(np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2))
    array([[ 5., 11.],
           [23., 29.]])
    """
    x, k = _signal("convolve2d", x, k, rank=2)
    return correlate2d(x, k[::-1, ::-1], stride=stride, padding=padding, dilation=dilation)


def _signal(function: str, x: Array, k: Array, rank: int) -> tuple[Array, Array]:
    """Return input and kernel as floating arrays of the given rank."""
    arrays = []
    for name, value in (("x", x), ("k", k)):
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"{function}: {name} has dtype {array.dtype}, but it must hold real numbers.")
        if array.ndim != rank:
            axes = "(N,)" if rank == 1 else "(H, W)"
            raise ShapeError(f"{function}: {name} has shape {array.shape}, but it must be {axes}.")
        if array.size == 0:
            raise ShapeError(f"{function}: {name} has shape {array.shape}, but it must not be empty.")
        arrays.append(array if array.dtype.kind == "f" else array.astype(float))
    return arrays[0], arrays[1]


def _windows1d(x: Array, size: int) -> Array:
    """Return every window of ``size`` neighbours, (N - size + 1, size), as a view."""
    if size > len(x):
        raise ShapeError(
            f"correlate1d: k has {size} entries but x only {len(x)}. "
            "Use a shorter kernel; or are they exchanged?"
        )
    return np.lib.stride_tricks.sliding_window_view(x, size)


def _windows2d(x: Array, size: Pair, stride: Pair, dilation: Pair) -> Array:
    """Return every window, (H_out, W_out, KH, KW), as a view: nothing is copied."""
    spans = span(size[0], dilation[0]), span(size[1], dilation[1])
    if spans[0] > x.shape[0] or spans[1] > x.shape[1]:
        raise ShapeError(
            f"correlate2d: the kernel spans {spans} but the picture, with its padding, only {x.shape}. "
            "Use a smaller kernel, or more padding; or are x and k exchanged?"
        )
    every = np.lib.stride_tricks.sliding_window_view(x, spans)
    return every[:: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
