"""How the rank of a kernel looks: one product, the sum so far, the kernel, and the strengths as bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET, diverging, hexadecimal, ink_on
from cnnkit.viz.grid import Grid
from cnnkit.viz.svg import Drawing, fitting
from cnnkit.viz.words import number, several

Array = npt.NDArray[Any]
WIDTH, TOP, GAP, BAR = 880, 74, 64, 22


def rank_drawing(k: Array, column: Array, row: Array, total: Array, strengths: Array, added: int) -> Drawing:
    """Draw a kernel, the product added last, the sum of all added, and every strength.

    >>> rank_drawing(np.eye(2), np.ones(2), np.ones(2), np.eye(2), np.ones(2), 1).width
    880
    """
    height, width = k.shape
    cell = min(46.0, (WIDTH - 2 * GAP - 48) / (3 * width + 1), 300 / (height + 1))
    middle, low = TOP + (height + 1) * cell / 2, TOP + (height + 1) * cell + 56
    drawing = Drawing(WIDTH, low + len(strengths) * BAR + 24)
    left = (WIDTH - (3 * width + 1) * cell - 2 * GAP) / 2
    product = Grid(drawing, height, width, left + cell, TOP + cell, cell)
    so_far = Grid(drawing, height, width, product.right + GAP, TOP + cell, cell)
    whole = Grid(drawing, height, width, so_far.right + GAP, TOP + cell, cell)
    scale = float(np.abs(k).max())
    _product(product, column, row, scale, added)
    _table(
        so_far,
        total,
        scale,
        f"sum of {several(added, 'product')}",
        OUTPUT.ink,
    )
    _table(whole, k, scale, "kernel k", INPUT.ink)
    drawing.words(so_far.left - GAP / 2, middle + cell / 2, "→", 24, QUIET)
    equal = "=" if np.allclose(total, k) else "≈"
    drawing.words(whole.left - GAP / 2, middle + cell / 2, equal, 26, QUIET)
    _bars(drawing, strengths, added, left, low)
    note = f"negative blue, zero white, positive orange; full colour at ±{number(round(scale, 3))}"
    drawing.words(WIDTH - 24, low - 26, note, 12, QUIET, "end")
    return drawing


def _table(grid: Grid, values: Array, scale: float, title: str = "", ink: str = INK) -> None:
    """Draw the numbers on their colours, under a title."""
    if title:
        grid.drawing.words(grid.centre, grid.top - 18, title, 14, ink, bold=True)
    colours = diverging(values, scale)
    for (i, j), value in np.ndenumerate(values):
        (x, y), text = grid.at(i, j), _short(value)
        grid.drawing.box(x, y, grid.cell, grid.cell, hexadecimal(colours[i, j]), QUIET, 0.6)
        font = min(16, fitting(text, grid.cell))
        grid.drawing.words(x + grid.cell / 2, y + grid.cell / 2, text, font, ink_on(colours[i, j]))


def _product(grid: Grid, column: Array, row: Array, scale: float, added: int) -> None:
    """Draw the row above and the column beside the table of their products."""
    grid.drawing.words(grid.centre, 36, f"product {added}: column times row", 14, KERNEL.ink, bold=True)
    _table(grid, np.outer(column, row), scale)
    for i, value in enumerate(column):
        grid.put(i, -1.18, _short(value), KERNEL, bold=True)
    for j, value in enumerate(row):
        grid.put(-1.18, j, _short(value), KERNEL, bold=True)


def _bars(drawing: Drawing, strengths: Array, added: int, left: float, top: float) -> None:
    """Draw a bar for every strength; those that are not added yet are pale."""
    longest = WIDTH - left - 24 - 250
    drawing.words(left, top - 26, "strengths (singular values)", 14, KERNEL.ink, "start", bold=True)
    for index, strength in enumerate(strengths):
        y, role = top + index * BAR, OUTPUT
        long = longest * float(strength / strengths[0])
        drawing.words(left, y + BAR / 2, f"product {index + 1}", 13, QUIET, "start")
        fill = role.deep if index < added else role.pale
        if strength:
            drawing.box(left + 80, y + 3, max(long, 2.0), BAR - 6, fill, role.ink, 0.8, dashed=index >= added)
        text = number(round(float(strength), 3))
        drawing.words(left + 88 + long, y + BAR / 2, text, 13, INK, "start")
    what = f"{several(added, 'product')} added"
    drawing.words(WIDTH - 24, top + BAR / 2, what, 13, OUTPUT.ink, "end")


def _short(value: float) -> str:
    """Write a number with at most two digits after the point."""
    return number(round(float(value), 2))
