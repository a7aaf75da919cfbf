"""Padding modes: valid, same and full side by side, on one picture with one kernel."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional import correlate2d
from cnnkit.shapes import Pair, same_padding
from cnnkit.viz.colour import INK, INPUT, OUTPUT, QUIET
from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.grid import Grid
from cnnkit.viz.options import matrix
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, plain, size

Array = npt.NDArray[Any]
WIDTH, TOP = 880, 84
PICTURE = ((1, 0, 2, 1), (0, 3, 1, 0), (2, 1, 0, 1), (1, 0, 2, 3))
MEANINGS = {
    "valid": "only real pixels",
    "same": "as many outputs as inputs",
    "full": "wherever they touch",
}


def padding_modes(x: Any = None, k: Any = None, *, kernel: int = 3) -> Demo:
    """Show what valid, same and full padding make of one picture.

    Parameters
    ----------
    x : array (H, W), at most 6 × 6; a 4 × 4 picture by default
    k : array (KH, KW), at most 4 × 4 and no larger than x; by default all ones, with a slider for the size
    kernel : int, the size of that kernel of ones to begin with

    Returns
    -------
    Demo

    >>> facts = padding_modes([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]]).facts()
    >>> facts["valid"], facts["full"][0]
    ([[19, 25], [37, 43]], [0, 3, 8, 4])
    >>> facts["padding"]["same"]
    [[0, 1], [0, 1]]
    """
    x = matrix("padding_modes", "x", PICTURE if x is None else x, largest=6)
    if k is not None:
        k = matrix("padding_modes", "k", k, largest=min(4, *x.shape))
    state = {} if k is not None else {"kernel": kernel}
    controls: list[Control] = [
        Slider(name, "kernel size", "rows and columns of ones", 1, min(4, *x.shape)) for name in state
    ]
    caption = "Three borders of zeros: none, as many as keep the size, as many as give every overlap."
    return Demo("padding_modes", partial(_draw, x=x, k=k), controls, state, caption)


def borders(mode: str, shape: tuple[int, ...], kernel: tuple[int, ...]) -> list[Pair]:
    """Return the padding (before, after) along each axis that a mode stands for, at stride 1.

    >>> borders("same", (4, 4), (3, 2)), borders("full", (4, 4), (3, 2))
    ([(1, 1), (0, 1)], [(2, 2), (1, 1)])
    """
    if mode == "same":
        return [same_padding(n, k) for n, k in zip(shape, kernel, strict=True)]
    return [(k - 1, k - 1) if mode == "full" else (0, 0) for k in kernel]


def _draw(state: State, x: Array, k: Array | None) -> Picture:
    laid = np.ones((state["kernel"],) * 2, dtype=int) if k is None else k
    paddings = {mode: borders(mode, x.shape, laid.shape) for mode in MEANINGS}
    padded = {mode: np.pad(x, padding) for mode, padding in paddings.items()}
    outputs = {mode: correlate2d(picture, laid) for mode, picture in padded.items()}
    facts = {mode: plain(output) for mode, output in outputs.items()}
    facts["sizes"] = {mode: output.shape for mode, output in outputs.items()}
    facts["padding"] = {mode: [list(sides) for sides in padding] for mode, padding in paddings.items()}
    sizes = ", ".join(f"{mode} {size(output.shape)}" for mode, output in outputs.items())
    status = f"A {size(x.shape)} input and a {size(laid.shape)} kernel give: {sizes}."
    alt = f"A {size(x.shape)} picture three times, with ever more zeros around it, and the outputs: {sizes}."
    return Picture(_drawing(paddings, padded, outputs, laid), facts, alt, status, _code(x, laid, paddings))


def _drawing(
    paddings: dict[str, list[Pair]], padded: dict[str, Array], outputs: dict[str, Array], k: Array
) -> Drawing:
    """A column for each mode: the padded picture with its first window, and the output below."""
    tallest, widest = padded["full"].shape
    cell = min(32.0, 256 / widest)
    low = TOP + tallest * cell + 64
    drawing = Drawing(WIDTH, low + outputs["full"].shape[0] * cell + 24)
    for column, mode in enumerate(MEANINGS):
        centre = 24 + (column + 0.5) * (WIDTH - 48) / 3
        drawing.words(centre, 26, mode, 16, INK, bold=True)
        drawing.words(centre, 46, MEANINGS[mode], 13, QUIET)
        drawing.words(centre, low - 34, "↓", 20, QUIET)
        top = TOP + (tallest - len(padded[mode])) * cell / 2
        _input(_grid(drawing, padded[mode], centre, top, cell), padded[mode], paddings[mode], k.shape)
        _output(_grid(drawing, outputs[mode], centre, low, cell), outputs[mode])
    return drawing


def _grid(drawing: Drawing, array: Array, centre: float, top: float, cell: float) -> Grid:
    rows, columns = array.shape
    return Grid(drawing, rows, columns, centre - columns * cell / 2, top, cell)


def _input(grid: Grid, padded: Array, padding: list[Pair], kernel: tuple[int, ...]) -> None:
    """Draw the picture with its zeros, and the first window on it."""
    (above, below), (before, after) = padding
    for (i, j), value in np.ndenumerate(padded):
        real = above <= i < grid.rows - below and before <= j < grid.columns - after
        grid.put_input(i, j, number(value), INPUT, real=real)
    grid.outline(0, 0, *kernel)


def _output(grid: Grid, output: Array) -> None:
    """Draw the output, its first number marked, under its size."""
    grid.drawing.words(grid.centre, grid.top - 14, f"output {size(output.shape)}", 13, OUTPUT.ink, bold=True)
    for (i, j), value in np.ndenumerate(output):
        grid.put(i, j, number(value), OUTPUT, deep=i == j == 0)
    grid.outline(0, 0)


def _code(x: Array, k: Array, paddings: dict[str, list[Pair]]) -> str:
    lines = [f"{mode} = correlate2d(np.pad(x, {padding}), k)" for mode, padding in paddings.items()]
    return (
        "import numpy as np\nfrom cnnkit.functional import correlate2d\n\n"
        f"x = np.array({plain(x)})\nk = np.array({plain(k)})\n" + "\n".join(lines) + "\n"
    )
