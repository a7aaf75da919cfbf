"""What the activations explorer walks through: a network's layers, the stages among them, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import ELU, Layer, LeakyReLU, PReLU, ReLU, Sequential, Sigmoid, Signal, Tanh
from cnnkit.layers.norm import Dropout
from cnnkit.receptive_field import Field

Array = npt.NDArray[Any]
Box = tuple[int, int, int, int]
FOLLOWERS = (ReLU, LeakyReLU, PReLU, ELU, Sigmoid, Tanh, Dropout)


@dataclass(frozen=True)
class Stage:
    """A layer with its activation: its name, the position of its last part, channels, and fields."""

    name: str
    last: int
    channels: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Subject:
    """What is explored: the layers one after the other, the stages among them, and the pictures."""

    layers: list[Layer]
    stages: list[Stage]
    images: Array
    shown: Array
    names: Sequence[str] | None
    answers: dict[int, tuple[dict[int, Array], Array]] = field(default_factory=dict)

    def answer(self, picture: int) -> tuple[dict[int, Array], Array]:
        """Return the maps of every stage for a picture, by position, and its scores; computed once."""
        if picture not in self.answers:
            x, maps = self.images[picture : picture + 1], {}
            lasts = {stage.last for stage in self.stages}
            for position, layer in enumerate(self.layers):
                x = layer(x)
                if position in lasts:
                    maps[position] = x[0]
            self.answers[picture] = maps, x[0]
        return self.answers[picture]


def subject_of(net: Any, images: Any, shown: Any, names: Sequence[str] | None) -> Subject:
    """Return what is to be explored, or say what does not fit."""
    if not isinstance(net, Sequential):
        raise UsageError(f"activations_explorer: net is a {type(net).__name__}, but it must be a Sequential.")
    array: Array = np.asarray(images)
    if array.ndim != 4 or array.shape[1] not in (1, 3) or not 1 <= len(array) <= 100:
        raise ShapeError(
            f"activations_explorer: images has shape {array.shape}, but it must be (N, 1, H, W) or "
            "(N, 3, H, W), with 1 to 100 pictures."
        )
    seen = _visible(array) if shown is None else np.asarray(shown, dtype=float)
    if (
        seen.ndim != 4
        or seen.shape != (len(array), seen.shape[1], *array.shape[2:])
        or seen.shape[1] not in (1, 3)
    ):
        raise ShapeError(
            f"activations_explorer: shown has shape {seen.shape}, but images {array.shape}. They may "
            "differ in their channels only, 1 or 3."
        )
    scores = net.out_shape((1, *array.shape[1:]))
    named = _opened(deepcopy(net).eval())
    stages = _stages(named, (1, *array.shape[1:]))
    if len(scores) != 2 or not stages:
        raise UsageError("activations_explorer: the network must have maps and end in one row of scores.")
    if names is not None and len(names) != scores[1]:
        raise UsageError(
            f"activations_explorer: {len(names)} names, but the network has {scores[1]} classes."
        )
    return Subject([layer for _, layer in named], stages, array, seen, names)


def _visible(images: Array) -> Array:
    """Bring pictures of any scale to 0 ... 1."""
    low, high = float(images.min()), float(images.max())
    return (images - min(low, 0)) / ((high - min(low, 0)) or 1.0)


def _opened(net: Sequential) -> list[tuple[str, Layer]]:
    """Return the layers in order, those inside of a Sequential one by one."""
    found: list[tuple[str, Layer]] = []
    for name, part in net.layers.items():
        inside = part.layers.items() if isinstance(part, Sequential) else ()
        found += [(f"{name}.{below}", layer) for below, layer in inside] or [(name, part)]
    return found


def _stages(named: list[tuple[str, Layer]], shape: tuple[int, ...]) -> list[Stage]:
    """Return the stages that have maps; an activation belongs to the layer before it."""
    stages: list[Stage] = []
    signal = Signal.input(shape)
    for position, (name, layer) in enumerate(named):
        signal = layer.trace(signal, lambda *_: None)
        if len(signal.shape) != 4 or signal.shape[2:] == (1, 1):
            continue
        joined = isinstance(layer, FOLLOWERS) and stages and stages[-1].last == position - 1
        name = stages.pop().name if joined else name
        stages.append(Stage(name, position, signal.shape[1], signal.field))
    return stages


def seen_box(fields: tuple[Field, ...], at: tuple[int, int], extent: tuple[int, ...]) -> Box | None:
    """Return (top, left, bottom, right) of the pixels that a unit sees, the last ones included."""
    if not fields:
        return None
    firsts = [f.start + i * f.stride for f, i in zip(fields, at, strict=True)]
    lasts = [first + f.size - 1 for f, first in zip(fields, firsts, strict=True)]
    top, left = (max(0, first) for first in firsts)
    bottom, right = (min(n - 1, last) for n, last in zip(extent, lasts, strict=True))
    return top, left, bottom, right
