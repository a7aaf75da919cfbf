"""Two of the three sums of a convolution, block by block: the outputs, and the gradient of the kernels.

`plan.plan` says how a block is computed. The last argument forces a way by its name in `plan.ways`, where it
is possible; that serves tests and lessons. The third sum is in `back`. Only the batch may be empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from math import prod
from operator import iadd
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine import depthwise
from cnnkit.functional.engine.blocks import Block, blocks, corner, cut, lengths, rounded_up
from cnnkit.functional.engine.plan import Way, plan
from cnnkit.functional.engine.threads import ENOUGH, shared_out, threads
from cnnkit.functional.engine.workspace import channels_first, channels_last
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]


def correlate(
    x: Array, w: Array, window: Window, groups: int, b: Array | None = None, way: str | None = None
) -> Array:
    """Return y[n, f] = b[f] + sum over c and taps of w[f, c, tap] x[n, c, s place + d tap]."""
    y = np.empty((len(x), *window.out(x.shape[2:]), len(w)), x.dtype)
    slide(channels_last(x), w, y, window, groups, b, way)
    return channels_first(y)


def weight_gradient(dy: Array, x: Array, window: Window, groups: int, way: str | None = None) -> Array:
    """Return dw[f, c, tap] = sum over n and places of dy[n, f, place] x[n, c, s place + d tap]."""
    dy, x = channels_last(dy), channels_last(x)
    if dy.shape[-1] == x.shape[-1] == groups > 1 and way is None:
        return depthwise.weight_gradient(dy, x, window)
    parts = zip(_split(dy, groups), _split(x, groups), strict=True)
    dw = [_weight_gradient(*part, window, way) for part in parts]
    return dw[0] if groups == 1 else np.concatenate(dw)


def slide(
    x: Array, w: Array, y: Array, window: Window, groups: int, b: Array | None = None, way: str | None = None
) -> None:
    """Write the maps of x (N, *size, C) under kernels w (F, C / groups, *kernel) to y (N, *out, F)."""
    b = np.zeros(len(w), y.dtype) if b is None else b
    if len(w) == groups > 1 and w.shape[1] == 1 and way is None:
        depthwise.slide(x, w, y, window, b)
        return
    each = _split(x, groups), np.split(w, groups) if groups > 1 else [w], _split(y, groups), _split(b, groups)
    for group in zip(*each, strict=True):
        _slide_group(*group, window, way)


def _slide_group(x: Array, w: Array, y: Array, b: Array, window: Window, name: str | None) -> None:
    way = plan(window, x.shape, y.shape, x.dtype, name)
    found, enough = in_blocks(way, x, y, way.places(x.shape[-1], len(w)))
    if len(found) == 1:  # each thread computes some of the filters, and transforms only their kernels
        image, step = _image(way, x, found[0]), -(-len(w) // threads()) if enough else len(w)

        def of_filters(each: list[slice]) -> None:
            for some in each:
                way.forward(image, way.kernels(w[some], once=True), b[some], y[*found[0], some])

        shared_out(of_filters, [slice(first, first + step) for first in range(0, len(w), step)], enough)
    else:
        kernels = way.kernels(w)

        def of_blocks(each: list[Block]) -> None:
            for block in each:
                way.forward(_image(way, x, block), kernels, b, y[block])

        shared_out(of_blocks, found, enough)


def _weight_gradient(dy: Array, x: Array, window: Window, name: str | None) -> Array:
    if not dy.size:  # nothing to add up
        return np.zeros((dy.shape[-1], x.shape[-1], *window.kernel), x.dtype)
    way = plan(window, x.shape, dy.shape, x.dtype, name)

    def of_blocks(each: list[Block]) -> Array:
        return _sum(way.backward(_image(way, x, block), whole_steps(dy, block, way.step)) for block in each)

    found, enough = in_blocks(way, x, dy, way.places(x.shape[-1], dy.shape[-1]), threads())
    dw: Array = way.gradient(_sum(shared_out(of_blocks, found, enough)))
    return dw


def _image(way: Way, x: Array, block: Block) -> Array:
    return way.image(cut(x, block[0], corner(block, way.window), way.seen(lengths(block))))


def whole_steps(dy: Array, block: Block, step: Sizes) -> Array:
    """Return dy of a block, with zeros at its ends so that it consists of whole tiles."""
    start = tuple(some.start for some in block[1:])
    return cut(dy, block[0], start, tuple(map(rounded_up, lengths(block), step)), "dy")


def in_blocks(way: Way, x: Array, y: Array, places: int, fewest: int = 1) -> tuple[list[Block], bool]:
    """Return blocks of about so many places, and whether there is enough to do for several threads.

    If so, there are about ``fewest`` blocks or more.
    """
    enough = y.size * prod(way.window.kernel) * x.shape[-1] >= ENOUGH
    if enough:
        places = min(places, -(-prod(y.shape[:-1]) // fewest))
    return list(blocks(y.shape[:-1], max(1, places), way.step)), enough


def _sum(arrays: Iterable[Array]) -> Array:
    return reduce(iadd, arrays)


def _split(a: Array, groups: int) -> list[Array]:
    """Return the groups of the channels, which lie last."""
    return np.split(a, groups, axis=-1) if groups > 1 else [a]
