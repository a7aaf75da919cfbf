"""Channels: the partial map of every channel, their sum with the bias, and what groups change."""

from __future__ import annotations

from functools import partial
from math import gcd
from typing import Any

import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.layer.blocks import block, kernels
from cnnkit.viz.layer.channels_drawing import channels_drawing
from cnnkit.viz.layer.layer_moment import BIASES, KERNELS, STACK, LayerMoment
from cnnkit.viz.words import factor, number, plain, several, size

Array = npt.NDArray[Any]


def channels(x: Any = None, w: Any = None, b: Any = None, *, groups: int = 1, filter: int = 0) -> Demo:
    """Show how one filter of a layer makes its map: channel by channel, then the sum and the bias.

    Parameters
    ----------
    x : array (C, H, W), at most 6 × 5 × 6; four channels of 4 × 4 by default
    w : array (F, C, KH, KW), at most 6 kernels of 3 × 3; with groups, a kernel uses its own group's slices
    b : array (F,)
    groups : int that divides C and F, the groups to begin with
    filter : int, the filter to begin with

    Returns
    -------
    Demo

    >>> demo = channels()
    >>> demo.facts()["sees"], demo.facts()["parameters"]
    ([0, 1, 2, 3], 68)
    >>> demo.set(groups=2, filter=2).facts()["sees"], demo.facts()["parameters"]
    ([2, 3], 36)
    """
    x = block("channels", "x", STACK if x is None else x, "C, H, W", (6, 5, 6))
    w = kernels("channels", KERNELS if w is None else w, x, filters=6, sides=3)
    b = block("channels", "b", BIASES[: len(w)] if b is None else b, "F", (6,))
    if len(b) != len(w):
        raise ShapeError(f"channels: b has shape {b.shape}, but there are {len(w)} kernels.")
    divisors = [g for g in range(1, 7) if gcd(len(x), len(w)) % g == 0]
    rows, columns = (n - k + 1 for n, k in zip(x.shape[1:], w.shape[2:], strict=True))
    controls: list[Control] = [
        Slider("filter", "filter", "which of the kernels is shown", 0, len(w) - 1),
        Choice("groups", "groups", "into how many groups the layer is split", tuple(map(str, divisors))),
        Slider(
            "place", "place", "which output is computed, row by row", 0, rows * columns - 1, timeline=True
        ),
    ]
    caption = (
        "Every channel meets its own slice of the kernel; the sum of their maps plus the bias is one map."
    )
    state = {"filter": filter, "groups": str(groups), "place": 0}
    return Demo("channels", partial(_draw, x=x, w=w, b=b), controls, state, caption, couple=_as_text)


def _as_text(state: State, changes: State) -> State:
    """Take 2 for the choice "2"."""
    return changes | {"groups": str(changes["groups"])} if "groups" in changes else changes


def _draw(state: State, x: Array, w: Array, b: Array) -> Picture:
    now = LayerMoment(x, w, b, int(state["groups"]), state["filter"], state["place"])
    return Picture(channels_drawing(now), _facts(now), _alt(now), _status(now), _code(now))


def _facts(now: LayerMoment) -> dict[str, Any]:
    return {
        "sees": now.sees,
        "partial": plain(now.partial),
        "terms": plain(now.terms),
        "bias": plain(now.b[now.filter]),
        "sum": plain(now.map[now.at]),
        "map": plain(now.map),
        "weights_shape": now.weights.shape,
        "parameters": now.parameters,
        "formula": now.formula,
    }


def _status(now: LayerMoment) -> str:
    terms = " + ".join(factor(term) for term in now.terms)
    return (
        f"Filter {now.filter} sees {_seen(now)}. At row {now.at[0]}, column {now.at[1]}: "
        f"{terms}, plus the bias {number(now.bias)}, is {number(now.value)}. "
        f"Parameters of the layer: {now.formula}."
    )


def _alt(now: LayerMoment) -> str:
    return (
        f"{several(len(now.x), 'channel')} of {size(now.x.shape[1:])}, in {several(now.groups, 'group')}, "
        f"and filter {now.filter} of {len(now.w)}. It sees {_seen(now)} through slices of "
        f"{size(now.w.shape[2:])}; the maps made by them add up, with the bias {number(now.bias)}, to one "
        f"map of {size(now.map.shape)}, with {number(now.value)} at row {now.at[0]}, column {now.at[1]}. "
        f"The layer has {now.parameters} parameters."
    )


def _seen(now: LayerMoment) -> str:
    """Name the channels that the filter sees."""
    first, last = now.sees[0], now.sees[-1]
    return f"channel {first}" if first == last else f"channels {first} to {last}"


def _code(now: LayerMoment) -> str:
    return (
        "import numpy as np\nfrom cnnkit.functional import conv2d\n\n"
        f"x = np.array({plain(now.x)})\nw = np.array({plain(now.weights)})\nb = np.array({plain(now.b)})\n"
        f"y = conv2d(x[None], w, b, groups={now.groups})[0]\n"
        f"parameters = w.size + b.size\ny[{now.filter}]\n"
    )
