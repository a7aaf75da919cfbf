"""Padding: the border that is put around a picture before a kernel slides over it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.shapes import Pair, pair

Array = npt.NDArray[Any]

# The field's word for a border on the left, NumPy's on the right.
MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad2d(x: Array, padding: int | Pair, mode: str = "zeros") -> Array:
    """Pad the last two axes of ``x``: ``p`` rows above and below, ``q`` columns left and right.

    Parameters
    ----------
    x : array (..., H, W)
    padding : p, or a pair (p, q)
    mode : "zeros", "reflect" (mirror, the border itself not repeated), "replicate" or "circular"

    Returns
    -------
    array (..., H + 2p, W + 2q), of the same dtype

    >>> pad2d(np.array([[1.0, 2.0]]), (0, 1))
    array([[0., 1., 2., 0.]])
    >>> pad2d(np.array([[1.0, 2.0, 3.0]]), (0, 2), mode="reflect")
    array([[3., 2., 1., 2., 3., 2., 1.]])
    """
    if mode not in MODES:
        raise ValueError(f"pad2d: mode is {mode!r}, but it must be one of {', '.join(MODES)}.")
    x = np.asarray(x)
    if x.ndim < 2:
        raise ShapeError(f"pad2d: x has shape {x.shape}, but it needs at least the two axes (H, W).")
    (p, q), (height, width) = pair("padding", padding), x.shape[-2:]
    if mode == "reflect" and (p >= max(height, 1) or q >= max(width, 1)):
        raise ShapeError(
            f"pad2d: reflect needs a padding smaller than the picture, got {(p, q)} for {x.shape[-2:]}."
        )
    widths = [(0, 0)] * (x.ndim - 2) + [(p, p), (q, q)]
    y: Array = np.pad(x, widths, mode=MODES[mode])  # type: ignore[call-overload]  # NumPy lists its modes as literals
    return y
