"""The blocks of ResNet: a few convolutions, and a shortcut around them for signals and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnkit.layers import BatchNorm2d, Conv2d, Layer, ReLU, Residual, Sequential

Block = Callable[[int, int, int, dict[str, Any]], Layer]


def basic_block(
    in_channels: int, out_channels: int, stride: int, drawn: dict[str, Any], shortcut: bool = True
) -> Sequential:
    """Return two 3 x 3 convolutions with a shortcut around them, or without one, to see what it is good for.

    >>> block = basic_block(64, 128, 2, {})
    >>> [name for name, _ in block.named_parameters() if "weight" in name]
    ['conv1.weight', 'bn1.weight', 'conv2.weight', 'bn2.weight', 'downsample.0.weight', 'downsample.1.weight']
    """
    body = Sequential(
        {
            "conv1": _conv(in_channels, out_channels, 3, stride, drawn),
            "bn1": _norm(out_channels, drawn),
            "relu1": ReLU(),
            "conv2": _conv(out_channels, out_channels, 3, 1, drawn),
            "bn2": _norm(out_channels, drawn),
        }
    )
    inside = _residual(body, in_channels, out_channels, stride, drawn) if shortcut else body
    return Sequential({"": inside, "relu": ReLU()})


def bottleneck(
    in_channels: int, out_channels: int, stride: int, drawn: dict[str, Any], stride_first: bool = False
) -> Sequential:
    """Return a 3 x 3 convolution among a quarter of the channels, between two 1 x 1, with a shortcut around.

    >>> sum(p.size for p in bottleneck(256, 256, 1, {}).parameters())
    70400
    """
    inner = out_channels // 4
    first, second = (stride, 1) if stride_first else (1, stride)
    body = Sequential(
        {
            "conv1": _conv(in_channels, inner, 1, first, drawn),
            "bn1": _norm(inner, drawn),
            "relu1": ReLU(),
            "conv2": _conv(inner, inner, 3, second, drawn),
            "bn2": _norm(inner, drawn),
            "relu2": ReLU(),
            "conv3": _conv(inner, out_channels, 1, 1, drawn),
            "bn3": _norm(out_channels, drawn),
        }
    )
    return Sequential({"": _residual(body, in_channels, out_channels, stride, drawn), "relu": ReLU()})


def stage(
    block: Block, in_channels: int, out_channels: int, blocks: int, stride: int, drawn: dict[str, Any]
) -> Sequential:
    """Return blocks one after the other; the first has the stride and widens.

    >>> len(stage(basic_block, 64, 128, 3, 2, {}))
    3
    """
    first = block(in_channels, out_channels, stride, drawn)
    return Sequential(first, *(block(out_channels, out_channels, 1, drawn) for _ in range(blocks - 1)))


def _residual(
    body: Sequential, in_channels: int, out_channels: int, stride: int, drawn: dict[str, Any]
) -> Residual:
    if stride == 1 and in_channels == out_channels:
        return Residual(body)
    projection = Sequential(_conv(in_channels, out_channels, 1, stride, drawn), _norm(out_channels, drawn))
    return Residual(body, downsample=projection)


def _conv(in_channels: int, out_channels: int, size: int, stride: int, drawn: dict[str, Any]) -> Conv2d:
    """A convolution that keeps the size of the maps, up to its stride; the norm behind it has the bias."""
    return Conv2d(in_channels, out_channels, size, stride=stride, padding=size // 2, bias=False, **drawn)


def _norm(channels: int, drawn: dict[str, Any]) -> BatchNorm2d:
    return BatchNorm2d(channels, dtype=drawn.get("dtype", np.float32))
