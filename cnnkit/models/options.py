"""What the networks share: how a variant is chosen, and what their layers draw their weights with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import shown
from cnnkit.layers.initial import generator


def see_choice(network: str, option: str, value: object, choices: Sequence[str]) -> None:
    """See that ``value`` is one of the choices that an option has.

    >>> see_choice("alexnet", "variant", "2012", ("paper", "torchvision"))
    Traceback (most recent call last):
    ...
    ValueError: alexnet: variant is '2012', but it must be 'paper' or 'torchvision'.
    """
    if not isinstance(value, str) or value not in choices:
        words = " or ".join(map(repr, choices))
        raise ValueError(f"{network}: {option} is {shown(value)}, but it must be {words}.")


def drawing(rng: np.random.Generator | None, dtype: npt.DTypeLike) -> dict[str, Any]:
    """Return the options that all layers with weights are built with: one generator for all, and a precision.

    >>> sorted(drawing(None, np.float64))
    ['dtype', 'rng']
    """
    return {"rng": generator(rng), "dtype": dtype}
