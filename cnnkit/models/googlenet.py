"""GoogLeNet: modules that look at their input through windows of several sizes at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Parallel,
    ReLU,
    Sequential,
)
from cnnkit.models.googlenet_heads import AdaptiveAvgPool2d, WithHeads, head
from cnnkit.models.options import drawing, see_choice

Unit = Callable[..., Sequential]

# Channels of the branches: 1 x 1; 3 x 3 reduced and full; 5 x 5 reduced and full; behind the pool (table 1).
MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(
    num_classes: int = 1000,
    *,
    aux_logits: bool = False,
    variant: str = "paper",
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return GoogLeNet for images (N, 3, 224, 224), or of other sizes where it has no auxiliary classifiers.

    Parameters
    ----------
    num_classes : how many classes are told apart; the output is one score each, before the softmax
    aux_logits : True adds the two auxiliary classifiers. In training, ``forward`` then returns the three
        outputs (logits, aux1, aux2) and ``backward`` takes their three gradients; in evaluation it returns
        the logits alone
    variant : "paper"; or "torchvision" for the net of that library, with batch norm instead of biases and of
        the local response norms, dropout 0.2 instead of 0.4, a last pool of 2 x 2, and windows of 3 x 3 in
        the branch that should have 5 x 5
    rng, dtype : as in `cnnkit.layers.Conv2d`

    References
    ----------
    Szegedy et al. (2015), *Going deeper with convolutions*, table 1 and figure 3.

    >>> sum(p.size for p in googlenet().parameters())
    6998552
    >>> sum(p.size for p in googlenet(variant="torchvision").parameters())
    6624904
    """
    see_choice("googlenet", "variant", variant, ("paper", "torchvision"))
    paper, drawn = variant == "paper", drawing(rng, dtype)
    unit = partial(conv_relu if paper else conv_norm_relu, drawn=drawn)
    layers: dict[str, Layer] = {
        **_stem(unit, paper),
        **_modules(unit, "3", 192, large=5 if paper else 3),
        "maxpool3": _pool(),
        **_modules(unit, "4", 480, large=5 if paper else 3),
        "maxpool4": _pool(3 if paper else 2),
        **_modules(unit, "5", 832, large=5 if paper else 3),
        "avgpool": GlobalAvgPool2d(),
        "flatten": Flatten(),
        "dropout": Dropout(0.4 if paper else 0.2, rng=drawn["rng"]),
        "fc": Linear(1024, num_classes, **drawn),
    }
    return _with_heads(layers, unit, paper, num_classes, drawn) if aux_logits else Sequential(layers)


def inception(
    unit: Unit,
    in_channels: int,
    one: int,
    three_reduced: int,
    three: int,
    five_reduced: int,
    five: int,
    pooled: int,
    large: int = 5,
) -> Parallel:
    """Return an Inception module (figure 2b): four branches, whose maps are laid side by side.

    Parameters
    ----------
    unit : function (in_channels, out_channels, kernel_size, **options) -> a convolution and its ReLU
    in_channels : of the input
    one, three, five, pooled : channels that the branches give
    three_reduced, five_reduced : channels to which a 1 x 1 convolution first brings the input
    large : size of the largest window

    >>> unit = partial(conv_relu, drawn={})
    >>> module = inception(unit, 192, *MODULES["3a"])
    >>> module.out_shape((1, 192, 28, 28)), sum(p.size for p in module.parameters())
    ((1, 256, 28, 28), 163696)
    """
    branches: dict[str, Layer] = {
        "branch1": unit(in_channels, one, 1),
        "branch2": Sequential(unit(in_channels, three_reduced, 1), unit(three_reduced, three, 3, padding=1)),
        "branch3": Sequential(
            unit(in_channels, five_reduced, 1), unit(five_reduced, five, large, padding=large // 2)
        ),
        "branch4": Sequential(MaxPool2d(3, stride=1, padding=1), unit(in_channels, pooled, 1)),
    }
    return Parallel(branches)


def _stem(unit: Unit, paper: bool) -> dict[str, Layer]:
    norm1, norm2 = ({f"norm{number}": LocalResponseNorm(5)} if paper else {} for number in (1, 2))
    return {
        "conv1": unit(3, 64, 7, stride=2, padding=3),
        "maxpool1": _pool(),
        **norm1,
        "conv2": unit(64, 64, 1),
        "conv3": unit(64, 192, 3, padding=1),
        **norm2,
        "maxpool2": _pool(),
    }


def _modules(unit: Unit, number: str, channels: int, large: int) -> dict[str, Layer]:
    """Return the modules of one size of maps, which is what the number in their names stands for."""
    modules: dict[str, Layer] = {}
    for name, widths in MODULES.items():
        if name.startswith(number):
            modules[f"inception{name}"] = inception(unit, channels, *widths, large=large)
            channels = widths[0] + widths[2] + widths[4] + widths[5]
    return modules


def _with_heads(
    layers: dict[str, Layer], unit: Unit, paper: bool, num_classes: int, drawn: dict[str, Any]
) -> WithHeads:
    channels = {"inception4a": 512, "inception4d": 528}
    heads = {}
    for number, (place, wide) in enumerate(channels.items(), start=1):
        pool = AvgPool2d(5, stride=3) if paper else AdaptiveAvgPool2d(4)
        heads[place] = (f"aux{number}", head(pool, unit(wide, 128, 1), num_classes, drawn))
    return WithHeads(layers, heads)


def _pool(size: int = 3) -> MaxPool2d:
    """Halve the maps, rounding up: 112 becomes 56."""
    return MaxPool2d(size, stride=2, ceil_mode=True)


def conv_relu(
    in_channels: int, out_channels: int, size: int, *, drawn: dict[str, Any], **options: Any
) -> Sequential:
    return Sequential({"conv": Conv2d(in_channels, out_channels, size, **options, **drawn), "relu": ReLU()})


def conv_norm_relu(
    in_channels: int, out_channels: int, size: int, *, drawn: dict[str, Any], **options: Any
) -> Sequential:
    layers: dict[str, Layer] = {
        "conv": Conv2d(in_channels, out_channels, size, bias=False, **options, **drawn),
        "bn": BatchNorm2d(out_channels, eps=1e-3, dtype=drawn["dtype"]),
        "relu": ReLU(),
    }
    return Sequential(layers)
