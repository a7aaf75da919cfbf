"""The convolution stepper: one window at a time, its products written out, the output filling up."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy.typing as npt

from cnnkit.shapes import Pair
from cnnkit.viz.controls import Control, Slider, State, Toggle
from cnnkit.viz.convolution.moment import Moment
from cnnkit.viz.convolution.stepper_drawing import stepper_drawing
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.options import apart, matrix, window_sliders
from cnnkit.viz.words import factor, number, plain, several, size

Array = npt.NDArray[Any]

PICTURE = ((1, 0, 2, 1, 0), (0, 3, 1, 0, 2), (2, 1, 0, 1, 1), (1, 0, 2, 3, 0), (0, 1, 1, 0, 2))
SOBEL = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))


def conv_stepper(
    x: Any = None,
    k: Any = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    flip: bool = False,
    step: int = 0,
    knobs: bool = True,
) -> Demo:
    """Show a kernel sliding over a picture, one output at a time.

    Parameters
    ----------
    x : array (H, W), at most 12 × 12; a 5 × 5 picture by default
    k : array (KH, KW), at most 5 × 5; a Sobel kernel by default
    stride, padding, dilation : int, or a pair (vertical, horizontal), which gives a slider for each direction
    flip : bool, turn the kernel by 180 degrees first: convolution instead of cross-correlation
    step : int, the output to begin with, counted row by row from 0
    knobs : bool, show the sliders for stride, padding and dilation

    Returns
    -------
    Demo

    >>> demo = conv_stepper([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    >>> demo.facts()["sum"], demo.facts()["output"]
    (19, [[19, 25], [37, 43]])
    >>> demo.set(flip=True, step=3).facts()["sum"]
    29
    """
    x = matrix("conv_stepper", "x", PICTURE if x is None else x, largest=12)
    k = matrix("conv_stepper", "k", SOBEL if k is None else k, largest=5)
    options = apart("stride", stride) | apart("padding", padding) | apart("dilation", dilation)
    fixed = {} if knobs else options
    controls: list[Control] = [
        *(window_sliders(options, lambda _: x.shape, lambda _: k.shape) if knobs else []),
        Toggle("flip", "flip the kernel", "turn the kernel by 180 degrees: convolution proper"),
        Slider(
            "step",
            "step",
            "which output is computed, row by row",
            0,
            lambda state: Moment.at(fixed | state | {"step": 0}, x, k).output.size - 1,
            timeline=True,
        ),
    ]
    caption = "A kernel slides over a picture: multiply what lies on top of each other, add up, move on."
    state = {"flip": flip, "step": step} if fixed else options | {"flip": flip, "step": step}
    return Demo("conv_stepper", partial(_draw, x=x, k=k, fixed=fixed), controls, state, caption)


def _draw(state: State, x: Array, k: Array, fixed: State) -> Picture:
    moment = Moment.at(fixed | state, x, k)
    return Picture(stepper_drawing(moment), _facts(moment), _alt(moment), _status(moment), _code(moment))


def _facts(now: Moment) -> dict[str, Any]:
    return {
        "position": now.place,
        "window": plain(now.window),
        "products": plain(now.products),
        "sum": plain(now.products.sum()),
        "output_shape": now.output.shape,
        "output": plain(now.output),
        "unread": now.unread,
        "formula": now.formulas,
    }


def _status(now: Moment) -> str:
    terms = " + ".join(factor(value) for value in now.products.ravel())
    unread = f" {several(now.unread, 'pixel')} of the input never read." if now.unread else ""
    return (
        f"Step {now.step} of 0 to {now.output.size - 1}: y[{now.place[0]}, {now.place[1]}] = {terms} = "
        f"{number(now.products.sum())}. Output {size(now.output.shape)}.{unread}"
    )


def _alt(now: Moment) -> str:
    kind = "turned by 180 degrees" if now.flip else "not turned"
    padded = "padded " if any(now.padding) else ""
    return (
        f"A {size(now.kernel.shape)} kernel, {kind}, lies on rows {now.rows[0]} to {now.rows[-1]} and "
        f"columns {now.columns[0]} to {now.columns[-1]} of the {size(now.padded.shape)} {padded}input; "
        f"the sum of the products, {number(now.products.sum())}, goes to row {now.place[0]}, "
        f"column {now.place[1]} of the {size(now.output.shape)} output."
    )


def _code(now: Moment) -> str:
    function = "convolve2d" if now.flip else "correlate2d"
    i, j = now.place
    return (
        f"import numpy as np\nfrom cnnkit.functional import {function}\n\n"
        f"x = np.array({plain(now.x)})\nk = np.array({plain(now.k)})\n"
        f"y = {function}(x, k, stride={now.stride}, padding={now.padding}, dilation={now.dilation})\n"
        f"y[{i}, {j}]\n"
    )
