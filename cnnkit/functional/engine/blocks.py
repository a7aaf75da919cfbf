"""Blocks: some outputs at a time, so that what is laid out for them stays small, and near.

Images here have their channels last, (N, *size, C), as a view: how they lie in memory is not asked. What a
block of outputs sees of them is its *part* (n, *size, C), with zeros where it sticks out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

import numpy.typing as npt

from cnnkit.functional.engine.columns import overlap
from cnnkit.functional.engine.workspace import move, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]
Block = tuple[slice, ...]  # of the images, and of the outputs on each axis


def blocks(whole: Sizes, places: int, step: Sizes) -> Iterator[Block]:
    """Split all outputs (N, *out) into blocks of about so many places, each axis at multiples of its step.

    >>> list(blocks((1, 8), places=5, step=(2,)))
    [(slice(0, 1, None), slice(0, 4, None)), (slice(0, 1, None), slice(4, 8, None))]
    """
    length = list(whole)
    for axis, (size, multiple) in enumerate(zip(whole, (1, *step), strict=True)):
        others = prod(length[:axis] + length[axis + 1 :])
        length[axis] = _piece(size, places // max(1, others), multiple)
    for first in product(*map(range, [0] * len(whole), whole, length)):
        yield tuple(slice(a, min(a + n, size)) for a, n, size in zip(first, length, whole, strict=True))


def _piece(whole: int, longest: int, multiple: int) -> int:
    """Return the length of equal pieces: at most ``longest`` if possible, a multiple unless one is enough.

    >>> _piece(28, 16, multiple=1), _piece(28, 16, multiple=4)
    (14, 16)
    """
    if longest >= whole:
        return max(1, whole)
    pieces = -(-whole // max(multiple, longest // multiple * multiple))
    return rounded_up(-(-whole // pieces), multiple)


def rounded_up(number: int, multiple: int) -> int:
    """Return the next multiple.

    >>> rounded_up(13, 4), rounded_up(12, 4)
    (16, 12)
    """
    return -(-number // multiple) * multiple


def lengths(block: Block) -> Sizes:
    """Return how many outputs a block has on each axis."""
    return tuple(some.stop - some.start for some in block[1:])


def corner(block: Block, window: Window) -> Sizes:
    """Return the first pixel that a block sees through a window."""
    numbers = zip(block[1:], window.stride, window.padding, strict=True)
    return tuple(some.start * s - before for some, s, (before, _) in numbers)


def cut(x: Array, images: slice, start: Sizes, size: Sizes, name: str = "part") -> Array:
    """Return the part x[images, start : start + size], a view if nothing sticks out and C lies together."""
    inside, kept = overlap(start, size, x.shape[1:-1])
    found = x[images, *kept]
    if found.shape[1:-1] == size and found.strides[-1] == x.itemsize:
        return found
    part = workspace(name, (len(found), *size, x.shape[-1]), x.dtype)
    for axis, there in enumerate(inside):  # no corner is written twice
        part[:, *inside[:axis], : there.start] = 0
        part[:, *inside[:axis], there.stop :] = 0
    move(found, part[:, *inside])
    return part
