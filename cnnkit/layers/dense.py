"""The layers of a dense head: flatten the maps, then weigh every number for every output."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import with_shape
from cnnkit.layers.base import Layer
from cnnkit.layers.initial import generator, he_normal, zeros
from cnnkit.layers.parameter import Parameter, floating
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
        y = x.reshape(self.out_shape(x.shape))
        self._kept = x.shape
        return y

    def backward(self, dy: Array) -> Array:
        shape = self.recall()
        return with_shape("Flatten.backward", "dy", dy, self.out_shape(shape)).reshape(shape)

    def out_shape(self, shape: Sizes) -> Sizes:
        if len(shape) < 2:
            raise ShapeError(f"Flatten: x has shape {tuple(shape)}, but it must be (N, C) or (N, C, ...).")
        return (shape[0], prod(shape[1:]))

    def window(self, shape: Sizes) -> Window | None:
        return window("Flatten", tuple(shape[2:]), tuple(shape[2:])) if len(shape) > 2 else None


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
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        rng, dtype = generator(rng, "Linear"), floating("Linear: dtype", dtype)
        self.in_features = whole("Linear: in_features", in_features, 1)
        self.out_features = whole("Linear: out_features", out_features, 1)
        self.weight = Parameter((self.out_features, self.in_features), he_normal, rng, dtype)
        self.bias = Parameter((self.out_features,), zeros, rng, dtype) if bias else None

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        return F.linear(x, self.weight.data, None if self.bias is None else self.bias.data)

    def backward(self, dy: Array) -> Array:
        dx, dw, db = F.linear_backward(dy, self.recall(), self.weight.data)
        self.weight.add_grad(dw)
        if self.bias is not None:
            self.bias.add_grad(db)
        return dx

    def out_shape(self, shape: Sizes) -> Sizes:
        if not shape or shape[-1] != self.in_features:
            raise ShapeError(
                f"Linear: x has shape {tuple(shape)}, but it must be (N, {self.in_features}). "
                "Is a Flatten missing, or has the image another size?"
            )
        return (*shape[:-1], self.out_features)

    def macs(self, shape: Sizes) -> int:
        return prod(self.out_shape(shape)) * self.in_features
