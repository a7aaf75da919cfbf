"""Which part of the input a unit deep in a network can see: size, stride and start, along one axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cnnkit.shapes import span, whole


@dataclass(frozen=True)
class Field:
    """The receptive fields of one layer's units along one axis.

    Attributes
    ----------
    size : how many input positions a unit sees
    stride : how far apart in the input the fields of neighbouring units are
    start : where the field of the first unit begins; negative where it reaches into padding

    >>> Field().through(k=11, s=4).through(k=3, s=2)
    Field(size=19, stride=8, start=0)
    """

    size: int = 1
    stride: int = 1
    start: int = 0

    def through(self, k: int, s: int = 1, p: int = 0, d: int = 1) -> Field:
        """Return the fields behind a window: ``k`` taps, stride ``s``, padding ``p`` before, dilation ``d``.

        The window reaches over d (k - 1) more units, each one stride further on in the input:
        size' = size + d (k - 1) stride, stride' = stride s, start' = start - p stride.
        """
        reach = (span(k, d) - 1) * self.stride
        return Field(self.size + reach, self.stride * whole("s", s, 1), self.start - p * self.stride)


def union(fields: Iterable[Field]) -> Field:
    """Return the field of a unit that looks through several branches at once; their strides must agree.

    >>> union([Field(5, 2, -2), Field(1, 2, 0)])
    Field(size=5, stride=2, start=-2)
    """
    all_fields = list(fields)
    start = min(field.start for field in all_fields)
    end = max(field.start + field.size for field in all_fields)
    return Field(end - start, max(field.stride for field in all_fields), start)


def receptive_field(layers: Iterable[tuple[int, ...]]) -> Field:
    """Return the receptive field behind a stack of windows, each (k,), (k, s), (k, s, p) or (k, s, p, d).

    References
    ----------
    Araujo, Norris and Sim (2019), *Computing receptive fields of convolutional neural networks*, section 2.

    >>> receptive_field([(3,), (3,)]), receptive_field([(5,), (2, 2), (5,), (2, 2)])
    (Field(size=5, stride=1, start=0), Field(size=16, stride=4, start=0))
    """
    field = Field()
    for layer in layers:
        field = field.through(*layer)
    return field
