"""How the activation viewer looks: the picture, a layer's maps or units, and the network's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, OUTPUT, QUIET, WARNING, diverging, grey, hexadecimal
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, several, size

Array = npt.NDArray[Any]
WIDTH, HEIGHT, TOP = 880, 430, 62
PICTURE, BARS = (24, 150), (716, 140)  # left edge and width of the picture, and of the bars
MAPS, ROOM = (206, 470), 320  # left edge and width of the maps, and their height


@dataclass(frozen=True)
class Shown:
    """What is drawn: a picture and its label, the answers of a layer, and the probabilities at the end."""

    image: Array
    label: int | None
    stage: str
    maps: Array
    probabilities: Array
    active: bool


def viewer_drawing(shown: Shown) -> Drawing:
    """Draw one picture, one layer and the answer.

    >>> image, maps = np.zeros((1, 8, 8)), np.zeros((6, 4, 4))
    >>> viewer_drawing(Shown(image, None, "c1", maps, np.full(10, 0.1), True)).width
    880
    """
    drawing = Drawing(WIDTH, HEIGHT)
    _picture(drawing, shown)
    if shown.maps.ndim == 3:
        _maps(drawing, shown)
    else:
        _units(drawing, shown)
    _scale(drawing, shown)
    _answer(drawing, shown)
    return drawing


def _picture(drawing: Drawing, shown: Shown) -> None:
    left, side = PICTURE
    height = side * shown.image.shape[1] / shown.image.shape[2]
    drawing.words(left, 28, "picture", 14, INPUT.ink, "start", bold=True)
    if shown.label is not None:
        drawing.words(left, 46, f"it is a {shown.label}", 12, QUIET, "start")
    lightness = shown.image.astype(float) / (np.abs(shown.image).max() or 1)
    rgb = grey(lightness[0]) if len(lightness) == 1 else np.moveaxis(np.round(255 * lightness), 0, 2)
    drawing.picture(left, TOP, side, height, np.clip(rgb, 0, 255).astype(np.uint8))


def _title(drawing: Drawing, shown: Shown, what: str) -> None:
    left, _ = MAPS
    drawing.words(left, 28, f"layer {shown.stage}", 14, OUTPUT.ink, "start", bold=True)
    kept = "" if shown.active else ", without activations"
    drawing.words(left, 46, f"{what}{kept}", 12, QUIET, "start")


def _maps(drawing: Drawing, shown: Shown) -> None:
    """Draw each map as a small picture, as large as all of them fit; a silent one is hatched."""
    (left, width), (count, *extent) = MAPS, shown.maps.shape
    _title(drawing, shown, f"{several(count, 'map')} of {size(extent)}")
    tile, columns = _tiling(count, width, ROOM, extent[0] / extent[1], gap=8, most=148)
    height = tile * extent[0] / extent[1]
    colours = diverging(shown.maps, _most(shown))
    for place, (values, rgb) in enumerate(zip(shown.maps, colours, strict=True)):
        row, column = divmod(place, columns)
        x, y = left + column * (tile + 8), TOP + row * (height + 8)
        drawing.picture(x, y, tile, height, rgb)
        if not values.any():
            drawing.hatch(x, y, tile, height, gap=9)


def _units(drawing: Drawing, shown: Shown) -> None:
    """Draw each unit of a dense layer as a square; one that answers 0 stays white."""
    (left, width), count = MAPS, len(shown.maps)
    _title(drawing, shown, several(count, "unit"))
    tile, columns = _tiling(count, width, ROOM, 1, gap=3, most=42)
    for place, rgb in enumerate(diverging(shown.maps, _most(shown))):
        row, column = divmod(place, columns)
        x, y = left + column * (tile + 3), TOP + row * (tile + 3)
        drawing.box(x, y, tile, tile, hexadecimal(rgb), QUIET, 0.6)
        if count <= columns:
            drawing.words(x + tile / 2, y + tile + 12, str(place), 12, QUIET)


def _tiling(
    count: int, width: float, height: float, slope: float, gap: float, most: float
) -> tuple[float, int]:
    """Return the width of the largest tile with which all fit, at most ``most``, and how many are in a row.

    >>> _tiling(6, 470, 320, slope=1, gap=8, most=148)
    (148, 3)
    """
    best = (1.0, count)
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        across = (width - (columns - 1) * gap) / columns
        down = (height - (rows - 1) * gap) / rows / slope
        best = max(best, (min(across, down, most), columns))
    return best


def _most(shown: Shown) -> float:
    return float(np.abs(shown.maps).max())


def _scale(drawing: Drawing, shown: Shown) -> None:
    """Print the one scale of all maps, and what hatching means."""
    (left, _), most = MAPS, _most(shown)
    y = TOP + ROOM + 24
    ends = np.linspace(-1 if shown.maps.min() < 0 else 0, 1, 40)
    for step, rgb in enumerate(diverging(ends, 1)):
        drawing.box(left + step * 4, y - 6, 4.2, 12, hexadecimal(rgb))
    drawing.box(left, y - 6, 160, 12, stroke=QUIET, thick=0.6)
    low = number(round(-most, 2)) if shown.maps.min() < 0 else "0"
    drawing.words(left + 172, y, f"{low} to {number(round(most, 2))}", 12, QUIET, "start")
    if shown.maps.ndim == 3 and not all(values.any() for values in shown.maps):
        drawing.words(left + 470, y, "hatched: silent, 0 everywhere", 12, WARNING.ink, "end")


def _answer(drawing: Drawing, shown: Shown) -> None:
    """Draw the probabilities of the ten likeliest classes, in the order of the classes."""
    left, width = BARS
    classes = np.sort(np.argsort(-shown.probabilities, kind="stable")[:10])
    best = int(shown.probabilities.argmax())
    drawing.words(left - 18, 28, "answer", 14, INK, "start", bold=True)
    right = shown.label is None or shown.label == best
    verdict = f"{best}" if shown.label is None else f"{best}, {'right' if right else 'wrong'}"
    drawing.words(left - 18, 46, verdict, 12, QUIET if right else WARNING.ink, "start", bold=not right)
    for row, name in enumerate(classes):
        y, share = TOP + 14 + row * 31, float(shown.probabilities[name])
        role = OUTPUT if right or name != best else WARNING
        drawing.words(left - 6, y, str(name), 13, INK, "end", bold=name == best)
        drawing.box(left, y - 9, 100, 18, "#f4f4f4")
        drawing.box(left, y - 9, max(0.0, 100 * share), 18, role.deep if name == best else INPUT.deep)
        drawing.words(left + width, y, f"{100 * share:.0f} %", 12, QUIET, "end")
