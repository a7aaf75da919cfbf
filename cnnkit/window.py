"""A window that slides over an input with any number of axes: its size, its steps, the border it may use.

Convolution, pooling and im2col all speak of windows; here is the arithmetic that they share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from cnnkit.errors import ShapeError, shown
from cnnkit.shapes import Pair, out_size, same_padding, span, whole

Sizes = tuple[int, ...]
Padding = int | str | tuple[int | Pair, ...]


@dataclass(frozen=True)
class Window:
    """A kernel's place and movement, one entry per axis; padding is (before, after) on each axis.

    >>> w = window("conv2d", size=(52, 40), kernel=12, stride=2)
    >>> w.kernel, w.out((52, 40))
    ((12, 12), (21, 15))
    """

    kernel: Sizes
    stride: Sizes
    padding: tuple[Pair, ...]
    dilation: Sizes

    @cached_property
    def spans(self) -> Sizes:
        """How many positions the dilated kernel covers on each axis."""
        return tuple(span(k, d) for k, d in zip(self.kernel, self.dilation, strict=True))

    @lru_cache  # noqa: B019  # windows are few and small
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
    ceil_mode: bool = False,
) -> Window:
    """Read the options of an operation on an input of this size, and see that the window fits at least once.

    Parameters
    ----------
    function : name of the operation, for messages
    size : the spatial axes of the input
    kernel, stride, dilation : one number for all axes, or one per axis
    padding : one number; one per axis; a pair (before, after) per axis; "valid" (none), "same" (as many
        outputs as inputs, divided by the stride and rounded up) or "full" (every overlap, down to a single
        weight)
    ceil_mode : True keeps a last window that sticks out, by more padding after; but it must still start
        before the padding after

    >>> window("conv2d", (6, 6), 3, padding="same").padding, window("conv1d", (6,), 3, padding="full").padding
    (((1, 1), (1, 1)), ((2, 2),))
    >>> window("max_pool1d", (112,), 3, stride=2).out((112,))
    (55,)
    >>> window("max_pool1d", (112,), 3, stride=2, ceil_mode=True).out((112,))
    (56,)
    """
    options = (size, kernel, stride, padding, dilation)
    read = _read_once if all(map(_hashed_as_written, options)) else _read
    return read(function, *options, bool(ceil_mode))


def _hashed_as_written(option: object) -> bool:
    """Return whether equal options mean the same: 1 and True are equal, and so are 1 and 1.0."""
    return type(option) is int or (type(option) is tuple and all(type(number) is int for number in option))


def _read(
    function: str,
    size: Sizes,
    kernel: int | Sizes,
    stride: int | Sizes,
    padding: Padding,
    dilation: int | Sizes,
    ceil_mode: bool,
) -> Window:
    axes = len(size)
    sizes = each(f"{function}: kernel_size", kernel, axes, least=1)
    stride = each(f"{function}: stride", stride, axes, least=1)
    dilation = each(f"{function}: dilation", dilation, axes, least=1)
    found = Window(sizes, stride, _padding(function, padding, size, sizes, stride, dilation), dilation)
    if ceil_mode:
        found = replace(found, padding=tuple(map(_widened, size, found.spans, stride, found.padding)))
    padded = tuple(n + sum(ends) for n, ends in zip(size, found.padding, strict=True))
    if any(s > n for s, n in zip(found.spans, padded, strict=True)):
        raise ShapeError(
            f"{function}: the kernel spans {found.spans} but the input, with its padding, only {padded}. "
            "Use a smaller kernel or dilation, or more padding."
        )
    return found


_read_once = lru_cache(_read)  # a network asks for the same windows in every step


def each(name: str, value: object, axes: int, least: int = 0) -> Sizes:
    """Read an option that is one whole number for all axes, or one for each.

    >>> each("stride", 2, axes=3), each("stride", (3, 2), axes=2)
    ((2, 2, 2), (3, 2))
    """
    values = tuple(value) if isinstance(value, list | tuple) else (value,) * axes
    if len(values) != axes:
        raise ShapeError(
            f"{name} is {shown(value)}, but it must be one number, or a tuple of {axes}, one for each axis."
        )
    return tuple(whole(name, number, least) for number in values)


def _padding(
    function: str, padding: object, size: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes
) -> tuple[Pair, ...]:
    """Return the padding as (before, after) on each axis."""
    if isinstance(padding, str):
        if padding not in ("valid", "same", "full"):
            raise ShapeError(
                f"{function}: padding is {shown(padding)}, but the words for it are 'valid', 'same', 'full'."
            )
        numbers = zip(size, kernel, stride, dilation, strict=True)
        return tuple(_named(padding, n, k, s, d) for n, k, s, d in numbers)
    name = f"{function}: padding"
    values = tuple(padding) if isinstance(padding, list | tuple) else (padding,) * len(size)
    if len(values) != len(size) or any(isinstance(v, list | tuple) and len(v) != 2 for v in values):
        raise ShapeError(
            f"{name} is {shown(padding)}, but it must be one number, or a tuple of {len(size)}, "
            "one for each axis: a number or a pair (before, after)."
        )
    pairs = (each(name, value, axes=2) for value in values)
    return tuple((before, after) for before, after in pairs)


def _named(word: str, n: int, k: int, s: int, d: int) -> Pair:
    if word == "same":
        return same_padding(n, k, s, d)
    return (0, 0) if word == "valid" else (span(k, d) - 1, span(k, d) - 1)


def _widened(n: int, reach: int, s: int, ends: Pair) -> Pair:
    """Return the padding with so much more after it that the last window, which spans ``reach``, fits."""
    before, after = ends
    last = -(-(before + n + after - reach) // s) * s  # where it starts in the padded input: rounded up
    if last >= before + n:  # it would see nothing but the padding after
        last -= s
    return before, max(after, last + reach - before - n)
