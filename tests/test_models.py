"""The networks: exact counts, the names of their weights, and the same numbers as their twins in PyTorch."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from cnnkit import models
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import BatchNorm2d, Dropout, Layer, Signal
from cnnkit.models.googlenet import MODULES
from cnnkit.models.googlenet_heads import AdaptiveAvgPool2d, WithHeads
from cnnkit.models.lenet_parts import DigitCodes, ScaledTanh, Subsample, TableConv2d, digit_codes
from tests.oracle import close, needs_torch, torch

if torch is not None:
    from tests import twins
else:
    twins = None

Make = Callable[..., Any]
IMAGENET, GREY = (3, 224, 224), (1, 28, 28)


def make(name: str, **options: Any) -> Make:
    return partial(getattr(models, name), **options)


def other(name: str, *arguments: Any, **options: Any) -> Make:
    """Return a function that makes a twin, found by name when it is called: PyTorch may be missing."""
    return lambda: partial(getattr(twins, name), *arguments, **options)


# name: (our network, its twin, shape of an image, parameters, multiply-adds of one image in G as printed)
NETWORKS: dict[str, tuple[Make, Make, tuple[int, int, int], int, str]] = {
    "lenet5": (make("lenet5"), other("LeNet", "relu", "max"), GREY, 61_706, "0.000417"),
    "alexnet": (make("alexnet"), other("alexnet"), (3, 227, 227), 62_378_344, "1.135"),
    "alexnet grouped": (
        make("alexnet", groups=2), other("alexnet", 2), (3, 227, 227), 60_965_224, "0.724"
    ),
    "alexnet torchvision": (
        make("alexnet", variant="torchvision"), other("torchvision_alexnet"), IMAGENET, 61_100_840, "0.714"
    ),
    "vgg11": (make("vgg11"), other("vgg", 11), IMAGENET, 132_863_336, "7.61"),
    "vgg13": (make("vgg13"), other("vgg", 13), IMAGENET, 133_047_848, "11.31"),
    "vgg16": (make("vgg16"), other("vgg", 16), IMAGENET, 138_357_544, "15.47"),
    "vgg19": (make("vgg19"), other("vgg", 19), IMAGENET, 143_667_240, "19.63"),
    "googlenet": (make("googlenet"), other("GoogLeNet"), IMAGENET, 6_998_552, "1.58"),
    "googlenet torchvision": (
        make("googlenet", variant="torchvision"), other("GoogLeNet", norm=True), IMAGENET, 6_624_904, "1.50"
    ),
    "resnet18": (
        make("resnet18"), other("ResNet", (2, 2, 2, 2), deep=False), IMAGENET, 11_689_512, "1.81"
    ),
    "resnet34": (
        make("resnet34"), other("ResNet", (3, 4, 6, 3), deep=False), IMAGENET, 21_797_672, "3.66"
    ),
    "resnet50": (
        make("resnet50"), other("ResNet", (3, 4, 6, 3), deep=True), IMAGENET, 25_557_032, "4.09"
    ),
    "resnet101": (
        make("resnet101"), other("ResNet", (3, 4, 23, 3), deep=True), IMAGENET, 44_549_160, "7.80"
    ),
    "resnet152": (
        make("resnet152"), other("ResNet", (3, 8, 36, 3), deep=True), IMAGENET, 60_192_808, "11.51"
    ),
    "resnet50 paper": (
        make("resnet50", variant="paper"),
        other("ResNet", (3, 4, 6, 3), deep=True, paper=True), IMAGENET, 25_557_032, "3.86",
    ),
    "resnet101 paper": (
        make("resnet101", variant="paper"),
        other("ResNet", (3, 4, 23, 3), deep=True, paper=True), IMAGENET, 44_549_160, "7.57",
    ),
    "resnet152 paper": (
        make("resnet152", variant="paper"),
        other("ResNet", (3, 8, 36, 3), deep=True, paper=True), IMAGENET, 60_192_808, "11.28",
    ),
    "densenet121": (make("densenet121"), other("DenseNet"), IMAGENET, 7_978_856, "2.83"),
    "squeezenet1_1": (make("squeezenet1_1"), other("SqueezeNet"), IMAGENET, 1_235_496, "0.349"),
}  # fmt: skip
# The exact numbers behind the printed ones.
MACS = {
    "lenet5": 416_520,
    "alexnet": 1_135_256_096,
    "alexnet grouped": 723_836_192,
}
