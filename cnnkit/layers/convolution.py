"""Convolution layers: kernels and biases around `cnnkit.functional`'s convolutions."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.layers.base import Layer, Record
from cnnkit.layers.initial import generator, he_normal, zeros
from cnnkit.layers.parameter import Parameter
from cnnkit.layers.signal import Signal
from cnnkit.shapes import span, whole
from cnnkit.window import Padding, Sizes, Window, each, window

Array = npt.NDArray[Any]


class _Convolution(Layer):
    """What all convolution layers share: how they are built, and how they go forward and back."""

    axes = 2
    shown = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sizes,
        *,
        stride: int | Sizes = 1,
        padding: Padding = 0,
        dilation: int | Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        name, rng = type(self).__name__, generator(rng)
        self.in_channels = whole(f"{name}: in_channels", in_channels, 1)
        self.out_channels = whole(f"{name}: out_channels", out_channels, 1)
        self.groups = whole(f"{name}: groups", groups, 1)
        if in_channels % groups or out_channels % groups:
            raise ShapeError(
                f"{name}: {in_channels} input and {out_channels} output channels do not split into {groups} "
                "groups. Both must be multiples of groups."
            )
        self.kernel_size = each(f"{name}: kernel_size", kernel_size, self.axes, least=1)
        self.stride = each(f"{name}: stride", stride, self.axes, least=1)
        self.padding = padding
        self.dilation = each(f"{name}: dilation", dilation, self.axes, least=1)
        self.weight = Parameter(self._weight_shape(), he_normal, rng, dtype)
        self.bias = Parameter((out_channels,), zeros, rng, dtype) if bias else None

    def _weight_shape(self) -> Sizes:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def _options(self) -> dict[str, Any]:
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    def forward(self, x: Array) -> Array:
        self._kept = x
        b = None if self.bias is None else self.bias.data
        forward = getattr(F, self._function)
        return np.asarray(forward(x, self.weight.data, b, **self._options()))

    def backward(self, dy: Array) -> Array:
        backward = getattr(F, f"{self._function}_backward")
        dx, dw, db = backward(dy, self.recall(), self.weight.data, **self._options())
        self.weight.add_grad(dw)
        if self.bias is not None:
            self.bias.add_grad(db)
        return np.asarray(dx)

    @property
    def _function(self) -> str:
        return f"conv{self.axes}d"

    def window(self, shape: Sizes) -> Window:
        self._see_channels(shape)
        name = type(self).__name__
        return window(name, shape[2:], self.kernel_size, self.stride, self.padding, self.dilation)

    def out_shape(self, shape: Sizes) -> Sizes:
        return (shape[0], self.out_channels, *self.window(shape).out(shape[2:]))

    def macs(self, shape: Sizes) -> int:
        return prod(self.out_shape(shape)) * self.in_channels // self.groups * prod(self.kernel_size)

    def _see_channels(self, shape: Sizes) -> None:
        if len(shape) != self.axes + 2 or shape[1] != self.in_channels:
            raise ShapeError(
                f"{type(self).__name__}: the input has shape {shape}, but this layer expects "
                f"{self.axes + 2} axes and {self.in_channels} channels."
            )


class Conv2d(_Convolution):
    """A convolution layer for images: (N, in_channels, H, W) becomes (N, out_channels, H_out, W_out).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or (vertical, horizontal)
    stride, padding, dilation, groups : as in `cnnkit.functional.conv2d`
    bias : False for none
    rng : numpy.random.Generator that draws the weights (He normal; biases start at 0); None for a fresh one
    dtype : precision of the weights

    >>> layer = Conv2d(1, 6, 5, padding=2, rng=np.random.default_rng(0))
    >>> layer(np.ones((10, 1, 28, 28), np.float32)).shape, layer.weight.shape, layer.macs((1, 1, 28, 28))
    ((10, 6, 28, 28), (6, 1, 5, 5), 117600)
    """


class Conv1d(_Convolution):
    """A convolution layer for signals: (N, in_channels, L) becomes (N, out_channels, L_out); as `Conv2d`.

    >>> Conv1d(12, 32, 3)(np.ones((1, 12, 25))).shape
    (1, 32, 23)
    """

    axes = 1


class Conv3d(_Convolution):
    """A convolution layer for volumes: (N, in_channels, D, H, W); otherwise as `Conv2d`.

    >>> Conv3d(1, 1, 5)(np.ones((1, 1, 15, 21, 21))).shape
    (1, 1, 11, 17, 17)
    """

    axes = 3


class ConvTranspose2d(_Convolution):
    """A transposed convolution layer, which enlarges the maps; sizes as in `conv_transpose2d`.

    Parameters
    ----------
    output_padding : rows and columns added at the bottom and at the right
    others : as in `Conv2d`; padding is one number, or one an axis

    >>> ConvTranspose2d(8, 4, 4, stride=2, padding=1)(np.ones((1, 8, 7, 7))).shape
    (1, 4, 14, 14)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sizes,
        *,
        output_padding: int | Sizes = 0,
        padding: int | Sizes = 0,
        **options: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, padding=padding, **options)
        self.output_padding = each(f"{type(self).__name__}: output_padding", output_padding, self.axes)

    def _weight_shape(self) -> Sizes:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    def _options(self) -> dict[str, Any]:
        return super()._options() | {"output_padding": self.output_padding}

    @property
    def _function(self) -> str:
        return f"conv_transpose{self.axes}d"

    def out_shape(self, shape: Sizes) -> Sizes:
        self._see_channels(shape)
        padding = each(f"{type(self).__name__}: padding", self.padding, self.axes)
        numbers = zip(
            shape[2:], self.kernel_size, self.stride, padding, self.dilation, self.output_padding, strict=True
        )
        sizes = [(n - 1) * s - 2 * p + span(k, d) + more for n, k, s, p, d, more in numbers]
        return (shape[0], self.out_channels, *sizes)

    def macs(self, shape: Sizes) -> int:
        return prod(shape) * self.out_channels // self.groups * prod(self.kernel_size)

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        out = Signal(self.out_shape(signal.shape))
        record(path, self, signal, out)
        return out


class ConvTranspose1d(ConvTranspose2d):
    """The same for signals, (N, C, L).

    >>> ConvTranspose1d(2, 1, 3, stride=2)(np.ones((1, 2, 5))).shape
    (1, 1, 11)
    """

    axes = 1
