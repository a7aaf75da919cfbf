"""AlexNet, which won ImageNet's competition of 2012 and made the field turn to convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
)
from cnnkit.models.options import drawing, see_choice


def alexnet(
    num_classes: int = 1000,
    *,
    groups: int = 1,
    variant: str = "paper",
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return AlexNet for images (N, 3, 227, 227); its output is one score a class, before the softmax.

    The paper says 224, but its first maps of 55 x 55 need 227: (227 - 11) / 4 + 1 = 55.

    Parameters
    ----------
    num_classes : how many classes are told apart
    groups : 1 for one tower; 2 for the paper's two, one on each of its graphics cards. They then meet in the
        third convolution and in the dense layers alone
    variant : "paper"; or "torchvision" for the net of that library, with fewer kernels, padding 2 before the
        first of them and no local response norm, for images (N, 3, 224, 224), Krizhevsky (2014), *One weird
        trick for parallelizing convolutional neural networks*
    rng, dtype : as in `cnnkit.layers.Conv2d`

    Raises
    ------
    ValueError
        if there is no such variant, or if groups are asked of torchvision's, which has none.

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), *ImageNet classification with deep convolutional neural
    networks*, section 3.5 and figure 2.

    >>> sum(p.size for p in alexnet().parameters()), sum(p.size for p in alexnet(groups=2).parameters())
    (62378344, 60965224)
    >>> sum(p.size for p in alexnet(variant="torchvision").parameters())
    61100840
    """
    see_choice("alexnet", "variant", variant, ("paper", "torchvision"))
    drawn = drawing(rng, dtype)
    if variant == "paper":
        return Sequential(
            {"features": _features(groups, drawn), "classifier": _classifier(num_classes, drawn)}
        )
    if groups != 1:
        raise ValueError(f"alexnet: torchvision's variant has one tower. Leave groups at 1, not {groups}.")
    return Sequential(
        {"features": _torchvision_features(drawn), "classifier": _torchvision_classifier(num_classes, drawn)}
    )


def _features(groups: int, drawn: dict[str, Any]) -> Sequential:
    return Sequential(
        Conv2d(3, 96, 11, stride=4, **drawn),
        ReLU(),
        _normalize(),
        _overlapping_pool(),
        Conv2d(96, 256, 5, padding=2, groups=groups, **drawn),
        ReLU(),
        _normalize(),
        _overlapping_pool(),
        Conv2d(256, 384, 3, padding=1, **drawn),
        ReLU(),
        Conv2d(384, 384, 3, padding=1, groups=groups, **drawn),
        ReLU(),
        Conv2d(384, 256, 3, padding=1, groups=groups, **drawn),
        ReLU(),
        _overlapping_pool(),
    )


def _classifier(num_classes: int, drawn: dict[str, Any]) -> Sequential:
    return Sequential(
        Flatten(),
        Linear(256 * 6 * 6, 4096, **drawn),
        ReLU(),
        Dropout(rng=drawn["rng"]),
        Linear(4096, 4096, **drawn),
        ReLU(),
        Dropout(rng=drawn["rng"]),
        Linear(4096, num_classes, **drawn),
    )


def _torchvision_features(drawn: dict[str, Any]) -> Sequential:
    return Sequential(
        Conv2d(3, 64, 11, stride=4, padding=2, **drawn),
        ReLU(),
        _overlapping_pool(),
        Conv2d(64, 192, 5, padding=2, **drawn),
        ReLU(),
        _overlapping_pool(),
        Conv2d(192, 384, 3, padding=1, **drawn),
        ReLU(),
        Conv2d(384, 256, 3, padding=1, **drawn),
        ReLU(),
        Conv2d(256, 256, 3, padding=1, **drawn),
        ReLU(),
        _overlapping_pool(),
    )


def _torchvision_classifier(num_classes: int, drawn: dict[str, Any]) -> Sequential:
    layers: dict[str, Layer] = {
        "flatten": Flatten(),
        "0": Dropout(rng=drawn["rng"]),
        "1": Linear(256 * 6 * 6, 4096, **drawn),
        "2": ReLU(),
        "3": Dropout(rng=drawn["rng"]),
        "4": Linear(4096, 4096, **drawn),
        "5": ReLU(),
        "6": Linear(4096, num_classes, **drawn),
    }
    return Sequential(layers)


def _overlapping_pool() -> MaxPool2d:
    """Windows of 3 x 3, two apart: neighbours share a row (section 3.4)."""
    return MaxPool2d(3, stride=2)


def _normalize() -> LocalResponseNorm:
    """The norm with the paper's constants (section 3.3); alpha = 1e-4 is not divided by size there."""
    return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
