"""Activation layers: a function on every number."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import with_shape
from cnnkit.layers.base import Layer
from cnnkit.layers.initial import full, generator
from cnnkit.layers.parameter import Parameter, floating
from cnnkit.options import finite
from cnnkit.shapes import whole
from cnnkit.window import Sizes

Array = npt.NDArray[Any]


class Identity(Layer):
    """Pass everything on unchanged.

    >>> Identity()(np.array([1.0, -2.0]))
    array([ 1., -2.])
    """

    in_place = True

    def forward(self, x: Array) -> Array:
        self._kept = x.shape
        return x

    def backward(self, dy: Array) -> Array:
        return with_shape("Identity.backward", "dy", dy, self.recall())


class ReLU(Layer):
    """Keep what is positive; its slope at 0 is 0.

    >>> ReLU()(np.array([1.0, -2.0]))
    array([1., 0.])
    """

    in_place = True

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.relu(x)

    def backward(self, dy: Array) -> Array:
        return F.relu_backward(dy, self.recall())


class LeakyReLU(Layer):
    """Let ``negative_slope`` of what is negative pass.

    >>> LeakyReLU(0.1)(np.array([1.0, -2.0]))
    array([ 1. , -0.2])
    """

    in_place = True
    shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = finite("LeakyReLU: negative_slope", negative_slope)

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.leaky_relu(x, negative_slope=self.negative_slope)

    def backward(self, dy: Array) -> Array:
        return F.leaky_relu_backward(dy, self.recall(), negative_slope=self.negative_slope)


class PReLU(Layer):
    """Learn the slope for negative numbers: one for all, or one for each of ``num_parameters`` channels.

    >>> PReLU()(np.array([[1.0, -2.0]]))
    array([[ 1. , -0.5]])
    """

    shown = ("num_parameters",)

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, *, dtype: npt.DTypeLike = np.float32
    ) -> None:
        self.num_parameters = whole("PReLU: num_parameters", num_parameters, 1)
        slope = partial(full, value=finite("PReLU: init", init))
        dtype = floating("PReLU: dtype", dtype)
        self.weight = Parameter((self.num_parameters,), slope, generator(None), dtype)

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        return F.prelu(x, self.weight.data)

    def backward(self, dy: Array) -> Array:
        dx, dweight = F.prelu_backward(dy, self.recall(), self.weight.data)
        self.weight.add_grad(dweight)
        return dx

    def out_shape(self, shape: Sizes) -> Sizes:
        if self.num_parameters not in (1, *shape[1:2]):
            raise ShapeError(
                f"PReLU: x has shape {tuple(shape)}, but it must be (N, {self.num_parameters}, ...)."
            )
        return tuple(shape)


class ELU(Layer):
    """Bend negative numbers smoothly towards -alpha.

    >>> ELU()(np.array([1.0, -1e9]))
    array([ 1., -1.])
    """

    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = finite("ELU: alpha", alpha)

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.elu(x, alpha=self.alpha)

    def backward(self, dy: Array) -> Array:
        return F.elu_backward(dy, self.recall(), alpha=self.alpha)


class Sigmoid(Layer):
    """Squeeze every number into the open interval from 0 to 1.

    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.sigmoid(x)

    def backward(self, dy: Array) -> Array:
        return F.sigmoid_backward(dy, self.recall())


class Tanh(Layer):
    """Squeeze every number into the open interval from -1 to 1.

    >>> Tanh()(np.array([0.0]))
    array([0.])
    """

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.tanh(x)

    def backward(self, dy: Array) -> Array:
        return F.tanh_backward(dy, self.recall())


class Softmax(Layer):
    """Turn scores into probabilities along an axis; the loss of `cnnkit.train` takes the scores themselves.

    >>> Softmax()(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """

    shown = ("axis",)

    def __init__(self, axis: int = 1) -> None:
        self.axis = whole("Softmax: axis", axis, -64)

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        return F.softmax(x, axis=self.axis)

    def backward(self, dy: Array) -> Array:
        return F.softmax_backward(dy, self.recall(), axis=self.axis)

    def out_shape(self, shape: Sizes) -> Sizes:
        if not -len(shape) <= self.axis < len(shape):
            raise ShapeError(f"Softmax: x has shape {tuple(shape)}, but it must have an axis {self.axis}.")
        return tuple(shape)
