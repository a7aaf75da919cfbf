"""How the im2col figure looks: windows above, kernels to the left, and their products where they cross."""

from __future__ import annotations

import numpy as np

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET
from cnnkit.viz.grid import Grid
from cnnkit.viz.layer.columns_moment import ColumnsMoment
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number

WIDTH, TOP, GAP, SIDE, BETWEEN = 880, 66, 46, 92, 60


def columns_drawing(now: ColumnsMoment) -> Drawing:
    """Draw one place and one kernel of a convolution as a matrix product.

    >>> state = {"stride": 1, "padding": 0, "filter": 0, "step": 1}
    >>> columns_drawing(ColumnsMoment.at(state, np.ones((1, 2, 3)), np.ones((1, 1, 2, 2)))).width
    880
    """
    (taps, places), (channels, rows, columns) = now.columns.shape, now.padded.shape
    left_cells = max(taps, channels * columns + channels - 1, 6)
    cell = min(26.0, (WIDTH - GAP - SIDE - 24) / (left_cells + places), 420 / taps)
    margin = (WIDTH - SIDE - GAP - cell * (left_cells + places)) / 2
    middle = margin + left_cells * cell + GAP
    upper = max(taps * cell, rows * cell + 40)
    low = TOP + upper + BETWEEN
    end = low + len(now.w) * cell + 36
    drawing = Drawing(WIDTH, end + now.places[0] * cell + 20)
    inputs = [
        Grid(drawing, rows, columns, margin + c * (columns + 1) * cell, TOP, cell) for c in range(channels)
    ]
    _inputs(inputs, now)
    _columns(Grid(drawing, taps, places, middle, TOP + upper - taps * cell, cell), now)
    _kernels(Grid(drawing, len(now.w), taps, middle - GAP - taps * cell, low, cell), now)
    _product(Grid(drawing, len(now.w), places, middle, low, cell), now)
    below = TOP + rows * cell + 24
    drawing.words(margin, below, f"this window is column {now.step}", 13, INPUT.ink, "start")
    drawing.words(middle - GAP / 2, low + len(now.w) * cell / 2, "→", 20, QUIET)
    _maps(drawing, now, middle, end, cell)
    return drawing


def _inputs(grids: list[Grid], now: ColumnsMoment) -> None:
    """Draw the channels, the window of this place outlined in each."""
    height, width = now.w.shape[2:]
    top, left = (i * now.stride for i in now.place)
    p, (rows, columns) = now.padding, now.x.shape[1:]
    for c, grid in enumerate(grids):
        for (i, j), value in np.ndenumerate(now.padded[c]):
            read = top <= i < top + height and left <= j < left + width
            real = p <= i < p + rows and p <= j < p + columns
            grid.put_input(i, j, number(value), INPUT, real=real, deep=read)
        grid.outline(top, left, height, width)
        grid.title(f"x[{c}], padded" if p else f"x[{c}]", INPUT.ink)


def _columns(grid: Grid, now: ColumnsMoment) -> None:
    """Draw every window as a column, this one outlined, the channels apart."""
    grid.title("columns", INPUT.ink)
    for (tap, place), value in np.ndenumerate(now.columns):
        grid.put(tap, place, number(value), INPUT, deep=place == now.step)
    each = grid.rows // len(now.x)
    for c in range(len(now.x)):
        _, y = grid.at(c * each, 0)
        if c:
            grid.drawing.line(grid.left, y, grid.right + 10, y, INPUT.ink, 2)
        grid.drawing.words(grid.right + 10, y + each * grid.cell / 2, f"channel {c}", 13, INPUT.ink, "start")
    grid.outline(0, now.step, grid.rows, 1)


def _kernels(grid: Grid, now: ColumnsMoment) -> None:
    """Draw every kernel as a row, this one outlined, the channels apart."""
    grid.title("kernels as rows", KERNEL.ink)
    for (f, tap), value in np.ndenumerate(now.rows):
        grid.put(f, tap, number(value), KERNEL, deep=f == now.filter)
    each = grid.columns // len(now.x)
    for c in range(1, len(now.x)):
        x, y = grid.at(0, c * each)
        grid.drawing.line(x, y, x, y + grid.rows * grid.cell, KERNEL.ink, 2)
    grid.outline(now.filter, 0, 1, grid.columns)


def _product(grid: Grid, now: ColumnsMoment) -> None:
    """Draw rows times columns, each product under its column and beside its row."""
    grid.title("rows times columns", OUTPUT.ink)
    for (f, place), value in np.ndenumerate(now.product):
        here = (f, place) == (now.filter, now.step)
        grid.put(f, place, number(value), OUTPUT, deep=here, bold=here)
    grid.outline(now.filter, now.step)


def _maps(drawing: Drawing, now: ColumnsMoment, left: float, top: float, cell: float) -> None:
    """Draw the rows of the product folded into maps."""
    rows, columns = now.places
    for f, values in enumerate(now.maps):
        grid = Grid(drawing, rows, columns, left + f * (columns * cell + 64), top, cell)
        drawing.words(grid.left - 8, grid.top + rows * cell / 2, f"y[{f}]", 14, OUTPUT.ink, "end", bold=True)
        for (i, j), value in np.ndenumerate(values):
            here = (f, i, j) == (now.filter, *now.place)
            grid.put(i, j, number(value), OUTPUT, deep=here, bold=here)
        if f == now.filter:
            grid.outline(*now.place)
    drawing.words(left - 64, top + rows * cell / 2, "folded back into maps", 13, INK, "end")
