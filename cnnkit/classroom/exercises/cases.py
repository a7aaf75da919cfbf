"""From a row of an exercise's table to the arguments of one call.

A row gives each argument in a few words, so that the same table serves the visible check (seed 0) and the
hidden one (another seed, and the cohort's salt): other sizes, other numbers, the same rules.

=========================  ========================================================================
in the row                 what is drawn
=========================  ========================================================================
``"5..6 x 7"``             an array of 5 or 6 by 7 whole numbers from -9 to 9, float64
``"5 x 7 float32"``        with a dtype; uint8 draws 100 to 255, so that sums overflow
``"5 x 7 halves"``         multiples of one half; ``fine``: fractions that float32 cannot hold
``"5 x 7 readonly"``       not writeable; ``strided``: a view with gaps; ``transposed``: column order
``"int 5..9"``             a whole number
``"none"``                 None, for an option that is left out while a later one is given
anything else              itself; a list of numbers becomes a float64 array
=========================  ========================================================================
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.classroom.exercises.numbers import integers

ARRAY = re.compile(r"(\d+(?:\.\.\d+)?(?: x \d+(?:\.\.\d+)?)*)((?: [a-z]+\d*)*)")
INTEGER = re.compile(r"int (-?\d+)\.\.(-?\d+)")
DTYPES = ("float64", "float32", "int64", "int32", "uint8")
LAYOUTS = ("readonly", "strided", "transposed")
RANGES = ("halves", "fine")
FINE = 2**26  # fractions with 26 bits: sums of products with small numbers are still exact in float64


@dataclass(frozen=True)
class Case:
    """One call to be made: the row it comes from, and the name that fixes its numbers."""

    row: dict[str, Any]
    key: str

    @property
    def about(self) -> str:
        """The label of what this case tests, a key of the chapter's texts."""
        return str(self.row.get("about", "plain"))

    def arguments(self) -> dict[str, Any]:
        """Draw the arguments afresh: the same values each time, never the same memory.

        >>> Case({"x": "2 x 3 float32 readonly", "stride": 2}, key="demo").arguments()["x"]
        array([[ 5., -9., -3.],
               [ 4., -6., -6.]], dtype=float32)
        """
        return {name: draw(spec, f"{self.key}/{name}") for name, spec in self.row.items() if name != "about"}


def cases(exercise: str, rows: list[dict[str, Any]], seed: int | str = 0) -> list[Case]:
    """Return one case a row; ``seed`` fixes the sizes and the numbers."""
    return [Case(row, f"{exercise}/{seed}/{index}") for index, row in enumerate(rows)]


def draw(spec: Any, key: str) -> Any:
    """Return the value that ``spec`` describes, fixed by ``key``."""
    if isinstance(spec, list):
        return np.array(spec, dtype=float) if _holds_numbers(spec) else tuple(spec)
    if isinstance(spec, str) and (match := INTEGER.fullmatch(spec)):
        return int(integers(key, 1, int(match[1]), int(match[2]))[0])
    if isinstance(spec, str) and (match := ARRAY.fullmatch(spec)):
        return _array(_sizes(match[1], key), match[2].split(), key)
    if spec == "none":
        return None
    return tuple(spec["pair"]) if isinstance(spec, dict) else spec


def _holds_numbers(spec: list[Any]) -> bool:
    return bool(spec) and all(isinstance(item, list | int | float) for item in spec)


def _sizes(text: str, key: str) -> tuple[int, ...]:
    sizes = []
    for axis, size in enumerate(text.split(" x ")):
        low, _, high = size.partition("..")
        sizes.append(int(integers(f"{key}/axis{axis}", 1, int(low), int(high or low))[0]))
    return tuple(sizes)


def _array(shape: tuple[int, ...], words: list[str], key: str) -> npt.NDArray[Any]:
    unknown = set(words) - {*DTYPES, *LAYOUTS, *RANGES}
    if unknown:
        raise ValueError(f"a row of the table says {sorted(unknown)}; known are {DTYPES + LAYOUTS + RANGES}.")
    dtype = next((word for word in words if word in DTYPES), "float64")
    low, high = (100, 255) if dtype == "uint8" else (-9, 9)
    values = integers(key, math.prod(shape), low, high).reshape(shape)
    if "halves" in words:
        values = values / 2
    if "fine" in words:
        values = values + integers(f"{key}/fine", values.size, -FINE // 2, FINE // 2).reshape(shape) / FINE
    array = values.astype(dtype)
    return _laid_out(array, words)


def _laid_out(array: npt.NDArray[Any], words: list[str]) -> npt.NDArray[Any]:
    if "transposed" in words:
        array = np.asfortranarray(array)
    if "strided" in words:
        gaps = np.zeros([2 * size for size in array.shape], array.dtype)
        gaps[tuple(slice(None, None, 2) for _ in array.shape)] = array
        array = gaps[tuple(slice(None, None, 2) for _ in array.shape)]
    if "readonly" in words:
        array.flags.writeable = False
    return array
