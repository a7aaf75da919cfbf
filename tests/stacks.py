"""Random networks of sliding windows for tests: deep, branching, with every option, on one or two axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnkit import layers as L
from cnnkit.layers import Identity, Layer, Parallel, ReLU, Residual, Sequential

CHANNELS = 2


@st.composite
def stacks(draw: Callable[..., Any], axes: int, *, max_pools: bool) -> Layer:
    """Draw a network of 1 to 4 blocks; all weights are positive, so that nothing can cancel."""
    blocks = [_block(draw, axes, max_pools) for _ in range(draw(st.integers(1, 4)))]
    return positive(Sequential(*blocks), draw(st.integers(0, 999)))


def positive(net: Layer, seed: int) -> Layer:
    """Give a network weights from 0.5 to 1.5 in float64."""
    rng = np.random.default_rng(seed)
    net.eval().astype(np.float64)
    for path, parameter in net.named_parameters():
        if not path.endswith("bias"):
            parameter.data = rng.uniform(0.5, 1.5, parameter.shape)
    return net


def _block(draw: Callable[..., Any], axes: int, max_pools: bool) -> Layer:
    kinds = ["conv", "average", "relu", "norm", "parallel", "residual", "downsampled", "dense"]
    kind = draw(st.sampled_from(kinds + ["max"] * max_pools))
    if kind == "conv":
        return _conv(draw, axes)
    if kind in ("average", "max"):
        return _pool(draw, axes, kind)
    if kind == "relu":
        return ReLU()
    if kind == "norm":
        return getattr(L, f"BatchNorm{axes}d")(CHANNELS)
    if kind == "residual":
        return Residual(Sequential(_kept(draw, axes), ReLU(), _kept(draw, axes)))
    if kind == "dense":
        grown = Parallel({"identity": Identity(), "": _kept(draw, axes)})
        return Sequential(grown, _layer(axes)(2 * CHANNELS, CHANNELS, 1))
    stride = draw(st.integers(1, 2))
    if kind == "downsampled":
        return Residual(_kept(draw, axes, stride), _layer(axes)(CHANNELS, CHANNELS, 1, stride=stride))
    branches = [_kept(draw, axes, stride) for _ in range(draw(st.integers(2, 3)))]
    return Sequential(Parallel(*branches), _layer(axes)(len(branches) * CHANNELS, CHANNELS, 1))


def _layer(axes: int) -> Any:
    return getattr(L, f"Conv{axes}d")


def _conv(draw: Callable[..., Any], axes: int) -> Layer:
    """Draw a convolution with options of its own for every axis."""
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
    words = st.sampled_from(["valid", "same", "full"])
    padding = draw(st.one_of(words, st.tuples(*[st.one_of(st.integers(0, 2), pair)] * axes)))
    return _layer(axes)(
        CHANNELS,
        CHANNELS,
        draw(st.tuples(*[st.integers(1, 4)] * axes)),
        stride=draw(st.tuples(*[st.integers(1, 3)] * axes)),
        padding=padding,
        dilation=draw(st.tuples(*[st.integers(1, 3)] * axes)),
        groups=draw(st.sampled_from([1, CHANNELS])),
    )


def _kept(draw: Callable[..., Any], axes: int, stride: int = 1) -> Layer:
    """Draw a convolution that keeps the size but for the stride, so that branches fit together."""
    kernel, dilation = draw(st.sampled_from([1, 3, 5])), draw(st.integers(1, 2))
    padding = dilation * (kernel - 1) // 2
    return _layer(axes)(CHANNELS, CHANNELS, kernel, stride=stride, padding=padding, dilation=dilation)


def _pool(draw: Callable[..., Any], axes: int, kind: str) -> Layer:
    kernel = draw(st.tuples(*[st.integers(2, 3)] * axes))
    options = {
        "stride": draw(st.tuples(*[st.integers(1, 2)] * axes)),
        "padding": draw(st.integers(0, 1)),
        "ceil_mode": draw(st.booleans()),
    }
    if kind == "max":
        return getattr(L, f"MaxPool{axes}d")(kernel, dilation=draw(st.integers(1, 2)), **options)
    return getattr(L, f"AvgPool{axes}d")(kernel, **options)
