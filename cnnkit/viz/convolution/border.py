"""Border influence: in how many windows each pixel is read. The border counts for less."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.shapes import Pair, out_size, pair
from cnnkit.viz.colour import INPUT, QUIET, WARNING, hexadecimal, ink_on, sequential
from cnnkit.viz.controls import State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.options import apart, both, kernel_sliders, window_sliders
from cnnkit.viz.svg import Drawing
from cnnkit.viz.windows import reads
from cnnkit.viz.words import plain, several, size

Array = npt.NDArray[Any]
WIDTH, TOP = 880, 64


def border_influence(
    shape: Pair = (8, 8),
    k: int | Pair = 3,
    *,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Demo:
    """Show for each pixel in how many windows it is read.

    Parameters
    ----------
    shape : (H, W) of the input, at most 16 × 16
    k : int or (KH, KW), size of the kernel
    stride, padding, dilation : int, or a pair (vertical, horizontal), which gives a slider for each direction

    Returns
    -------
    Demo

    >>> border_influence((4, 5), 3).facts()["counts"]
    [[1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [2, 4, 6, 4, 2], [1, 2, 3, 2, 1]]
    >>> border_influence((6, 6), 3, stride=2).facts()["unread"]
    11
    """
    shape = pair("shape", shape, 1)
    if max(shape) > 16:
        raise ShapeError(f"border_influence: shape is {shape}, but at most (16, 16) can be shown.")
    state = (
        apart("kernel", k) | apart("stride", stride) | apart("padding", padding) | apart("dilation", dilation)
    )
    controls = [
        *kernel_sliders(state, lambda _: shape),
        *window_sliders(state, lambda _: shape, lambda state: both(state, "kernel")),
    ]
    caption = "How often each pixel is read: the darker, the more windows it takes part in."
    return Demo("border_influence", partial(_draw, shape=shape), controls, state, caption)


def _draw(state: State, shape: Pair) -> Picture:
    kernel, stride, padding, dilation = (
        both(state, name) for name in ("kernel", "stride", "padding", "dilation")
    )
    options = list(zip(shape, kernel, stride, padding, dilation, strict=True))
    down, across = (reads(*axis) for axis in options)
    counts = np.outer(down, across)
    outputs = out_size(*options[0]), out_size(*options[1])
    facts = {
        "counts": plain(counts),
        "least": int(counts.min()),
        "most": int(counts.max()),
        "unread": int(np.sum(counts == 0)),
        "windows": outputs[0] * outputs[1],
        "output_shape": outputs,
    }
    alt, status = _alt(counts, kernel, stride, padding), _status(counts, outputs)
    return Picture(_drawing(counts), facts, alt, status, _code(shape, kernel, stride, padding, dilation))


def _drawing(counts: Array) -> Drawing:
    """The counts as a map, each number in its cell, and the scale beside it."""
    height, width = counts.shape
    cell = min(46, 480 // height, 640 // width)
    left = (WIDTH - width * cell - 130) / 2
    drawing = Drawing(WIDTH, TOP + max(height * cell, 150) + 30)
    drawing.words(
        left,
        32,
        f"windows that read each pixel of x ({size(counts.shape)})",
        14,
        INPUT.ink,
        "start",
        bold=True,
    )
    colours = sequential(counts, counts.max())
    for (i, j), count in np.ndenumerate(counts):
        x, y, colour = left + j * cell, TOP + i * cell, colours[i, j]
        drawing.box(x, y, cell, cell, hexadecimal(colour), "#ffffff")
        if not count:
            drawing.hatch(x, y, cell, cell)
        drawing.words(x + cell / 2, y + cell / 2, str(count), 0.42 * cell, ink_on(colour))
    drawing.box(left, TOP, width * cell, height * cell, stroke=INPUT.ink, thick=1.5)
    _scale(drawing, int(counts.max()), left + width * cell + 40)
    return drawing


def _scale(drawing: Drawing, most: int, left: float) -> None:
    """Draw the colours from no window to the most, and what hatching means."""
    steps = 24
    for step, colour in enumerate(sequential(np.arange(steps), steps - 1)[::-1]):
        drawing.box(left, TOP + step * 4, 18, 4.2, hexadecimal(colour))
    drawing.words(left + 26, TOP + 5, several(most, "window"), 13, QUIET, "start")
    drawing.words(left + 26, TOP + 91, "0 windows", 13, QUIET, "start")
    drawing.box(left, TOP + 116, 18, 18, INPUT.pale)
    drawing.hatch(left, TOP + 116, 18, 18)
    drawing.words(left + 26, TOP + 125, "never read", 13, WARNING.ink, "start")


def _status(counts: Array, outputs: Pair) -> str:
    unread = int(np.sum(counts == 0))
    return (
        f"{several(outputs[0] * outputs[1], 'window')} ({size(outputs)}). "
        f"The corner pixel is read {_times(counts[0, 0])}, "
        f"the most used pixel {_times(counts.max())}; {_never(unread)}."
    )


def _never(unread: int) -> str:
    if not unread:
        return "every pixel is read"
    return f"{several(unread, 'pixel')} {'is' if unread == 1 else 'are'} never read"


def _times(count: int) -> str:
    if not count:
        return "never"
    return "once" if count == 1 else f"{count} times"


def _alt(counts: Array, kernel: Pair, stride: Pair, padding: Pair) -> str:
    unread = int(np.sum(counts == 0))
    return (
        f"A map of {size(counts.shape)} pixels with the number of {size(kernel)} windows that read each, "
        f"at stride {size(stride)} and padding {size(padding)}: from {counts.min()} to {counts.max()}; "
        f"{_never(unread)}{', and hatched' if unread else ''}."
    )


def _code(shape: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> str:
    (height, width), (p, q) = shape, padding
    rows, columns = (
        f"{o} * {s} : {o} * {s} + {d * (k - 1) + 1} : {d}"
        for o, k, s, d in zip("ij", kernel, stride, dilation, strict=True)
    )
    outputs = [out_size(*axis) for axis in zip(shape, kernel, stride, padding, dilation, strict=True)]
    return (
        f"import numpy as np\n\npadded = np.zeros(({height + 2 * p}, {width + 2 * q}), dtype=int)\n"
        f"for i in range({outputs[0]}):\n    for j in range({outputs[1]}):\n"
        f"        padded[{rows}, {columns}] += 1\n"
        f"counts = padded[{p} : {p + height}, {q} : {q + width}]\n"
    )
