"""The backward pass of a small convolution: from an output, a weight or a pixel, with its numerical twin."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.shapes import Pair
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.learning.backward_drawing import backward_drawing
from cnnkit.viz.learning.paths import LOOKS, NUDGE, Paths, output_shape
from cnnkit.viz.options import apart, both, matrix, window_sliders
from cnnkit.viz.words import number, plain, several, size

Array = npt.NDArray[Any]
PICTURE = ((1, 0, 2, 1), (0, 3, 1, 2), (2, 1, 0, 1), (1, 2, 3, 0))
KERNEL = ((1, -1), (2, 3))


def backward(
    x: Any = None,
    w: Any = None,
    dy: Any = None,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
    look: str = "output",
    step: int = 0,
) -> Demo:
    """Show how an upstream gradient flows back through a convolution, path by path.

    Parameters
    ----------
    x : array (H, W), at most 7 × 7; a 4 × 4 picture by default
    w : array (KH, KW), at most 4 × 4; a 2 × 2 kernel by default
    dy : array (H_out, W_out), the upstream gradient; without it small numbers are taken, and stride, padding
        and dilation get sliders
    stride, padding, dilation : int, or a pair (vertical, horizontal)
    look : "output" (its stamp and its window), "weight" or "pixel" (all paths through it)
    step : which of them to begin with, counted row by row from 0

    Returns
    -------
    Demo

    >>> demo = backward([[1, 0, 2], [0, 1, 0], [3, 0, 1]], [[1, 2], [0, 1]], [[1, 0], [2, 1]], look="weight")
    >>> demo.facts()["slope"], demo.facts()["dw"], demo.facts()["nudged_dw"]
    (2, [[2, 2], [6, 2]], [[2, 2], [6, 2]])
    >>> demo.set(look="pixel", step=4).facts()["outputs"]
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    x = matrix("backward", "x", PICTURE if x is None else x, largest=7)
    w = matrix("backward", "w", KERNEL if w is None else w, largest=4)
    options = apart("stride", stride) | apart("padding", padding) | apart("dilation", dilation)
    if dy is not None:
        dy = _upstream(matrix("backward", "dy", dy, largest=11), x, w, options)
    fixed = {} if dy is None else options
    controls: list[Control] = [
        *(window_sliders(options, lambda _: x.shape, lambda _: w.shape) if dy is None else []),
        Choice("look", "look at", "one output, one weight or one pixel, with all its paths", LOOKS),
        Slider(
            "step",
            "step",
            "which of them, row by row",
            0,
            lambda state: Paths.at(fixed | state, x, w, dy).subject.size - 1,
            timeline=True,
        ),
    ]
    state = {"look": look, "step": step} | (options if dy is None else {})
    caption = "The way back: multiply along each path, add up over all paths."
    return Demo("backward", partial(_draw, x=x, w=w, dy=dy, fixed=fixed), controls, state, caption)


def _upstream(dy: Array, x: Array, w: Array, options: State) -> Array:
    """Return ``dy`` if it has the shape of the output."""
    stride, padding, dilation = (both(options, name) for name in ("stride", "padding", "dilation"))
    wanted = output_shape(x, w, stride, padding, dilation)
    if dy.shape != wanted:
        raise ShapeError(f"backward: dy has shape {dy.shape}, but the output has shape {wanted}.")
    return dy


def _draw(state: State, x: Array, w: Array, dy: Array | None, fixed: State) -> Picture:
    seen = Paths.at(fixed | state, x, w, dy)
    return Picture(backward_drawing(seen), _facts(seen), _alt(seen), _status(seen), _code(seen))


def _facts(seen: Paths) -> dict[str, Any]:
    return {
        "place": seen.place,
        "paths": len(seen.now),
        "outputs": [path.output for path in seen.now],
        "slope": plain(seen.slope),
        "gap": seen.gap,
        "dx": plain(seen.dx),
        "dw": plain(seen.gradients[1]),
        "nudged_dx": plain(seen.twins[0].round(6)),
        "nudged_dw": plain(seen.twins[1].round(6)),
    }


def _status(seen: Paths) -> str:
    name = "{}[{}, {}]".format({"output": "dy", "weight": "dw", "pixel": "dx"}[seen.look], *seen.place)
    count = several(len(seen.now), "path")
    if seen.look == "output":
        done = "all outputs" if seen.step == seen.dy.size - 1 else several(seen.step + 1, "output")
        return (
            f"{name} = {number(seen.slope)}: its stamp goes to dx, its window to dw, {count} in all. "
            f"So far {done}; largest difference from the numerical gradient {seen.gap:.0e}."
        )
    nudged = number(round(seen.twins[0 if seen.look == "pixel" else 1][seen.place], 6))
    if not seen.now:
        return f"{name} = 0: no window reads this pixel, so there is no path; by nudging {nudged}."
    return f"{name} = {number(seen.slope)}, the sum over {count}; by nudging {nudged}."


def _alt(seen: Paths) -> str:
    grids = (
        f"A {size(seen.x.shape)} input, a {size(seen.w.shape)} kernel and a {size(seen.dy.shape)} upstream "
        f"gradient, at stride {size(seen.stride)}, padding {size(seen.padding)} and dilation "
        f"{size(seen.dilation)}; below them dx and dw."
    )
    row, column = seen.place
    where = f"in row {row}, column {column}"
    if seen.look == "output":
        return (
            f"{grids} The output {where} has slope {number(seen.slope)}: the kernel, times this number, is "
            f"stamped onto dx where the window lay, and the window, times this number, is added to dw."
        )
    if not seen.now:
        return f"{grids} The pixel {where} is read by no window, so its slope is 0."
    return (
        f"{grids} The {seen.look} {where} is marked with the {several(len(seen.now), 'path')} through it; "
        f"its slope is {number(seen.slope)}, and a nudge of {NUDGE} to either side gives the same."
    )


def _code(seen: Paths) -> str:
    return (
        "import numpy as np\nfrom cnnkit.functional import conv2d_backward\n\n"
        f"x = np.array([[{plain(seen.x)}]], dtype=float)\nw = np.array([[{plain(seen.w)}]], dtype=float)\n"
        f"dy = np.array([[{plain(seen.upstream)}]], dtype=float)\n"
        f"options = dict(stride={seen.stride}, padding={seen.padding}, dilation={seen.dilation})\n"
        "dx, dw, db = conv2d_backward(dy, x, w, **options)\ndx[0, 0], dw[0, 0]\n"
    )
