"""The route of gradients through pooling: which pixel gets which share of each output's gradient."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.shapes import out_size
from cnnkit.viz.colour import GRADIENT, INPUT, QUIET
from cnnkit.viz.controls import Choice, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.grid import Grid
from cnnkit.viz.options import matrix
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, plain, size

Array = npt.NDArray[Any]
WIDTH, GAP, LARGEST = 880, 60, 6
UPSTREAM = (
    4,
    -2,
    6,
    3,
    -5,
    8,
    1,
    7,
    -4,
    2,
    9,
    -3,
    5,
    -6,
)  # dy: anything but ones, repeated as often as needed
KINDS = ("max", "average")


def pool_route(x: Any, k: int = 2, *, stride: int = 1, kind: str = "max", step: int = 0) -> Demo:
    """Step through the windows of a pooling: where does each one's gradient go, and what comes together?

    Parameters
    ----------
    x : array (H, W), at most 6 by 6
    k : int, size of the window
    stride : int
    kind : max or average
    step : number of the window, row by row

    Returns
    -------
    Demo

    >>> demo = pool_route([[1, 8, 2], [4, 3, 5]], 2)
    >>> demo.facts()["dx"], demo.set(step=1).facts()["dx"]
    ([[0, 4, 0], [0, 0, 0]], [[0, 2, 0], [0, 0, 0]])
    """
    x = matrix("pool_route", "x", x, LARGEST)
    controls = [
        Choice("kind", "kind", "the largest of each window, or its mean", KINDS),
        Slider("kernel", "window", "how many pixels the window has along an axis", 1, min(4, *x.shape)),
        Slider("stride", "stride", "how far the window moves from one output to the next", 1, 3),
        Slider(
            "step", "window number", "whose gradient goes back now", 0, partial(_last, x.shape), timeline=True
        ),
    ]
    state = {"kind": kind, "kernel": k, "stride": stride, "step": step}
    caption = (
        "Max pooling sends each gradient to the winner of its window; average pooling shares it out evenly."
    )
    return Demo("pool_route", partial(_draw, x=x), controls, state, caption)


def _outputs(shape: tuple[int, ...], state: State) -> tuple[int, int]:
    rows, columns = (out_size(n, state["kernel"], state["stride"]) for n in shape)
    return rows, columns


def _last(shape: tuple[int, ...], state: State) -> int:
    rows, columns = _outputs(shape, state)
    return rows * columns - 1


def _shares(x: Array, state: State, i: int, j: int) -> Array:
    """Return (H, W): which part of the gradient of output (i, j) each pixel gets."""
    k, s = state["kernel"], state["stride"]
    part, window = np.zeros(x.shape), (slice(i * s, i * s + k), slice(j * s, j * s + k))
    if state["kind"] == "average":
        part[window] = 1 / k**2
    else:
        row, column = divmod(int(np.argmax(x[window])), k)
        part[i * s + row, j * s + column] = 1
    return part


def _draw(state: State, x: Array) -> Picture:
    outputs = _outputs(x.shape, state)
    dy = np.resize(UPSTREAM, outputs)
    places = list(np.ndindex(outputs))
    i, j = places[state["step"]]
    part = _shares(x, state, i, j)
    dx = sum(
        (dy[place] * _shares(x, state, *place) for place in places[: state["step"] + 1]), np.zeros(x.shape)
    )
    k, s = state["kernel"], state["stride"]
    window = x[i * s : i * s + k, j * s : j * s + k]
    ties = int(np.sum(window == window.max())) if state["kind"] == "max" else 1
    facts = {
        "dy": plain(dy),
        "share": plain(part * dy[i, j]),
        "dx": plain(dx),
        "ties": ties,
        "windows": len(places),
    }
    said = _said(state, x, part, float(dy[i, j]), ties)
    done = f"{state['step'] + 1} of {len(places)} windows"
    most = np.unravel_index(np.argmax(np.abs(dx)), dx.shape)
    status = f"Window ({i}, {j}): {said} After {done}, dx at {_place(most)} is {number(dx[most])}."
    alt = (
        f"Three grids: x, {size(x.shape)}, with window ({i}, {j}) outlined; the gradients dy, "
        f"{size(outputs)}; and dx, the gradients collected from {done}. {said}"
    )
    return Picture(_drawing(x, dy, dx, part, (i, j), state), facts, alt, status, _code(x, dy, state))


def _said(state: State, x: Array, part: Array, gradient: float, ties: int) -> str:
    """Say in a sentence where the gradient of the window goes."""
    if state["kind"] == "average":
        pixels = state["kernel"] ** 2
        each = "its only pixel gets" if pixels == 1 else f"each of its {pixels} pixels gets"
        return f"{each[0].upper()}{each[1:]} {number(gradient / pixels)} of {number(gradient)}."
    row, column = np.argwhere(part)[0]
    tie = f", the first of {ties} equal ones" if ties > 1 else ""
    largest = f"{number(x[row, column])} at {_place((row, column))}{tie}"
    return f"The largest, {largest}, gets all of {number(gradient)}."


def _place(place: Any) -> str:
    row, column = (int(index) for index in place)
    return f"({row}, {column})"


def _drawing(x: Array, dy: Array, dx: Array, part: Array, at: tuple[int, int], state: State) -> Drawing:
    widths = (x.shape[1], dy.shape[1], x.shape[1])
    cell = min(50, (WIDTH - 40 - 2 * GAP) / sum(widths), 300 / x.shape[0])
    drawing = Drawing(WIDTH, 84 + cell * x.shape[0] + 44)
    left = (WIDTH - cell * sum(widths) - 2 * GAP) / 2
    middle = 70 + cell * x.shape[0] / 2
    grids = []
    for rows, columns in (x.shape, dy.shape, dx.shape):
        grids.append(Grid.centred(drawing, rows, columns, left, middle, cell))
        left = grids[-1].right + GAP
    inputs, upstream, collected = grids
    k, s = state["kernel"], state["stride"]
    for (i, j), value in np.ndenumerate(x):
        inputs.put(i, j, number(value), INPUT, deep=bool(part[i, j]), bold=bool(part[i, j]))
    for (i, j), value in np.ndenumerate(dy):
        upstream.put(i, j, number(value), GRADIENT, deep=(i, j) == at, bold=(i, j) == at)
    for (i, j), value in np.ndenumerate(dx):
        hit, ink = bool(part[i, j]), None if value else QUIET
        collected.put(i, j, number(value), GRADIENT, deep=hit, ink=ink, bold=hit)
    inputs.outline(at[0] * s, at[1] * s, k, k)
    upstream.outline(*at)
    collected.outline(at[0] * s, at[1] * s, k, k)
    for grid, name, ink in zip(
        grids, ("x", "dy", "dx, collected so far"), (INPUT.ink, GRADIENT.ink, GRADIENT.ink), strict=True
    ):
        grid.title(name, ink)
    _legend(drawing, state)
    return drawing


def _legend(drawing: Drawing, state: State) -> None:
    said = {
        "max": "darker: the largest of the window, which gets the whole gradient",
        "average": "darker: the pixels of the window, which share the gradient evenly",
    }
    drawing.words(WIDTH / 2, drawing.height - 22, said[state["kind"]], 13, QUIET)


def _code(x: Array, dy: Array, state: State) -> str:
    function = {"max": "max_pool2d_backward", "average": "avg_pool2d_backward"}[state["kind"]]
    kept = dy.astype(float)
    kept.ravel()[state["step"] + 1 :] = 0
    return (
        "import numpy as np\n\nfrom cnnkit import functional as F\n\n"
        f"x = np.array([[{plain(x)}]], dtype=float)\n"
        f"dy = np.array([[{plain(kept)}]], dtype=float)  # the windows up to this one\n"
        f"dx = F.{function}(dy, x, {state['kernel']}, stride={state['stride']})[0, 0]\n"
    )
