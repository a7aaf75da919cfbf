"""Two of the three sums of a convolution, block by block: the outputs, and the gradient of the kernels.

A way (`Columns`, `Tiles`) says how a block is computed. The last argument forces one by its name in
`plan.ways`, where it is possible; that serves tests and lessons. The third sum is in `back`.
"""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine import depthwise
from cnnkit.functional.engine.blocks import Block, blocks, cut
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


def _slide_group(x: Array, w: Array, y: Array, b: Array, window: Window, way: str | None) -> None:
    how = plan(window, x.shape, y.shape, x.dtype, way)
    found, enough = _blocks(how, y.shape, x.shape[-1])

    def forward(block: Block, some: slice, kernels: Any) -> None:
        part = cut(x, block.images, block.corner(how.window), how.seen(block.length))
        how.forward(part, kernels, b[some], block.outputs(y)[..., some])

    def of_filters(each: list[slice]) -> None:
        for some in each:
            forward(found[0], some, how.kernels(w[some], once=True))

    def of_blocks(each: list[Block]) -> None:
        for block in each:
            forward(block, slice(None), kernels)

    if len(found) == 1:  # each thread computes some of the filters, and transforms only their kernels
        step = -(-len(w) // threads()) if enough else len(w)
        pieces = [slice(first, first + step) for first in range(0, len(w), step)]
        shared_out(of_filters, pieces, enough)
    else:
        kernels = how.kernels(w, once=False)
        shared_out(of_blocks, found, enough)


def _weight_gradient(dy: Array, x: Array, window: Window, way: str | None) -> Array:
    how = plan(window, x.shape, dy.shape, x.dtype, way)

    def work(some: list[Block]) -> Array | None:
        total = None
        for block in some:
            part = cut(x, block.images, block.corner(window), how.seen(block.length))
            whole = tuple(-(-n // m) * m for n, m in zip(block.length, how.step, strict=True))
            total = _added(total, how.backward(part, cut(dy, block.images, block.start, whole, "dy")))
        return total

    found = reduce(_added, shared_out(work, *_blocks(how, dy.shape, x.shape[-1], threads())))
    if found is None:  # there was no image
        return np.zeros((dy.shape[-1], x.shape[-1], *window.kernel), x.dtype)
    return how.gradient(found)


def _blocks(way: Way, y: Sizes, channels: int, fewest: int = 1) -> tuple[list[Block], bool]:
    """Return blocks that fit the cache, and whether there is enough to do for several threads.

    If so, there are about ``fewest`` blocks or more.
    """
    images, *out, filters = y
    places, total = way.places(channels, filters), images * prod(out)
    enough = total * prod(way.kernel) * channels * filters >= ENOUGH
    if enough:
        places = max(1, min(places, -(-total // fewest)))
    return list(blocks(images, tuple(out), places, way.step)), enough


def _added(total: Array | None, more: Array | None) -> Array | None:
    if total is None or more is None:
        return more if total is None else total
    return np.add(total, more, out=total)


def _split(a: Array, groups: int) -> list[Array]:
    """Return the groups of the channels, which lie last."""
    return np.split(a, groups, axis=-1) if groups > 1 else [a]
