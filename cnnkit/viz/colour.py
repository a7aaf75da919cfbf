"""The colours of the course: one role, one colour in every chapter, told apart by colour-blind eyes as well.

Roles take their hues from the palette of Okabe and Ito (2008): blue for the input, orange for the kernel,
green for the output, purple for a gradient. Colour never stands alone: a role also has its letter or outline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Role:
    """A role's shades: ``pale`` fills a cell, ``deep`` the one meant, ``ink`` draws lines and words."""

    pale: str
    deep: str
    ink: str


INPUT = Role("#e3f0fa", "#a9d3f2", "#00588f")
KERNEL = Role("#fdf0d2", "#f7d27f", "#8a5a00")
OUTPUT = Role("#dcf3ea", "#93dcc0", "#00664a")
GRADIENT = Role("#f8e6f0", "#e7b3d0", "#8c3f6b")
PADDING = Role("#f4f4f4", "#dedede", "#6b6b6b")
WARNING = Role("#fde7dc", "#f3b493", "#a84300")
INK = "#1f2328"
QUIET = "#59636e"
PAPER = "#ffffff"

# Both ends are equally dark, and the middle is white: what is zero looks empty.
_NEGATIVE_TO_POSITIVE = ("#08306b", "#2f7ebc", "#a6cde8", "#ffffff", "#fbc48c", "#dd6c14", "#7a2b03")
_NONE_TO_MANY = (INPUT.pale, INPUT.deep, INPUT.ink)


def diverging(values: npt.NDArray[Any], scale: float) -> npt.NDArray[np.uint8]:
    """Colour signed values: blue below zero, white at zero, orange above, full colour at ± ``scale``.

    Returns an array (..., 3) of bytes.

    >>> diverging(np.array([-1.0, 0.0, 1.0]), scale=1).tolist()
    [[8, 48, 107], [255, 255, 255], [122, 43, 3]]
    """
    return _blend(_NEGATIVE_TO_POSITIVE, 0.5 + 0.5 * np.asarray(values) / (scale or 1.0))


def sequential(values: npt.NDArray[Any], most: float) -> npt.NDArray[np.uint8]:
    """Colour counts from none (pale) to ``most`` (dark); lightness alone carries the order.

    >>> sequential(np.array([0, 9]), most=9).tolist()
    [[227, 240, 250], [0, 88, 143]]
    """
    return _blend(_NONE_TO_MANY, np.asarray(values) / (most or 1.0))


def grey(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Show 0 as black and 1 as white; what lies outside is cut off.

    >>> grey(np.array([-0.5, 0.5, 2.0])).tolist()
    [[0, 0, 0], [128, 128, 128], [255, 255, 255]]
    """
    level = np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=-1)


def hexadecimal(rgb: npt.NDArray[Any]) -> str:
    """Write one colour of three bytes as SVG does.

    >>> hexadecimal(np.array([0, 88, 143]))
    '#00588f'
    """
    return "#" + "".join(f"{int(part):02x}" for part in rgb)


def ink_on(rgb: npt.NDArray[Any]) -> str:
    """Return the colour of words that can be read on this ground: dark on light, white on dark.

    >>> ink_on(np.array([255, 255, 255])), ink_on(np.array([0, 88, 143]))
    ('#1f2328', '#ffffff')
    """
    return INK if np.dot(rgb, (0.299, 0.587, 0.114)) > 140 else PAPER


def _blend(stops: tuple[str, ...], position: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return the colour at a position from 0 to 1 along evenly spaced stops."""
    colours = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops])
    where = np.clip(position, 0, 1) * (len(stops) - 1)
    channels = [np.interp(where, np.arange(len(stops)), colours[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)
