"""How stamp-and-add looks: the input, the kernel above its multiple, and the sheet that fills with stamps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import (
    INPUT,
    KERNEL,
    OUTPUT,
    WARNING,
    Role,
    hexadecimal,
    ink_on,
    sequential,
)
from cnnkit.viz.enlargement.stamps import Stamps
from cnnkit.viz.grid import Grid
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number

Array = npt.NDArray[Any]
WIDTH, TOP, GAP, MARGIN = 880, 62, 70, 40


def stamp_drawing(now: Stamps) -> Drawing:
    """Draw one moment of a transposed convolution.

    >>> state = {"kernel": 2, "stride": 2, "padding": 0, "show": "sums", "step": 0}
    >>> stamp_drawing(Stamps.at(state, np.eye(2), np.eye(2))).width
    880
    """
    columns = now.x.shape[1] + now.k.shape[1] + now.sheet_shape[1]
    cell = min(38, (WIDTH - 2 * GAP - 2 * MARGIN) // columns)
    both = 2 * len(now.k) * cell + 64  # the kernel, and its multiple below it
    height = max(both, now.sheet_shape[0] * cell, len(now.x) * cell)
    drawing, middle = Drawing(WIDTH, TOP + height + 64), TOP + height / 2
    left = (WIDTH - columns * cell - 2 * GAP) / 2
    x = _centred(drawing, now.x.shape, left, middle, cell)
    rows, across = now.k.shape
    k = Grid(drawing, rows, across, x.right + GAP, middle - both / 2 + 14, cell)
    stamp = Grid(drawing, rows, across, k.left, k.top + rows * cell + 50, cell)
    sheet = _centred(drawing, now.sheet_shape, k.right + GAP, middle, cell)
    _input(x, now)
    _table(k, now.k, "kernel k", KERNEL)
    _table(stamp, now.amount * now.k, f"{number(now.amount)} × k", KERNEL, deep=True)
    _arrow(drawing, stamp.right + 14, stamp.top + stamp.rows * cell / 2, sheet.left - 14)
    _sheet(sheet, now)
    _below(drawing, now, TOP + height + 34)
    return drawing


def _centred(drawing: Drawing, shape: Sequence[int], left: float, middle: float, cell: float) -> Grid:
    rows, columns = shape
    return Grid.centred(drawing, rows, columns, left, middle, cell)


def _input(grid: Grid, now: Stamps) -> None:
    """Draw the input; the number that stamps now is deep and outlined."""
    grid.title("input x", INPUT.ink)
    for (i, j), value in np.ndenumerate(now.x):
        grid.put(i, j, number(value), INPUT, deep=(i, j) == now.source, bold=(i, j) == now.source)
    grid.outline(*now.source)


def _table(grid: Grid, values: Array, name: str, role: Role, deep: bool = False) -> None:
    grid.drawing.words(grid.centre, grid.top - 14, name, 14, role.ink, bold=True)
    for (a, b), value in np.ndenumerate(values):
        grid.put(a, b, number(value), role, deep=deep)


def _arrow(drawing: Drawing, start: float, y: float, end: float) -> None:
    drawing.line(start, y, end - 6, y, KERNEL.ink, 2)
    drawing.mark("path", d=f"M{end:.1f} {y:.1f}l-9 -5v10z", fill=KERNEL.ink)


def _sheet(grid: Grid, now: Stamps) -> None:
    """Draw the sheet: stamped cells with their sum or count, this stamp outlined, what is cut off hatched."""
    name = "stamps on each output" if now.counting else "output y so far"
    grid.drawing.words(grid.centre, grid.top - 14, name, 14, OUTPUT.ink, bold=True)
    (top, left), (rows, columns) = now.corner, now.k.shape
    for (i, j), count in np.ndenumerate(now.counts):
        current = top <= i < top + rows and left <= j < left + columns
        if now.counting and count:
            _count(grid, i, j, int(count))
        else:
            text = number(float(now.sheet[i, j])) if count else ""
            grid.put(i, j, text, OUTPUT, deep=current, bold=count > 1, dashed=not count)
        if now.is_cut(i, j):
            grid.hatch(i, j)
    grid.outline(top, left, rows, columns)


def _count(grid: Grid, i: int, j: int, count: int) -> None:
    """Draw how many stamps a cell has had: the darker, the more."""
    colour, (x, y) = sequential(np.array(count), 5), grid.at(i, j)
    grid.drawing.box(x, y, grid.cell, grid.cell, hexadecimal(colour), "#ffffff")
    if grid.cell >= 14:
        grid.drawing.words(x + grid.cell / 2, y + grid.cell / 2, str(count), 0.42 * grid.cell, ink_on(colour))


def _below(drawing: Drawing, now: Stamps, y: float) -> None:
    """Say what the hatching means."""
    if now.padding:
        drawing.words(WIDTH - MARGIN, y, "hatched: cut off by padding", 13, WARNING.ink, "end")
