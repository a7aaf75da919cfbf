"""How the convolution stepper looks: three grids in a row, the arithmetic of this window below them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET, WARNING
from cnnkit.viz.convolution.moment import Moment
from cnnkit.viz.grid import Grid
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import factor, number

Array = npt.NDArray[Any]
WIDTH, MARGIN, TOP, LINE, GAP = 880, 70, 62, 26, 60


def stepper_drawing(now: Moment) -> Drawing:
    """Draw one moment of a sliding window.

    >>> state = {"stride": 1, "padding": 0, "dilation": 1, "flip": False, "step": 3}
    >>> stepper_drawing(Moment.at(state, np.eye(5), np.eye(3))).width
    880
    """
    columns = now.padded.shape[1] + now.kernel.shape[1] + now.output.shape[1]
    cell = min(40, (WIDTH - 2 * GAP - 60) // columns)
    height, lines = cell * now.padded.shape[0], len(now.kernel)
    drawing, middle = Drawing(WIDTH, TOP + height + LINE * lines + 84), TOP + height / 2
    x = _grid(drawing, now.padded, (WIDTH - columns * cell - 2 * GAP) / 2, middle, cell)
    k = _grid(drawing, now.kernel, x.right + GAP, middle, cell)
    y = _grid(drawing, now.output, k.right + GAP, middle, cell)
    _input(x, now)
    drawing.words(x.right + GAP / 2, middle, "∗" if now.flip else "⋆", 26 if now.flip else 40, QUIET)
    _kernel(k, now)
    drawing.words(k.right + GAP / 2, middle, "=", 24, QUIET)
    _output(y, now)
    _arithmetic(drawing, now, TOP + height + 40)
    return drawing


def _grid(drawing: Drawing, array: Array, left: float, middle: float, cell: float) -> Grid:
    rows, columns = array.shape
    return Grid.centred(drawing, rows, columns, left, middle, cell)


def _input(grid: Grid, now: Moment) -> None:
    """Draw the padded picture: pixels under the kernel deep, unread ones hatched, the window outlined."""
    grid.title("input x, padded" if any(now.padding) else "input x", INPUT.ink)
    for (i, j), value in np.ndenumerate(now.padded):
        read_now = i in now.rows and j in now.columns
        grid.put_input(i, j, number(value), INPUT, real=now.is_real(i, j), deep=read_now)
        if not now.counts[i, j]:
            grid.hatch(i, j)
    rows, columns = now.rows, now.columns
    grid.outline(rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)


def _kernel(grid: Grid, now: Moment) -> None:
    """Draw the kernel as it lies on the picture, with a mark in the corner of the weight k[0, 0]."""
    grid.title("k, turned by 180°" if now.flip else "kernel k", KERNEL.ink)
    for (a, b), value in np.ndenumerate(now.kernel):
        grid.put(a, b, number(value), KERNEL)
    (x, y), tip = (
        (grid.at(grid.rows, grid.columns), -grid.cell / 3) if now.flip else (grid.at(0, 0), grid.cell / 3)
    )
    grid.drawing.mark("path", d=f"M{x} {y}h{tip:.2f}L{x} {y + tip:.2f}z", fill=KERNEL.ink)


def _output(grid: Grid, now: Moment) -> None:
    """Draw the outputs computed so far; those to come are empty."""
    grid.title("output y", OUTPUT.ink)
    for step, ((i, j), value) in enumerate(np.ndenumerate(now.output)):
        known, current = step <= now.step, step == now.step
        grid.put(i, j, number(value) if known else "", OUTPUT, deep=current, bold=current, dashed=not known)
    grid.outline(*now.place)


def _arithmetic(drawing: Drawing, now: Moment, top: float) -> None:
    """Write the products row by row with the running sum, then the size formula."""
    sums = now.products.sum(axis=1)
    lines = [_sum_of_products(*rows) for rows in zip(now.window, now.kernel, strict=True)]
    letters = max(len("".join(text for text, _ in line)) for line in lines)
    font = min(15.0, 460 / (0.6 * letters))
    right = MARGIN + 60 + 0.605 * font * letters
    for a, line in enumerate(lines):
        y, last = top + a * LINE, a == len(lines) - 1
        name = "y[{}, {}]".format(*now.place) if last else "so far"
        total = f"{name} = {number(sums[: a + 1].sum())}"
        drawing.words(MARGIN, y, f"row {a}", 13, QUIET, "start")
        drawing.runs(MARGIN + 60, y, line, font)
        drawing.words(right + 12, y, f"= {number(sums[a])}", 15, INK, "start", mono=True)
        drawing.words(right + 210, y, total, 15, OUTPUT.ink, "end", bold=last, mono=True)
    below = top + len(lines) * LINE + 14
    drawing.words(MARGIN, below, f"output size: {now.formulas}", 13, QUIET, "start")
    if not np.all(now.counts):
        drawing.words(WIDTH - MARGIN, below, "hatched: never read", 13, WARNING.ink, "end")


def _sum_of_products(pixels: Array, weights: Array) -> list[tuple[str, str]]:
    """Return the words of a sum of products, each factor in its role's ink."""
    runs: list[tuple[str, str]] = []
    for pixel, weight in zip(pixels, weights, strict=True):
        runs += [(factor(pixel), INPUT.ink), (" × ", QUIET), (factor(weight), KERNEL.ink), (" + ", QUIET)]
    return runs[:-1]
