"""Networks made of layers: one after the other, side by side, or around a shortcut."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers.base import Layer, Record, join
from cnnkit.layers.signal import Signal, joined_field

Array = npt.NDArray[Any]


class _Container(Layer):
    """Layers with names: those given, or 0, 1, 2, ... as in PyTorch."""

    def __init__(self, *layers: Layer | dict[str, Layer]) -> None:
        named = layers[0] if len(layers) == 1 and isinstance(layers[0], dict) else dict(_numbered(layers))
        inside = [layer for child in named.values() for _, layer in child.named_layers()]
        if len({id(layer) for layer in inside}) < len(inside):
            raise UsageError(
                f"{type(self).__name__}: the same layer stands in two places, and it can remember only one "
                "forward. Make two layers."
            )
        self.layers: dict[str, Layer] = named

    def children(self) -> dict[str, Layer]:
        return self.layers

    def __getitem__(self, name: str | int) -> Layer:
        """Return a layer by name, or by position."""
        return self.layers[name] if isinstance(name, str) else list(self.layers.values())[name]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        inside = "".join(f"\n{name}: {layer!r}" for name, layer in self.layers.items())
        return f"{type(self).__name__}({inside}".replace("\n", "\n  ") + "\n)"


class Sequential(_Container):
    """Layers one after the other: Sequential(a, b, c), or Sequential({"name": layer, ...}).

    >>> from cnnkit.layers import Linear, ReLU
    >>> net = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    >>> net(np.ones((5, 4))).shape, [name for name, _ in net.named_parameters()]
    ((5, 2), ['0.weight', '0.bias', '2.weight', '2.bias'])
    """

    def forward(self, x: Array) -> Array:
        for layer in self.layers.values():
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

    def forward(self, x: Array) -> Array:
        outputs = [layer(x) for layer in self.layers.values()]
        _see_equal("Parallel", [(y.shape[0], *y.shape[2:]) for y in outputs])
        self._kept = np.cumsum([y.shape[1] for y in outputs])[:-1]
        return np.concatenate(outputs, axis=1)

    def backward(self, dy: Array) -> Array:
        parts = np.split(dy, self.recall(), axis=1)
        dx = [layer.backward(part) for layer, part in zip(self.layers.values(), parts, strict=True)]
        return np.asarray(sum(dx[1:], start=dx[0]))

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        ends = [layer.trace(signal, record, join(path, name)) for name, layer in self.layers.items()]
        _see_equal("Parallel", [(end.shape[0], *end.shape[2:]) for end in ends])
        n, _, *rest = ends[0].shape
        return Signal((n, sum(end.shape[1] for end in ends), *rest), joined_field(ends))


class Residual(Layer):
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

    def children(self) -> dict[str, Layer]:
        return {"": self.body} | ({} if self.downsample is None else {"downsample": self.downsample})

    def forward(self, x: Array) -> Array:
        y = self.body(x)
        shortcut = x if self.downsample is None else self.downsample(x)
        _see_equal("Residual", [y.shape, shortcut.shape])
        return y + shortcut

    def backward(self, dy: Array) -> Array:
        shortcut = dy if self.downsample is None else self.downsample.backward(dy)
        return self.body.backward(dy) + shortcut

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        ends = [self.body.trace(signal, record, path), signal]
        if self.downsample is not None:
            ends[1] = self.downsample.trace(signal, record, join(path, "downsample"))
        _see_equal("Residual", [end.shape for end in ends])
        return Signal(ends[0].shape, joined_field(ends))

    def __repr__(self) -> str:
        return f"Residual(\n  {self.body!r}, downsample={self.downsample!r})"


def _numbered(layers: Any) -> list[tuple[str, Layer]]:
    for layer in layers:
        if not isinstance(layer, Layer):
            raise UsageError(
                f"a container holds layers, not {layer!r}. Did you forget the brackets, as in ReLU()?"
            )
    return [(str(number), layer) for number, layer in enumerate(layers)]


def _see_equal(container: str, shapes: list[tuple[int, ...]]) -> None:
    if len(set(shapes)) > 1:
        said = ", ".join(map(str, shapes))
        raise ShapeError(
            f"{container}: the branches give {said} (channels apart), which do not fit together. "
            "Choose paddings and strides so that they do."
            if container == "Parallel"
            else f"{container}: body and shortcut give {said}. Give downsample a layer that changes x alike."
        )
