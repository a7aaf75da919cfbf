"""Networks made of layers: one after the other, side by side, or around a shortcut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import UsageError
from cnnkit.functional.arguments import with_shape
from cnnkit.layers.base import Layer, Record, join
from cnnkit.layers.contents import joined_shape, see_layers, summed_shape
from cnnkit.layers.signal import Signal, joined_field
from cnnkit.window import Sizes

Array = npt.NDArray[Any]


class _Composite(Layer):
    """What all layers of layers share: sizes are followed through what is inside."""

    def out_shape(self, shape: Sizes) -> Sizes:
        return self.trace(Signal.input(tuple(shape)), lambda *_: None).shape

    def macs(self, shape: Sizes) -> int:
        counts: list[int] = []
        self.trace(Signal.input(tuple(shape)), lambda _, layer, x, y: counts.append(layer.macs(x.shape)))
        return sum(counts)


class _Container(_Composite):
    """Layers with names: those given, or 0, 1, 2, ... as in PyTorch."""

    def __init__(self, *layers: Layer | dict[str, Layer]) -> None:
        named = layers[0] if len(layers) == 1 else None
        given = named if isinstance(named, dict) else {str(i): layer for i, layer in enumerate(layers)}
        self.layers = see_layers(self, given)

    def children(self) -> dict[str, Layer]:
        return self.layers

    def __getitem__(self, name: str | int) -> Layer:
        """Return a layer by name, or by position."""
        return self.layers[name] if isinstance(name, str) else list(self)[name]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers.values())

    def __len__(self) -> int:
        return len(self.layers)


class Sequential(_Container):
    """Layers one after the other: Sequential(a, b, c), or Sequential({"name": layer, ...}).

    >>> from cnnkit.layers import Linear, ReLU
    >>> net = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    >>> net(np.ones((5, 4))).shape, [name for name, _ in net.named_parameters()]
    ((5, 2), ['0.weight', '0.bias', '2.weight', '2.bias'])
    """

    def forward(self, x: Array) -> Array:
        for layer in self:
            x = layer(x)
        return x

    def backward(self, dy: Array) -> Array:
        for layer in reversed(self.layers.values()):
            dy = layer.backward(dy)
        return dy

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        for name, layer in self.layers.items():
            signal = layer.trace(signal, record, join(path, name))
        return signal


class Parallel(_Container):
    """Branches that look at the same input; their outputs are concatenated along the channels.

    The gradient is split in the same places, and what comes back from the branches is added up.

    References
    ----------
    Szegedy et al. (2015), *Going deeper with convolutions*, figure 2.

    >>> from cnnkit.layers import Identity
    >>> branches = Parallel(Identity(), Identity())
    >>> branches(np.ones((1, 3, 2, 2))).shape, branches.backward(np.ones((1, 6, 2, 2)))[0, 0, 0]
    ((1, 6, 2, 2), array([2., 2.]))
    """

    def __init__(self, *layers: Layer | dict[str, Layer]) -> None:
        super().__init__(*layers)
        if not self.layers:
            raise UsageError("Parallel: there are no branches. Give at least one layer.")

    def forward(self, x: Array) -> Array:
        outputs = [layer(x) for layer in self]
        self._kept = [y.shape for y in outputs]
        joined_shape(self._kept)
        return np.concatenate(outputs, axis=1)

    def backward(self, dy: Array) -> Array:
        shapes = self.recall()
        dy = with_shape("Parallel.backward", "dy", dy, joined_shape(shapes))
        parts = np.split(dy, np.cumsum([shape[1] for shape in shapes])[:-1], axis=1)
        dx = [layer.backward(part) for layer, part in zip(self, parts, strict=True)]
        return np.asarray(sum(dx[1:], start=dx[0]))

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        ends = [layer.trace(signal, record, join(path, name)) for name, layer in self.layers.items()]
        return Signal(joined_shape([end.shape for end in ends]), joined_field(ends))


class Residual(_Composite):
    """A body with a shortcut around it: y = body(x) + shortcut(x).

    Parameters
    ----------
    body : the layers that learn the difference; its name adds nothing to the names of what is inside
    downsample : what the shortcut does where the body changes the shape, usually a 1x1 convolution; None
        passes x unchanged

    References
    ----------
    He et al. (2016), *Deep residual learning for image recognition*, section 3.2.

    >>> from cnnkit.layers import Identity
    >>> block = Residual(Identity())
    >>> block(np.array([[1.0, 2.0]])), block.backward(np.array([[1.0, 1.0]]))
    (array([[2., 4.]]), array([[2., 2.]]))
    """

    def __init__(self, body: Layer, downsample: Layer | None = None) -> None:
        self.body = body
        self.downsample = downsample
        see_layers(self, self.children())

    def children(self) -> dict[str, Layer]:
        return {"": self.body} | ({} if self.downsample is None else {"downsample": self.downsample})

    def forward(self, x: Array) -> Array:
        y = self.body(x)
        shortcut = x if self.downsample is None else self.downsample(x)
        self._kept = summed_shape(y.shape, shortcut.shape)
        return y + shortcut

    def backward(self, dy: Array) -> Array:
        dy = with_shape("Residual.backward", "dy", dy, self.recall())
        shortcut = dy if self.downsample is None else self.downsample.backward(dy)
        return self.body.backward(dy) + shortcut

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        ends = [self.body.trace(signal, record, path), signal]
        if self.downsample is not None:
            ends[1] = self.downsample.trace(signal, record, join(path, "downsample"))
        return Signal(summed_shape(ends[0].shape, ends[1].shape), joined_field(ends))
