"""Numbers and sentences as the figures write them: one minus sign, no needless zeros, formulas filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.shapes import out_size


def number(value: float) -> str:
    """Write a number for a reader: whole ones without a point, others with three digits, a true minus sign.

    >>> number(3.0), number(-0.5), number(1 / 3)
    ('3', '−0.5', '0.333')
    """
    text = str(int(value)) if float(value).is_integer() else f"{value:.3g}"
    return text.replace("-", "−")


def factor(value: float) -> str:
    """Write a number inside a product: a negative one gets brackets.

    >>> factor(2), factor(-2)
    ('2', '(−2)')
    """
    return f"({number(value)})" if value < 0 else number(value)


def plain(array: npt.NDArray[Any]) -> Any:
    """Return an array as nested lists of Python numbers, whole ones as ``int``: as one would type it.

    >>> plain(np.array([[1.0, 0.5]]))
    [[1, 0.5]]
    """
    values = np.asarray(array)
    if values.ndim:
        return [plain(row) for row in values]
    value = values.item()
    return int(value) if float(value).is_integer() else value


def size(shape: Sequence[int]) -> str:
    """Write a shape as rows × columns.

    >>> size((5, 3))
    '5 × 3'
    """
    return " × ".join(str(extent) for extent in shape)


def several(count: int, noun: str) -> str:
    """Write a count with its noun in the right number.

    >>> several(1, "window"), several(4, "window")
    ('1 window', '4 windows')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size_formula(n: int, k: int, s: int, p: int, d: int) -> str:
    """Write the output-size formula with its numbers, and its value; what plays no part is left out.

    >>> size_formula(10, 3, 1, 0, 1)
    '10 − 3 + 1 = 8'
    >>> size_formula(10, 3, 2, 1, 2)
    '⌊(10 + 2·1 − 2·(3 − 1) − 1) / 2⌋ + 1 = 4'
    """
    padded = f"{n} + 2·{p}" if p else f"{n}"
    room = f"{padded} − {k}" if d == 1 else f"{padded} − {d}·({k} − 1) − 1"
    places = room if s == 1 else f"⌊({room}) / {s}⌋"
    return f"{places} + 1 = {out_size(n, k, s, p, d)}"
