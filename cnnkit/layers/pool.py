"""Pooling layers: the largest number of each window, its average, or one number a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.layers.base import Layer
from cnnkit.window import Sizes, Window, window

Array = npt.NDArray[Any]


class _Pool(Layer):
    """What pooling layers share; the functions of `cnnkit.functional` are found by name."""

    function = ""
    shown = ("kernel_size", "stride", "padding", "ceil_mode")

    def __init__(
        self,
        kernel_size: int | Sizes,
        *,
        stride: int | Sizes | None = None,
        padding: int | Sizes = 0,
        ceil_mode: bool = False,
        **options: Any,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.options = options

    def _all_options(self) -> dict[str, Any]:
        return {
            "stride": self.stride,
            "padding": self.padding,
            "ceil_mode": self.ceil_mode,
        } | self.options

    def forward(self, x: Array) -> Array:
        self._kept = x
        forward = getattr(F, self.function)
        return np.asarray(forward(x, self.kernel_size, **self._all_options()))

    def backward(self, dy: Array) -> Array:
        backward = getattr(F, f"{self.function}_backward")
        return np.asarray(backward(dy, self.recall(), self.kernel_size, **self._all_options()))

    def window(self, shape: Sizes) -> Window:
        dilation = self.options.get("dilation", 1)
        options = (self.kernel_size, self.stride, self.padding, dilation, self.ceil_mode)
        return window(type(self).__name__, shape[2:], *options)

    def out_shape(self, shape: Sizes) -> Sizes:
        return (*shape[:2], *self.window(shape).out(shape[2:]))


class MaxPool2d(_Pool):
    """Keep the largest number of each window of (N, C, H, W).

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode : as in `cnnkit.functional.max_pool2d`

    >>> MaxPool2d(3, stride=2)(np.ones((1, 96, 55, 55), np.float32)).shape
    (1, 96, 27, 27)
    """

    function = "max_pool2d"


class MaxPool1d(_Pool):
    """Keep the largest number of each window of (N, C, L).

    >>> MaxPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[5., 3.]]])
    """

    function = "max_pool1d"


class MaxPool3d(_Pool):
    """Keep the largest number of each window of (N, C, D, H, W).

    >>> MaxPool3d(2)(np.ones((1, 1, 4, 4, 4))).shape
    (1, 1, 2, 2, 2)
    """

    function = "max_pool3d"


class AvgPool2d(_Pool):
    """Average each window of (N, C, H, W); ``count_include_pad`` as in `cnnkit.functional.avg_pool2d`.

    >>> AvgPool2d(2)(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[1.5]]]])
    """

    function = "avg_pool2d"


class AvgPool1d(_Pool):
    """Average each window of (N, C, L).

    >>> AvgPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[3. , 2.5]]])
    """

    function = "avg_pool1d"


class AvgPool3d(_Pool):
    """Average each window of (N, C, D, H, W).

    >>> AvgPool3d(2)(np.ones((1, 1, 4, 4, 4))).shape
    (1, 1, 2, 2, 2)
    """

    function = "avg_pool3d"


class GlobalAvgPool2d(Layer):
    """Average every map to one number: (N, C, H, W) becomes (N, C, 1, 1).

    References
    ----------
    Lin, Chen and Yan (2014), *Network in network*, section 3.2.

    >>> GlobalAvgPool2d()(np.ones((1, 72, 6, 6))).shape
    (1, 72, 1, 1)
    """

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.global_avg_pool(x)

    def backward(self, dy: Array) -> Array:
        return F.global_avg_pool_backward(dy, self.recall())

    def window(self, shape: Sizes) -> Window:
        return window(type(self).__name__, shape[2:], shape[2:])

    def out_shape(self, shape: Sizes) -> Sizes:
        return (*shape[:2], *(1 for _ in shape[2:]))
