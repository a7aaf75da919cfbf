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

from cnnkit.functional.engine.workspace import workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def fold(part: Array, by: Sizes) -> Array:
    """Move squares of pixels into the channels: (n, 2 H, 2 W, C) to (n, H, W, 4 C).

    >>> fold(np.arange(8).reshape(1, 2, 4, 1), (2, 2)).tolist()
    [[[[0, 1, 4, 5], [2, 3, 6, 7]]]]
    """
    if prod(by) == 1:
        return part
    axes, (n, *long, channels) = len(by), part.shape
    size = tuple(pixels // s for pixels, s in zip(long, by, strict=True))
    squares = part.reshape(n, *(v for pair in zip(size, by, strict=True) for v in pair), channels)
    folded = workspace("folded", (n, *size, *by, channels), part.dtype)
    folded[...] = squares.transpose(0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), -1)
    return folded.reshape(n, *size, prod(by) * channels)


def fold_kernel(w: Array, by: Sizes) -> Array:
    """Fold the taps of w (*kernel, C, F) as the pixels under them; zeros fill up what is missing."""
    if prod(by) == 1:
        return w
    axes, short = len(by), tuple(-(-k // s) for k, s in zip(w.shape, by, strict=False))
    full = np.zeros((*(k * s for k, s in zip(short, by, strict=True)), *w.shape[-2:]), w.dtype)
    full[*map(slice, w.shape[:-2])] = w
    squares = full.reshape(*(v for pair in zip(short, by, strict=True) for v in pair), *w.shape[-2:])
    folded = squares.transpose(*range(0, 2 * axes, 2), *range(1, 2 * axes, 2), -2, -1)
    return folded.reshape(*short, prod(by) * w.shape[-2], w.shape[-1])


def unfold_kernel(w: Array, window: Window) -> Array:
    """Undo `fold_kernel` for the window's stride, and cut off what had filled up."""
    by, axes = window.stride, len(window.stride)
    if prod(by) == 1:
        return w
    squares = w.reshape(*w.shape[:-2], *by, w.shape[-2] // prod(by), w.shape[-1])
    squares = squares.transpose(*(v for a in range(axes) for v in (a, axes + a)), -2, -1)
    full = squares.reshape(*(k * s for k, s in zip(w.shape, by, strict=False)), *squares.shape[-2:])
    return full[*map(slice, window.kernel)]
