"""How pooling looks: the map with its window, the results, and those before it was moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, OUTPUT, PADDING, QUIET, WARNING
from cnnkit.viz.grid import Grid
from cnnkit.viz.reduction.pooled import Pooled
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import factor, number

Array = npt.NDArray[Any]
WIDTH, MARGIN, TOP, GAP = 880, 40, 62, 56


def pooling_drawing(now: Pooled) -> Drawing:
    """Draw one moment of pooling.

    >>> state = dict(kind="max", kernel=2, stride=2, padding=1, ceil_mode=True, shift=0, step=3)
    >>> pooling_drawing(Pooled.at(state, np.eye(4))).width
    880
    """
    rows, columns = (
        extent + 2 * now.padding + over for extent, over in zip(now.x.shape, now.overhang, strict=True)
    )
    outputs = now.output.shape[1] * (2 if now.shift else 1)
    gaps = GAP * (2 if now.shift else 1)
    cell = min(40, (WIDTH - gaps - 2 * MARGIN) // (columns + outputs))
    height = max(cell * rows, 3 * 40)
    drawing, middle = Drawing(WIDTH, TOP + height + 108), TOP + height / 2
    left = (WIDTH - (columns + outputs) * cell - gaps) / 2
    x = Grid.centred(drawing, rows, columns, left, middle, cell)
    down, across = now.output.shape
    y = Grid.centred(drawing, down, across, x.right + GAP, middle, cell)
    _map(x, now)
    drawing.words(x.right + GAP / 2, middle, "→", 24, QUIET)
    _results(y, now)
    if now.shift:
        _before(Grid.centred(drawing, down, across, y.right + GAP, middle, cell), now)
    _arithmetic(drawing, now, TOP + height + 34)
    return drawing


def _map(grid: Grid, now: Pooled) -> None:
    """Draw the map, its border and what a last window sees beyond; the window in question outlined."""
    moved = f", moved {now.shift} to the right" if now.shift else ""
    grid.drawing.words(grid.centre, grid.top - 14, f"map x{moved}", 14, INPUT.ink, bold=True)
    p, (height, width) = now.padding, now.x.shape
    border = "−∞" if now.kind == "max" else "0"
    for i, j in np.ndindex(grid.rows, grid.columns):
        pixel = (i - p, j - p)
        if 0 <= pixel[0] < height and 0 <= pixel[1] < width:
            grid.put(i, j, number(now.x[pixel]), INPUT, deep=pixel in now.pixels)
        else:
            beyond = i >= height + 2 * p or j >= width + 2 * p
            grid.put(i, j, "" if beyond else border, PADDING, dashed=True, ink=PADDING.ink)
    for i, j in np.ndindex(height, width):
        if (i, j) not in now.read:
            grid.hatch(i + p, j + p)
    if now.kind == "max":
        _winners(grid, now)
    top, left = now.corner
    grid.outline(top + p, left + p, now.k, now.k)


def _winners(grid: Grid, now: Pooled) -> None:
    """Ring the pixel that wins this window, and put a dot into the corner of those that win another."""
    mine = now.winner(now.place)
    for pixel in now.winners:
        x, y = grid.at(pixel[0] + now.padding, pixel[1] + now.padding)
        cell, mark, ink = grid.cell, grid.drawing.mark, OUTPUT.ink
        if pixel == mine:
            h = cell / 2
            mark("circle", cx=x + h, cy=y + h, r=0.84 * h, fill="none", stroke=ink, stroke_width=2.5)
        else:
            mark("circle", cx=x + 0.84 * cell, cy=y + 0.16 * cell, r=max(2.0, 0.08 * cell), fill=ink)


def _results(grid: Grid, now: Pooled) -> None:
    """Draw all results; those that the move has changed stand out, and the one in question is outlined."""
    name = "largest" if now.kind == "max" else "mean"
    grid.drawing.words(grid.centre, grid.top - 14, f"y, {name}", 14, OUTPUT.ink, bold=True)
    for (i, j), value in np.ndenumerate(now.output):
        changed, current = not np.isclose(value, now.before[i, j]), (i, j) == now.place
        role = WARNING if changed else OUTPUT
        grid.put(i, j, number(value), role, deep=current, bold=current or changed)
    grid.outline(*now.place)


def _before(grid: Grid, now: Pooled) -> None:
    """Draw the results of the map before it was moved."""
    grid.drawing.words(grid.centre, grid.top - 14, "y before the move", 14, OUTPUT.ink, bold=True)
    for (i, j), value in np.ndenumerate(now.before):
        grid.put(i, j, number(value), OUTPUT)


def _arithmetic(drawing: Drawing, now: Pooled, top: float) -> None:
    """Write what the window in question gives, the size formula, and what the marks mean."""
    runs = _largest(now) if now.kind == "max" else _mean(now)
    letters = sum(len(text) for text, _ in runs)
    drawing.runs(MARGIN, top, runs, min(15.0, (WIDTH - 2 * MARGIN) / (0.61 * letters)))
    drawing.words(MARGIN, top + 28, f"output size: {now.formulas}", 13, QUIET, "start")
    marks = ["ring: wins this window; dots: win another"] if now.kind == "max" else []
    if len(now.read) < now.x.size:
        marks.append("hatched: never read")
    drawing.words(MARGIN, top + 52, "; ".join(marks), 13, QUIET, "start")
    if now.shift:
        said = f"{now.changed} of {now.output.size} changed by the move"
        drawing.words(WIDTH - MARGIN, top + 52, said, 13, WARNING.ink, "end", bold=True)


def _largest(now: Pooled) -> list[tuple[str, str]]:
    """Return the words of a maximum, the winner in the colour of results."""
    runs, winner = [("y[{}, {}] = largest of ".format(*now.place), INK)], now.winner(now.place)
    for pixel in now.pixels:
        runs += [(number(now.x[pixel]), OUTPUT.ink if pixel == winner else INPUT.ink), (", ", QUIET)]
    return [*runs[:-1], (f" = {number(now.result)}", INK)]


def _mean(now: Pooled) -> list[tuple[str, str]]:
    """Return the words of a mean."""
    terms = " + ".join(factor(now.x[pixel]) for pixel in now.pixels)
    return [
        ("y[{}, {}] = (".format(*now.place), INK),
        (terms, INPUT.ink),
        (f") / {now.divisor} = {number(now.result)}", INK),
    ]
