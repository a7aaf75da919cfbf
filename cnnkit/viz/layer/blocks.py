"""Reading small blocks of numbers, pictures with channels and their kernels, that a figure can draw."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.viz.options import vector
from cnnkit.viz.words import size

Array = npt.NDArray[Any]


def block(figure: str, name: str, value: Any, axes: str, most: tuple[int, ...]) -> Array:
    """Return a block of small numbers whose axes have names and are not longer than ``most``.

    Raises
    ------
    ShapeError
        if it has other axes, is empty, too large to be drawn, or holds no numbers that can be shown.

    >>> block("im2col", "x", [[1, 2]], "C, H, W", (3, 5, 6))
    Traceback (most recent call last):
    ...
    cnnkit.errors.ShapeError: im2col: x has shape (1, 2), but it must be (C, H, W), at most 3 × 5 × 6.
    """
    try:
        shape = np.shape(value)
    except ValueError:
        raise ShapeError(f"{figure}: {name} has rows of different lengths.") from None
    if len(shape) != len(most) or not all(1 <= n <= m for n, m in zip(shape, most, strict=True)):
        raise ShapeError(
            f"{figure}: {name} has shape {shape}, but it must be ({axes}), at most {size(most)}."
        )
    return vector(figure, name, np.ravel(value), prod(most)).reshape(shape)


def kernels(figure: str, value: Any, x: Array, filters: int, sides: int) -> Array:
    """Return kernels (F, C, KH, KW) that have the channels of ``x`` (C, H, W) and fit into it.

    >>> kernels("channels", np.ones((2, 3, 2, 2)), np.ones((4, 4, 4)), 6, 3)
    Traceback (most recent call last):
    ...
    cnnkit.errors.ShapeError: channels: w has shape (2, 3, 2, 2), but x has 4 channels and is 4 × 4. ...
    """
    w = block(figure, "w", value, "F, C, KH, KW", (filters, len(x), sides, sides))
    if w.shape[1] != len(x) or w.shape[2] > x.shape[1] or w.shape[3] > x.shape[2]:
        raise ShapeError(
            f"{figure}: w has shape {w.shape}, but x has {len(x)} channels and is {size(x.shape[1:])}. "
            "Every kernel needs a slice for each channel, not larger than x."
        )
    return w
