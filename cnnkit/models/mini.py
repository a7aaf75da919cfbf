"""The families in small: for images of 28 x 28 or 32 x 32 pixels, and quick enough to train in a lesson."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
)
from cnnkit.models.densenet import dense_stages
from cnnkit.models.googlenet import conv_relu, inception
from cnnkit.models.options import drawing
from cnnkit.models.resnet_blocks import basic_block, stage
from cnnkit.shapes import whole


def mini_alexnet(
    num_classes: int = 10,
    *,
    in_channels: int = 3,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return AlexNet in small: larger windows first, local response norm, overlapping pools, dropout.

    Parameters
    ----------
    num_classes : how many classes are told apart; the output is one score each, before the softmax
    in_channels : 1 for grey images, 3 for colour
    rng, dtype : as in `cnnkit.layers.Conv2d`

    >>> net = mini_alexnet()
    >>> net.out_shape((8, 3, 32, 32)), sum(p.size for p in net.parameters())
    ((8, 10), 56778)
    """
    drawn = drawing(rng, dtype)
    features = Sequential(
        Conv2d(in_channels, 16, 5, padding=2, **drawn),
        ReLU(),
        LocalResponseNorm(5),
        MaxPool2d(3, stride=2, padding=1),
        Conv2d(16, 32, 5, padding=2, **drawn),
        ReLU(),
        LocalResponseNorm(5),
        MaxPool2d(3, stride=2, padding=1),
        Conv2d(32, 32, 3, padding=1, **drawn),
        ReLU(),
        MaxPool2d(3, stride=2, padding=1),
    )
    head = (Flatten(), Linear(32 * 4 * 4, 64, **drawn), ReLU(), Dropout(rng=drawn["rng"]))
    return Sequential(
        {"features": features, "classifier": Sequential(*head, Linear(64, num_classes, **drawn))}
    )


def mini_vgg(
    num_classes: int = 10,
    *,
    in_channels: int = 3,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return VGG in small: three times two 3 x 3 convolutions and a pool that halves; as `mini_alexnet`.

    The pools round up, 7 to 4, so that images of 28 pixels end with the maps of 32.

    >>> net = mini_vgg()
    >>> net.out_shape((8, 3, 32, 32)), sum(p.size for p in net.parameters())
    ((8, 10), 51666)
    """
    drawn = drawing(rng, dtype)
    features: list[Layer] = []
    for channels, width in ((in_channels, 8), (8, 16), (16, 32)):
        features += [Conv2d(channels, width, 3, padding=1, **drawn), ReLU()]
        features += [Conv2d(width, width, 3, padding=1, **drawn), ReLU(), MaxPool2d(2, ceil_mode=True)]
    head = (Flatten(), Linear(32 * 4 * 4, 64, **drawn), ReLU(), Dropout(rng=drawn["rng"]))
    return Sequential(
        {"features": Sequential(*features), "classifier": Sequential(*head, Linear(64, num_classes, **drawn))}
    )


def mini_inception(
    num_classes: int = 10,
    *,
    in_channels: int = 3,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return GoogLeNet in small: a stem and three Inception modules; as `mini_alexnet`, and any image size.

    >>> net = mini_inception()
    >>> net.out_shape((8, 3, 32, 32)), sum(p.size for p in net.parameters())
    ((8, 10), 22838)
    """
    drawn = drawing(rng, dtype)
    unit = partial(conv_relu, drawn=drawn)
    layers: dict[str, Layer] = {
        "conv1": unit(in_channels, 16, 3, padding=1),
        "maxpool1": MaxPool2d(3, stride=2, ceil_mode=True),
        "inception2a": inception(unit, 16, 8, 8, 16, 4, 8, 8),
        "inception2b": inception(unit, 40, 16, 12, 24, 4, 8, 8),
        "maxpool2": MaxPool2d(3, stride=2, ceil_mode=True),
        "inception3a": inception(unit, 56, 24, 16, 48, 8, 16, 16),
        "avgpool": GlobalAvgPool2d(),
        "flatten": Flatten(),
        "dropout": Dropout(0.4, rng=drawn["rng"]),
        "fc": Linear(104, num_classes, **drawn),
    }
    return Sequential(layers)


def mini_resnet(
    num_classes: int = 10,
    *,
    in_channels: int = 3,
    blocks: int = 1,
    shortcuts: bool = True,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return ResNet in small: a convolution and three stages of basic blocks, for any image size.

    Parameters
    ----------
    num_classes, in_channels, rng, dtype : as in `mini_alexnet`
    blocks : how many blocks each of the three stages has; 3 gives the paper's 20 layers
    shortcuts : False leaves them out: the plain net that gets worse, not better, when it gets deeper

    References
    ----------
    He, Zhang, Ren and Sun (2016), *Deep residual learning for image recognition*, section 4.2; with 1 x 1
    convolutions in the shortcuts that change the shape.

    >>> net = mini_resnet()
    >>> net.out_shape((8, 3, 32, 32)), sum(p.size for p in net.parameters())
    ((8, 10), 78042)
    """
    drawn = drawing(rng, dtype)
    blocks = whole("mini_resnet: blocks", blocks, 1)
    block = partial(basic_block, shortcut=shortcuts)
    layers: dict[str, Layer] = {
        "conv1": Conv2d(in_channels, 16, 3, padding=1, bias=False, **drawn),
        "bn1": BatchNorm2d(16, dtype=dtype),
        "relu": ReLU(),
        "layer1": stage(block, 16, 16, blocks, 1, drawn),
        "layer2": stage(block, 16, 32, blocks, 2, drawn),
        "layer3": stage(block, 32, 64, blocks, 2, drawn),
        "avgpool": GlobalAvgPool2d(),
        "flatten": Flatten(),
        "fc": Linear(64, num_classes, **drawn),
    }
    return Sequential(layers)


def mini_densenet(
    num_classes: int = 10,
    *,
    in_channels: int = 3,
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return DenseNet-BC in small: three dense blocks of three layers; as `mini_alexnet`, and any image size.

    >>> net = mini_densenet()
    >>> net.out_shape((8, 3, 32, 32)), sum(p.size for p in net.parameters())
    ((8, 10), 68618)
    """
    drawn = drawing(rng, dtype)
    stages, channels = dense_stages(16, (3, 3, 3), 12, drawn)
    features: dict[str, Layer] = {
        "conv0": Conv2d(in_channels, 16, 3, padding=1, bias=False, **drawn),
        **stages,
        "norm4": BatchNorm2d(channels, dtype=dtype),
        "relu4": ReLU(),
    }
    return Sequential(
        {
            "features": Sequential(features),
            "avgpool": GlobalAvgPool2d(),
            "flatten": Flatten(),
            "classifier": Linear(channels, num_classes, **drawn),
        }
    )
