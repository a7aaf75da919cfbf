"""How a layer is written: its repr, and what it says to arguments that it does not have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

Init = Callable[..., None]


def naming(init: Init) -> Init:
    """Return an ``__init__`` that names the layer and what it takes, where Python would name only itself.

    >>> from cnnkit.layers import Linear
    >>> Linear(10, 5, False)
    Traceback (most recent call last):
    ...
    TypeError: Linear: too many positional arguments.
    It takes in_features, out_features; and by name bias, rng, dtype.
    """
    signature = inspect.signature(init)

    @wraps(init)
    def checked(self: Any, *arguments: Any, **options: Any) -> None:
        try:
            signature.bind(self, *arguments, **options)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}: {error}.\n{_taken(signature)}") from None
        init(self, *arguments, **options)

    return checked


def _taken(signature: inspect.Signature) -> str:
    """Return in words what arguments there are."""
    _, *parameters = signature.parameters.values()
    by_name = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    in_order = [str(p).split(":")[0].split("=")[0] for p in parameters if p.name not in by_name]
    kinds = [", ".join(in_order), by_name and f"by name {', '.join(by_name)}"]
    return f"It takes {'; and '.join(kind for kind in kinds if kind) or 'nothing'}."


def as_built(layer: object, shown: Iterable[str]) -> Iterator[str]:
    """Yield arguments of a layer as one writes them; an option that has its default is left out.

    >>> from cnnkit.layers import Conv2d
    >>> list(as_built(Conv2d(3, 8, 5, stride=2), ["in_channels", "out_channels", "stride", "padding"]))
    ['3', '8', 'stride=(2, 2)']
    """
    signature = inspect.signature(type(layer)).parameters
    for name in shown:
        value, argument = getattr(layer, name), signature.get(name)
        if argument is not None and argument.default is argument.empty:
            yield repr(value)
        elif argument is None or argument.kind is not argument.KEYWORD_ONLY or value not in _same(argument):
            yield f"{name}={value!r}"


def _same(option: inspect.Parameter) -> list[Any]:
    """Return what an option's default may have become: one number, or one an axis."""
    return [option.default, *((option.default,) * axes for axes in (1, 2, 3))]
