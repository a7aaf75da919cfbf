"""Small whole numbers that are the same on every machine and with every NumPy.

NumPy may change its generators' streams between versions; a bank of outcomes must not change with them.
The generator is SplitMix64 (Steele, Lea and Flood, 2014), started from a hash of a name.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt


def integers(key: str, count: int, low: int, high: int) -> npt.NDArray[Any]:
    """Return ``count`` whole numbers from ``low`` to ``high``, both included, fixed by ``key``.

    >>> integers("a name", 6, -9, 9).tolist()
    [-2, 0, -7, -6, -6, -5]
    """
    start = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little")
    z = np.uint64(start) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return low + (z % np.uint64(high - low + 1)).astype(np.int64)
