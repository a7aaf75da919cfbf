"""VGG: nothing but 3 x 3 convolutions, halving pools and three dense layers, in four depths."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.layers import Conv2d, Dropout, Flatten, Layer, Linear, MaxPool2d, ReLU, Sequential
from cnnkit.models.options import drawing

WIDTHS = (64, 128, 256, 512, 512)


def vgg11(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return VGG with 11 layers that have weights (configuration A), for images (N, 3, 224, 224).

    Parameters
    ----------
    num_classes : how many classes are told apart; the output is one score each, before the softmax
    rng, dtype : as in `cnnkit.layers.Conv2d`

    References
    ----------
    Simonyan and Zisserman (2015), *Very deep convolutional networks for large-scale image recognition*,
    table 1; on arXiv since September 2014.

    >>> sum(p.size for p in vgg11().parameters())
    132863336
    """
    return _vgg((1, 1, 2, 2, 2), num_classes, rng, dtype)


def vgg13(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return VGG with 13 layers (configuration B); otherwise as `vgg11`.

    >>> sum(p.size for p in vgg13().parameters())
    133047848
    """
    return _vgg((2, 2, 2, 2, 2), num_classes, rng, dtype)


def vgg16(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return VGG with 16 layers (configuration D); otherwise as `vgg11`. Its dense head holds 89 % of it.

    >>> net = vgg16()
    >>> sum(p.size for p in net.parameters()), sum(p.size for p in net["classifier"].parameters())
    (138357544, 123642856)
    """
    return _vgg((2, 2, 3, 3, 3), num_classes, rng, dtype)


def vgg19(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return VGG with 19 layers (configuration E); otherwise as `vgg11`.

    >>> sum(p.size for p in vgg19().parameters())
    143667240
    """
    return _vgg((2, 2, 4, 4, 4), num_classes, rng, dtype)


def stage(in_channels: int, out_channels: int, convolutions: int, drawn: dict[str, Any]) -> list[Layer]:
    """Return some 3 x 3 convolutions of one width, each with its ReLU, and the pool that halves the maps.

    >>> [type(layer).__name__ for layer in stage(3, 64, 2, {})]
    ['Conv2d', 'ReLU', 'Conv2d', 'ReLU', 'MaxPool2d']
    """
    layers: list[Layer] = []
    for channels in (in_channels, *[out_channels] * (convolutions - 1)):
        layers += [Conv2d(channels, out_channels, 3, padding=1, **drawn), ReLU()]
    return [*layers, MaxPool2d(2)]


def _vgg(
    depths: tuple[int, ...], num_classes: int, rng: np.random.Generator | None, dtype: npt.DTypeLike
) -> Sequential:
    drawn = drawing(rng, dtype)
    features: list[Layer] = []
    for in_channels, width, depth in zip((3, *WIDTHS), WIDTHS, depths, strict=False):
        features += stage(in_channels, width, depth, drawn)
    return Sequential({"features": Sequential(*features), "classifier": _classifier(num_classes, drawn)})


def _classifier(num_classes: int, drawn: dict[str, Any]) -> Sequential:
    layers: dict[str, Layer] = {
        "flatten": Flatten(),
        "0": Linear(512 * 7 * 7, 4096, **drawn),
        "1": ReLU(),
        "2": Dropout(rng=drawn["rng"]),
        "3": Linear(4096, 4096, **drawn),
        "4": ReLU(),
        "5": Dropout(rng=drawn["rng"]),
        "6": Linear(4096, num_classes, **drawn),
    }
    return Sequential(layers)
