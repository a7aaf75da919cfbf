"""Real photographs to try convolutions on: those that scikit-image brings along; nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import damaged, packaged
from cnnkit.data.pixels import average_blocks
from cnnkit.errors import ShapeError, UsageError

Array = npt.NDArray[Any]
FILES = {
    "camera": "camera.png",
    "coins": "coins.png",
    "moon": "moon.png",
    "brick": "brick.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "page": "page.png",
    "text": "text.png",
    "astronaut": "astronaut.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
    "hubble_deep_field": "hubble_deep_field.jpg",
    "retina": "retina.jpg",
}
NAMES = tuple(FILES)


def photograph(name: str = "camera", longest: int | None = None) -> Array:
    """Return a photograph as numbers from 0 (black) to 1 (white).

    Parameters
    ----------
    name : str, one of `NAMES`; the last six are in colour
    longest : int, shrink the picture with `shrink` until no side is longer; None leaves it as it is

    Returns
    -------
    array (H, W), grey, or (H, W, 3), red, green, blue; float64

    Raises
    ------
    UsageError
        if there is no such photograph, or scikit-image is not installed or damaged.

    >>> photograph("coins").shape, photograph("astronaut", longest=128).shape
    ((303, 384), (128, 128, 3))
    """
    if name not in NAMES:
        raise UsageError(f"photograph: there is no {name!r}. The photographs are {', '.join(NAMES)}.")
    path = packaged("photograph", "skimage", f"data/{FILES[name]}", install="scikit-image")
    from PIL import Image  # scikit-image brings it, too; loaded only here, where it is needed

    try:
        with Image.open(path) as file:
            picture = np.asarray(file) / 255.0
    except (OSError, SyntaxError, ValueError) as error:
        raise damaged("photograph", path, str(error)) from None
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
    if block > min(height, width):
        raise ShapeError(
            f"shrink: picture {picture.shape} is too narrow to be shrunk to {longest}. Use a larger number."
        )
    return average_blocks(picture, block)
