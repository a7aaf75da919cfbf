"""Which input positions a sliding window reads: arithmetic that several figures draw, one axis at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.shapes import out_size


def taps(o: int, k: int, s: int = 1, d: int = 1) -> list[int]:
    """Return the positions, in the padded input, that window number ``o`` reads.

    >>> taps(2, 3, s=2), taps(0, 3, d=2)
    ([4, 5, 6], [0, 2, 4])
    """
    return [o * s + a * d for a in range(k)]


def reads(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> npt.NDArray[Any]:
    """Count in how many windows each position of the input (without its padding) is read: int array (n,).

    >>> reads(6, 3)
    array([1, 2, 3, 3, 2, 1])
    >>> reads(6, 3, s=2)
    array([1, 1, 2, 1, 1, 0])
    """
    counts = np.zeros(n + 2 * p, dtype=int)
    for o in range(out_size(n, k, s, p, d)):
        counts[taps(o, k, s, d)] += 1
    return counts[p : p + n]


def least_padding(n: int, k: int, d: int = 1) -> int:
    """Return the smallest padding with which the kernel fits into ``n`` positions at least once.

    >>> least_padding(5, 3), least_padding(5, 3, d=3)
    (0, 1)
    """
    return max(0, (d * (k - 1) + 2 - n) // 2)


def most_dilation(n: int, k: int, p: int = 0) -> int:
    """Return the largest dilation with which the kernel still fits; for a kernel of one weight that is 1.

    >>> most_dilation(5, 3), most_dilation(5, 3, p=1)
    (2, 3)
    """
    return max(1, (n + 2 * p - 1) // (k - 1)) if k > 1 else 1


def most_kernel(n: int, p: int = 0, d: int = 1) -> int:
    """Return the largest kernel that still fits, with this padding and dilation.

    >>> most_kernel(5), most_kernel(5, p=1, d=2)
    (5, 4)
    """
    return (n + 2 * p - 1) // max(1, d) + 1
