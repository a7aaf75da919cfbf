"""A window that slides over an input with any number of axes: its size, its steps, the border it may use.

Convolution, pooling and im2col all speak of windows; here is the arithmetic that they share.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnkit.errors import ShapeError
from cnnkit.shapes import Pair, out_size, same_padding, span, whole

Sizes = tuple[int, ...]
Padding = int | str | tuple[int | Pair, ...]


@dataclass(frozen=True)
class Window:
    """A kernel's place and movement, one entry an axis; padding is (before, after) on each axis.

    >>> w = window("conv2d", size=(52, 40), kernel=12, stride=2)
    >>> w.kernel, w.out((52, 40))
    ((12, 12), (21, 15))
    """

    kernel: Sizes
    stride: Sizes
    padding: tuple[Pair, ...]
    dilation: Sizes

    @property
    def spans(self) -> Sizes:
        """How many positions the dilated kernel covers on each axis."""
        return tuple(span(k, d) for k, d in zip(self.kernel, self.dilation, strict=True))

    def out(self, size: Sizes) -> Sizes:
        """Return the number of places that the window takes on each axis of an input of this size."""
        padded = (n + before + after for n, (before, after) in zip(size, self.padding, strict=True))
        return tuple(
            out_size(n, k, s, 0, d)
            for n, k, s, d in zip(padded, self.kernel, self.stride, self.dilation, strict=True)
        )


def window(
    function: str,
    size: Sizes,
    kernel: int | Sizes,
    stride: int | Sizes = 1,
    padding: Padding = 0,
    dilation: int | Sizes = 1,
) -> Window:
    """Read the options of an operation on an input of this size, and see that the window fits at least once.

    Parameters
    ----------
    function : name of the operation, for messages
    size : the spatial axes of the input
    kernel, stride, dilation : one number for all axes, or one an axis
    padding : one number; one an axis; a pair (before, after) an axis; "valid" (none), "same" (as many outputs
        as inputs, divided by the stride and rounded up) or "full" (every overlap, down to a single weight)

    >>> window("conv2d", (6, 6), 3, padding="same").padding, window("conv1d", (6,), 3, padding="full").padding
    (((1, 1), (1, 1)), ((2, 2),))
    """
    axes = len(size)
    sizes = each(f"{function}: kernel_size", kernel, axes, least=1)
    stride = each(f"{function}: stride", stride, axes, least=1)
    dilation = each(f"{function}: dilation", dilation, axes, least=1)
    found = Window(sizes, stride, _padding(function, padding, size, sizes, stride, dilation), dilation)
    padded = tuple(n + sum(ends) for n, ends in zip(size, found.padding, strict=True))
    if any(s > n for s, n in zip(found.spans, padded, strict=True)):
        raise ShapeError(
            f"{function}: the kernel spans {found.spans} but the input, with its padding, only {padded}. "
            "Use a smaller kernel or dilation, or more padding."
        )
    return found


def each(name: str, value: object, axes: int, least: int = 0) -> Sizes:
    """Read an option that is one whole number for all axes, or one for each.

    >>> each("stride", 2, axes=3), each("stride", (3, 2), axes=2)
    ((2, 2, 2), (3, 2))
    """
    values = tuple(value) if isinstance(value, list | tuple) else (value,) * axes
    if len(values) != axes:
        raise ShapeError(f"{name} is {value!r}, but it must be one number or {axes}, one for each axis.")
    return tuple(whole(name, number, least) for number in values)


def _padding(
    function: str, padding: object, size: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes
) -> tuple[Pair, ...]:
    """Return the padding as (before, after) on each axis."""
    if isinstance(padding, str):
        if padding not in ("valid", "same", "full"):
            raise ShapeError(
                f"{function}: padding is {padding!r}, but a word for it must be 'valid', 'same' or 'full'."
            )
        numbers = zip(size, kernel, stride, dilation, strict=True)
        return tuple(_named(padding, n, k, s, d) for n, k, s, d in numbers)
    name = f"{function}: padding"
    values = tuple(padding) if isinstance(padding, list | tuple) else (padding,) * len(size)
    if len(values) != len(size):
        raise ShapeError(
            f"{name} is {padding!r}, but it must be one number or {len(size)}, one for each axis."
        )
    pairs = (each(name, value, axes=2) for value in values)
    return tuple((before, after) for before, after in pairs)


def _named(word: str, n: int, k: int, s: int, d: int) -> Pair:
    if word == "same":
        return same_padding(n, k, s, d)
    return (0, 0) if word == "valid" else (span(k, d) - 1, span(k, d) - 1)
