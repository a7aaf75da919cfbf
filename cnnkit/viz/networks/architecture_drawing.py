"""How an architecture looks: boxes for maps, upright bars for dense layers, and the same as text below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET, Role
from cnnkit.viz.networks.census import Line
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import size as times

WIDTH, LEFT, BASE, TALL = 880, 24, 276, 168  # BASE: the floor on which all boxes stand
SLANT = (0.22, 0.14)  # how far one pixel of width goes to the right and up
BAR, APART, ROW = 14, 22, 19
ROLES = {"picture": INPUT, "Conv2d": KERNEL, "MaxPool2d": OUTPUT, "Linear": INPUT}


@dataclass(frozen=True)
class Scale:
    """How long a pixel of a map, a channel and a dense unit are on the sheet."""

    pixel: float
    channel: float
    unit: float

    @staticmethod
    def of(lines: Sequence[Line]) -> Scale:
        """Return the scale at which all of a network fits."""
        maps = [line.shape for line in lines if len(line.shape) == 3]
        dense = [line.shape[0] for line in lines if len(line.shape) == 1]
        pixel = TALL / max(height for _, height, _ in maps)
        gaps = sum(_gap(width, pixel) for _, _, width in maps)
        room = WIDTH - 2 * LEFT - gaps - 30 - len(dense) * (BAR + APART)
        return Scale(pixel, min(8.0, room / sum(c for c, _, _ in maps)), TALL / max(dense))


def architecture_drawing(lines: Sequence[Line], chosen: int, title: str) -> Drawing:
    """Draw boxes and bars from left to right, and the list of layers below, the chosen one bold.

    >>> lines = [Line("picture", "picture", "", (1, 8, 8)), Line("fc", "Linear", "dense", (5,))]
    >>> architecture_drawing(lines, 1, "a net").width
    880
    """
    columns = 3 if len(lines) > 12 else 2
    rows = ceil(len(lines) / columns)
    drawing, scale = Drawing(WIDTH, BASE + 92 + rows * ROW), Scale.of(lines)
    drawing.words(LEFT, 24, title, 15, INK, "start", bold=True)
    _legend(drawing)
    drawing.words(LEFT, 48, _scales(lines), 12.5, QUIET, "start")
    x: float = LEFT
    for i, line in enumerate(lines):
        role, marked = ROLES[line.kind], i == chosen
        if len(line.shape) == 3:
            channels, height, width = line.shape
            box = channels * scale.channel, height * scale.pixel, width * scale.pixel
            _box(drawing, x, box, role, marked)
            middle, x = x + box[0] / 2, x + box[0] + _gap(width, scale.pixel)
        else:
            x += 30 if len(lines[i - 1].shape) == 3 else 0
            high = max(1.5, line.shape[0] * scale.unit)
            drawing.box(
                x, BASE - high, BAR, high, role.deep, INK if marked else role.ink, 2.2 if marked else 0.8
            )
            middle, x = x + BAR / 2, x + BAR + APART
        if marked:
            _mark(drawing, middle, f"{line.name}: {times(line.shape)}")
    for i, line in enumerate(lines):
        left = LEFT + (i // rows) * (WIDTH - 2 * LEFT) / columns
        y = BASE + 74 + (i % rows) * ROW
        ink = ROLES[line.kind].ink
        drawing.words(left, y, line.text, 12.5, INK if i == chosen else ink, "start", bold=i == chosen)
    return drawing


def _scales(lines: Sequence[Line]) -> str:
    """Say how large the largest things of each kind are: maps, channels and dense layers differ in scale."""
    maps = [line.shape for line in lines if len(line.shape) == 3]
    most = max(channels for channels, _, _ in maps)
    units = max(line.shape[0] for line in lines if len(line.shape) == 1)
    high = max(height for _, height, _ in maps)
    return f"highest box: {high} pixels; longest box: {most} channels; highest bar: {units:,} units"


def _gap(width: int, pixel: float) -> float:
    """Return the room behind a box, in which one still sees how wide it is."""
    return 5 + 0.62 * SLANT[0] * width * pixel


def _box(drawing: Drawing, x: float, box: tuple[float, float, float], role: Role, marked: bool) -> None:
    """Draw a box that stands on the floor: its front, its top, and its right side."""
    length, high, wide = max(box[0], 1.5), max(box[1], 1.5), box[2]
    right, up, top = SLANT[0] * wide, SLANT[1] * wide, BASE - high
    ink, thick = (INK, 2.0) if marked else (role.ink, 0.8)
    faces = (
        ((x, top), (x + right, top - up), (x + length + right, top - up), (x + length, top)),
        (
            (x + length, top),
            (x + length + right, top - up),
            (x + length + right, BASE - up),
            (x + length, BASE),
        ),
    )
    for corners in faces:
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
        drawing.mark(
            "polygon", points=points, fill=role.pale, stroke=ink, stroke_width=thick, stroke_linejoin="round"
        )
    drawing.box(x, top, length, high, role.deep, ink, thick)


def _mark(drawing: Drawing, middle: float, text: str) -> None:
    """Point at a box from below, and name it."""
    drawing.line(middle, BASE + 4, middle, BASE + 18, INK, 1.6)
    half = 4.2 * len(text)
    x = min(max(middle, LEFT + half), WIDTH - LEFT - half)
    drawing.words(x, BASE + 30, text, 14, INK, bold=True)


def _legend(drawing: Drawing) -> None:
    x = WIDTH - 452.0
    for role, name in ((INPUT, "picture, dense layers"), (KERNEL, "convolutions"), (OUTPUT, "pools")):
        drawing.box(x, 16, 16, 16, role.deep, role.ink, 0.8, round=2)
        drawing.words(x + 23, 24, name, 13, QUIET, "start")
        x += 60 + 7.0 * len(name)
