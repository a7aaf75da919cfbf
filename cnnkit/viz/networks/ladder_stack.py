"""One unit above a stack of layers: what it reads in each, down to the pixels. Whole numbers only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from cnnkit.receptive_field import Field
from cnnkit.shapes import out_size
from cnnkit.viz import windows

Layer = tuple[int, int, int, int]


@dataclass(frozen=True)
class Ladder:
    """``n`` pixels, layers (k, s, p, d) above them, and a unit of the last one.

    >>> ladder = Ladder(7, ((3, 1, 0, 1), (3, 2, 1, 1)), unit=0)
    >>> ladder.units, ladder.pixels, ladder.ways
    ([7, 5, 3], [0, 1, 2, 3], [1, 2, 2, 1, 0, 0, 0])
    """

    n: int
    layers: tuple[Layer, ...]
    unit: int

    def __post_init__(self) -> None:
        _ = self.units  # what does not fit is refused here

    @cached_property
    def units(self) -> list[int]:
        """How many units each level has; level 0 are the pixels."""
        sizes = [self.n]
        for k, s, p, d in self.layers:
            sizes.append(out_size(sizes[-1], k, s, p, d))
        return sizes

    @cached_property
    def fields(self) -> list[Field]:
        """The receptive fields of each level."""
        fields = [Field()]
        for layer in self.layers:
            fields.append(fields[-1].through(*layer))
        return fields

    @cached_property
    def levels(self) -> list[Counter[int]]:
        """Which units of each level take part, and in how many ways; those in padding have none below."""
        levels = [Counter({self.unit: 1})]
        for level, layer in list(enumerate(self.layers))[::-1]:
            below: Counter[int] = Counter()
            for unit, ways in levels[0].items():
                if self.real(level + 1, unit):
                    for tap in taps(unit, layer):
                        below[tap] += ways
            levels.insert(0, below)
        return levels

    def real(self, level: int, unit: int) -> bool:
        """Is it a unit, and not a zero of the padding?"""
        return 0 <= unit < self.units[level]

    def centre(self, level: int, unit: int) -> float:
        """Where the middle of a unit's field lies, in pixels."""
        field = self.fields[level]
        return field.start + unit * field.stride + (field.size - 1) / 2

    @property
    def begin(self) -> int:
        """Where the unit's field begins; negative in padding."""
        return self.fields[-1].start + self.unit * self.fields[-1].stride

    @property
    def first(self) -> int:
        """The first pixel of the field."""
        return max(0, self.begin)

    @property
    def last(self) -> int:
        """The last pixel of the field."""
        return min(self.n, self.begin + self.fields[-1].size) - 1

    @property
    def ways(self) -> list[int]:
        """In how many ways each pixel reaches the unit: its gradient, if all weights are 1."""
        return [self.levels[0][pixel] for pixel in range(self.n)]

    @property
    def pixels(self) -> list[int]:
        """The pixels that can change the unit."""
        return [pixel for pixel, ways in enumerate(self.ways) if ways]

    @property
    def formula(self) -> str:
        """The size of the field as a sum, layer by layer.

        >>> Ladder(28, ((5, 1, 2, 1), (2, 2, 0, 1), (5, 1, 0, 1)), 0).formula
        '1 + 4·1 + 1·1 + 4·2 = 14'
        """
        reach = zip(self.layers, self.fields, strict=False)
        parts = ["1", *(f"{d * (k - 1)}·{field.stride}" for (k, _, _, d), field in reach)]
        return f"{' + '.join(parts)} = {self.fields[-1].size}"


def taps(unit: int, layer: Layer) -> list[int]:
    """Return the units of the level below that a unit reads; some may lie in the padding.

    >>> taps(0, (3, 1, 1, 2))
    [-1, 1, 3]
    """
    k, s, p, d = layer
    return [place - p for place in windows.taps(unit, k, s, d)]
