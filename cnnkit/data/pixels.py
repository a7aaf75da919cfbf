"""Pixels as numbers: bytes become numbers from 0 to 1, large pictures small ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def from_bytes(pixels: Array) -> Array:
    """Return pixels from 0 to 255 as float32 numbers from 0 (no light, or no ink) to 1.

    >>> from_bytes(np.array([0, 51, 255], np.uint8))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    return np.asarray(pixels / np.float32(255))


def average_blocks(picture: Array, block: int) -> Array:
    """Make one pixel of every square of ``block`` times ``block``; a rest that fills none is cut off.

    Parameters
    ----------
    picture : array (H, W) or (H, W, C)
    block : int, from 1 to the shorter side

    Returns
    -------
    array (H // block, W // block) or (H // block, W // block, C)

    >>> average_blocks(np.arange(10.0).reshape(2, 5), 2)
    array([[3., 5.]])
    """
    rows, columns = picture.shape[0] // block, picture.shape[1] // block
    squares = picture[: rows * block, : columns * block].reshape(
        rows, block, columns, block, *picture.shape[2:]
    )
    return np.asarray(squares.mean(axis=(1, 3)))
