"""The layers of a dense head: flatten the maps, then weigh every number for every output."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.layers.base import Layer
from cnnkit.layers.initial import generator, he_normal, zeros
from cnnkit.layers.parameter import Parameter
from cnnkit.shapes import whole
from cnnkit.window import Sizes, Window, window

Array = npt.NDArray[Any]


class Flatten(Layer):
    """Lay every example out as one row: (N, C, H, W) becomes (N, C H W).

    >>> Flatten()(np.ones((10, 16, 5, 5))).shape
    (10, 400)
    """

    in_place = True

    def forward(self, x: Array) -> Array:
        self._kept = x.shape
        return x.reshape(x.shape[0], prod(x.shape[1:]))

    def backward(self, dy: Array) -> Array:
        return dy.reshape(self.recall())

    def out_shape(self, shape: Sizes) -> Sizes:
        return (shape[0], prod(shape[1:]))

    def window(self, shape: Sizes) -> Window | None:
        return window("Flatten", shape[2:], shape[2:]) if len(shape) > 2 else None


class Linear(Layer):
    """Weigh and add up all inputs for each output: (N, in_features) becomes (N, out_features).

    Parameters
    ----------
    in_features, out_features : int
    bias : False for none
    rng, dtype : as in `Conv2d`

    >>> layer = Linear(400, 120, rng=np.random.default_rng(0))
    >>> layer(np.ones((10, 400), np.float32)).shape, sum(p.size for p in layer.parameters())
    ((10, 120), 48120)
    """

    shown = ("in_features", "out_features")

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        rng = generator(rng)
        self.in_features = whole("Linear: in_features", in_features, 1)
        self.out_features = whole("Linear: out_features", out_features, 1)
        self.weight = Parameter((out_features, in_features), he_normal, rng, dtype)
        self.bias = Parameter((out_features,), zeros, rng, dtype) if bias else None

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.linear(x, self.weight.data, None if self.bias is None else self.bias.data)

    def backward(self, dy: Array) -> Array:
        dx, dw, db = F.linear_backward(dy, self.recall(), self.weight.data)
        self.weight.add_grad(dw)
        if self.bias is not None:
            self.bias.add_grad(db)
        return dx

    def out_shape(self, shape: Sizes) -> Sizes:
        if shape[-1] != self.in_features:
            raise ShapeError(
                f"Linear: the input has shape {shape}, but this layer expects {self.in_features} features. "
                "Is a Flatten missing, or has the image another size?"
            )
        return (*shape[:-1], self.out_features)

    def macs(self, shape: Sizes) -> int:
        return prod(shape) * self.out_features
