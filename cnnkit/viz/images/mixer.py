"""The channel mixer: a photograph taken apart into red, green and blue, and put together again."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.photographs import photograph, shrink
from cnnkit.errors import ShapeError
from cnnkit.viz.colour import INK, PAPER, QUIET, grey, hexadecimal
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import size

Array = npt.NDArray[Any]
WIDTH, TOP, LONGEST = 880, 58, 128
BIG, SMALL, GAP = 300.0, 158.0, 16.0  # longest side of the mixed picture, of a channel; between channels
CHANNELS = ("red", "green", "blue")
INKS = ("#b00020", "#00702c", "#0a46c2")
ORDERS = {"RGB": (0, 1, 2), "BGR": (2, 1, 0)}


def channel_mixer(
    image: Any = "astronaut",
    *,
    red: int = 100,
    green: int = 100,
    blue: int = 100,
    order: str = "RGB",
    pixel: tuple[int, int] | None = None,
) -> Demo:
    """Show the three channels of a photograph as grey pictures, and what they mix to.

    Parameters
    ----------
    image : str, the name of a colour photograph, or array (H, W, 3) from 0 to 1; shrunk to 128 × 128 or less
    red, green, blue : strength of each channel in percent, from 0 to 100
    order : "RGB", or "BGR" for a reader who takes the first channel for blue
    pixel : (row, column) whose three numbers are shown; None for the middle

    Returns
    -------
    Demo

    >>> demo = channel_mixer([[[1.0, 1.0, 1.0], [1.0, 0.5, 0.0]]], pixel=(0, 1))
    >>> demo.facts()["pixel"], demo.set(order="BGR").facts()["pixel"]
    ([255, 128, 0], [0, 128, 255])
    >>> demo.set(order="RGB", column=0, blue=0).facts()["pixel"]
    [255, 255, 0]
    """
    x, source = _read(image)
    row, column = (x.shape[0] // 2, x.shape[1] // 2) if pixel is None else pixel
    controls: list[Control] = [
        *(Slider(name, f"{name} %", f"strength of the {name} channel", 0, 100) for name in CHANNELS),
        Choice("order", "read as", "in which order the channels are taken for colours", tuple(ORDERS)),
        Slider("row", "row", "row of the pixel whose numbers are shown", 0, x.shape[0] - 1),
        Slider("column", "column", "column of the pixel whose numbers are shown", 0, x.shape[1] - 1),
    ]
    state = {"red": red, "green": green, "blue": blue, "order": order, "row": row, "column": column}
    caption = "A colour picture is three grey pictures on each other: the light of three lamps."
    return Demo("channel_mixer", partial(_draw, x=x, source=source), controls, state, caption)


def _read(image: Any) -> tuple[Array, str]:
    """Return the picture to work on, and the line of code that gives it."""
    if isinstance(image, str):
        picture, source = photograph(image, LONGEST), f"photograph({image!r}, longest={LONGEST})"
    else:
        picture, source = np.asarray(image, dtype=float), "np.asarray(image)"
    if picture.ndim != 3 or picture.shape[-1] != 3 or 0 in picture.shape:
        raise ShapeError(
            f"channel_mixer: image has shape {picture.shape}, but it must be in colour, (H, W, 3). "
            "The photographs astronaut, chelsea, coffee and rocket are."
        )
    if max(picture.shape) > LONGEST:
        picture, source = shrink(picture, LONGEST), f"shrink(np.asarray(image), longest={LONGEST})"
    return picture, source


def _draw(state: State, x: Array, source: str) -> Picture:
    strength = [state[name] / 100 for name in CHANNELS]
    y = x[..., list(ORDERS[state["order"]])] * strength
    pixels = np.round(255 * np.clip(y, 0, 1)).astype(np.uint8)
    place = state["row"], state["column"]
    facts = {
        "pixel": [int(part) for part in pixels[place]],
        "means": [round(float(mean), 3) for mean in pixels.mean(axis=(0, 1))],
        "bytes": int(pixels.size),
    }
    drawing = _drawing(state, pixels, place)
    return Picture(drawing, facts, _alt(state, facts, x), _status(place, facts), _code(state, source))


def _drawing(state: State, pixels: npt.NDArray[np.uint8], place: tuple[int, int]) -> Drawing:
    """The mixed picture, the three channels, and the chosen pixel as numbers and as a colour."""
    scale, small = (side / max(pixels.shape[:2]) for side in (BIG, SMALL))
    height, width = pixels.shape[0] * scale, pixels.shape[1] * scale
    drawing = Drawing(WIDTH, TOP + max(height, pixels.shape[0] * small + 130) + 24)
    drawing.words(24, 30, f"mixed, {size(pixels.shape[:2])} pixels", 14, INK, "start", bold=True)
    drawing.picture(24, TOP, width, height, pixels)
    _mark(drawing, 24, TOP, scale, place)
    left = WIDTH - 24 - 3 * SMALL - 2 * GAP
    for channel, name in enumerate(CHANNELS):
        x = left + channel * (SMALL + GAP)
        words = f"{name}, {state[name]} %"
        drawing.words(x, 30, words, 14, INKS[channel], "start", bold=True)
        level = grey(pixels[..., channel] / 255)
        drawing.picture(x, TOP, pixels.shape[1] * small, pixels.shape[0] * small, level)
        _mark(drawing, x, TOP, small, place)
    _pixel(drawing, left, TOP + pixels.shape[0] * small + 40, pixels[place], place)
    return drawing


def _mark(drawing: Drawing, left: float, top: float, scale: float, place: tuple[int, int]) -> None:
    """Draw a frame around the chosen pixel, light and dark, so that it is seen on any ground."""
    x, y, side = left + place[1] * scale, top + place[0] * scale, max(scale, 3.0)
    for grow, ink in ((3.0, INK), (1.5, PAPER)):
        low_x, low_y = max(left, x - grow), max(top, y - grow)
        drawing.box(low_x, low_y, x + side + grow - low_x, y + side + grow - low_y, stroke=ink, thick=1.5)


def _pixel(drawing: Drawing, left: float, top: float, rgb: Array, place: tuple[int, int]) -> None:
    """Show the three numbers of one pixel as bars, and their mixture as a patch of colour."""
    drawing.words(left, top - 16, f"the pixel in row {place[0]}, column {place[1]}", 13, QUIET, "start")
    drawing.box(left, top + 2, 84, 84, hexadecimal(rgb), QUIET, 0.8, round=4)
    for channel, name in enumerate(CHANNELS):
        y, value = top + 2 + 30 * channel, int(rgb[channel])
        drawing.words(left + 102, y + 12, name, 13, INKS[channel], "start")
        drawing.box(left + 152, y + 3, 255, 18, "#f1f3f5", QUIET, 0.6, round=3)
        drawing.box(left + 152, y + 3, float(value), 18, INKS[channel], round=3)
        drawing.words(left + 152 + 255 + 40, y + 12, str(value), 14, INK, "end", bold=True)


def _status(place: tuple[int, int], facts: dict[str, Any]) -> str:
    red, green, blue = facts["pixel"]
    means = ", ".join(f"{name} {mean:.0f}" for name, mean in zip(CHANNELS, facts["means"], strict=True))
    return (
        f"The pixel in row {place[0]}, column {place[1]} is red {red}, green {green}, blue {blue}. "
        f"On average: {means}."
    )


def _alt(state: State, facts: dict[str, Any], x: Array) -> str:
    strengths = ", ".join(f"{name} at {state[name]} %" for name in CHANNELS)
    order = "" if state["order"] == "RGB" else ", red and blue exchanged"
    red, green, blue = facts["pixel"]
    return (
        f"A colour photograph of {size(x.shape[:2])} pixels, mixed with {strengths}{order}, "
        f"and its three channels as grey pictures. One pixel, in row {state['row']}, "
        f"column {state['column']}, is shown as a patch of colour with its numbers {red}, {green}, {blue}."
    )


def _code(state: State, source: str) -> str:
    strengths = ", ".join(f"{state[name] / 100:g}" for name in CHANNELS)
    return (
        "import numpy as np\nfrom cnnkit.data import photograph, shrink\n\n"
        f"x = {source}\ny = x[..., {list(ORDERS[state['order']])}] * np.array([{strengths}])\n"
        "pixels = np.round(255 * np.clip(y, 0, 1)).astype('uint8')\n"
        f"pixels[{state['row']}, {state['column']}], pixels.mean(axis=(0, 1)).round(3), pixels.nbytes\n"
    )
