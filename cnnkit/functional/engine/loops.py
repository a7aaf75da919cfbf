"""Convolution as its definition says it: seven loops. All else in this folder computes the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def seven_loops(x: Array, w: Array, stride: int = 1) -> Array:
    """Return the convolution of images (N, C, H, W) with kernels (F, C, KH, KW), without padding.

    It needs N F H_out W_out C KH KW multiplications, each of which costs some hundred times what it should,
    because Python interprets it.

    >>> seven_loops(np.arange(9.0).reshape(1, 1, 3, 3), np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[19., 25.],
             [37., 43.]]]])
    """
    (images, channels, height, width), (filters, _, kh, kw) = x.shape, w.shape
    y = np.zeros((images, filters, (height - kh) // stride + 1, (width - kw) // stride + 1), x.dtype)
    for n in range(images):
        for f in range(filters):
            for i in range(y.shape[2]):
                for j in range(y.shape[3]):
                    for c in range(channels):
                        for a in range(kh):
                            for e in range(kw):
                                y[n, f, i, j] += x[n, c, i * stride + a, j * stride + e] * w[f, c, a, e]
    return y
