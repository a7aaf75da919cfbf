"""Blocks: some outputs at a time, so that what is laid out for them stays small, and near.

Images here have their channels last, (N, *size, C), as a view: how they lie in memory is not asked. What a
block of outputs sees of them is its *part* (n, *size, C), with zeros where it sticks out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.workspace import move, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


class Block(NamedTuple):
    """Some images, and on each axis where their outputs begin and how many they are."""

    images: slice
    start: Sizes
    length: Sizes

    def outputs(self, y: Array) -> Array:
        """Return the block's part of y (N, *out, F), as a view."""
        return y[self.images, *(slice(s, s + n) for s, n in zip(self.start, self.length, strict=True))]

    def corner(self, window: Window) -> Sizes:
        """Return the first pixel that the block sees through a window."""
        numbers = zip(self.start, window.stride, window.padding, strict=True)
        return tuple(p * s - before for p, s, (before, _) in numbers)


def blocks(images: int, out: Sizes, places: int, step: Sizes) -> Iterator[Block]:
    """Split all outputs into blocks of about so many places, each axis at multiples of its step.

    >>> [block.start for block in blocks(1, (8, 5), places=20, step=(2, 2))]
    [(0, 0), (4, 0)]
    """
    n = max(1, min(images, places // max(1, prod(out))))
    length = list(out)
    for axis, (whole, multiple) in enumerate(zip(out, step, strict=True)):
        length[axis] = piece(whole, places * length[axis] // (n * max(1, prod(length))), multiple)
    for first, *starts in product(range(0, images, n), *map(range, [0] * len(out), out, length)):
        lengths = tuple(min(m, o - s) for s, m, o in zip(starts, length, out, strict=True))
        yield Block(slice(first, min(first + n, images)), tuple(starts), lengths)


def piece(whole: int, longest: int, multiple: int = 1) -> int:
    """Return the length of equal pieces of the whole, multiples if they are many, and no longer if possible.

    >>> piece(28, 16), piece(28, 16, multiple=4)
    (14, 16)
    """
    if longest >= whole:
        return max(1, whole)
    pieces = -(-whole // max(multiple, longest // multiple * multiple))
    return -(-whole // (pieces * multiple)) * multiple


def cut(x: Array, images: slice, start: Sizes, size: Sizes, name: str = "part") -> Array:
    """Return the part x[images, start : start + size], a view where nothing sticks out."""
    inside, kept = overlap(start, size, x.shape[1:-1])
    found = x[images, *kept]
    if found.shape[1:-1] == size and found.strides[-1] == x.itemsize:
        return found
    part = workspace(name, (len(found), *size, x.shape[-1]), x.dtype)
    for axis, there in enumerate(inside):
        part[:, *inside[:axis], : there.start] = 0
        part[:, *inside[:axis], there.stop :] = 0
    move(found, part[:, *inside])
    return part


def overlap(start: Sizes, size: Sizes, whole: Sizes) -> tuple[list[slice], list[slice]]:
    """Return what of start : start + size lies in 0 : whole, counted from ``start`` and from 0.

    >>> overlap((-1,), (4,), (2,))
    ([slice(1, 3, None)], [slice(0, 2, None)])
    """
    ends = [(min(max(a, 0), n), min(max(a + s, 0), n)) for a, s, n in zip(start, size, whole, strict=True)]
    inside = [slice(low - a, high - a) for (low, high), a in zip(ends, start, strict=True)]
    return inside, [slice(low, high) for low, high in ends]


def add_to_all(there: Array, b: Array) -> None:
    """Add b (F,) to every place of maps (n, *length, F), in place.

    >>> maps = np.zeros((1, 2, 2))
    >>> add_to_all(maps, np.array([1.0, 2.0]))
    >>> maps.tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """
    if not b.any():
        return
    if there.flags.c_contiguous:  # row by row is faster than place by place
        b = np.tile(b, there.shape[-2])
        there = there.reshape(-1, len(b))
    there += b
