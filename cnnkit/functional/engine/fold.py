"""A stride becomes part of the channels, and a window that steps by 2 steps by 1.

A picture taken in squares of 2 x 2 has half the height, half the width and four times the channels:

    0 1 2 3            0 1 | 2 3         channel 0: 0 2   1: 1 3   2: 4 6   3: 5 7
    4 5 6 7    fold    4 5 | 6 7                    8 a      9 b      c e      d f
    8 9 a b            ---------
    c d e f            8 9 | a b   ...
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocks import rounded_up
from cnnkit.functional.engine.workspace import move, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def fold(part: Array, by: Sizes) -> Array:
    """Move squares of pixels into the channels: (n, 2 H, 2 W, C) to (n, H, W, 4 C).

    >>> fold(np.arange(8).reshape(1, 2, 4, 1), (2, 2)).tolist()
    [[[[0, 1, 4, 5], [2, 3, 6, 7]]]]
    """
    if prod(by) == 1:
        return part
    # the pixels of a square that are neighbours in a row lie together already
    axes, (n, *size, width, channels) = len(by) - 1, part.shape
    split = (number for long, s in zip(size, by, strict=False) for number in (long // s, s))
    squares = part.reshape(n, *split, width // by[-1], by[-1] * channels)
    squares = np.moveaxis(squares, range(2, 2 * axes + 1, 2), range(axes + 2, 2 * axes + 2))
    folded = move(squares, workspace("folded", squares.shape, part.dtype))
    return folded.reshape(*squares.shape[: axes + 2], prod(by) * channels)


def fold_kernels(w: Array, by: Sizes) -> Array:
    """Fold the taps of w (*kernel, C, F) as the pixels under them; zeros fill up what is missing."""
    if prod(by) == 1:
        return w
    full = np.zeros((*(rounded_up(k, s) for k, s in zip(w.shape, by, strict=False)), *w.shape[-2:]), w.dtype)
    full[*map(slice, w.shape[:-2])] = w
    folded: Array = fold(full.reshape(1, *full.shape[:-2], -1), by)[0]
    return folded.reshape(*folded.shape[:-1], -1, w.shape[-1])


def unfold_kernels(w: Array, window: Window) -> Array:
    """Undo `fold_kernels` for the window's stride, and cut off what had filled up."""
    by, axes = window.stride, len(window.stride)
    if prod(by) == 1:
        return w
    squares = np.moveaxis(w.reshape(*w.shape[:axes], *by, -1), range(axes, 2 * axes), range(1, 2 * axes, 2))
    long = (k * s for k, s in zip(w.shape, by, strict=False))
    full: Array = squares.reshape(*long, -1, w.shape[-1])
    return full[*map(slice, window.kernel)]
