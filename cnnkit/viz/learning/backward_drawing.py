"""How the backward pass looks: what is given above, what flows back below it, and at the bottom the sums."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import GRADIENT, INK, INPUT, KERNEL, PADDING, QUIET
from cnnkit.viz.grid import Grid
from cnnkit.viz.learning.paths import NUDGE, Path, Paths
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import factor, number, several

Array = npt.NDArray[Any]
Runs = list[tuple[str, str]]
WIDTH, MARGIN, TOP, BETWEEN, LINE, GAP = 880, 60, 62, 78, 26, 84


def backward_drawing(seen: Paths) -> Drawing:
    """Draw the paths through one output, one weight or one pixel.

    >>> state = {"stride": 1, "padding": 0, "dilation": 1, "look": "pixel", "step": 4}
    >>> backward_drawing(Paths.at(state, np.eye(3), np.eye(2), None)).width
    880
    """
    rows, columns = seen.padded.shape
    across = columns + seen.w.shape[1] + max(seen.dy.shape[1], _twin(seen).shape[1])
    cell = min(40, 230 // rows, (WIDTH - 2 * GAP - 40) // across)
    lower, below = TOP + rows * cell + BETWEEN, TOP + 2 * rows * cell + BETWEEN + 40
    drawing = Drawing(WIDTH, below + LINE * (_most_lines(seen) + 1) + 10)
    left = (WIDTH - across * cell - 2 * GAP) / 2
    x, dx = (Grid(drawing, rows, columns, left, top, cell) for top in (TOP, lower))
    w, dw = (_grid(drawing, seen.w, x.right + GAP, top, cell) for top in (TOP, lower))
    dy = _grid(drawing, seen.dy, w.right + GAP, TOP, cell)
    _given(x, w, dy, seen)
    _dx(dx, seen)
    _dw(dw, seen)
    _nudged(_grid(drawing, _twin(seen), dy.left, lower, cell), seen)
    _outlines(x, dx, w, dw, dy, seen)
    _sums(drawing, seen, below)
    return drawing


def _grid(drawing: Drawing, array: Array, left: float, top: float, cell: float) -> Grid:
    rows, columns = array.shape
    return Grid(drawing, rows, columns, left, top, cell)


def _given(x: Grid, w: Grid, dy: Grid, seen: Paths) -> None:
    """Draw what is given: input, kernel, upstream gradient; deep what lies on a path of this step."""
    x.title("input x, padded" if any(seen.padding) else "input x", INPUT.ink)
    for (i, j), value in np.ndenumerate(seen.padded):
        on_path = (i, j) in [path.pixel for path in seen.now]
        x.put_input(i, j, number(value), INPUT, real=_is_real(seen, i, j), deep=on_path)
    w.title("kernel w", KERNEL.ink)
    for (a, b), value in np.ndenumerate(seen.w):
        w.put(a, b, number(value), KERNEL, deep=(a, b) in [path.weight for path in seen.now])
    dy.title("upstream dy", GRADIENT.ink)
    for (i, j), value in np.ndenumerate(seen.dy):
        dy.put(i, j, number(value), GRADIENT, deep=(i, j) in [path.output for path in seen.now])


def _dx(grid: Grid, seen: Paths) -> None:
    """Draw the gradient for the input: as far as it has come, or up to this pixel."""
    _name(grid, "dx, border cut off" if any(seen.padding) else "dx")
    (p, q), width = seen.padding, seen.x.shape[1]
    for (i, j), value in np.ndenumerate(seen.gradients[0]):
        real = _is_real(seen, i, j)
        known = seen.look == "output" or (
            real and seen.look == "pixel" and (i - p) * width + j - q <= seen.step
        )
        new = seen.look == "output" and (i, j) in [path.pixel for path in seen.now]
        deep = known and (new or (seen.look == "pixel" and (i - p, j - q) == seen.place))
        grid.put(
            i,
            j,
            number(value) if known else "",
            GRADIENT if real else PADDING,
            deep=deep,
            dashed=not (known and real),
            ink=None if real else PADDING.ink,
            bold=deep and real,
        )


def _dw(grid: Grid, seen: Paths) -> None:
    """Draw the gradient for the kernel: as far as it has come, or up to this weight."""
    _name(grid, "dw")
    for step, ((a, b), value) in enumerate(np.ndenumerate(seen.gradients[1])):
        known = seen.look == "output" or (seen.look == "weight" and step <= seen.step)
        deep = known and (seen.look == "output" or step == seen.step)
        grid.put(a, b, number(value) if known else "", GRADIENT, deep=deep, dashed=not known, bold=deep)


def _nudged(grid: Grid, seen: Paths) -> None:
    """Draw the numerical twin of dx, or of dw where a weight is looked at, as far as the steps have come."""
    _name(grid, "dw by nudging" if seen.look == "weight" else "dx by nudging")
    for step, ((i, j), value) in enumerate(np.ndenumerate(_twin(seen))):
        known = seen.look == "output" or step <= seen.step
        text = number(round(value, 6) + 0.0) if known else ""
        grid.put(i, j, text, PADDING, deep=(i, j) == seen.place and seen.look != "output", dashed=not known)


def _twin(seen: Paths) -> Array:
    return seen.twins[1 if seen.look == "weight" else 0]


def _outlines(x: Grid, dx: Grid, w: Grid, dw: Grid, dy: Grid, seen: Paths) -> None:
    """Outline what is looked at, and where it acts."""
    if seen.look == "output":
        (row, column), (last_row, last_column) = seen.now[0].pixel, seen.now[-1].pixel
        dy.outline(*seen.place)
        for grid in (x, dx):
            grid.outline(row, column, last_row - row + 1, last_column - column + 1)
    elif seen.look == "weight":
        w.outline(*seen.place)
        dw.outline(*seen.place)
    else:
        row, column = (at + p for at, p in zip(seen.place, seen.padding, strict=True))
        x.outline(row, column)
        dx.outline(row, column)


def _name(grid: Grid, name: str) -> None:
    """Write a name above a grid whose size can be read from the one above it."""
    grid.drawing.words(grid.centre, grid.top - 16, name, 14, GRADIENT.ink, bold=True)


def _sums(drawing: Drawing, seen: Paths, top: float) -> None:
    """Write the products of this step, a line for each row of outputs, and the numerical twin below."""
    lines = _lines(seen)
    font = min(15.0, (WIDTH - 2 * MARGIN) / (0.605 * max(len("".join(t for t, _ in line)) for line in lines)))
    for number_of_line, line in enumerate(lines):
        drawing.runs(MARGIN, top + number_of_line * LINE, line, font)
    drawing.words(MARGIN, top + len(lines) * LINE + 6, _nudge(seen), 13, QUIET, "start")


def _lines(seen: Paths) -> list[Runs]:
    slope = number(seen.slope)
    if seen.look == "output":
        name = f"dy[{seen.place[0]}, {seen.place[1]}] = {slope}"
        onto_dx, onto_dw = (
            ("onto dx: ", " × the kernel", KERNEL.ink),
            ("onto dw: ", " × the window", INPUT.ink),
        )
        return [[(name, GRADIENT.ink)]] + [
            [(onto, QUIET), (factor(seen.slope), GRADIENT.ink), (what, ink)]
            for onto, what, ink in (onto_dx, onto_dw)
        ]
    name = "{}[{}, {}]".format({"weight": "dw", "pixel": "dx"}[seen.look], *seen.place)
    if not seen.now:
        return [[(f"{name} = 0: no window reads this pixel", GRADIENT.ink)]]
    other: Callable[[Path], Any] = (
        (lambda path: seen.padded[path.pixel])
        if seen.look == "weight"
        else (lambda path: seen.w[path.weight])
    )
    ink = INPUT.ink if seen.look == "weight" else KERNEL.ink
    lines: list[Runs] = []
    for _, row in groupby(seen.now, key=lambda path: path.output[0]):
        products = [(seen.dy[path.output], other(path)) for path in row]
        lines.append([(" " * len(f"{name} = ") if lines else f"{name} = ", GRADIENT.ink)])
        for upstream, met in products:
            lines[-1] += [(factor(upstream), GRADIENT.ink), (" × ", QUIET)]
            lines[-1] += [(factor(met), ink), (" + ", QUIET)]
    lines[-1][-1] = (f" = {slope}", INK)
    return lines


def _most_lines(seen: Paths) -> int:
    """How many lines any step of these grids may need, so that the sheet keeps its height."""
    return max(3, len(seen.dy))


def _nudge(seen: Paths) -> str:
    """Say what was nudged, and how much it changed the weighted sum of the outputs."""
    if seen.look == "output":
        outputs = "1 output" if seen.step == 0 else f"the first {several(seen.step + 1, 'output')}"
        return f"with {outputs} counted, dx and dw differ from what nudging gives by at most {seen.gap:.0e}"
    raised, lowered = (f"{s:.3f}".replace("-", "−") for s in seen.nudge(seen.look, seen.place))
    name = "{}[{}, {}]".format({"weight": "w", "pixel": "x"}[seen.look], *seen.place)
    slope = number(round(_twin(seen)[seen.place], 6) + 0.0)
    return (
        f"by nudging: s = {raised} with {name} raised by {NUDGE}, {lowered} with it lowered; "
        f"the difference, divided by {2 * NUDGE:g}, is {slope}"
    )


def _is_real(seen: Paths, i: int, j: int) -> bool:
    (p, q), (height, width) = seen.padding, seen.x.shape
    return bool(p <= i < p + height and q <= j < q + width)
