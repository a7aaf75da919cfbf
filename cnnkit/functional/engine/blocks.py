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

from cnnkit.functional.engine.workspace import workspace
from cnnkit.window import Sizes

Array = npt.NDArray[Any]


class Block(NamedTuple):
    """Some images, and on each axis where their outputs begin and how many they are."""

    images: slice
    start: Sizes
    length: Sizes


def blocks(images: int, out: Sizes, places: int, step: Sizes, all_images: bool = False) -> Iterator[Block]:
    """Split all outputs into blocks of about so many places, each axis at multiples of its step.

    >>> [block.start for block in blocks(1, (8, 5), places=20, step=(2, 2))]
    [(0, 0), (4, 0)]
    """
    n = images if all_images else max(1, min(images, places // prod(out)))
    length = list(out)
    for axis, (whole, multiple) in enumerate(zip(out, step, strict=True)):
        length[axis] = _piece(whole, places * length[axis] // (max(n, 1) * prod(length)), multiple)
    n = max(1, min(n, places // prod(length)))
    for first, *starts in product(range(0, images, n), *map(range, [0] * len(out), out, length)):
        lengths = tuple(min(m, o - s) for s, m, o in zip(starts, length, out, strict=True))
        yield Block(slice(first, min(first + n, images)), tuple(starts), lengths)


def _piece(whole: int, longest: int, multiple: int) -> int:
    """Return how long the pieces are when so many are cut as equally as multiples allow."""
    if longest >= whole:
        return whole
    pieces = -(-whole // max(multiple, longest // multiple * multiple))
    return -(-whole // (pieces * multiple)) * multiple


def cut(
    x: Array, images: slice, start: Sizes, size: Sizes, planes: bool = False, name: str = "part"
) -> Array:
    """Return the part x[images, start : start + size]; ``planes``: channels first, images last in memory.

    It is a view where nothing sticks out and x lies in memory as the part would.
    """
    inside, kept = overlap(start, size, x.shape[1:-1])
    found = x[images, *kept]
    if found.shape[1:-1] == size and x.strides[0 if planes else -1] == x.itemsize:
        return found
    if planes:
        part = workspace(name, (x.shape[-1], *size, len(found)), x.dtype).swapaxes(0, -1)
    else:
        part = workspace(name, (len(found), *size, x.shape[-1]), x.dtype)
    for axis, there in enumerate(inside):
        part[:, *inside[:axis], : there.start] = 0
        part[:, *inside[:axis], there.stop :] = 0
    part[:, *inside] = found
    return part


def paste(part: Array, y: Array, block: Block, b: Array | float) -> None:
    """Write a part plus ``b`` to its place; it may also come as tiles (n, tiles, m, tiles, m, C)."""
    there = y[block.images, *(slice(s, s + n) for s, n in zip(block.start, block.length, strict=True))]
    if part.size == there.size:
        np.add(part, b, out=there.reshape(part.shape))
        return
    step = part.shape[2:-1:2]  # some tiles stick out: the first pixels of all, then the second ones, ...
    for pixel in np.ndindex(*step):
        some = there[:, *(slice(p, None, m) for p, m in zip(pixel, step, strict=True))]
        tiles = part[:, *(v for p, n in zip(pixel, some.shape[1:], strict=False) for v in (slice(n), p))]
        np.add(tiles, b, out=some)


def overlap(start: Sizes, size: Sizes, whole: Sizes) -> tuple[list[slice], list[slice]]:
    """Return what of start : start + size lies in 0 : whole, counted from ``start`` and from 0."""
    ends = [(min(max(a, 0), n), min(max(a + s, 0), n)) for a, s, n in zip(start, size, whole, strict=True)]
    inside = [slice(low - a, high - a) for (low, high), a in zip(ends, start, strict=True)]
    return inside, [slice(low, high) for low, high in ends]
