"""LeNet-5: the network that read cheques, as it is built today and as its paper has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.layers import (
    AvgPool2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
)
from cnnkit.models.lenet_parts import DigitCodes, ScaledTanh, Subsample, TableConv2d
from cnnkit.models.options import drawing, see_choice

ACTIVATIONS: dict[str, type[Layer]] = {"relu": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}
POOLS: dict[str, type[MaxPool2d] | type[AvgPool2d]] = {"max": MaxPool2d, "avg": AvgPool2d}


def lenet5(
    num_classes: int = 10,
    *,
    variant: str = "modern",
    activation: str = "relu",
    pool: str = "max",
    rng: np.random.Generator | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Return LeNet-5; its layers have the paper's names: C for convolution, S for subsampling, F for full.

    Parameters
    ----------
    num_classes : how many classes are told apart; the output is one score each, before the softmax
    variant : "modern" for images (N, 1, 28, 28), with padding, ordinary pools and a dense output; or "paper"
        for images (N, 1, 32, 32), with weights in its pools, a sparse C3, tanh, and an output that compares
        84 numbers with drawings of the ten digits
    activation : "relu", "tanh" or "sigmoid"; of the modern variant
    pool : "max" or "avg"; of the modern variant
    rng, dtype : as in `cnnkit.layers.Conv2d`

    Raises
    ------
    ValueError
        if an option has no such choice, or if one of them is asked of the paper's variant, which has none.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), *Gradient-based learning applied to document recognition*,
    section II.B.

    >>> sum(p.size for p in lenet5().parameters()), sum(p.size for p in lenet5(variant="paper").parameters())
    (61706, 60000)
    """
    see_choice("lenet5", "variant", variant, ("modern", "paper"))
    see_choice("lenet5", "activation", activation, tuple(ACTIVATIONS))
    see_choice("lenet5", "pool", pool, tuple(POOLS))
    drawn = drawing(rng, dtype)
    if variant == "modern":
        return _modern(num_classes, ACTIVATIONS[activation], POOLS[pool], drawn)
    if (num_classes, activation, pool) != (10, "relu", "max"):
        raise ValueError(
            "lenet5: the paper's variant tells ten digits apart, with its own activations and pools. "
            "Leave out num_classes, activation and pool."
        )
    return _paper(drawn)


def _modern(
    num_classes: int,
    activation: type[Layer],
    pool: type[MaxPool2d] | type[AvgPool2d],
    drawn: dict[str, Any],
) -> Sequential:
    layers: dict[str, Layer] = {
        "c1": Conv2d(1, 6, 5, padding=2, **drawn),
        "c1_activation": activation(),
        "s2": pool(2),
        "c3": Conv2d(6, 16, 5, **drawn),
        "c3_activation": activation(),
        "s4": pool(2),
        "flatten": Flatten(),
        "c5": Linear(16 * 5 * 5, 120, **drawn),
        "c5_activation": activation(),
        "f6": Linear(120, 84, **drawn),
        "f6_activation": activation(),
        "output": Linear(84, num_classes, **drawn),
    }
    return Sequential(layers)


def _paper(drawn: dict[str, Any]) -> Sequential:
    dtype = drawn["dtype"]
    layers: dict[str, Layer] = {
        "c1": Conv2d(1, 6, 5, **drawn),
        "c1_activation": ScaledTanh(),
        "s2": Subsample(6, dtype=dtype),
        "s2_activation": ScaledTanh(),
        "c3": TableConv2d(5, **drawn),
        "c3_activation": ScaledTanh(),
        "s4": Subsample(16, dtype=dtype),
        "s4_activation": ScaledTanh(),
        "c5": Conv2d(16, 120, 5, **drawn),
        "c5_activation": ScaledTanh(),
        "flatten": Flatten(),
        "f6": Linear(120, 84, **drawn),
        "f6_activation": ScaledTanh(),
        "output": DigitCodes(),
    }
    return Sequential(layers)
