"""How shift stability looks: a picture and its move, five curves, and what changed in the first map."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import GRADIENT, INK, INPUT, OUTPUT, QUIET, WARNING, diverging, grey
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, several, size

Array = npt.NDArray[Any]
WIDTH, PICTURE, MAP = 880, 132, 148
LEFT, RIGHT, TOP, BOTTOM = 250, 640, 52, 300  # of the curves
LOOKS = (  # ink, dashes and the first letter of each curve
    (INK, None),
    (WARNING.ink, "9 4"),
    (INPUT.ink, "2 3"),
    (OUTPUT.ink, "9 3 2 3"),
    (GRADIENT.ink, "5 3"),
)


@dataclass(frozen=True)
class Shown:
    """What is drawn: the picture and its move, the curves, and what changed in the first map."""

    still: Array
    moved: Array
    shift: int
    factor: int
    compare: str
    changes: dict[str, list[float]]
    differences: dict[str, Array]


def stability_drawing(shown: Shown) -> Drawing:
    """Draw one move of a picture.

    >>> flat, curves = np.zeros((24, 24)), {"stride": [0.0, 0.5]}
    >>> stability_drawing(Shown(flat, flat, 1, 2, "features", curves, {"stride": flat})).width
    880
    """
    tall = PICTURE * shown.still.shape[0] / shown.still.shape[1]
    map_height = MAP * shown.still.shape[0] / shown.still.shape[1]
    below = max(BOTTOM + 56, TOP + 2 * tall + 58)
    drawing = Drawing(WIDTH, below + map_height + 74)
    _pictures(drawing, shown, tall)
    _axes(drawing, shown)
    for curve, (ink, dashes) in zip(shown.changes.values(), LOOKS, strict=False):
        _curve(drawing, shown, curve, ink, dashes)
    _legend(drawing, shown)
    _differences(drawing, shown, below, map_height)
    return drawing


def _pictures(drawing: Drawing, shown: Shown, tall: float) -> None:
    """Draw the picture, and below it the picture after the move."""
    most = float(shown.still.max()) or 1.0
    names = ("picture", f"moved {several(shown.shift, 'pixel')}" if shown.shift else "not moved")
    for row, (name, picture) in enumerate(zip(names, (shown.still, shown.moved), strict=True)):
        top = TOP + row * (tall + 34)
        drawing.words(28, top - 13, name, 14, INPUT.ink, "start", bold=True)
        drawing.picture(28, top, PICTURE, tall, grey(picture / most))


def _scale(shown: Shown) -> tuple[float, int]:
    """Return the distance of two lines of the scale, and how many reach the highest value."""
    most = max(map(max, shown.changes.values()))
    step = next((step for step in (0.01, 0.02, 0.05, 0.1) if most <= 5 * step), 0.2)
    return step, max(1, ceil(most / step - 1e-9))


def _at(shown: Shown, shift: float, value: float) -> tuple[float, float]:
    """Return where a point of a curve lies on the sheet."""
    longest = len(next(iter(shown.changes.values()))) - 1
    step, count = _scale(shown)
    across = LEFT + shift * (RIGHT - LEFT) / longest
    return across, BOTTOM - value / (step * count) * (BOTTOM - TOP)


def _axes(drawing: Drawing, shown: Shown) -> None:
    """Draw the scale on the left, the moves below, and a line at the move in question."""
    what = "global means" if shown.compare == "global mean" else "features"
    drawing.words(LEFT - 44, TOP - 26, f"relative change of the {what}", 14, INK, "start", bold=True)
    step, count = _scale(shown)
    for line in range(count + 1):
        x, y = _at(shown, 0, line * step)
        drawing.line(x, y, RIGHT, y, "#d8dee4")
        drawing.words(x - 10, y, number(line * step), 12, QUIET, "end")
    for shift in range(len(next(iter(shown.changes.values())))):
        x, y = _at(shown, shift, 0)
        drawing.words(x, y + 16, str(shift), 12, QUIET, bold=shift == shown.shift)
    drawing.words((LEFT + RIGHT) / 2, BOTTOM + 36, "pixels to the right", 13, QUIET)
    x, _ = _at(shown, shown.shift, 0)
    drawing.line(x, TOP - 6, x, BOTTOM, INK, 1.2, dashed=True)


def _curve(drawing: Drawing, shown: Shown, curve: list[float], ink: str, dashes: str | None) -> None:
    points = [_at(shown, shift, value) for shift, value in enumerate(curve)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    drawing.mark("path", d=path, fill="none", stroke=ink, stroke_width=2.2, stroke_dasharray=dashes)
    x, y = points[shown.shift]
    drawing.mark("circle", cx=x, cy=y, r=4.5, fill=ink)


def _legend(drawing: Drawing, shown: Shown) -> None:
    """Name each curve beside its line, with its value at the move in question."""
    drawing.words(WIDTH - 24, TOP + 2, f"at {several(shown.shift, 'pixel')}", 13, QUIET, "end")
    for row, ((way, curve), (ink, dashes)) in enumerate(zip(shown.changes.items(), LOOKS, strict=False)):
        y = TOP + 34 + row * 38
        drawing.mark("path", d=f"M{RIGHT + 24} {y}h34", stroke=ink, stroke_width=2.2, stroke_dasharray=dashes)
        drawing.words(RIGHT + 66, y, _named(way, shown.factor), 13, ink, "start")
        drawing.words(WIDTH - 24, y, f"{curve[shown.shift]:.2f}", 14, ink, "end", bold=True)


def _named(way: str, factor: int) -> str:
    return way if way == "every position" else f"{way} {factor}"


def _differences(drawing: Drawing, shown: Shown, top: float, height: float) -> None:
    """Draw the difference that the move makes in the first map, for each way on one common scale."""
    said = "what the move changed in the first map: blue less, white nothing, orange more"
    drawing.words(28, top, said, 13, QUIET, "start")
    most = max(float(np.abs(difference).max()) for difference in shown.differences.values())
    gap = (WIDTH - 56 - 5 * MAP) / 4
    for column, (way, difference) in enumerate(shown.differences.items()):
        left, ink = 28 + column * (MAP + gap), LOOKS[column][0]
        drawing.words(left, top + 24, _named(way, shown.factor), 13, ink, "start", bold=True)
        drawing.picture(left, top + 36, MAP, height, diverging(difference, most))
        drawing.words(left + MAP, top + 48 + height, size(difference.shape), 12, QUIET, "end")
