"""How a layer is written: its repr, as the call that makes it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any


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
        elif argument is None or value not in _same(argument):
            yield f"{name}={value!r}"


def _same(option: inspect.Parameter) -> list[Any]:
    """Return what an option's default may have become: one number, or one an axis."""
    return [option.default, *((option.default,) * axes for axes in (1, 2, 3))]
