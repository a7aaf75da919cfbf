"""A convolution as a matrix: one row for each output, and the transpose beside it, with a column for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.shapes import Pair, pair
from cnnkit.viz.colour import INPUT, KERNEL, OUTPUT, PADDING, QUIET
from cnnkit.viz.controls import Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.grid import Grid
from cnnkit.viz.options import matrix
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, plain, size

Array = npt.NDArray[Any]
WIDTH, MARGIN, TOP, GAP = 880, 40, 66, 60


def convolution_matrix(k: Any, shape: Pair = (4, 4), *, row: int = 0) -> Demo:
    """Show the matrix of a convolution (stride 1, no padding), one row as a picture, and the transpose.

    Parameters
    ----------
    k : array (KH, KW)
    shape : (H, W) of the input, at most 16 pixels in all and at least as large as the kernel
    row : int, the output to begin with

    Returns
    -------
    Demo

    >>> demo = convolution_matrix([[1, 2, 3]], (1, 4))
    >>> demo.facts()["matrix"]
    [[1, 2, 3, 0], [0, 1, 2, 3]]
    >>> demo.set(row=1).status
    'Row 1 of C, for output y[0, 1]: the kernel at row 0, column 1 of a 1 × 4 picture. C is 2 × 4.'
    """
    k, shape = matrix("convolution_matrix", "k", k, largest=4), pair("shape", shape, 1)
    rows, columns = shape[0] - k.shape[0] + 1, shape[1] - k.shape[1] + 1
    if rows < 1 or columns < 1 or shape[0] * shape[1] > 16:
        raise ShapeError(
            f"convolution_matrix: shape is {shape}, but it must have room for the {size(k.shape)} kernel "
            "and at most 16 pixels."
        )
    slider = Slider("row", "row of C", "which output, row by row", 0, rows * columns - 1, timeline=True)
    caption = "The matrix of a convolution has a row for each output; its transpose has a column for each."
    return Demo("convolution_matrix", partial(_draw, k=k, shape=shape), [slider], {"row": row}, caption)


def rows_of(k: Array, shape: Pair) -> Array:
    """Return the rows of C as pictures: the kernel in each of its places, an array (places, H, W).

    >>> rows_of(np.array([[5]]), (1, 2)).tolist()
    [[[5, 0]], [[0, 5]]]
    """
    places = np.ndindex(shape[0] - k.shape[0] + 1, shape[1] - k.shape[1] + 1)
    return np.array([np.pad(k, _border(place, k.shape, shape)) for place in places])


def _border(place: Sequence[int], kernel: Sequence[int], shape: Pair) -> list[Pair]:
    return [(start, n - start - m) for start, m, n in zip(place, kernel, shape, strict=True)]


def _draw(state: State, k: Array, shape: Pair) -> Picture:
    pictures, row = rows_of(k, shape), state["row"]
    C = pictures.reshape(len(pictures), -1)
    place = divmod(row, shape[1] - k.shape[1] + 1)
    facts = {
        "matrix": plain(C),
        "picture": plain(pictures[row]),
        "shape": C.shape,
        "rank": int(np.linalg.matrix_rank(C)),
        "place": place,
    }
    said = f"the kernel at row {place[0]}, column {place[1]} of a {size(shape)} picture"
    status = f"Row {row} of C, for output y[{place[0]}, {place[1]}]: {said}. C is {size(C.shape)}."
    alt = (
        f"The matrix C of {size(C.shape)}, its row {row} outlined, holds {said}; beside it the transpose, "
        f"{size(C.T.shape)}, with the same numbers in its column {row}."
    )
    return Picture(_drawing(C, pictures[row], row), facts, alt, status, _code(k, shape, row))


def _drawing(C: Array, picture: Array, row: int) -> Drawing:
    """C above the picture of one of its rows, on the left; the transpose on the right."""
    outputs, inputs = C.shape
    cell = min(28, (WIDTH - 2 * MARGIN - GAP) // (inputs + outputs))
    below = TOP + outputs * cell + 76
    drawing = Drawing(WIDTH, max(TOP + inputs * cell, below + len(picture) * cell) + 30)
    left = (WIDTH - (inputs + outputs) * cell - GAP) / 2
    there = Grid(drawing, outputs, inputs, left, TOP, cell)
    back = Grid(drawing, inputs, outputs, there.right + GAP, TOP, cell)
    rows, columns = picture.shape
    single = Grid(drawing, rows, columns, left + (inputs - columns) * cell / 2, below, cell)
    _table(there, C, "C")
    _table(back, C.T, "Cᵀ")
    _table(single, picture, f"row {row} of C as a picture")
    there.outline(row, 0, columns=inputs)
    back.outline(0, row, rows=inputs)
    for i in range(1, rows):  # where one row of the picture ends and the next begins
        for grid, (x1, y1), (x2, y2) in (
            (there, there.at(0, i * columns), there.at(outputs, i * columns)),
            (back, back.at(i * columns, 0), back.at(i * columns, outputs)),
        ):
            grid.drawing.line(x1, y1, x2, y2, INPUT.ink, 1.5)
    return drawing


def _table(grid: Grid, values: Array, name: str) -> None:
    """Draw a table; zeros are pale and grey, so that the kernel shows."""
    grid.title(name, OUTPUT.ink)
    for (i, j), value in np.ndenumerate(values):
        role = KERNEL if value else PADDING
        grid.put(i, j, number(value), role, deep=bool(value), ink=None if value else QUIET)


def _code(k: Array, shape: Pair, row: int) -> str:
    return (
        "import numpy as np\nfrom cnnkit.functional import correlate2d\n\n"
        f"k, shape = np.array({plain(k)}), {shape}\n"
        "pixels = np.eye(shape[0] * shape[1]).reshape(-1, *shape)  # pictures with a single bright pixel\n"
        "C = np.stack([correlate2d(x, k).ravel() for x in pixels], axis=1)\n"
        f"picture = C[{row}].reshape(shape)\n"
    )
