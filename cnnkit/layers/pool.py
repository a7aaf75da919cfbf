"""Pooling layers: the largest number of each window, or its average."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.functional.pooling.taps import read
from cnnkit.layers.base import Layer
from cnnkit.layers.signal import stand_in
from cnnkit.shapes import span
from cnnkit.window import Sizes, Window, each

Array = npt.NDArray[Any]


class _Pool(Layer):
    """What pooling layers share; the function is found by its name, such as "max_pool2d"."""

    axes = 2
    function = ""
    shown: tuple[str, ...] = ("kernel_size", "stride", "padding", "ceil_mode")
    dilation: Sizes | int = 1

    def _see_options(
        self, kernel_size: int | Sizes, stride: int | Sizes | None, padding: int | Sizes, ceil_mode: bool
    ) -> None:
        """Keep the options, having seen that they make a window, on an input of just its size."""
        name = type(self).__name__
        self.kernel_size = each(f"{name}: kernel_size", kernel_size, self.axes, least=1)
        self.stride = each(f"{name}: stride", kernel_size if stride is None else stride, self.axes, least=1)
        self.padding = each(f"{name}: padding", padding, self.axes)
        self.dilation = each(f"{name}: dilation", self.dilation, self.axes, least=1)
        self.ceil_mode = bool(ceil_mode)
        spans = (span(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        self.window((1, 1, *spans))

    def _options(self) -> dict[str, Any]:
        return {"stride": self.stride, "padding": self.padding, "ceil_mode": self.ceil_mode}

    def forward(self, x: Array) -> Array:
        self.window(x.shape)
        self._kept = x
        forward = getattr(F, f"{self.function}{self.axes}d")
        return np.asarray(forward(x, self.kernel_size, **self._options()))

    def backward(self, dy: Array) -> Array:
        backward = getattr(F, f"{self.function}{self.axes}d_backward")
        return np.asarray(backward(dy, self.recall(), self.kernel_size, **self._options()))

    def window(self, shape: Sizes) -> Window:
        options = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        return read(type(self).__name__, self.axes, stand_in(shape), *options)[1]

    def out_shape(self, shape: Sizes) -> Sizes:
        return (*shape[:2], *self.window(shape).out(tuple(shape[2:])))


class MaxPool2d(_Pool):
    """Keep the largest number of each window of (N, C, H, W).

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode : as in `cnnkit.functional.max_pool2d`

    >>> MaxPool2d(3, stride=2)(np.ones((1, 96, 55, 55), np.float32)).shape
    (1, 96, 27, 27)
    """

    function = "max_pool"
    shown = (*_Pool.shown, "dilation")

    def __init__(
        self,
        kernel_size: int | Sizes,
        stride: int | Sizes | None = None,
        padding: int | Sizes = 0,
        dilation: int | Sizes = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self.dilation = dilation
        self._see_options(kernel_size, stride, padding, ceil_mode)

    def _options(self) -> dict[str, Any]:
        return super()._options() | {"dilation": self.dilation}


class MaxPool1d(MaxPool2d):
    """Keep the largest number of each window of (N, C, L).

    >>> MaxPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[5., 3.]]])
    """

    axes = 1


class MaxPool3d(MaxPool2d):
    """Keep the largest number of each window of (N, C, D, H, W).

    >>> MaxPool3d(2)(np.ones((1, 1, 4, 4, 4))).shape
    (1, 1, 2, 2, 2)
    """

    axes = 3


class AvgPool2d(_Pool):
    """Average each window of (N, C, H, W).

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad : as in `cnnkit.functional.avg_pool2d`

    >>> AvgPool2d(2)(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[1.5]]]])
    """

    function = "avg_pool"
    shown = (*_Pool.shown, "count_include_pad")

    def __init__(
        self,
        kernel_size: int | Sizes,
        stride: int | Sizes | None = None,
        padding: int | Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.count_include_pad = bool(count_include_pad)
        self._see_options(kernel_size, stride, padding, ceil_mode)

    def _options(self) -> dict[str, Any]:
        return super()._options() | {"count_include_pad": self.count_include_pad}


class AvgPool1d(AvgPool2d):
    """Average each window of (N, C, L).

    >>> AvgPool1d(2)(np.array([[[1.0, 5.0, 2.0, 3.0]]]))
    array([[[3. , 2.5]]])
    """

    axes = 1


class AvgPool3d(AvgPool2d):
    """Average each window of (N, C, D, H, W).

    >>> AvgPool3d(2)(np.ones((1, 1, 4, 4, 4))).shape
    (1, 1, 2, 2, 2)
    """

    axes = 3
