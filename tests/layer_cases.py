"""Random layers for the property tests, each with the same layer of PyTorch and the shape of an input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnkit import layers as L
from tests.oracle import torch

Draw = Callable[[Any], Any]

# One layer of every kind, with the shape of an input: for what must hold for all of them.
EXAMPLES: dict[str, tuple[Callable[[], L.Layer], tuple[int, ...]]] = {
    "AvgPool1d": (lambda: L.AvgPool1d(3, stride=2, padding=1), (2, 3, 7)),
    "AvgPool2d": (lambda: L.AvgPool2d(2), (2, 3, 4, 5)),
    "AvgPool3d": (lambda: L.AvgPool3d(2, ceil_mode=True), (2, 1, 3, 4, 3)),
    "BatchNorm1d": (lambda: L.BatchNorm1d(3), (4, 3)),
    "BatchNorm2d": (lambda: L.BatchNorm2d(3, eps=0.1), (2, 3, 2, 4)),
    "BatchNorm3d": (lambda: L.BatchNorm3d(2), (2, 2, 2, 1, 3)),
    "Conv1d": (lambda: L.Conv1d(2, 4, 3, padding=1, groups=2), (2, 2, 5)),
    "Conv2d": (lambda: L.Conv2d(3, 2, (3, 2), stride=2), (2, 3, 5, 6)),
    "Conv3d": (lambda: L.Conv3d(1, 2, 2, bias=False), (2, 1, 2, 3, 4)),
    "ConvTranspose1d": (lambda: L.ConvTranspose1d(2, 1, 3, stride=2, output_padding=1), (2, 2, 4)),
    "ConvTranspose2d": (lambda: L.ConvTranspose2d(2, 4, 3, padding=1, groups=2), (2, 2, 3, 4)),
    "Dropout": (lambda: L.Dropout(0.25, rng=np.random.default_rng(1)), (3, 4)),
    "ELU": (lambda: L.ELU(0.5), (3, 4)),
    "Flatten": (L.Flatten, (2, 3, 4)),
    "GlobalAvgPool1d": (L.GlobalAvgPool1d, (2, 3, 4)),
    "GlobalAvgPool2d": (L.GlobalAvgPool2d, (2, 3, 4, 2)),
    "GlobalAvgPool3d": (L.GlobalAvgPool3d, (2, 3, 2, 1, 2)),
    "Identity": (L.Identity, (2, 3)),
    "LeakyReLU": (lambda: L.LeakyReLU(0.2), (2, 3)),
    "Linear": (lambda: L.Linear(3, 5), (2, 3)),
    "LocalResponseNorm": (lambda: L.LocalResponseNorm(3, k=2.0), (2, 4, 3, 2)),
    "MaxPool1d": (lambda: L.MaxPool1d(2, dilation=2), (2, 3, 6)),
    "MaxPool2d": (lambda: L.MaxPool2d(3, stride=2), (2, 3, 5, 6)),
    "MaxPool3d": (lambda: L.MaxPool3d((1, 2, 2)), (2, 1, 2, 2, 4)),
    "PReLU": (lambda: L.PReLU(3), (2, 3, 4)),
    "ReLU": (L.ReLU, (2, 3)),
    "Sigmoid": (L.Sigmoid, (2, 3)),
    "Softmax": (lambda: L.Softmax(axis=-1), (2, 3)),
    "Tanh": (L.Tanh, (2, 3)),
    "Upsample": (lambda: L.Upsample((2, 3), mode="bilinear"), (2, 1, 3, 2)),
}


@dataclass
class Case:
    """A layer, what builds its twin (None where PyTorch has none), and the shape of an input."""

    layer: L.Layer
    shape: tuple[int, ...]
    twin: Callable[[], Any] | None = None


def randomised(net: L.Layer, rng: np.random.Generator) -> L.Layer:
    """Change to float64, and give every parameter and statistic a number of its own."""
    state = net.astype(np.float64).state_dict()
    for name, array in state.items():
        if array.dtype.kind == "f":
            state[name] = rng.uniform(0.5, 2, array.shape) * (1 if "var" in name else rng.choice([-1, 1]))
    net.load_state_dict(state)
    return net


def some(draw: Draw, axes: int, low: int, high: int) -> Any:
    """Draw an option: one number for all axes, or one for each."""
    numbers = st.integers(low, high)
    return draw(numbers | st.tuples(*[numbers] * axes))


def each(value: Any, axes: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


def room(draw: Draw, kernel: Any, dilation: Any, padding: Any, axes: int, most: int = 3) -> tuple[int, ...]:
    """Draw the size of an input in which the window fits."""
    options = zip(each(kernel, axes), each(dilation, axes), each(padding, axes), strict=True)
    return tuple(max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, most)) for k, d, p in options)


@st.composite
def convolutions(draw: Draw, oracle: bool = True) -> Case:
    """Draw Conv1d, 2d or 3d; with ``oracle`` only what PyTorch has, too."""
    axes = draw(st.integers(1, 3))
    options = {
        "stride": some(draw, axes, 1, 3),
        "dilation": some(draw, axes, 1, 2),
        "groups": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
    }
    kernel = some(draw, axes, 1, 3 if axes < 3 else 2)
    kind = draw(st.sampled_from(["numbers", "valid", "same"] + ["full", "pairs"] * (not oracle)))
    options["padding"] = some(draw, axes, 0, 2) if kind == "numbers" else kind
    if kind == "pairs":
        options["padding"] = tuple(draw(st.tuples(*[st.integers(0, 2)] * 2)) for _ in range(axes))
    if kind == "same" and oracle:  # PyTorch has it for stride 1, and warns at even kernels
        options["stride"], kernel = 1, draw(st.sampled_from([1, 3]))
    channels = [options["groups"] * draw(st.integers(1, 2)) for _ in range(2)]
    padding = options["padding"] if kind == "numbers" else 0
    size = room(draw, kernel, options["dilation"], padding, axes)
    layer = getattr(L, f"Conv{axes}d")(*channels, kernel, **options)
    shape = (draw(st.integers(1, 2)), channels[0], *size)
    return Case(layer, shape, lambda: getattr(torch.nn, f"Conv{axes}d")(*channels, kernel, **options))


@st.composite
def transposed(draw: Draw, oracle: bool = True) -> Case:
    axes = draw(st.integers(1, 2))
    stride, dilation = some(draw, axes, 1, 3), some(draw, axes, 1, 2)
    reach = zip(each(stride, axes), each(dilation, axes), strict=True)
    kernel, size = some(draw, axes, 1, 3), draw(st.tuples(*[st.integers(2, 4)] * axes))
    options = {
        "stride": stride,
        "dilation": dilation,
        "padding": some(draw, axes, 0, 1),
        "output_padding": tuple(draw(st.integers(0, max(pair) - 1)) for pair in reach),
        "groups": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
    }
    channels = [options["groups"] * draw(st.integers(1, 2)) for _ in range(2)]
    if axes == 1:
        options["output_padding"] = options["output_padding"][0]
    size = tuple(n + 2 * p for n, p in zip(size, each(options["padding"], axes), strict=True))
    layer = getattr(L, f"ConvTranspose{axes}d")(*channels, kernel, **options)
    shape = (draw(st.integers(1, 2)), channels[0], *size)
    return Case(
        layer, shape, lambda: getattr(torch.nn, f"ConvTranspose{axes}d")(*channels, kernel, **options)
    )


@st.composite
def pools(draw: Draw, oracle: bool = True) -> Case:
    axes, kind = draw(st.integers(1, 3)), draw(st.sampled_from(["Max", "Avg", "GlobalAvg"]))
    images = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    if kind == "GlobalAvg":
        layer = getattr(L, f"GlobalAvgPool{axes}d")()
        size = draw(st.tuples(*[st.integers(1, 4)] * axes))
        return Case(layer, (*images, *size), lambda: getattr(torch.nn, f"AdaptiveAvgPool{axes}d")(1))
    kernel = some(draw, axes, 1, 3)
    half = min(each(kernel, axes)) // 2
    options: dict[str, Any] = {
        "stride": None if draw(st.booleans()) else some(draw, axes, 1, 3),
        "padding": some(draw, axes, 0, half),
        "ceil_mode": draw(st.booleans()),
    }
    dilation = some(draw, axes, 1, 2) if kind == "Max" else 1
    options |= {"dilation": dilation} if kind == "Max" else {"count_include_pad": draw(st.booleans())}
    size = room(draw, kernel, dilation, 0, axes)
    layer = getattr(L, f"{kind}Pool{axes}d")(kernel, **options)
    return Case(layer, (*images, *size), lambda: getattr(torch.nn, f"{kind}Pool{axes}d")(kernel, **options))


@st.composite
def norms(draw: Draw, oracle: bool = True) -> Case:
    axes = draw(st.integers(0, 3))
    channels = draw(st.integers(1, 3))
    shape = (draw(st.integers(2, 3)), channels, *draw(st.tuples(*[st.integers(1, 3)] * axes)))
    if draw(st.integers(0, 3)) == 0 and axes:
        size = draw(st.integers(1, 5))
        numbers = {name: draw(st.floats(0.1, 2)) for name in ("alpha", "beta", "k")}
        layer = L.LocalResponseNorm(size, **numbers)
        return Case(layer, shape, lambda: torch.nn.LocalResponseNorm(size, **numbers))
    options = {"eps": draw(st.floats(1e-5, 0.5)), "momentum": draw(st.floats(0, 1))}
    name = f"BatchNorm{max(1, axes)}d"
    layer = getattr(L, name)(channels, **options)
    return Case(layer, shape, lambda: getattr(torch.nn, name)(channels, **options))


@st.composite
def others(draw: Draw, oracle: bool = True) -> Case:
    """Draw an activation, a dense layer, or one that only moves numbers about."""
    kind = draw(st.sampled_from(sorted(OTHERS)))
    shape = draw(st.lists(st.integers(1, 3), min_size=2, max_size=5).map(tuple))
    layer, twin, shape = OTHERS[kind](draw, shape)
    return Case(layer, shape, twin)


def _linear(draw: Draw, shape: Any) -> Any:
    outputs, bias = draw(st.integers(1, 3)), draw(st.booleans())
    layer = L.Linear(shape[-1], outputs, bias=bias)
    return layer, lambda: torch.nn.Linear(shape[-1], outputs, bias=bias), shape


def _prelu(draw: Draw, shape: Any) -> Any:
    slopes, init = draw(st.sampled_from([1, shape[1]])), draw(st.floats(-1, 1))
    return L.PReLU(slopes, init=init), lambda: torch.nn.PReLU(slopes, init), shape


def _upsample(draw: Draw, shape: Any) -> Any:
    mode = draw(st.sampled_from(["nearest", "bilinear"]))
    axes = 2 if mode == "bilinear" else draw(st.integers(1, 3))
    shape = (*shape[:2], *draw(st.tuples(*[st.integers(1, 3)] * axes)))
    scale = some(draw, axes, 1, 3)
    options = {"align_corners": draw(st.booleans())} if mode == "bilinear" else {}
    layer = L.Upsample(scale, mode=mode, **options)
    scales = tuple(float(n) for n in each(scale, axes))
    return layer, lambda: torch.nn.Upsample(scale_factor=scales, mode=mode, **options), shape


def _with(name: str, low: float, high: float) -> Any:
    def build(draw: Draw, shape: Any) -> Any:
        value = draw(st.floats(low, high))
        return getattr(L, name)(value), lambda: getattr(torch.nn, name)(value), shape

    return build


def _plain(name: str) -> Any:
    return lambda draw, shape: (getattr(L, name)(), lambda: getattr(torch.nn, name)(), shape)


def _softmax(draw: Draw, shape: Any) -> Any:
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return L.Softmax(axis), lambda: torch.nn.Softmax(axis), shape


OTHERS: dict[str, Any] = {
    "Linear": _linear,
    "PReLU": _prelu,
    "Upsample": _upsample,
    "Softmax": _softmax,
    "LeakyReLU": _with("LeakyReLU", -1, 2),
    "ELU": _with("ELU", 0.1, 2),
    "Dropout": lambda draw, shape: (
        (p := draw(st.sampled_from([0.0, 1.0])), L.Dropout(p))[1], lambda: torch.nn.Dropout(p), shape
    ),
} | {name: _plain(name) for name in ("ReLU", "Sigmoid", "Tanh", "Flatten", "Identity")}  # fmt: skip

FAMILIES = {
    "convolutions": convolutions,
    "transposed": transposed,
    "pools": pools,
    "norms": norms,
    "others": others,
}
