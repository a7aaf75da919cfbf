"""How the channels figure looks: a line for every channel, and on the right what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, PADDING, QUIET, Role
from cnnkit.viz.grid import Grid
from cnnkit.viz.layer.layer_moment import LayerMoment
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, size

Array = npt.NDArray[Any]
WIDTH, TOP, LEFT, GAP, BETWEEN, LINE = 880, 66, 92, 40, 18, 22
RIGHT = 500  # where the second half begins


def channels_drawing(now: LayerMoment) -> Drawing:
    """Draw a layer at work on one place of one filter's map.

    >>> from cnnkit.viz.layer.layer_moment import BIASES, KERNELS, STACK
    >>> channels_drawing(LayerMoment(STACK, KERNELS, BIASES[:4], groups=1, filter=0, place=0)).width
    880
    """
    channels, rows, columns = now.x.shape
    across = columns + now.w.shape[3] + now.map.shape[1]
    cell = min(26.0, (600 / channels - BETWEEN) / rows, (RIGHT - LEFT - 3 * GAP) / across)
    line = rows * cell + BETWEEN
    height = max(TOP + channels * line, TOP + 190 + LINE * (channels + 3)) + 8
    drawing = Drawing(WIDTH, height)
    for channel in range(channels):
        _channel(drawing, now, channel, TOP + channel * line + rows * cell / 2, cell)
    drawing.line(RIGHT - 28, TOP - 40, RIGHT - 28, height - 24, PADDING.deep, 1)
    _sum(drawing, now)
    _who_sees_whom(drawing, now)
    return drawing


def _channel(drawing: Drawing, now: LayerMoment, channel: int, middle: float, cell: float) -> None:
    """Draw a channel, its slice and its partial map; a channel that is not seen stays alone and grey."""
    seen, (height, width), out = channel in now.sees, now.w.shape[2:], now.map.shape
    x = _grid(drawing, now.x[channel], LEFT, middle, cell, INPUT if seen else PADDING)
    k = Grid.centred(drawing, height, width, x.right + GAP, middle, cell)
    y = Grid.centred(drawing, out[0], out[1], k.right + GAP, middle, cell)
    drawing.words(
        LEFT - 12, middle, f"channel {channel}", 13, INPUT.ink if seen else PADDING.ink, "end", bold=seen
    )
    if channel == 0:
        _heads(drawing, now, x, k, y)
    if not seen:
        drawing.words(x.right + GAP, middle, "another group's", 13, PADDING.ink, "start")
        return
    x.outline(*now.at, height, width)
    _grid(drawing, now.w[now.filter, channel], k.left, middle, cell, KERNEL)
    _grid(drawing, now.partial[now.sees.index(channel)], y.left, middle, cell, OUTPUT, now.at)
    drawing.words(x.right + GAP / 2, middle, "⋆", 26, QUIET)
    drawing.words(k.right + GAP / 2, middle, "=", 18, QUIET)


def _grid(
    drawing: Drawing,
    array: Array,
    left: float,
    middle: float,
    cell: float,
    role: Role,
    at: tuple[int, int] | None = None,
) -> Grid:
    """Draw an array as cells in a role's colours, one of them outlined."""
    rows, columns = array.shape
    grid = Grid.centred(drawing, rows, columns, left, middle, cell)
    for (i, j), value in np.ndenumerate(array):
        grid.put(i, j, number(value), role, deep=(i, j) == at, ink=role.ink if role is PADDING else None)
    if at:
        grid.outline(*at)
    return grid


def _heads(drawing: Drawing, now: LayerMoment, *grids: Grid) -> None:
    """Write over the three columns what they hold."""
    names = [
        ("input x", INPUT, now.x.shape),
        (f"w[{now.filter}]", KERNEL, now.weights.shape[1:]),
        ("partial maps", OUTPUT, now.partial.shape),
    ]
    for grid, (name, role, shape) in zip(grids, names, strict=True):
        drawing.words(grid.centre, TOP - 38, name, 14, role.ink, bold=True)
        drawing.words(grid.centre, TOP - 20, size(shape), 12, QUIET)


def _sum(drawing: Drawing, now: LayerMoment) -> None:
    """Draw the finished map, the sum of this place, and the count of parameters."""
    cell = min(30.0, 132 / max(now.map.shape))
    middle = TOP + 66
    y = _grid(drawing, now.map, RIGHT, middle, cell, OUTPUT, now.at)
    drawing.words(
        RIGHT, TOP - 38, f"their sum + bias: map y[{now.filter}]", 14, OUTPUT.ink, "start", bold=True
    )
    drawing.words(y.centre, y.top - 12, size(now.map.shape), 12, QUIET)
    top = TOP + 172
    for line, (channel, term) in enumerate(zip(now.sees, now.terms, strict=True)):
        _term(drawing, top + line * LINE, f"channel {channel}", number(term))
    below = top + len(now.sees) * LINE
    _term(drawing, below, f"bias b[{now.filter}]", number(now.bias))
    drawing.line(RIGHT, below + LINE / 2, RIGHT + 150, below + LINE / 2, QUIET)
    name = f"y[{now.filter}, {now.at[0]}, {now.at[1]}]"
    _term(drawing, below + LINE + 4, name, number(now.value), OUTPUT.ink, bold=True)
    drawing.words(
        RIGHT, below + 2 * LINE + 20, f"parameters: {now.formula}", 14, KERNEL.ink, "start", bold=True
    )


def _term(drawing: Drawing, y: float, name: str, value: str, ink: str = INK, bold: bool = False) -> None:
    """Write one line of the sum."""
    drawing.words(RIGHT, y, name, 14, ink, "start", bold=bold)
    drawing.words(RIGHT + 150, y, value, 15, ink, "end", bold=bold, mono=True)


def _who_sees_whom(drawing: Drawing, now: LayerMoment) -> None:
    """Draw a table of filters and channels: a cell where a slice exists."""
    filters, channels = len(now.w), len(now.x)
    cell = min(24, 120 // max(filters, channels))
    grid = Grid(drawing, filters, channels, 858 - channels * cell, TOP + 18, cell)
    drawing.words(858, TOP - 38, "slices of all filters", 14, KERNEL.ink, "end", bold=True)
    drawing.words(grid.centre, grid.top - 12, "channels", 12, QUIET)
    for f in range(filters):
        drawing.words(grid.left - 8, grid.top + (f + 0.5) * cell, f"w[{f}]", 12, QUIET, "end")
        for c in range(channels):
            exists = c in now.seen_by(f)
            grid.put(
                f, c, "", KERNEL if exists else PADDING, deep=exists and f == now.filter, dashed=not exists
            )
    grid.outline(now.filter, now.sees[0], 1, len(now.sees))
