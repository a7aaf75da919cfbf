"""What may stand in a container: layers, each in one place only, and their shapes must fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cnnkit.errors import ShapeError, UsageError, shown
from cnnkit.layers.base import Layer, join
from cnnkit.window import Sizes


def see_layers(container: Layer, named: Mapping[str, object]) -> dict[str, Layer]:
    """Return the layers of a container by name; no two may be the same or have the same state.

    >>> from cnnkit.layers import ReLU, Sequential
    >>> Sequential(ReLU)
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: Sequential: ReLU is a class, not a layer. Did you forget the brackets: ReLU()?
    """
    speaker = type(container).__name__
    layers: dict[str, Layer] = {}
    for name, layer in named.items():
        if not isinstance(name, str):
            raise UsageError(f"{speaker}: {shown(name)} is no name of a layer. Names are text, like 'conv1'.")
        if not isinstance(layer, Layer):
            raise UsageError(f"{speaker}: {_no_layer(speaker, layer)}")
        layers[name] = layer
    below = [(path, layer) for name, child in layers.items() for path, layer in child.named_layers(name)]
    if len({id(layer) for _, layer in below}) < len(below):
        raise UsageError(
            f"{speaker}: the same layer stands in two places, and it can remember only one forward. "
            "Make two layers."
        )
    counts = Counter(join(path, name) for path, layer in below for name in layer.held())
    twice = [path for path, count in counts.items() if count > 1]
    if twice:
        raise UsageError(
            f"{speaker}: two layers would be called {twice[0]!r} in the state. Rename one,\n"
            "or put it into a container that does: Sequential({'name': layer})."
        )
    return layers


def _no_layer(speaker: str, thing: object) -> str:
    if isinstance(thing, type) and issubclass(thing, Layer):
        return f"{thing.__name__} is a class, not a layer. Did you forget the brackets: {thing.__name__}()?"
    if isinstance(thing, list | tuple):
        return f"{shown(thing)} is not a layer. If it holds layers, write {speaker}(*layers)."
    return f"{shown(thing)} is not a layer. A function alone has no way back; its layer has."


def joined_shape(shapes: Sequence[Sizes]) -> Sizes:
    """Return the shape of outputs that are concatenated along the channels, axis 1.

    >>> joined_shape([(1, 64, 28, 28), (1, 32, 28, 28)])
    (1, 96, 28, 28)
    """
    first, *_ = shapes
    if any(len(shape) < 2 or shape[2:] != first[2:] or shape[0] != first[0] for shape in shapes):
        said = ", ".join(map(str, shapes))
        raise ShapeError(
            f"Parallel: the branches give {said}, which do not fit together: only the channels may differ.\n"
            "Choose paddings and strides so that they do."
        )
    return (first[0], sum(shape[1] for shape in shapes), *first[2:])


def summed_shape(body: Sizes, shortcut: Sizes) -> Sizes:
    """Return the shape of a body and a shortcut that are added up.

    >>> summed_shape((1, 64, 28, 28), (1, 64, 28, 28))
    (1, 64, 28, 28)
    """
    if body != shortcut:
        raise ShapeError(
            f"Residual: the body gives {body} but the shortcut {shortcut}. "
            "Give downsample a layer that changes x alike."
        )
    return body
