"""DenseNet: every layer of a block sees the maps of all layers before it, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Layer,
    Linear,
    MaxPool2d,
    Parallel,
    ReLU,
    Sequential,
)
from cnnkit.models.options import drawing


def densenet121(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return DenseNet-BC with 121 layers that have weights, for images (N, 3, 224, 224) or of other sizes.

    Parameters
    ----------
    num_classes : how many classes are told apart; the output is one score each, before the softmax
    rng, dtype : as in `cnnkit.layers.Conv2d`

    References
    ----------
    Huang, Liu, van der Maaten and Weinberger (2017), *Densely connected convolutional networks*, table 1.

    >>> sum(p.size for p in densenet121().parameters())
    7978856
    """
    drawn = drawing(rng, dtype)
    stem: dict[str, Layer] = {
        "conv0": Conv2d(3, 64, 7, stride=2, padding=3, bias=False, **drawn),
        "norm0": BatchNorm2d(64, dtype=dtype),
        "relu0": ReLU(),
        "pool0": MaxPool2d(3, stride=2, padding=1),
    }
    blocks, channels = dense_stages(64, (6, 12, 24, 16), 32, drawn)
    end: dict[str, Layer] = {"norm5": BatchNorm2d(channels, dtype=dtype), "relu5": ReLU()}
    return Sequential(
        {
            "features": Sequential(stem | blocks | end),
            "avgpool": GlobalAvgPool2d(),
            "flatten": Flatten(),
            "classifier": Linear(channels, num_classes, **drawn),
        }
    )


def dense_stages(
    channels: int, depths: tuple[int, ...], growth: int, drawn: dict[str, Any]
) -> tuple[dict[str, Layer], int]:
    """Return dense blocks with a transition between any two, by name, and how many channels they end with.

    >>> stages, channels = dense_stages(16, (2, 2), 8, {})
    >>> list(stages), channels
    (['denseblock1', 'transition1', 'denseblock2'], 32)
    """
    stages: dict[str, Layer] = {}
    for number, depth in enumerate(depths, start=1):
        stages[f"denseblock{number}"] = dense_block(channels, depth, growth, drawn)
        channels += depth * growth
        if number < len(depths):
            stages[f"transition{number}"] = _transition(channels, drawn)
            channels //= 2
    return stages, channels


def dense_block(channels: int, depth: int, growth: int, drawn: dict[str, Any]) -> Sequential:
    """Return ``depth`` layers, each of which adds ``growth`` channels to what it is given.

    >>> dense_block(16, 3, 8, {})(np.ones((1, 16, 4, 4))).shape
    (1, 40, 4, 4)
    """
    layers = (dense_layer(channels + number * growth, growth, drawn) for number in range(depth))
    return Sequential({f"denselayer{number}": layer for number, layer in enumerate(layers, start=1)})


def dense_layer(channels: int, growth: int, drawn: dict[str, Any]) -> Parallel:
    """Return a layer that passes its input on, with ``growth`` new channels behind it.

    A 1 x 1 convolution to 4 growth channels comes first, to keep the 3 x 3 one cheap (the B of DenseNet-BC).

    >>> [name for name, _ in dense_layer(64, 32, {}).named_parameters() if "conv" in name]
    ['conv1.weight', 'conv2.weight']
    """
    new = Sequential(
        {
            "norm1": _norm(channels, drawn),
            "relu1": ReLU(),
            "conv1": Conv2d(channels, 4 * growth, 1, bias=False, **drawn),
            "norm2": _norm(4 * growth, drawn),
            "relu2": ReLU(),
            "conv2": Conv2d(4 * growth, growth, 3, padding=1, bias=False, **drawn),
        }
    )
    return Parallel({"identity": Identity(), "": new})


def _transition(channels: int, drawn: dict[str, Any]) -> Sequential:
    """Halve the channels and the maps (the C of DenseNet-BC)."""
    return Sequential(
        {
            "norm": _norm(channels, drawn),
            "relu": ReLU(),
            "conv": Conv2d(channels, channels // 2, 1, bias=False, **drawn),
            "pool": AvgPool2d(2),
        }
    )


def _norm(channels: int, drawn: dict[str, Any]) -> BatchNorm2d:
    return BatchNorm2d(channels, dtype=drawn.get("dtype", np.float32))
