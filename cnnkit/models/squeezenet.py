"""SqueezeNet: as good as AlexNet with a fiftieth of its weights, by 1 x 1 convolutions and no dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    MaxPool2d,
    Parallel,
    ReLU,
    Sequential,
)
from cnnkit.models.options import drawing


def squeezenet1_1(
    num_classes: int = 1000,
    *,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return SqueezeNet 1.1 for images (N, 3, 227, 227) or of other sizes.

    The last convolution has a map for each class; its average is the class's score, before the softmax.

    Parameters
    ----------
    num_classes : how many classes are told apart
    rng, dtype : as in `cnnkit.layers.Conv2d`

    References
    ----------
    Iandola et al. (2016), *SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model
    size*, section 3; version 1.1 is from its authors' repository, with 2.4 times less work than 1.0.

    >>> sum(p.size for p in squeezenet1_1().parameters())
    1235496
    """
    drawn = drawing(rng, dtype)
    features = Sequential(
        Conv2d(3, 64, 3, stride=2, **drawn),
        ReLU(),
        _pool(),
        fire(64, 16, 64, drawn),
        fire(128, 16, 64, drawn),
        _pool(),
        fire(128, 32, 128, drawn),
        fire(256, 32, 128, drawn),
        _pool(),
        fire(256, 48, 192, drawn),
        fire(384, 48, 192, drawn),
        fire(384, 64, 256, drawn),
        fire(512, 64, 256, drawn),
    )
    classifier = Sequential(
        Dropout(rng=drawn["rng"]), Conv2d(512, num_classes, 1, **drawn), ReLU(), GlobalAvgPool2d()
    )
    return Sequential({"features": features, "classifier": classifier, "flatten": Flatten()})


def fire(in_channels: int, squeezed: int, expanded: int, drawn: dict[str, Any]) -> Sequential:
    """Return a fire module: few channels, then ``expanded`` from 1 x 1 and as many from 3 x 3 convolutions.

    >>> fire(64, 16, 64, {})(np.ones((1, 64, 5, 5))).shape
    (1, 128, 5, 5)
    """
    expand: dict[str, Layer] = {
        "expand1x1": Conv2d(squeezed, expanded, 1, **drawn),
        "expand3x3": Conv2d(squeezed, expanded, 3, padding=1, **drawn),
    }
    layers: dict[str, Layer] = {
        "squeeze": Conv2d(in_channels, squeezed, 1, **drawn),
        "squeeze_activation": ReLU(),
        "": Parallel(expand),
        "expand_activation": ReLU(),
    }
    return Sequential(layers)


def _pool() -> MaxPool2d:
    """Keep a last window that sticks out, as Caffe did, in which the network was trained."""
    return MaxPool2d(3, stride=2, ceil_mode=True)
