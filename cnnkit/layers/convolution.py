"""Convolution layers: kernels and biases around `cnnkit.functional`'s convolutions."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import IMAGES
from cnnkit.layers.base import Layer
from cnnkit.layers.initial import generator, he_normal, zeros
from cnnkit.layers.parameter import Parameter, floating
from cnnkit.shapes import span, whole
from cnnkit.window import Padding, Sizes, Window, each, window

Array = npt.NDArray[Any]


class Convolution(Layer):
    """What all convolution layers share: how they are built, and how they go forward and back.

    With ``needs_input_grad`` set to False, as `fit` does for the first layer while it trains, ``backward``
    leaves out the gradient of the images and returns None.
    """

    axes = 2
    needs_input_grad = True
    shown: tuple[str, ...] = (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
    )

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sizes,
        stride: int | Sizes = 1,
        padding: Padding = 0,
        dilation: int | Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        name = type(self).__name__
        self.in_channels = whole(f"{name}: in_channels", in_channels, 1)
        self.out_channels = whole(f"{name}: out_channels", out_channels, 1)
        self.groups = whole(f"{name}: groups", groups, 1)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ShapeError(
                f"{name}: {in_channels} input and {out_channels} output channels do not split into {groups} "
                "groups. Both must be multiples of groups."
            )
        self.kernel_size = each(f"{name}: kernel_size", kernel_size, self.axes, least=1)
        self.stride = each(f"{name}: stride", stride, self.axes, least=1)
        self.padding = padding
        self.dilation = each(f"{name}: dilation", dilation, self.axes, least=1)
        self._see_padding()
        rng, dtype = generator(rng, name), floating(f"{name}: dtype", dtype)
        self.weight = Parameter(self._weight_shape(), he_normal, rng, dtype)
        self.bias = Parameter((self.out_channels,), zeros, rng, dtype) if bias else None

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        b = None if self.bias is None else self.bias.data
        forward = getattr(F, self._function)
        return np.asarray(forward(x, self.weight.data, b, **self._options()))

    def backward(self, dy: Array) -> Array:
        backward = getattr(F, f"{self._function}_backward")
        left_out = {} if self.needs_input_grad else {"needs_input_grad": False}
        dx, dw, db = backward(dy, self.recall(), self.weight.data, **self._options(), **left_out)
        self.weight.add_grad(dw)
        if self.bias is not None:
            self.bias.add_grad(db)
        return np.asarray(dx)

    @property
    def _function(self) -> str:
        return f"conv{self.axes}d"

    def _options(self) -> dict[str, Any]:
        names = ("stride", "padding", "dilation", "groups")
        return {name: getattr(self, name) for name in names}

    def _weight_shape(self) -> Sizes:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def _see_padding(self) -> None:
        """See that the options make a window, on an input of just its size."""
        self._window(tuple(span(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True)))

    def _window(self, size: Sizes) -> Window:
        options = self.kernel_size, self.stride, self.padding, self.dilation
        return window(type(self).__name__, size, *options)

    def window(self, shape: Sizes) -> Window | None:
        return self._window(self._see_channels(shape))

    def out_shape(self, shape: Sizes) -> Sizes:
        size = self._see_channels(shape)
        return (shape[0], self.out_channels, *self._window(size).out(size))

    def macs(self, shape: Sizes) -> int:
        return prod(self.out_shape(shape)) * prod(self._weight_shape()[1:])

    def _see_channels(self, shape: Sizes) -> Sizes:
        """Return the spatial part of an input's shape, having seen that the rest is right."""
        if len(shape) != self.axes + 2 or shape[1] != self.in_channels or 0 in shape[2:]:
            wanted = IMAGES[self.axes].replace("C", f"{self.in_channels}", 1)
            raise ShapeError(f"{type(self).__name__}: x has shape {tuple(shape)}, but it must be {wanted}.")
        return tuple(shape[2:])


class Conv2d(Convolution):
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


class Conv1d(Convolution):
    """A convolution layer for signals: (N, in_channels, L) becomes (N, out_channels, L_out); as `Conv2d`.

    >>> Conv1d(12, 32, 3)(np.ones((1, 12, 25))).shape
    (1, 32, 23)
    """

    axes = 1


class Conv3d(Convolution):
    """A convolution layer for volumes: (N, in_channels, D, H, W); otherwise as `Conv2d`.

    >>> Conv3d(1, 1, 5)(np.ones((1, 1, 15, 21, 21))).shape
    (1, 1, 11, 17, 17)
    """

    axes = 3
