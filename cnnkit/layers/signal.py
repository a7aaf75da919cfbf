"""What is known of a value before any number flows: its shape, and what its units see of the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.receptive_field import Field, union
from cnnkit.window import Sizes, Window


@dataclass(frozen=True)
class Signal:
    """The shape of a value on its way through a network, with one receptive field a spatial axis.

    ``field`` is empty where it is not known: behind a layer that enlarges.

    >>> Signal.input((1, 3, 224, 224)).field
    (Field(size=1, stride=1, start=0), Field(size=1, stride=1, start=0))
    """

    shape: Sizes
    field: tuple[Field, ...] = ()

    @staticmethod
    def input(shape: Sizes) -> Signal:
        """Return the signal at the input, where every unit sees itself."""
        return Signal(shape, (Field(),) * max(0, len(shape) - 2))

    def field_through(self, window: Window) -> tuple[Field, ...]:
        """Return the fields behind a window."""
        if not self.field:
            return ()
        numbers = zip(self.field, window.kernel, window.stride, window.padding, window.dilation, strict=True)
        return tuple(field.through(k, s, before, d) for field, k, s, (before, _), d in numbers)


def joined_field(signals: Sequence[Signal]) -> tuple[Field, ...]:
    """Return the field of what looks at several signals at once.

    >>> joined_field([Signal.input((1, 3, 4)), Signal((1, 3, 4), (Field(5, 1, -2),))])
    (Field(size=5, stride=1, start=-2),)
    """
    if not all(signal.field for signal in signals):
        return ()
    return tuple(union(fields) for fields in zip(*(signal.field for signal in signals), strict=True))


def stand_in(shape: Sizes) -> npt.NDArray[Any]:
    """Return an array of this shape that takes no memory, for checks that look at a shape only.

    >>> stand_in((1000000, 1000000)).shape
    (1000000, 1000000)
    """
    return np.broadcast_to(np.float32(0), shape)
