"""ResNet: blocks that learn what to add to their input, so that a hundred layers still train."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from cnnkit.models.options import drawing, see_choice
from cnnkit.models.resnet_blocks import Block, basic_block, bottleneck, stage


def resnet18(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return ResNet with 18 layers that have weights, for images (N, 3, 224, 224) or of other sizes.

    Parameters
    ----------
    num_classes : how many classes are told apart; the output is one score each, before the softmax
    rng, dtype : as in `cnnkit.layers.Conv2d`

    References
    ----------
    He, Zhang, Ren and Sun (2016), *Deep residual learning for image recognition*, table 1; shortcuts that
    change the shape are 1 x 1 convolutions (option B).

    >>> sum(p.size for p in resnet18().parameters())
    11689512
    """
    return _resnet(basic_block, 1, (2, 2, 2, 2), num_classes, rng, dtype)


def resnet34(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return ResNet with 34 layers; otherwise as `resnet18`.

    >>> sum(p.size for p in resnet34().parameters())
    21797672
    """
    return _resnet(basic_block, 1, (3, 4, 6, 3), num_classes, rng, dtype)


def resnet50(
    num_classes: int = 1000,
    *,
    variant: str = "v1.5",
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return ResNet with 50 layers, whose blocks are bottlenecks.

    Parameters
    ----------
    variant : where a block that halves the maps has its stride: "v1.5" in the 3 x 3 convolution, as nearly
        all libraries do (4.09 G multiply-adds), "paper" in the 1 x 1 before it (3.86 G)
    num_classes, rng, dtype : as in `resnet18`

    >>> sum(p.size for p in resnet50().parameters())
    25557032
    """
    return _resnet(_bottleneck("resnet50", variant), 4, (3, 4, 6, 3), num_classes, rng, dtype)


def resnet101(
    num_classes: int = 1000,
    *,
    variant: str = "v1.5",
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return ResNet with 101 layers; otherwise as `resnet50`.

    >>> sum(p.size for p in resnet101().parameters())
    44549160
    """
    return _resnet(_bottleneck("resnet101", variant), 4, (3, 4, 23, 3), num_classes, rng, dtype)


def resnet152(
    num_classes: int = 1000,
    *,
    variant: str = "v1.5",
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return ResNet with 152 layers; otherwise as `resnet50`.

    >>> sum(p.size for p in resnet152().parameters())
    60192808
    """
    return _resnet(_bottleneck("resnet152", variant), 4, (3, 8, 36, 3), num_classes, rng, dtype)


def _resnet(
    block: Block,
    widening: int,
    depths: tuple[int, ...],
    num_classes: int,
    rng: np.random.Generator | None,
    dtype: npt.DTypeLike,
) -> Sequential:
    drawn = drawing(rng, dtype)
    widths = [widening * width for width in (64, 128, 256, 512)]
    layers: dict[str, Layer] = {
        "conv1": Conv2d(3, 64, 7, stride=2, padding=3, bias=False, **drawn),
        "bn1": BatchNorm2d(64, dtype=dtype),
        "relu": ReLU(),
        "maxpool": MaxPool2d(3, stride=2, padding=1),
        "layer1": stage(block, 64, widths[0], depths[0], 1, drawn),
        "layer2": stage(block, widths[0], widths[1], depths[1], 2, drawn),
        "layer3": stage(block, widths[1], widths[2], depths[2], 2, drawn),
        "layer4": stage(block, widths[2], widths[3], depths[3], 2, drawn),
        "avgpool": GlobalAvgPool2d(),
        "flatten": Flatten(),
        "fc": Linear(widths[3], num_classes, **drawn),
    }
    return Sequential(layers)


def _bottleneck(network: str, variant: str) -> Block:
    see_choice(network, "variant", variant, ("v1.5", "paper"))
    return partial(bottleneck, stride_first=variant == "paper")
