"""Small colour pictures of ten kinds, for networks: patches cut from ten photographs.

The task is to say which photograph a patch comes from. Patches to train on come from the left of each
picture, patches to test with from the right, and no pixel belongs to both.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.photographs import photograph
from cnnkit.data.pixels import average_blocks
from cnnkit.data.split import Pairs
from cnnkit.errors import ShapeError
from cnnkit.options import generator
from cnnkit.shapes import whole

Array = npt.NDArray[Any]

# The classes, in the order of their labels: all given to the public domain (CC0, NASA, SpaceX).
PICTURES = (
    "astronaut",
    "brick",
    "camera",
    "chelsea",
    "coffee",
    "grass",
    "gravel",
    "hubble_deep_field",
    "retina",
    "rocket",
)
SHORTEST = 256  # the larger pictures are shrunk by whole blocks while no side gets shorter than this


def photo_patches(train: int = 3000, test: int = 750, *, size: int = 32, rng: np.random.Generator) -> Pairs:
    """Cut patches at random places from ten photographs; label k comes from ``PICTURES[k]``.

    Parameters
    ----------
    train : how many patches to cut from the left 70 % of the pictures; they may overlap each other
    test : how many to cut from the right 30 %
    size : height and width of a patch in pixels, at most 77
    rng : where chance comes from; the same seed gives the same patches

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : patches (N, 3, size, size), float32, red, green and blue from 0 to
        1, all three the same where the photograph is grey; and labels (N,), int64, from 0 to 9, all equally
        often as far as N allows

    Raises
    ------
    ShapeError
        if a number is out of range.
    UsageError
        if scikit-image is not installed.

    >>> (x, y), (x_test, y_test) = photo_patches(20, 10, rng=np.random.default_rng(0))
    >>> x.shape, x_test.shape, np.bincount(y)
    ((20, 3, 32, 32), (10, 3, 32, 32), array([2, 2, 2, 2, 2, 2, 2, 2, 2, 2]))
    """
    size, rng = whole("photo_patches: size", size, 1), generator("photo_patches", rng)
    counts = [whole("photo_patches: train", train, 0), whole("photo_patches: test", test, 0)]
    pictures = [_picture(name) for name in PICTURES]
    narrowest = min(len(side(picture.shape[1])[1]) for picture in pictures)
    if size > narrowest:
        raise ShapeError(f"photo_patches: size is {size}, but the patches can be at most {narrowest} wide.")
    training, testing = (_cut(pictures, count, size, part, rng) for part, count in enumerate(counts))
    return training, testing


def side(width: int) -> tuple[range, range]:
    """Return the columns of the left 70 % of a picture, and those of the right 30 %.

    >>> side(10)
    (range(0, 7), range(7, 10))
    """
    border = width * 7 // 10
    return range(border), range(border, width)


def corners(count: int, height: int, columns: range, size: int, rng: np.random.Generator) -> Array:
    """Draw the upper left corners (row, column) of patches that stay within these columns: (count, 2).

    >>> corners(2, 32, range(60, 92), 32, np.random.default_rng(0))  # where there is only one place
    array([[ 0, 60],
           [ 0, 60]])
    """
    first = [0, columns.start]
    return rng.integers(first, [height - size, columns.stop - size], (count, 2), endpoint=True)


def _cut(
    pictures: list[Array], count: int, size: int, part: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    labels = rng.permutation(np.arange(count) % len(pictures))
    patches = np.empty((count, 3, size, size), np.float32)
    for label, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        of_it = np.flatnonzero(labels == label)
        rows, columns = corners(len(of_it), height, side(width)[part], size, rng).T
        every = np.lib.stride_tricks.sliding_window_view(picture, (size, size), axis=(0, 1))
        patches[of_it] = every[rows, columns]
    return patches, labels


@lru_cache
def _picture(name: str) -> Array:
    """Return a photograph as (H, W, 3), float32, its shorter side between 256 and 511 pixels long."""
    picture = photograph(name)
    colours = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    block = max(1, min(colours.shape[:2]) // SHORTEST)
    return average_blocks(colours, block).astype(np.float32)
