"""The operations as naive loops, straight from their definitions: the oracle for all that is clever."""

from __future__ import annotations

from typing import Any

import numpy as np


def correlate(x: Any, k: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Correlation of two arrays of equal rank, with one option an axis."""
    x, k = np.asarray(x, dtype=float), np.asarray(k, dtype=float)
    starts = [
        range(-p, n + p - d * (size - 1), s)
        for n, size, s, p, d in zip(x.shape, k.shape, stride, padding, dilation, strict=True)
    ]
    y = np.zeros([len(axis) for axis in starts])
    for place in np.ndindex(*y.shape):
        for tap in np.ndindex(*k.shape):
            at = [axis[i] + t * d for axis, i, t, d in zip(starts, place, tap, dilation, strict=True)]
            if all(0 <= i < n for i, n in zip(at, x.shape, strict=True)):
                y[place] += x[tuple(at)] * k[tap]
    return y
