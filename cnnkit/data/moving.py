"""Short films of digits that move: to tell which way, a network must look at more than one frame.

The frame has no edges: what leaves it on one side comes in on the other. So a digit may start anywhere, every
place is as likely in every frame, and one frame alone says nothing about the direction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.digits import SIDE, digits
from cnnkit.errors import ShapeError
from cnnkit.options import generator
from cnnkit.shapes import whole

Array = npt.NDArray[Any]

DIRECTIONS = ("left", "right", "up", "down")
STEPS = np.array([(0, -1), (0, 1), (-1, 0), (1, 0)])  # (down, right), in the order of DIRECTIONS
SPEEDS = (1, 2, 3)  # pixels a frame


def moving_digits(
    count: int, *, frames: int = 8, size: int = 32, directions: int = 2, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Film digits of `digits` that move 1, 2 or 3 pixels a frame. The task is to say in which direction.

    Parameters
    ----------
    count : how many clips. Up to 5,000 no digit appears twice, so what `split` holds out shows new digits
    frames : length T of a clip, 2 or more
    size : height and width of the frame, 28 or more
    directions : 2 for left and right, 4 for up and down as well
    rng : where chance comes from; the same seed gives the same clips

    Returns
    -------
    clips : array (count, 1, T, size, size), float32, from 0 to 1
    labels : array (count,), int64; label k moves in the direction ``DIRECTIONS[k]``; all equally often, as
        far as count allows

    Raises
    ------
    ShapeError
        if a number is out of range.

    >>> clips, labels = moving_digits(6, frames=4, rng=np.random.default_rng(0))
    >>> clips.shape, np.bincount(labels)
    ((6, 1, 4, 32, 32), array([3, 3]))
    """
    count = whole("moving_digits: count", count, 0)
    frames, size = whole("moving_digits: frames", frames, 2), whole("moving_digits: size", size, SIDE)
    if whole("moving_digits: directions", directions, 2) not in (2, 4):
        raise ShapeError(f"moving_digits: directions is {directions}, but it must be 2 or 4.")
    rng, images = generator("moving_digits", rng), digits()[0][:, 0]
    drawn = images[rng.choice(len(images), count, replace=count > len(images))]
    labels = rng.permutation(np.arange(count) % directions)
    speeds = rng.choice(SPEEDS, (count, 1))
    starts = rng.integers(0, size, (count, 2))
    return film(drawn, starts, speeds * STEPS[labels], frames, size), labels


def film(images: Array, starts: Array, steps: Array, frames: int, size: int) -> Array:
    """Draw each image in a frame without edges, again and again, one step further each time.

    Parameters
    ----------
    images : array (N, h, w)
    starts : whole numbers (N, 2), the row and the column of the upper left corner in the first frame
    steps : whole numbers (N, 2), how far it goes, down and to the right, from one frame to the next

    Returns
    -------
    array (N, 1, frames, size, size)

    >>> film(np.ones((1, 1, 1)), np.array([[0, 1]]), np.array([[0, 1]]), frames=3, size=3)[0, 0, :, 0]
    array([[0., 1., 0.],
           [0., 0., 1.],
           [1., 0., 0.]])
    """
    height, width = images.shape[1:]
    n, t, i, j = np.ogrid[: len(images), :frames, :height, :width]
    rows = starts[n, 0] + t * steps[n, 0] + i
    columns = starts[n, 1] + t * steps[n, 1] + j
    clips = np.zeros((len(images), 1, frames, size, size), images.dtype)
    clips[n, 0, t, rows % size, columns % size] = images[:, None]
    return clips
