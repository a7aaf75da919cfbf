"""Transposed convolution layers, which enlarge maps with weights that they learn."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.layers.convolution import Convolution
from cnnkit.shapes import span
from cnnkit.window import Sizes, each


class ConvTranspose2d(Convolution):
    """A transposed convolution layer, which enlarges the maps; sizes as in `conv_transpose2d`.

    Parameters
    ----------
    padding : rows and columns cut off on each side of the output: one number, or one an axis
    output_padding : rows and columns added at the bottom and at the right
    others : as in `Conv2d`

    >>> ConvTranspose2d(8, 4, 4, stride=2, padding=1)(np.ones((1, 8, 7, 7))).shape
    (1, 4, 14, 14)
    """

    enlarges = True
    shown = (*Convolution.shown, "output_padding")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sizes,
        stride: int | Sizes = 1,
        padding: int | Sizes = 0,
        output_padding: int | Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | Sizes = 1,
        *,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.output_padding = each(f"{type(self).__name__}: output_padding", output_padding, self.axes)
        super().__init__(
            in_channels, out_channels, kernel_size,
            stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias, rng=rng, dtype=dtype,
        )  # fmt: skip

    @property
    def _function(self) -> str:
        return f"conv_transpose{self.axes}d"

    def _options(self) -> dict[str, Any]:
        return super()._options() | {"output_padding": self.output_padding}

    def _weight_shape(self) -> Sizes:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    def _see_padding(self) -> None:
        name, more = type(self).__name__, self.output_padding
        self.padding = self._cut = each(f"{name}: padding", self.padding, self.axes)
        if any(m >= max(s, d) for m, s, d in zip(more, self.stride, self.dilation, strict=True)):
            raise ShapeError(
                f"{name}: output_padding is {more}, but it must be smaller than stride or dilation."
            )

    def window(self, shape: Sizes) -> None:
        """Return None: no window slides over the input; each number stamps the kernel onto the output."""

    def out_shape(self, shape: Sizes) -> Sizes:
        options = self.kernel_size, self.stride, self._cut, self.dilation, self.output_padding
        numbers = zip(self._see_channels(shape), *options, strict=True)
        size = tuple((n - 1) * s - 2 * p + span(k, d) + more for n, k, s, p, d, more in numbers)
        if min(size) < 1:
            raise ShapeError(
                f"{type(self).__name__}: the output would have size {size}. "
                "Use a larger kernel or less padding."
            )
        return (shape[0], self.out_channels, *size)

    def macs(self, shape: Sizes) -> int:
        self.out_shape(shape)
        return prod(shape) * prod(self._weight_shape()[1:])


class ConvTranspose1d(ConvTranspose2d):
    """The same for signals, (N, C, L).

    >>> ConvTranspose1d(2, 1, 3, stride=2)(np.ones((1, 2, 5))).shape
    (1, 1, 11)
    """

    axes = 1
