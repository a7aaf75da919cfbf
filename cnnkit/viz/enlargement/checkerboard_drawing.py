"""How the checkerboard looks: stamps in rows above the counts of one axis, or a map of the counts of both."""

from __future__ import annotations

import numpy as np

from cnnkit.viz.colour import INPUT, KERNEL, OUTPUT, QUIET, WARNING, hexadecimal, ink_on, sequential
from cnnkit.viz.enlargement.overlap import INPUTS, Overlap
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import several, size

WIDTH, LEFT, TOP, MAP, PATCHES = 880, 96, 66, 420, 8


def checkerboard_drawing(now: Overlap) -> Drawing:
    """Draw the counts of a layer.

    >>> checkerboard_drawing(Overlap(3, 2, resized=False, plane=True)).width
    880
    """
    return _map(now) if now.plane else _row(now)


def _map(now: Overlap) -> Drawing:
    """A square of counts, each number in its cell where there is room, and the scale beside it."""
    rows, columns = now.table.shape
    cell = min(30.0, MAP / rows)
    left, drawing = (WIDTH - columns * cell - 190) / 2, Drawing(WIDTH, TOP + MAP + 30)
    top = TOP + (MAP - rows * cell) / 2
    _title(drawing, now, left, top - 20)
    colours = sequential(now.table, now.table.max())
    for (i, j), count in np.ndenumerate(now.table):
        x, y = left + j * cell, top + i * cell
        drawing.box(x, y, cell, cell, hexadecimal(colours[i, j]), "#ffffff", 0.6)
        if cell >= 17:
            drawing.words(x + cell / 2, y + cell / 2, str(count), 0.42 * cell, ink_on(colours[i, j]))
    drawing.box(left, top, columns * cell, rows * cell, stroke=OUTPUT.ink, thick=1.5)
    start, length = now.inner.start * cell, (now.inner.stop - now.inner.start) * cell
    drawing.box(left + start, top + start, length, length, stroke=WARNING.ink, thick=2, dashed=True)
    _scale(drawing, now, left + columns * cell + 36, top)
    return drawing


def _title(drawing: Drawing, now: Overlap, left: float, y: float) -> None:
    terms = "weights that" if now.resized else "stamps that"
    words = f"{terms} meet in each output ({size(now.table.shape)})"
    drawing.words(left, y, words, 14, OUTPUT.ink, "start", bold=True)


def _scale(drawing: Drawing, now: Overlap, left: float, top: float) -> None:
    """Draw a patch for each count that occurs, or for some of many, the most on top; the inner ones below."""
    counts = np.unique(now.table)[::-1]
    if len(counts) > PATCHES:
        counts = counts[np.linspace(0, len(counts) - 1, PATCHES).round().astype(int)]
    for place, (count, colour) in enumerate(zip(counts, sequential(counts, counts.max()), strict=True)):
        y, words = top + place * 24, several(int(count), "weight" if now.resized else "stamp")
        drawing.box(left, y, 18, 22, hexadecimal(colour))
        drawing.words(left + 26, y + 11, words, 13, QUIET, "start")
    _inside(drawing, now, left, top + len(counts) * 24 + 26)


def _inside(drawing: Drawing, now: Overlap, left: float, y: float) -> None:
    drawing.words(left, y, "inside the broken line:", 13, QUIET, "start")
    drawing.words(left, y + 22, now.inner_words, 14, OUTPUT.ink, "start", bold=True)


def _row(now: Overlap) -> Drawing:
    """One axis: where each stamp lies (or each copy), and under it the counts as numbers and columns."""
    cell = min(40.0, (WIDTH - LEFT - 24) / len(now.table))
    lines = 1 if now.resized else INPUTS
    line = 26.0 if now.resized else 20.0
    bottom = TOP + lines * line + 96
    drawing = Drawing(WIDTH, bottom + cell + 66)
    if now.resized:
        _copies(drawing, now, cell)
    else:
        _stamps(drawing, now, cell, line)
    for o, count in enumerate(now.table):
        _column(drawing, LEFT + o * cell, bottom, cell, int(count), int(now.table.max()))
    start, length = LEFT + now.inner.start * cell, (now.inner.stop - now.inner.start) * cell
    drawing.box(start, bottom - 80, length, cell + 84, stroke=WARNING.ink, thick=2, dashed=True)
    drawing.words(LEFT - 14, bottom + cell / 2, "count", 13, OUTPUT.ink, "end", bold=True)
    _inside(drawing, now, LEFT, bottom + cell + 24)
    return drawing


def _stamps(drawing: Drawing, now: Overlap, cell: float, line: float) -> None:
    """Draw each stamp as a bar over the outputs that it falls on."""
    drawing.words(
        LEFT,
        30,
        f"{INPUTS} inputs, each stamps {several(now.k, 'output')}",
        14,
        KERNEL.ink,
        "start",
        bold=True,
    )
    for i in range(INPUTS):
        x, y = LEFT + i * now.s * cell, TOP + i * line
        drawing.box(x + 1, y, now.k * cell - 2, 0.7 * line, KERNEL.deep, KERNEL.ink, 0.8, round=3)
        drawing.words(LEFT - 14, y + 0.35 * line, f"x[{i}]", 13, INPUT.ink, "end")


def _copies(drawing: Drawing, now: Overlap, cell: float) -> None:
    """Draw each input as the run of its copies, in the place where the windows over them are counted."""
    words = f"{INPUTS} inputs, each copied {now.s} times, then windows of {now.k}"
    drawing.words(LEFT, 30, words, 14, INPUT.ink, "start", bold=True)
    shift = (len(now.table) - INPUTS * now.s) / 2
    for i in range(INPUTS):
        x = LEFT + (shift + i * now.s) * cell
        drawing.box(x + 1, TOP, now.s * cell - 2, 20, INPUT.deep, INPUT.ink, 0.8, round=3)
        drawing.words(x + now.s * cell / 2, TOP + 10, f"x[{i}]", 12, INPUT.ink)
    drawing.words(LEFT - 14, TOP + 10, "copies", 13, INPUT.ink, "end")


def _column(drawing: Drawing, x: float, y: float, cell: float, count: int, most: int) -> None:
    """Draw a count as a number in a cell, and as a column standing on it."""
    colour, height = sequential(np.array(count), most), 72 * count / most
    drawing.box(x + 1, y - height, cell - 2, height, hexadecimal(colour))
    drawing.box(x, y, cell, cell, hexadecimal(colour), "#ffffff")
    drawing.words(x + cell / 2, y + cell / 2, str(count), min(15.0, 0.55 * cell), ink_on(colour))
