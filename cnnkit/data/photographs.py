"""Real photographs to try convolutions on: those that scikit-image brings along; nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError

Array = npt.NDArray[Any]
NAMES = (
    "camera",
    "coins",
    "moon",
    "brick",
    "grass",
    "page",
    "text",
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
)


def photograph(name: str = "camera", longest: int | None = None) -> Array:
    """Return a photograph as numbers from 0 (black) to 1 (white).

    Parameters
    ----------
    name : str, one of `NAMES`; the last four are in colour
    longest : int, shrink the picture with `shrink` until no side is longer; None leaves it as it is

    Returns
    -------
    array (H, W), grey, or (H, W, 3), red, green, blue; float64

    Raises
    ------
    UsageError
        if there is no such photograph, or scikit-image is not installed.

    >>> photograph("coins").shape, photograph("astronaut", longest=128).shape
    ((303, 384), (128, 128, 3))
    """
    if name not in NAMES:
        raise UsageError(f"photograph: there is no {name!r}. The photographs are {', '.join(NAMES)}.")
    try:
        from skimage import data
    except ImportError:
        raise UsageError(
            "photograph: the photographs come with scikit-image. Install it: pip install scikit-image"
        ) from None
    picture = getattr(data, name)() / 255.0
    return picture if longest is None else shrink(picture, longest)


def shrink(picture: Array, longest: int) -> Array:
    """Average square blocks of pixels until no side is longer than ``longest``.

    A rest at the right and at the bottom that fills no block is cut off.

    Parameters
    ----------
    picture : array (H, W) or (H, W, C)
    longest : int, at least 1

    Returns
    -------
    array (H // b, W // b) or (H // b, W // b, C), b the side of a block

    >>> shrink(np.array([[0.0, 1.0, 2.0, 3.0]] * 4), longest=2)
    array([[0.5, 2.5],
           [0.5, 2.5]])
    """
    if picture.ndim not in (2, 3) or longest < 1:
        raise ShapeError(
            f"shrink: picture has shape {picture.shape} and longest is {longest}. "
            "A picture is (H, W) or (H, W, C), and longest 1 or more."
        )
    height, width = picture.shape[:2]
    block = -(-max(height, width) // longest)
    rows, columns = height // block, width // block
    if not rows or not columns:
        raise ShapeError(
            f"shrink: picture {picture.shape} is too narrow to be shrunk to {longest}. Use a larger number."
        )
    blocks = picture[: rows * block, : columns * block].reshape(
        rows, block, columns, block, *picture.shape[2:]
    )
    return np.asarray(blocks.mean(axis=(1, 3)))
