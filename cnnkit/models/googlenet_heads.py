"""GoogLeNet's auxiliary classifiers: heads on the way, which lead gradients into the depth in training."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import UsageError
from cnnkit.functional.arguments import images, with_shape
from cnnkit.layers import Dropout, Flatten, Layer, Linear, ReLU, Sequential, Signal
from cnnkit.layers.base import Record, join
from cnnkit.shapes import whole
from cnnkit.window import Sizes

Array = npt.NDArray[Any]


class WithHeads(Sequential):
    """Layers one after the other, with further classifiers behind some of them.

    In training, ``forward`` returns (output, output of the first head, ...) and ``backward`` takes as many
    gradients; in evaluation both know the one output alone. `trace` goes where ``forward`` would go.

    Parameters
    ----------
    layers : the layers by name
    heads : for the name of a layer, the name of the head behind it and the head

    >>> from cnnkit.layers import Identity
    >>> net = WithHeads({"a": Identity(), "b": Identity()}, {"a": ("aux", Identity())})
    >>> net(np.ones((1, 2))), net.backward((np.ones((1, 2)), np.ones((1, 2))))
    ((array([[1., 1.]]), array([[1., 1.]])), array([[2., 2.]]))
    >>> net.eval()(np.ones((1, 2)))
    array([[1., 1.]])
    """

    def __init__(self, layers: dict[str, Layer], heads: Mapping[str, tuple[str, Layer]]) -> None:
        super().__init__(layers)
        self.heads = heads

    def children(self) -> dict[str, Layer]:
        return self.layers | dict(self.heads.values())

    def forward(self, x: Array) -> Any:
        further = []
        for name, layer in self.layers.items():
            x = layer(x)
            if self.training and name in self.heads:
                further.append(self._head(name)(x))
        self._kept = 1 + len(further)
        return (x, *further) if self.training else x

    def backward(self, dy: Any) -> Array:
        dy, *further = dy if isinstance(dy, tuple | list) else (dy,)
        if 1 + len(further) != self.recall():
            raise UsageError(
                f"WithHeads.backward: {1 + len(further)} gradients came, but forward gave {self.recall()} "
                "outputs. Give one gradient for each, in that order."
            )
        for name, layer in reversed(self.layers.items()):
            if further and name in self.heads:
                dy = dy + self._head(name).backward(further.pop())
            dy = layer.backward(dy)
        return np.asarray(dy)

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        for name, layer in self.layers.items():
            signal = layer.trace(signal, record, join(path, name))
            if self.training and name in self.heads:
                self._head(name).trace(signal, record, join(path, self.heads[name][0]))
        return signal

    def _head(self, behind: str) -> Layer:
        return self.heads[behind][1]


class AdaptiveAvgPool2d(Layer):
    """Average windows of such sizes that ``output_size`` x ``output_size`` of them cover every map.

    Window i of n rows goes from floor(i n / output_size) up to, and without, ceil((i + 1) n / output_size).
    So neighbours may share a row, as in torchvision's GoogLeNet, where 14 rows become 4.

    >>> AdaptiveAvgPool2d(2)(np.arange(9.0).reshape(1, 1, 3, 3))
    array([[[[2., 3.],
             [5., 6.]]]])
    """

    shown = ("output_size",)

    def __init__(self, output_size: int) -> None:
        self.output_size = whole("AdaptiveAvgPool2d: output_size", output_size, 1)

    def forward(self, x: Array) -> Array:
        x = self._kept = images("AdaptiveAvgPool2d", "x", x, axes=2)
        rows, columns = self._shares(x)
        return np.asarray(rows @ x @ columns.T)

    def backward(self, dy: Array) -> Array:
        x = self.recall()
        dy = with_shape("AdaptiveAvgPool2d", "dy", dy, self.out_shape(x.shape))
        rows, columns = self._shares(x)
        return np.asarray(rows.T @ dy @ columns)

    def _shares(self, x: Array) -> tuple[Array, Array]:
        rows, columns = (_shares(n, self.output_size).astype(x.dtype) for n in x.shape[2:])
        return rows, columns

    def out_shape(self, shape: Sizes) -> Sizes:
        return (*shape[:2], self.output_size, self.output_size)

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        out = Signal(self.out_shape(signal.shape))  # windows of several sizes: no one receptive field
        record(path, self, signal, out)
        return out


def head(pool: Layer, unit: Layer, num_classes: int, drawn: dict[str, Any]) -> Sequential:
    """Return an auxiliary classifier: a pool to 4 x 4, a convolution to 128 channels, and two dense layers.

    References
    ----------
    Szegedy et al. (2015), *Going deeper with convolutions*, section 5.

    >>> from cnnkit.layers import AvgPool2d, Conv2d
    >>> aux = head(AvgPool2d(5, stride=3), Conv2d(512, 128, 1), 1000, {"rng": None})
    >>> sum(p.size for p in aux.parameters())
    3188840
    """
    layers: dict[str, Layer] = {
        "pool": pool,
        "conv": unit,
        "flatten": Flatten(),
        "fc1": Linear(128 * 4 * 4, 1024, **drawn),
        "relu": ReLU(),
        "dropout": Dropout(0.7, rng=drawn["rng"]),
        "fc2": Linear(1024, num_classes, **drawn),
    }
    return Sequential(layers)


def _shares(n: int, windows: int) -> Array:
    """Return how much each of n positions counts in each window, an array (windows, n)."""
    shares = np.zeros((windows, n))
    for i in range(windows):
        start, end = i * n // windows, ceil((i + 1) * n / windows)
        shares[i, start:end] = 1 / (end - start)
    return shares
