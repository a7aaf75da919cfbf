"""How the activations explorer looks: the picture with a frame, one map, and all maps of the layer."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET, diverging, hexadecimal
from cnnkit.viz.inside.subject import Box
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, several, size

Array = npt.NDArray[Any]
WIDTH, HEIGHT, TOP = 880, 400, 62
PICTURE, CHOSEN, WALL = (24, 240), (292, 240), (560, 296)  # left edge and width
ROOM = 296  # height of the wall
MOST = 256  # maps on the wall
FINE = 28  # pixels of a map on the wall, at most


@dataclass(frozen=True)
class View:
    """What is drawn: a picture, a layer's maps, the chosen one, its strongest unit and what that has seen."""

    picture: Array
    maps: Array
    channel: int
    layer: str
    at: tuple[int, int]
    box: Box | None
    best: list[tuple[str, float]]


def explorer_drawing(view: View) -> Drawing:
    """Draw one state of the explorer.

    >>> maps = np.zeros((3, 4, 4))
    >>> view = View(np.zeros((1, 8, 8)), maps, 0, "c1", (0, 0), (0, 0, 2, 2), [("7", 0.9)])
    >>> explorer_drawing(view).width
    880
    """
    drawing = Drawing(WIDTH, HEIGHT)
    most = float(np.abs(view.maps).max())
    _picture(drawing, view)
    _chosen(drawing, view, most)
    _wall(drawing, view, most)
    _scale(drawing, view, most)
    return drawing


def _fitted(width: float, slope: float, tallest: float) -> tuple[float, float]:
    """Return width and height of a picture of this slope that fits."""
    height = min(width * slope, tallest)
    return height / slope, height


def _picture(drawing: Drawing, view: View) -> None:
    left, width = PICTURE
    channels, height, across = view.picture.shape
    wide, tall = _fitted(width, height / across, 240)
    drawing.words(left, 28, "picture", 14, INPUT.ink, "start", bold=True)
    drawing.words(left, 46, "frame: what the unit has seen", 12, QUIET, "start")
    rgb = np.repeat(view.picture, 3, axis=0) if channels == 1 else view.picture
    shown = np.round(255 * np.clip(np.moveaxis(rgb, 0, 2), 0, 1)).astype(np.uint8)
    drawing.picture(left, TOP, wide, tall, shown)
    if view.box and view.maps[view.channel].max() > 0:
        top, first, bottom, last = view.box
        cell = wide / across
        for stroke, thick in (("#ffffff", 5), (KERNEL.ink, 2.5)):
            x, y = left + first * cell, TOP + top * cell
            drawing.box(
                x, y, (last - first + 1) * cell, (bottom - top + 1) * cell, stroke=stroke, thick=thick
            )
    for row, (name, chance) in enumerate(view.best):
        y = TOP + tall + 22 + 19 * row
        drawing.words(left, y, _short(name), 13, INK, "start", bold=row == 0)
        drawing.words(left + width, y, f"{100 * chance:.0f} %", 13, QUIET, "end")


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"


def _chosen(drawing: Drawing, view: View, most: float) -> None:
    """Draw the chosen map large, and a cell around its strongest unit."""
    left, width = CHOSEN
    values = view.maps[view.channel]
    rows, columns = values.shape
    wide, tall = _fitted(width, rows / columns, 240)
    drawing.words(left, 28, f"map {view.channel}", 14, OUTPUT.ink, "start", bold=True)
    what = "silent: nothing above 0" if values.max() <= 0 else "cell: its strongest unit"
    drawing.words(left, 46, what, 12, QUIET, "start")
    drawing.picture(left, TOP, wide, tall, diverging(values, most))
    if values.max() > 0:
        cell, (i, j) = wide / columns, view.at
        side = max(cell, 6)
        x = min(max(left + (j + 0.5) * cell - side / 2, left), left + wide - side)
        y = min(max(TOP + (i + 0.5) * cell - side / 2, TOP), TOP + tall - side)
        for stroke, thick in (("#ffffff", 4.5), (KERNEL.ink, 2)):
            drawing.box(x, y, side, side, stroke=stroke, thick=thick)


def _wall(drawing: Drawing, view: View, most: float) -> None:
    """Draw all maps as one picture, a grey line between them, and outline the chosen one."""
    left, width = WALL
    maps = view.maps[:MOST]
    count, rows, columns = maps.shape
    drawing.words(left, 28, f"layer {view.layer}", 14, OUTPUT.ink, "start", bold=True)
    cut = f", the first {MOST} of them" if len(view.maps) > MOST else ""
    words = f"{several(len(view.maps), 'map')} of {size((rows, columns))}{cut}"
    drawing.words(left, 46, words, 12, QUIET, "start")
    across, tile = _tiling(count, width, ROOM, rows / columns)
    down = ceil(count / across)
    step = max(1, ceil(max(rows, columns) / FINE))
    small = maps[:, ::step, ::step]
    height, wide = small.shape[1] + 1, small.shape[2] + 1
    rgb = np.full((down * height, across * wide, 3), 232, np.uint8)
    for place, tiled in enumerate(diverging(small, most)):
        r, c = divmod(place, across)
        rgb[r * height : (r + 1) * height - 1, c * wide : (c + 1) * wide - 1] = tiled
    tall = tile * height / wide
    drawing.picture(left, TOP, across * tile, down * tall, rgb)
    if view.channel < MOST:
        r, c = divmod(view.channel, across)
        drawing.box(left + c * tile, TOP + r * tall, tile, tall, stroke=KERNEL.ink, thick=2.5)


def _tiling(count: int, width: float, height: float, slope: float) -> tuple[int, float]:
    """Return how many maps stand in a row, and how wide each is, so that all fit and are as large as can be.

    >>> _tiling(6, 300, 300, slope=1)
    (3, 100.0)
    """
    best = (0.0, 1)
    for across in range(1, count + 1):
        tile = min(width / across, height / ceil(count / across) / (slope * 1.1))
        best = max(best, (min(tile, 100.0), across))
    return best[1], best[0]


def _scale(drawing: Drawing, view: View, most: float) -> None:
    """Print the one scale of all maps of the layer."""
    left, y = CHOSEN[0], TOP + 240 + 22
    low = -1 if view.maps.min() < 0 else 0
    for step, rgb in enumerate(diverging(np.linspace(low, 1, 40), 1)):
        drawing.box(left + step * 3, y - 6, 3.2, 12, hexadecimal(rgb))
    drawing.box(left, y - 6, 120, 12, stroke=QUIET, thick=0.6)
    least = number(round(-most, 2)) if low else "0"
    drawing.words(left + 130, y, f"{least} to {number(round(most, 2))}", 12, QUIET, "start")
