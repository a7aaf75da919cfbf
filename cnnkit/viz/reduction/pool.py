"""Pooling, one window at a time: which pixel wins, and what is left of the result when the map moves."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.controls import Choice, Control, Slider, State, Toggle
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.options import TIPS, matrix
from cnnkit.viz.reduction.pool_drawing import pooling_drawing
from cnnkit.viz.reduction.pooled import Pooled
from cnnkit.viz.words import number, plain, several, size

Array = npt.NDArray[Any]

MAP = ((0, 0, 0, 0, 0, 0), (0, 1, 7, 2, 0, 0), (0, 0, 3, 8, 1, 0), (0, 0, 2, 4, 0, 0), (1, 0, 0, 0, 2, 0))


def pooling(
    x: Any = None,
    k: int = 2,
    *,
    stride: int = 2,
    kind: str = "max",
    padding: int = 0,
    ceil_mode: bool = False,
    shift: int = 0,
    step: int = 0,
) -> Demo:
    """Show max or average pooling of a map, which may be moved to the right first.

    Parameters
    ----------
    x : array (H, W), at most 9 × 9; a 5 × 6 map by default
    k : int, side of the window, from 1 to 4 and not larger than the map
    stride : int, from 1 to 4
    kind : str, "max" or "average"
    padding : int, border on each side, at most half of k; it never wins a maximum, and counts as 0 in a mean
    ceil_mode : bool, keep a last window that sticks out, if it starts inside
    shift : int, by how many pixels the map is moved to the right; zeros come in on the left
    step : int, the window to begin with, counted row by row from 0

    Returns
    -------
    Demo

    >>> demo = pooling([[1, 2, 0], [3, 0, 1]], 2, stride=1)
    >>> demo.facts()["output"], demo.facts()["winner"]
    ([[3, 2]], (1, 0))
    >>> demo.set(shift=1, kind="average").facts()["output"], demo.facts()["changed"]
    ([[1, 1.5]], 2)
    """
    x = matrix("pooling", "x", MAP if x is None else x, largest=9)
    state: State = {
        "kind": kind,
        "kernel": k,
        "stride": stride,
        "padding": padding,
        "ceil_mode": ceil_mode,
        "shift": shift,
        "step": step,
    }
    controls: list[Control] = [
        Choice("kind", "keep", "the largest number of a window, or its mean", ("max", "average")),
        Slider("kernel", "window", "how many pixels a side of the window has", 1, min(4, *x.shape)),
        Slider("stride", "stride", TIPS["stride"], 1, 4),
        Slider("padding", "padding", "width of the border", 0, lambda state: state["kernel"] // 2),
        Toggle("ceil_mode", "round up", "keep a last window that sticks out, if it starts inside"),
        Slider("shift", "shift", "move the map to the right", 0, min(3, x.shape[1] - 1)),
        Slider(
            "step",
            "step",
            "which window is looked at, row by row",
            0,
            lambda state: Pooled.at(state | {"step": 0}, x).output.size - 1,
            timeline=True,
        ),
    ]
    caption = "Pooling: every window of the map is replaced by one number."
    return Demo("pooling", partial(_draw, x=x), controls, state, caption)


def _draw(state: State, x: Array) -> Picture:
    now = Pooled.at(state, x)
    return Picture(pooling_drawing(now), _facts(now), _alt(now), _status(now), _code(now))


def _facts(now: Pooled) -> dict[str, Any]:
    return {
        "position": now.place,
        "window": [plain(now.x[pixel]) for pixel in now.pixels],
        "winner": now.winner(now.place),
        "result": plain(now.result),
        "output": plain(now.output),
        "output_shape": now.output.shape,
        "changed": now.changed,
        "formula": now.formulas,
    }


def _status(now: Pooled) -> str:
    i, j = now.place
    said = (
        f"Step {now.step} of 0 to {now.output.size - 1}: y[{i}, {j}] = {number(now.result)}, {_reason(now)}."
    )
    moved = ""
    if now.shift:
        verb = "differs" if now.changed == 1 else "differ"
        moved = (
            f" {now.changed} of {several(now.output.size, 'result')} {verb} from "
            "those of the map before the move."
        )
    return f"{said} Output {size(now.output.shape)}: {now.formulas}.{moved}"


def _reason(now: Pooled) -> str:
    if now.kind == "max":
        row, column = now.winner(now.place)
        return f"the largest of {several(len(now.pixels), 'pixel')}, from row {row}, column {column}"
    zeros = now.divisor - len(now.pixels)
    border = f" and {several(zeros, 'zero')} of the border" if zeros else ""
    return f"the mean of {several(len(now.pixels), 'pixel')}{border}"


def _alt(now: Pooled) -> str:
    top, left = now.corner
    return (
        f"{'Max' if now.kind == 'max' else 'Average'} pooling of a {size(now.x.shape)} map, "
        f"{_moved(now.shift)}, with windows of {size((now.k, now.k))}, stride {now.stride}, "
        f"padding {now.padding}, sizes rounded {'up' if now.ceil_mode else 'down'}. The window that starts "
        f"at row {number(top)}, column {number(left)} gives {number(now.result)}, one of "
        f"{size(now.output.shape)} results, of which the move has changed {now.changed}."
    )


def _moved(shift: int) -> str:
    return f"moved {several(shift, 'pixel')} to the right" if shift else "not moved"


def _code(now: Pooled) -> str:
    function = "max_pool2d" if now.kind == "max" else "avg_pool2d"
    options = f"{now.k}, stride={now.stride}, padding={now.padding}, ceil_mode={now.ceil_mode}"
    moved = f"x = np.pad(x, [(0, 0), ({now.shift}, 0)])[:, : x.shape[1]]\n" if now.shift else ""
    still = np.asarray(now.still)
    return (
        f"import numpy as np\nfrom cnnkit.functional import {function}\n\n"
        f"x = np.array({plain(still)}, dtype=float)\n{moved}"
        f"y = {function}(x[None, None], {options})[0, 0]\ny[{now.place[0]}, {now.place[1]}]\n"
    )
