"""im2col: windows become columns, kernels become rows, and a convolution becomes one matrix product."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.layer.blocks import block, kernels
from cnnkit.viz.layer.columns_drawing import columns_drawing
from cnnkit.viz.layer.columns_moment import ColumnsMoment
from cnnkit.viz.words import number, plain, several, size

Array = npt.NDArray[Any]

PICTURE = (5 * np.arange(24) % 7 % 4).reshape(2, 3, 4)
KERNELS = (5 * np.arange(36) % 11 % 4 - 1).reshape(2, 2, 3, 3)


def im2col(
    x: Any = None,
    w: Any = None,
    *,
    kernel: int = 2,
    stride: int = 1,
    padding: int = 0,
    filter: int = 0,
    step: int = 0,
) -> Demo:
    """Show how windows become columns, and how row times column gives the convolution.

    Parameters
    ----------
    x : array (C, H, W), at most 3 × 4 × 4; two channels of 3 × 4 by default
    w : array (F, C, KH, KW), at most 3 kernels of 3 × 3; by default two kernels, with a slider for their size
    kernel : int, the size of those kernels to begin with
    stride, padding : int
    filter, step : int, the kernel and the place to begin with

    Returns
    -------
    Demo

    >>> demo = im2col([[[0, 1, 2], [3, 4, 5], [6, 7, 8]]], [[[[0, 1], [2, 3]]]], step=3)
    >>> demo.facts()["column"], demo.facts()["row"], demo.facts()["sum"]
    ([4, 5, 7, 8], [0, 1, 2, 3], 43)
    """
    x = block("im2col", "x", PICTURE if x is None else x, "C, H, W", (3, 4, 4))
    given = w is not None
    w = kernels("im2col", w if given else _default_kernels(x), x, filters=3, sides=3)
    sized: State = {} if given else {"kernel": kernel}
    controls: list[Control] = [
        *(Slider(name, "kernel size", "rows and columns of each kernel", 1, w.shape[2]) for name in sized),
        Slider("stride", "stride", "how far the window moves from one place to the next", 1, 3),
        Slider("padding", "padding", "zeros around every channel", 0, partial(_most_padding, w=w)),
        Slider("filter", "kernel", "which kernel's row is multiplied", 0, len(w) - 1),
        Slider("step", "place", "which window, row by row", 0, partial(_last, x=x, w=w), timeline=True),
    ]
    caption = "Every window becomes a column, every kernel a row; where they cross stands the convolution."
    state = sized | {"stride": stride, "padding": padding, "filter": filter, "step": step}
    return Demo("im2col", partial(_draw, x=x, w=w), controls, state, caption)


def _default_kernels(x: Array) -> Array:
    """Return two kernels for a picture with up to three channels, as large as fits up to 3 × 3."""
    side = min(3, *x.shape[1:])
    repeated = np.concatenate([KERNELS, KERNELS], axis=1)
    return repeated[:, : len(x), :side, :side]


def _cut(state: State, w: Array) -> Array:
    """Return the kernels at the size that the state asks for."""
    side = state.get("kernel", 3)
    return w[:, :, :side, :side]


def _most_padding(state: State, w: Array) -> int:
    return int(min(1, max(_cut(state, w).shape[2:]) - 1))


def _last(state: State, x: Array, w: Array) -> int:
    """Return the number of the last place."""
    rows, columns = ColumnsMoment.at(state | {"step": 0}, x, _cut(state, w)).places
    return rows * columns - 1


def _draw(state: State, x: Array, w: Array) -> Picture:
    now = ColumnsMoment.at(state, x, _cut(state, w))
    return Picture(columns_drawing(now), _facts(now), _alt(now), _status(now), _code(now))


def _facts(now: ColumnsMoment) -> dict[str, Any]:
    return {
        "position": now.place,
        "column": plain(now.columns[:, now.step]),
        "row": plain(now.rows[now.filter]),
        "sum": plain(now.product[now.filter, now.step]),
        "columns": plain(now.columns),
        "columns_shape": now.columns.shape,
        "output": plain(now.maps),
        "numbers_in": now.x.size,
        "numbers_out": now.columns.size,
    }


def _status(now: ColumnsMoment) -> str:
    i, j = now.place
    return (
        f"The window at place ({i}, {j}) is column {now.step} of 0 to {now.columns.shape[1] - 1}. "
        f"Row {now.filter} times this column gives y[{now.filter}, {i}, {j}] = {number(now.value)}. "
        f"The input has {several(now.x.size, 'number')}, the columns have {now.columns.size}, "
        f"{number(round(now.copies, 2))} times as many."
    )


def _alt(now: ColumnsMoment) -> str:
    padded = f", padded by {now.padding}" if now.padding else ""
    rows, columns = now.columns.shape
    return (
        f"{several(len(now.x), 'channel')} of {size(now.x.shape[1:])}{padded}; a matrix of {rows} rows and "
        f"{several(columns, 'column')}, one for each {size(now.w.shape[2:])} window at stride {now.stride}; "
        f"{several(len(now.w), 'kernel')} as rows. The window of row {now.place[0]}, column {now.place[1]} "
        f"of the output is column {now.step} of the matrix; "
        f"times row {now.filter} it gives {number(now.value)}."
    )


def _code(now: ColumnsMoment) -> str:
    i, j = now.place
    return (
        "import numpy as np\nfrom cnnkit.functional import im2col\n\n"
        f"x = np.array({plain(now.x)})\nw = np.array({plain(now.w)})\n"
        f"columns = im2col(x[None], {now.w.shape[2:]}, stride={now.stride}, padding={now.padding})[0]\n"
        f"y = (w.reshape({len(now.w)}, -1) @ columns).reshape({', '.join(map(str, now.maps.shape))})\n"
        f"y[{now.filter}, {i}, {j}]\n"
    )
