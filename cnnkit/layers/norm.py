"""Layers that keep numbers in range, or drop some of them while training."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import IMAGES, with_channels, with_shape
from cnnkit.layers.base import Layer
from cnnkit.layers.initial import generator, ones, zeros
from cnnkit.layers.parameter import Parameter, floating
from cnnkit.layers.signal import stand_in
from cnnkit.options import between, positive
from cnnkit.shapes import whole
from cnnkit.window import Sizes

Array = npt.NDArray[Any]
AXES = {2: "(N, C)"} | {axes + 2: text for axes, text in IMAGES.items()}


class BatchNorm2d(Layer):
    """Give every channel mean 0 and variance 1 over the batch, then a learned scale and offset.

    In training the statistics are the batch's own, and running averages of them are kept; in evaluation the
    running ones are used.

    Parameters
    ----------
    num_features : number of channels
    eps : added to the variance
    momentum : share of the new statistics in the running ones

    References
    ----------
    Ioffe and Szegedy (2015), *Batch normalization*.

    >>> layer = BatchNorm2d(1)
    >>> layer(np.array([[[[1.0, 3.0]]]])).round(3), layer.running_mean
    (array([[[[-1.,  1.]]]]), array([0.2], dtype=float32))
    """

    axes: tuple[int, ...] = (4,)
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    shown = ("num_features", "eps", "momentum")

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        name, rng = type(self).__name__, generator(None)
        self.num_features = whole(f"{name}: num_features", num_features, 1)
        self.eps = positive(f"{name}: eps", eps)
        self.momentum = between(f"{name}: momentum", momentum, 0, 1)
        dtype = floating(f"{name}: dtype", dtype)
        self.weight = Parameter((num_features,), ones, rng, dtype)
        self.bias = Parameter((num_features,), zeros, rng, dtype)
        self.running_mean: Array = np.zeros(num_features, dtype)
        self.running_var: Array = np.ones(num_features, dtype)
        self.num_batches_tracked: Array = np.array(0)

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        fixed = {} if self.training else {"mean": self.running_mean, "var": self.running_var}
        y = F.batch_norm(x, self.weight.data, self.bias.data, eps=self.eps, **fixed)
        self._kept = x, fixed
        if self.training:
            self._update_running(x)
        return y

    def _update_running(self, x: Array) -> None:
        mean, var = F.batch_statistics(x)
        count = x.size // self.num_features
        new = F.update_running(self.running_mean, self.running_var, mean, var, count, momentum=self.momentum)
        self.running_mean, self.running_var = new
        self.num_batches_tracked = np.asarray(self.num_batches_tracked + 1)

    def backward(self, dy: Array) -> Array:
        x, fixed = self.recall()
        dx, dweight, dbias = F.batch_norm_backward(dy, x, self.weight.data, eps=self.eps, **fixed)
        self.weight.add_grad(dweight)
        self.bias.add_grad(dbias)
        return dx

    def out_shape(self, shape: Sizes) -> Sizes:
        if len(shape) not in self.axes or shape[1] != self.num_features or 0 in shape[2:]:
            wanted = " or ".join(AXES[axes].replace("C", f"{self.num_features}", 1) for axes in self.axes)
            raise ShapeError(f"{type(self).__name__}: x has shape {tuple(shape)}, but it must be {wanted}.")
        return tuple(shape)


class BatchNorm1d(BatchNorm2d):
    """The same for (N, C) and (N, C, L).

    >>> BatchNorm1d(2)(np.array([[1.0, 5.0], [3.0, 5.0]])).round(3)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    axes = (2, 3)


class BatchNorm3d(BatchNorm2d):
    """The same for (N, C, D, H, W).

    >>> BatchNorm3d(2)(np.ones((1, 2, 2, 2, 2))).shape
    (1, 2, 2, 2, 2)
    """

    axes = (5,)


class LocalResponseNorm(Layer):
    """Divide every number by how strong its neighbours in ``size`` channels are.

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), *ImageNet classification with deep convolutional neural
    networks*, section 3.3; as in PyTorch, alpha is divided by size here.

    >>> LocalResponseNorm(1, alpha=1.0, beta=1.0)(np.ones((1, 2, 1, 1))).ravel()
    array([0.5, 0.5])
    """

    shown = ("size", "alpha", "beta", "k")

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size = whole("LocalResponseNorm: size", size, 1)
        self.alpha = positive("LocalResponseNorm: alpha", alpha)
        self.beta = positive("LocalResponseNorm: beta", beta)
        self.k = positive("LocalResponseNorm: k", k)

    def _constants(self) -> dict[str, float]:
        return {"alpha": self.alpha, "beta": self.beta, "k": self.k}

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        return F.local_response_norm(x, self.size, **self._constants())

    def backward(self, dy: Array) -> Array:
        return F.local_response_norm_backward(dy, self.recall(), self.size, **self._constants())

    def out_shape(self, shape: Sizes) -> Sizes:
        return with_channels("LocalResponseNorm", stand_in(shape)).shape


class Dropout(Layer):
    """Set each number to 0 with probability ``p`` while training, and enlarge the others by 1 / (1 - p).

    In evaluation everything passes unchanged.

    References
    ----------
    Srivastava et al. (2014), *Dropout*.

    >>> layer = Dropout(0.5, rng=np.random.default_rng(0))
    >>> layer(np.ones(6)), layer.eval()(np.ones(3))
    (array([2., 0., 0., 0., 2., 2.]), array([1., 1., 1.]))
    """

    in_place = True
    shown = ("p",)

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        self.p = between("Dropout: p", p, 0, 1)
        self.rng = generator(rng, "Dropout")

    def forward(self, x: Array) -> Array:
        y, mask = F.dropout(x, self.p, rng=self.rng) if self.training else (x, None)
        self._kept = x.shape, mask
        return y

    def backward(self, dy: Array) -> Array:
        shape, mask = self.recall()
        dy = with_shape("Dropout.backward", "dy", dy, shape)
        return dy if mask is None else F.dropout_backward(dy, mask)
