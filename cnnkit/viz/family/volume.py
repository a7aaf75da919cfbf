"""The volume walk: a block of weights moves through a stack of slices, along three axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional import conv3d
from cnnkit.shapes import out_size
from cnnkit.viz.controls import LARGEST, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.family.volume_drawing import volume_drawing
from cnnkit.viz.words import number, plain, several, size, size_formula

Array = npt.NDArray[Any]
Place = tuple[int, int, int]

VOLUME = (
    ((0, 1, 2, 0, 1), (1, 3, 0, 2, 0), (2, 0, 1, 1, 3), (0, 2, 1, 0, 1)),
    ((1, 0, 0, 2, 1), (0, 2, 4, 1, 0), (1, 1, 0, 3, 2), (2, 0, 1, 0, 0)),
    ((0, 2, 1, 0, 0), (3, 0, 1, 2, 1), (0, 1, 5, 0, 1), (1, 0, 2, 1, 0)),
    ((2, 0, 1, 1, 0), (0, 1, 0, 3, 2), (1, 2, 0, 1, 0), (0, 1, 3, 0, 2)),
)
BLOCK = (((1, 0, -1), (0, 2, 0)), ((-1, 0, 1), (0, 1, 0)))


def volume_walk(x: Any = None, w: Any = None, *, stride: int = 1, step: int = 0) -> Demo:
    """Show a block of weights that moves through a volume, one output at a time.

    Parameters
    ----------
    x : array (D, H, W), at most 6 × 6 × 6; four slices of 4 × 5 by default
    w : array (KD, KH, KW), at most 3 × 3 × 3 and no larger than x; a block of 2 × 2 × 3 by default
    stride : int, along all three axes
    step : int, the output to begin with, counted from 0, slice by slice and row by row

    Returns
    -------
    Demo

    >>> demo = volume_walk(np.arange(12).reshape(3, 2, 2), np.ones((2, 2, 1)))
    >>> demo.facts()["output_shape"], demo.facts()["output"]
    ((2, 1, 2), [[[12, 16]], [[28, 32]]])
    >>> demo.set(step=3).facts()["position"]
    (1, 0, 1)
    """
    x = _stack("x", VOLUME if x is None else x, 6)
    w = _stack("w", BLOCK if w is None else w, 3)
    if any(k > n for n, k in zip(x.shape, w.shape, strict=True)):
        raise ShapeError(
            f"volume_walk: w has shape {w.shape}, but along no axis may it be larger than x, {x.shape}."
        )
    controls: list[Control] = [
        Slider("stride", "stride", "how far the block moves along each axis", 1, 3),
        Slider(
            "step",
            "step",
            "which output is computed, slice by slice",
            0,
            lambda state: Walk(x, w, state["stride"], 0).output.size - 1,
            timeline=True,
        ),
    ]
    caption = "A block of weights moves along three axes; every place gives one number."
    state = {"stride": stride, "step": step}
    return Demo("volume_walk", partial(_draw, x=x, w=w), controls, state, caption)


def _stack(name: str, value: Any, largest: int) -> Array:
    """Return a stack of small tables as an array of three axes."""
    try:
        array = np.array(value)
    except ValueError:
        raise ShapeError(f"volume_walk: {name} has slices or rows of different sizes.") from None
    if array.dtype.kind not in "fiub" or not np.all(np.abs(array.astype(float)) <= LARGEST):
        raise ShapeError(f"volume_walk: {name} must hold numbers from −{LARGEST} to {LARGEST}.")
    if array.ndim != 3 or not all(1 <= extent <= largest for extent in array.shape):
        raise ShapeError(
            f"volume_walk: {name} has shape {array.shape}, but it must have three axes, "
            f"each from 1 to {largest} long."
        )
    return array.astype(float)


@dataclass(frozen=True)
class Walk:
    """A volume, a block, and the place where the block lies."""

    x: Array
    w: Array
    stride: int
    step: int

    @cached_property
    def output(self) -> Array:
        """The result at all places."""
        return np.asarray(conv3d(self.x[None, None], self.w[None, None], stride=self.stride)[0, 0])

    @property
    def place(self) -> Place:
        """The position (d, i, j) in the output."""
        d, i, j = np.unravel_index(self.step, self.output.shape)
        return int(d), int(i), int(j)

    @property
    def start(self) -> Place:
        """The position in the volume where the block begins."""
        d, i, j = (self.stride * index for index in self.place)
        return d, i, j

    @property
    def block(self) -> Array:
        """The numbers of the volume under the block."""
        inside = (slice(s, s + k) for s, k in zip(self.start, self.w.shape, strict=True))
        return np.asarray(self.x[tuple(inside)])

    @property
    def products(self) -> Array:
        """Number times weight, entry by entry."""
        return self.block * self.w

    @property
    def formulas(self) -> list[str]:
        """The size of the output along each axis, with its numbers."""
        return [
            size_formula(n, k, self.stride, 0, 1) for n, k in zip(self.x.shape, self.w.shape, strict=True)
        ]


def _draw(state: State, x: Array, w: Array) -> Picture:
    now = Walk(x, w, state["stride"], state["step"])
    facts = {
        "position": now.place,
        "products": plain(now.products),
        "slice_sums": plain(now.products.sum(axis=(1, 2))),
        "sum": plain(now.products.sum()),
        "output_shape": tuple(out_size(n, k, now.stride) for n, k in zip(x.shape, w.shape, strict=True)),
        "output": plain(now.output),
        "formulas": now.formulas,
    }
    return Picture(volume_drawing(now), facts, _alt(now), _status(now), _code(now))


def _slices(now: Walk) -> str:
    first, last = now.start[0], now.start[0] + len(now.w) - 1
    return f"slice {first}" if first == last else f"slices {first} to {last}"


def _status(now: Walk) -> str:
    d, i, j = now.place
    sums = " + ".join(f"({number(s)})" if s < 0 else number(s) for s in now.products.sum(axis=(1, 2)))
    return (
        f"Step {now.step} of 0 to {now.output.size - 1}: the block lies on {_slices(now)}; "
        f"y[{d}, {i}, {j}] = {sums} = {number(now.products.sum())}. Output {size(now.output.shape)}."
    )


def _alt(now: Walk) -> str:
    d, i, j = now.place
    (_, top, left), (_, height, width) = now.start, now.w.shape
    return (
        f"A volume of {several(len(now.x), 'slice')} of {size(now.x.shape[1:])}. "
        f"A block of {size(now.w.shape)} "
        f"lies on {_slices(now)}, rows {top} to {top + height - 1}, columns {left} to {left + width - 1}; "
        f"the sum of its products, {number(now.products.sum())}, goes to row {i}, column {j} "
        f"of output slice {d} of {len(now.output)}."
    )


def _code(now: Walk) -> str:
    return (
        "import numpy as np\nfrom cnnkit.functional import conv3d\n\n"
        f"x = np.array({plain(now.x)})\nw = np.array({plain(now.w)})\n"
        f"y = conv3d(x[None, None], w[None, None], stride={now.stride})[0, 0]\n"
        f"y[{', '.join(map(str, now.place))}]\n"
    )
