"""The receptive-field ladder: one unit high up, the cone below it, and the pixels that it sees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from cnnkit.errors import ShapeError, UsageError
from cnnkit.shapes import span, whole
from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.networks.ladder_drawing import ladder_drawing
from cnnkit.viz.networks.ladder_stack import Ladder, Layer
from cnnkit.viz.words import several

LARGEST = {"depth": 5, "kernel": 5, "stride": 3, "dilation": 3}
TIPS = {
    "depth": "how many layers lie between the input and the unit",
    "kernel": "how many units of the layer below each unit reads",
    "stride": "how far apart in the layer below neighbouring units read",
    "dilation": "the distance between the units that one unit reads",
}


def receptive_field_ladder(
    layers: Sequence[Sequence[int]] | None = None,
    *,
    n: int = 28,
    names: Sequence[str] | None = None,
    depth: int | None = None,
    kernel: int = 3,
    stride: int = 1,
    dilation: int = 1,
    unit: int | None = None,
) -> Demo:
    """Show which pixels of one axis a unit deep in a stack of layers sees, and in how many ways.

    Parameters
    ----------
    layers : (k,), (k, s), (k, s, p) or (k, s, p, d) of each layer, at most 6; None for equal layers without
        padding, whose depth, kernel, stride and dilation can be moved
    n : int, number of pixels, at most 40
    names : a name for each of ``layers``
    depth : int, in which layer the unit is, 1 for the first; None for the last of ``layers``, or 3
    kernel, stride, dilation : int, of the equal layers
    unit : int, counted from 0; None for the one in the middle

    Returns
    -------
    Demo

    Raises
    ------
    ShapeError
        if a layer does not fit into what the one below leaves.

    >>> demo = receptive_field_ladder([(5, 1, 2), (2, 2), (5,), (2, 2)])
    >>> facts = demo.facts()
    >>> facts["size"], facts["stride"], facts["start"], facts["first"], facts["last"]
    (16, 4, -2, 6, 21)
    >>> receptive_field_ladder(depth=2).facts()["ways"][11:16]
    [1, 2, 3, 2, 1]
    """
    if not 1 <= whole("receptive_field_ladder: n", n, 1) <= 40:
        raise ShapeError(f"receptive_field_ladder: n is {n}, but at most 40 pixels can be shown.")
    stack = None if layers is None else [_layer(layer) for layer in layers]
    named = _names(stack, names)
    state: State = {"depth": depth if depth is not None else len(stack or "123"), "unit": 0}
    if stack is None:
        state = {"depth": state["depth"], "kernel": kernel, "stride": stride, "dilation": dilation, "unit": 0}
    else:
        Ladder(n, tuple(stack), 0)  # refuses what does not fit

    def units(state: State) -> int:
        return _ladder(state, n, stack).units[-1]

    controls = [*_sliders(n, stack), _unit_slider(units)]
    draw = partial(_draw, n=n, stack=stack, names=named)
    caption = "The cone under a unit ends on the pixels that it sees; the bars count the ways up to it."
    demo = Demo("receptive_field_ladder", draw, controls, state, caption)
    return demo.set(unit=(units(demo.state) - 1) // 2 if unit is None else unit)


def _layer(layer: Sequence[int]) -> Layer:
    if not 1 <= len(tuple(layer)) <= 4:
        raise ShapeError(f"receptive_field_ladder: a layer is {layer}, but it must be (k, s, p, d).")
    given = (*layer, *(1, 1, 0, 1)[len(tuple(layer)) :])
    k, s, p, d = (
        whole(f"receptive_field_ladder: {name}", value, least)
        for name, value, least in zip("kspd", given, (1, 1, 0, 1), strict=True)
    )
    if p >= span(k, d):
        raise ShapeError(
            f"receptive_field_ladder: p is {p}, but the kernel spans {span(k, d)}: some windows would see "
            "nothing but padding. Use less."
        )
    return k, s, p, d


def _names(stack: list[Layer] | None, names: Sequence[str] | None) -> list[str]:
    count = LARGEST["depth"] if stack is None else len(stack)
    if stack is not None and not 1 <= count <= 6:
        raise ShapeError(f"receptive_field_ladder: there are {count} layers, but 1 to 6 can be shown.")
    if names is not None and len(names) != count:
        raise UsageError(
            f"receptive_field_ladder: there are {len(names)} names, but {count} layers. Give one for each."
        )
    return [f"layer {i + 1}" for i in range(count)] if names is None else list(names)


def _sliders(n: int, stack: list[Layer] | None) -> list[Control]:
    """Return the sliders for the depth and, of equal layers, for kernel, stride and dilation."""
    if stack is not None:
        return [Slider("depth", "layer", "in which layer the unit is", 1, len(stack))]

    def most(name: str, state: State) -> int:
        """The largest value with which all layers still fit."""
        fitting = [v for v in range(1, LARGEST[name] + 1) if _fits(state | {name: v}, n)]
        return max(fitting, default=1)

    return [Slider(name, name, TIPS[name], 1, partial(most, name)) for name in LARGEST]


def _unit_slider(units: Any) -> Slider:
    tip = "which unit of the layer is looked at"
    return Slider("unit", "unit", tip, 0, lambda state: units(state) - 1, timeline=True)


def _fits(state: State, n: int) -> bool:
    try:
        _ladder(state | {"unit": 0}, n, None)
    except ShapeError:
        return False
    return True


def _ladder(state: State, n: int, stack: list[Layer] | None) -> Ladder:
    if stack is None:
        layers = [(state["kernel"], state["stride"], 0, state["dilation"])] * state["depth"]
    else:
        layers = stack[: state["depth"]]
    return Ladder(n, tuple(layers), state["unit"])


def _draw(state: State, n: int, stack: list[Layer] | None, names: list[str]) -> Picture:
    now = _ladder(state, n, stack)
    field = now.fields[-1]
    facts = {
        "size": field.size,
        "stride": field.stride,
        "start": field.start,
        "sizes": [one.size for one in now.fields[1:]],
        "units": now.units[1:],
        "first": now.first,
        "last": now.last,
        "pixels": now.pixels,
        "ways": now.ways,
        "formula": now.formula,
    }
    name = names[state["depth"] - 1]
    return Picture(ladder_drawing(now, names), facts, _alt(now, name), _status(now, name), _code(now))


def _status(now: Ladder, name: str) -> str:
    field = now.fields[-1]
    return (
        f"Unit {now.unit} of 0 to {now.units[-1] - 1} in {name} has a field of {now.formula}: pixels "
        f"{now.first} to {now.last}{_rest(now)}. The next unit's field lies {field.stride} further right."
    )


def _rest(now: Ladder) -> str:
    """Say what of the field is not read: padding, and gaps."""
    outside = now.fields[-1].size - (now.last - now.first + 1)
    gaps = now.last - now.first + 1 - len(now.pixels)
    parts = [f"{outside} in the padding"] * (outside > 0) + [f"{gaps} never read"] * (gaps > 0)
    return f" ({', '.join(parts)})" if parts else ""


def _alt(now: Ladder, name: str) -> str:
    k, s, p, d = now.layers[-1]
    return (
        f"{several(len(now.layers), 'layer')} above a row of {several(now.units[0], 'pixel')}; the last has "
        f"kernel {k}, stride {s}, padding {p}, dilation {d}. From unit {now.unit} of {name} a cone goes down "
        f"to pixels {now.first} to {now.last}{_rest(now)}; "
        f"up to {several(max(now.ways), 'way')} lead from a pixel to it."
    )


def _code(now: Ladder) -> str:
    return (
        "import numpy as np\nfrom cnnkit.functional import conv1d\n"
        "from cnnkit.receptive_field import receptive_field\n\n"
        f"layers, n, unit = {list(now.layers)}, {now.units[0]}, {now.unit}\n"
        "field = receptive_field(layers)\n"
        "first = max(0, field.start + unit * field.stride)\n"
        "last = min(n, field.start + unit * field.stride + field.size) - 1\n"
        "x = np.eye(n)[:, None]  # one row for each pixel, which is 1 in it\n"
        "for k, s, p, d in layers:\n"
        "    x = conv1d(x, np.ones((1, 1, k)), stride=s, padding=p, dilation=d)\n"
        "ways = x[:, 0, unit]\n"
    )
