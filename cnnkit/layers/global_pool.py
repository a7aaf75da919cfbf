"""Global pooling layers: one number a map."""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.functional.arguments import images
from cnnkit.layers.base import Layer
from cnnkit.layers.signal import stand_in
from cnnkit.window import Sizes, Window, window

Array = npt.NDArray[Any]


class GlobalAvgPool2d(Layer):
    """Average every map to one number: (N, C, H, W) becomes (N, C, 1, 1).

    References
    ----------
    Lin, Chen and Yan (2014), *Network in network*, section 3.2.

    >>> GlobalAvgPool2d()(np.ones((1, 72, 6, 6))).shape
    (1, 72, 1, 1)
    """

    axes = 2

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        return F.global_avg_pool(x)

    def backward(self, dy: Array) -> Array:
        return F.global_avg_pool_backward(dy, self.recall())

    def window(self, shape: Sizes) -> Window:
        return window(type(self).__name__, tuple(shape[2:]), tuple(shape[2:]))

    def out_shape(self, shape: Sizes) -> Sizes:
        images(type(self).__name__, "x", stand_in(shape), self.axes)
        return (*shape[:2], *(1 for _ in shape[2:]))


class GlobalAvgPool1d(GlobalAvgPool2d):
    """Average every signal to one number: (N, C, L) becomes (N, C, 1).

    >>> GlobalAvgPool1d()(np.array([[[1.0, 2.0, 6.0]]]))
    array([[[3.]]])
    """

    axes = 1


class GlobalAvgPool3d(GlobalAvgPool2d):
    """Average every volume to one number: (N, C, D, H, W) becomes (N, C, 1, 1, 1).

    >>> GlobalAvgPool3d()(np.ones((1, 2, 3, 4, 5))).shape
    (1, 2, 1, 1, 1)
    """

    axes = 3
