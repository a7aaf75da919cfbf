"""A layer: forward, backward, and the parameters between them.

``forward`` keeps what ``backward`` will need. ``backward`` takes the gradient of the output, adds those
of the parameters to their ``grad``, and returns the gradient of the input. A network is a layer of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit.errors import UsageError
from cnnkit.functional.arguments import numbers
from cnnkit.layers.parameter import Parameter, floating
from cnnkit.layers.signal import Signal
from cnnkit.layers.state import fitting
from cnnkit.layers.written import as_built
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]
Record = Callable[[str, "Layer", Signal, Signal], None]


class Layer:
    """The base of all layers; a new one gives ``forward``, ``backward`` and, if shapes change, ``out_shape``.

    Attributes
    ----------
    training : True after `train`, False after `eval`; dropout and batch norm behave differently
    buffers : names of arrays that belong to the state but are not learned
    shown : names of attributes that ``repr`` shows
    in_place : True if the result could overwrite the input, so that the layer needs no memory of its own
    enlarges : True if the outputs lie closer than the inputs; receptive fields are not followed further

    >>> class Double(Layer):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def backward(self, dy):
    ...         return 2 * dy
    >>> Double()(np.array([1.0, 2.0]))
    array([2., 4.])
    """

    training = True
    buffers: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    in_place = False
    enlarges = False
    _kept: Any = None

    def forward(self, x: Array) -> Array:
        """Return the output for ``x``."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, dy: Array) -> Array:
        """Return the gradient of the input of the last `forward`, given that of its output."""
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def __call__(self, x: Array) -> Array:
        """Return ``forward(x)``, for any ``x`` that holds numbers."""
        return self.forward(numbers(type(self).__name__, "x", x))

    # The tree of layers and what they hold

    def children(self) -> dict[str, Layer]:
        """Return the layers directly inside, by name. An empty name adds nothing to the names below it."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Layer)}

    def named_layers(self, path: str = "") -> Iterator[tuple[str, Layer]]:
        """Yield this layer and all layers inside, each with its path, such as "features.0"."""
        yield path, self
        for name, child in self.children().items():
            yield from child.named_layers(join(path, name))

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter with its path, such as ("features.0.weight", ...)."""
        for path, layer in self.named_layers():
            for name, held in layer.held().items():
                if isinstance(held, Parameter):
                    yield join(path, name), held

    def held(self) -> dict[str, Parameter | Array]:
        """Return the parameters and buffers of this layer itself, by name."""
        return {
            name: value
            for name, value in vars(self).items()
            if isinstance(value, Parameter) or name in self.buffers
        }

    def parameters(self) -> list[Parameter]:
        """Return every parameter once, in the order of the layers."""
        return list(dict.fromkeys(parameter for _, parameter in self.named_parameters()))

    def zero_grad(self) -> None:
        """Forget all gradients; do it before each step, since ``backward`` adds."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> Self:
        """Switch to training (or, with False, to evaluation), here and in all layers inside."""
        for _, layer in self.named_layers():
            layer.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation: dropout passes everything, batch norm uses its running statistics."""
        return self.train(False)

    def astype(self, dtype: npt.DTypeLike) -> Self:
        """Change the precision of all parameters and buffers, such as to float64 before a gradient check."""
        dtype = floating(f"{type(self).__name__}.astype: dtype", dtype)
        for parameter in self.parameters():
            parameter.astype(dtype)
        for _, layer in self.named_layers():
            for name in layer.buffers:
                value = getattr(layer, name)
                if value.dtype.kind == "f":
                    setattr(layer, name, value.astype(dtype))
        return self

    # State

    def state_dict(self) -> dict[str, Array]:
        """Return a copy of every parameter and buffer under its path, as PyTorch names them.

        >>> from cnnkit.layers import Linear
        >>> {name: array.shape for name, array in Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {
            join(path, name): (held.data if isinstance(held, Parameter) else held).copy()
            for path, layer in self.named_layers()
            for name, held in layer.held().items()
        }

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take over every parameter and buffer from ``state``; nothing is changed if anything does not fit.

        Raises
        ------
        UsageError
            that lists what is missing, what is left over and what has the wrong shape.
        """
        layers = list(self.named_layers())
        places = {join(path, name): (layer, name) for path, layer in layers for name in layer.held()}
        shapes = {path: layer.held()[name].shape for path, (layer, name) in places.items()}
        for path, array in fitting(state, shapes).items():
            layer, name = places[path]
            held = layer.held()[name]
            if isinstance(held, Parameter):
                held.data = array.copy()
            else:
                setattr(layer, name, array.astype(held.dtype))

    # Sizes, without any numbers flowing

    def out_shape(self, shape: Sizes) -> Sizes:
        """Return the shape of the output for an input of this shape; refuse what `forward` refuses."""
        return tuple(shape)

    def macs(self, shape: Sizes) -> int:
        """Return how many multiply-adds `forward` takes for an input of this shape."""
        return 0

    def window(self, shape: Sizes) -> Window | None:
        """Return the window that slides over an input of this shape, None if every number is for itself."""
        return None

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        """Follow a shape and its receptive field through; ``record`` is told of every plain layer."""
        shape, window = self.out_shape(signal.shape), self.window(signal.shape)
        known = signal.field if window is None else signal.field_through(window)
        out = Signal(shape, () if self.enlarges else known)
        record(path, self, signal, out)
        return out

    def summary(self, input_shape: Sequence[int]) -> str:
        """Return a table of the layers that an input of this shape passes, such as (1, 3, 224, 224).

        >>> from cnnkit.layers import Linear
        >>> print(Linear(3, 2).summary((1, 3)))
        name   kind    output shape  parameters
        ---------------------------------------
        net    Linear  (1, 2)                 8
        ---------------------------------------
        total                                 8
        """
        from cnnkit.layers.summary import summary

        return summary(self, input_shape)

    # Help for those who write a layer

    def recall(self) -> Any:
        """Return what the last `forward` has kept in ``_kept`` for `backward`."""
        if self._kept is None:
            raise UsageError(
                f"{type(self).__name__}.backward: nothing went forward yet. Call forward(x) first."
            )
        return self._kept

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(vars(self).get(name), Parameter) and not isinstance(value, Parameter | None):
            raise UsageError(
                f"{type(self).__name__}.{name} is a Parameter. Write .{name}.data = ... instead."
            )
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies and pickles take along: all but what the last `forward` has kept."""
        return {name: value for name, value in vars(self).items() if name != "_kept"}

    def __repr__(self) -> str:
        children = "".join(f"\n{name}: {child!r}" for name, child in self.children().items())
        lines = children.replace("\n", "\n  ") + "\n" if children else ""
        return f"{type(self).__name__}({', '.join(as_built(self, self.shown))}{lines})"


def join(path: str, name: str) -> str:
    """Return the path of something inside.

    >>> join("features", "0"), join("", "0"), join("layer1.0", "")
    ('features.0', '0', 'layer1.0')
    """
    return ".".join(part for part in (path, name) if part)
