"""How the volume walk looks: the slices in a row, block and output slices below, and the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET
from cnnkit.viz.grid import Grid
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import factor, number, size

if TYPE_CHECKING:
    from cnnkit.viz.family.volume import Walk

Array = npt.NDArray[Any]
WIDTH, MARGIN, GAP, TOP, LINE = 880, 24, 26, 66, 26


def volume_drawing(now: Walk) -> Drawing:
    """Draw one moment of a block on its way through a volume.

    >>> from cnnkit.viz.family.volume import Walk
    >>> volume_drawing(Walk(np.zeros((2, 3, 3)), np.ones((1, 2, 2)), 1, 0)).width
    880
    """
    cell = min(34.0, _fitting(now.x.shape), _fitting_below(now))
    rows = max(now.w.shape[1], now.output.shape[1])
    below = TOP + now.x.shape[1] * cell + 76
    arithmetic = below + rows * cell + 40
    drawing = Drawing(WIDTH, arithmetic + (len(now.w) + 2) * LINE + 4)
    drawing.words(MARGIN, 22, f"volume x, {size(now.x.shape)}", 14, INPUT.ink, "start", bold=True)
    _input(drawing, now, cell)
    middle = below + rows * cell / 2
    end = _block(drawing, now, middle, cell)
    _output(drawing, now, end + 2 * GAP, below, cell)
    drawing.words(MARGIN, below - 36, f"block w, {size(now.w.shape)}", 14, KERNEL.ink, "start", bold=True)
    _arithmetic(drawing, now, arithmetic)
    return drawing


def _fitting(shape: tuple[int, ...]) -> float:
    """Return the side of a cell with which slices of this shape fit side by side."""
    return (WIDTH - 2 * MARGIN - (shape[0] - 1) * GAP) / (shape[0] * shape[2])


def _fitting_below(now: Walk) -> float:
    """Return the side of a cell with which the slices of the block and of the output fit in one row."""
    gaps = (len(now.w) + len(now.output)) * GAP
    cells = len(now.w) * now.w.shape[2] + len(now.output) * now.output.shape[2]
    return float((WIDTH - 2 * MARGIN - gaps - GAP) / cells)


def _row(
    drawing: Drawing, shape: tuple[int, ...], left: float, top: float, cell: float, ink: str
) -> list[Grid]:
    """Place the slices of a stack side by side, each with its number above it."""
    step = shape[2] * cell + GAP
    grids = [Grid(drawing, shape[1], shape[2], left + n * step, top, cell) for n in range(shape[0])]
    for n, grid in enumerate(grids):
        drawing.words(grid.centre, top - 13, f"slice {n}", 12, ink)
    return grids


def _input(drawing: Drawing, now: Walk, cell: float) -> None:
    """Draw the volume; what lies under the block is deep, and outlined in each slice."""
    width = len(now.x) * now.x.shape[2] * cell + (len(now.x) - 1) * GAP
    grids = _row(drawing, now.x.shape, (WIDTH - width) / 2, TOP, cell, INPUT.ink)
    (deep, top, left), (depth, height, across) = now.start, now.w.shape
    for n, grid in enumerate(grids):
        covered = deep <= n < deep + depth
        for (i, j), value in np.ndenumerate(now.x[n]):
            under = covered and top <= i < top + height and left <= j < left + across
            grid.put(i, j, number(value), INPUT, deep=under)
        if covered:
            grid.outline(top, left, height, across)


def _block(drawing: Drawing, now: Walk, middle: float, cell: float) -> float:
    """Draw the block, slice by slice; return where it ends."""
    grids = _row(drawing, now.w.shape, MARGIN, middle - now.w.shape[1] * cell / 2, cell, KERNEL.ink)
    for grid, weights in zip(grids, now.w, strict=True):
        for (a, b), value in np.ndenumerate(weights):
            grid.put(a, b, number(value), KERNEL)
    return grids[-1].right


def _output(drawing: Drawing, now: Walk, left: float, below: float, cell: float) -> None:
    """Draw the outputs computed so far; those to come are empty."""
    rows = max(now.w.shape[1], now.output.shape[1])
    top = below + (rows - now.output.shape[1]) * cell / 2
    grids = _row(drawing, now.output.shape, left, top, cell, OUTPUT.ink)
    title = f"output y, {size(now.output.shape)}"
    drawing.words(left, below - 36, title, 14, OUTPUT.ink, "start", bold=True)
    for step, ((d, i, j), value) in enumerate(np.ndenumerate(now.output)):
        known, current = step <= now.step, step == now.step
        grids[d].put(
            i, j, number(value) if known else "", OUTPUT, deep=current, bold=current, dashed=not known
        )
    d, i, j = now.place
    grids[d].outline(i, j)


def _arithmetic(drawing: Drawing, now: Walk, top: float) -> None:
    """Write the products, one line a slice of the block, and the sum; weights of 0 are left out."""
    sums = now.products.sum(axis=(1, 2))
    lines = [_sum_of_products(*stack) for stack in zip(now.block, now.w, strict=True)]
    letters = max(len("".join(text for text, _ in line)) for line in lines)
    font = min(15.0, 600 / (0.6 * letters))
    right = max(MARGIN + 64 + 0.605 * font * letters + 96, 400)
    for e, line in enumerate(lines):
        y = top + e * LINE
        drawing.words(MARGIN, y, f"slice {now.start[0] + e}", 13, QUIET, "start")
        drawing.runs(MARGIN + 64, y, line, font)
        drawing.words(right, y, f"= {number(sums[e])}", 15, INK, "end", mono=True)
    name, last = "y[{}, {}, {}]".format(*now.place), top + len(sums) * LINE
    total = f"{name} = {number(sums.sum())}"
    drawing.words(right, last, total, 15, OUTPUT.ink, "end", bold=True, mono=True)
    sizes = ",  ".join(dict.fromkeys(now.formulas))
    drawing.words(MARGIN, last + LINE, f"output sizes: {sizes}", 13, QUIET, "start")


def _sum_of_products(numbers: Array, weights: Array) -> list[tuple[str, str]]:
    """Return the words of a sum of products, each factor in its role's ink; weights of 0 are left out."""
    pairs = [(n, w) for n, w in zip(numbers.ravel(), weights.ravel(), strict=True) if w]
    runs: list[tuple[str, str]] = []
    for value, weight in pairs:
        runs += [(factor(value), INPUT.ink), (" × ", QUIET), (factor(weight), KERNEL.ink), (" + ", QUIET)]
    return runs[:-1] or [("0", QUIET)]
