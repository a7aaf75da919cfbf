"""Stamp and add: a transposed convolution, one input number at a time, its stamp added to the output."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.enlargement.stamp_drawing import stamp_drawing
from cnnkit.viz.enlargement.stamps import COUNTS, SUMS, Stamps
from cnnkit.viz.options import matrix
from cnnkit.viz.words import number, plain, several, size

Array = npt.NDArray[Any]

MAP = ((1, 2, 0), (3, 1, 2))
KERNEL = ((1, 2, 1), (0, 3, 0), (2, 1, 1))


def stamp_and_add(
    x: Any = None,
    k: Any = None,
    *,
    stride: int = 2,
    padding: int = 0,
    show: str = SUMS,
    step: int | None = None,
) -> Demo:
    """Show a transposed convolution: every input number stamps the kernel, times itself; overlaps add up.

    Parameters
    ----------
    x : array (H, W), at most 5 × 5; a 2 × 3 map by default
    k : array (KH, KW), at most 4 × 4; the figure can use less of it, its top left corner
    stride : int, the distance between neighbouring stamps
    padding : int, rows and columns that are cut off on each side of the output at the end
    show : "sums", what the stamps add up to, or "counts", how many stamps fell on each cell
    step : int, the stamp to begin with, counted row by row from 0; by default the second, if there is one

    Returns
    -------
    Demo

    >>> demo = stamp_and_add([[1, 10]], [[1, 2, 3]], stride=1)
    >>> demo.facts()["output"], demo.facts()["counts"]
    ([[1, 12, 23, 30]], [[1, 2, 2, 1]])
    >>> demo.set(step=0).facts()["sheet"]
    [[1, 2, 3, 0]]
    """
    x = matrix("stamp_and_add", "x", MAP if x is None else x, largest=5)
    k = matrix("stamp_and_add", "k", KERNEL if k is None else k, largest=4)
    start = min(1, x.size - 1) if step is None else step
    state = {"kernel": max(k.shape), "stride": stride, "padding": padding, "show": show, "step": start}

    def room(state: State) -> int:
        """The most padding that leaves something of the output."""
        return min(3, (min(Stamps.at(state, x, k).sheet_shape) - 1) // 2)

    controls: list[Control] = [
        Slider("kernel", "kernel", "how many rows and columns of the kernel are used", 1, max(k.shape)),
        Slider("stride", "stride", "the distance between neighbouring stamps", 1, 3),
        Slider("padding", "padding", "how much is cut off on each side of the output", 0, room),
        Choice("show", "show", "what the stamps add up to, or how many there are", (SUMS, COUNTS)),
        Slider("step", "stamp", "which input number stamps, row by row", 0, x.size - 1, timeline=True),
    ]
    caption = "Every input number stamps the kernel, multiplied by itself, onto the output; overlaps add up."
    return Demo("stamp_and_add", partial(_draw, x=x, k=k), controls, state, caption)


def _draw(state: State, x: Array, k: Array) -> Picture:
    now = Stamps.at(state, x, k)
    return Picture(stamp_drawing(now), _facts(now), _alt(now), _status(now), _code(now))


def _facts(now: Stamps) -> dict[str, Any]:
    return {
        "position": now.source,
        "stamp": plain(now.amount * now.k),
        "sheet": plain(now.sheet),
        "counts": plain(now.counts),
        "output": plain(now.output),
        "output_shape": now.output_shape,
    }


def _status(now: Stamps) -> str:
    (i, j), (top, left), (rows, columns) = now.source, now.corner, now.k.shape
    twice = int(np.sum(now.counts > 1))
    return (
        f"Stamp {now.step} of 0 to {now.x.size - 1}: x[{i}, {j}] = {number(now.amount)} times the kernel "
        f"is added at rows {top} to {top + rows - 1}, columns {left} to {left + columns - 1}. "
        f"So far {several(twice, 'output')} with more than one stamp."
    )


def _alt(now: Stamps) -> str:
    shown = "the number of stamps on each output" if now.counting else "the sum of the stamps so far"
    cut = f"; padding cuts off a frame {now.padding} wide" if now.padding else ""
    return (
        f"An input of {size(now.x.shape)}, a kernel of {size(now.k.shape)}, and a sheet of "
        f"{size(now.sheet_shape)} with {shown}, {_range(now)}. "
        f"The stamp of row {now.source[0]}, column {now.source[1]} is outlined{cut}."
    )


def _range(now: Stamps) -> str:
    shown = now.counts if now.counting else now.sheet
    return f"from {number(shown.min())} to {number(shown.max())}"


def _code(now: Stamps) -> str:
    (rows, columns), s, p = now.k.shape, now.stride, now.padding
    place = f"i * {s} : i * {s} + {rows}, j * {s} : j * {s} + {columns}"
    return (
        "import numpy as np\nfrom cnnkit.functional import conv_transpose2d\n\n"
        f"x = np.array({plain(now.x)})\nk = np.array({plain(now.k)})\n"
        f"sheet, counts = np.zeros({now.sheet_shape}), np.zeros({now.sheet_shape}, dtype=int)\n"
        f"for i, j in list(np.ndindex(x.shape))[:{now.step + 1}]:  # the stamps so far\n"
        f"    sheet[{place}] += x[i, j] * k\n    counts[{place}] += 1\n"
        f"output = conv_transpose2d(x[None, None], k[None, None], stride={s}, padding={p})[0, 0]\n"
    )
