"""The three sums of a convolution, block by block.

    correlate          y  = the images under the kernels
    input_gradient     dx = dy sent back through the kernels
    weight_gradient    dw = the images under dy

All lay out a block of the images, multiply, and put what comes of it in its place; a way (`Columns` or
`Tiles`) says how. Their last argument forces one, which serves tests and lessons.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine import depthwise
from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.blocks import Block, blocks, cut, overlap, paste
from cnnkit.functional.engine.plan import FEW, Way, plan
from cnnkit.functional.engine.threads import shared_out, threads
from cnnkit.functional.engine.workspace import multiply, pieces, workspace
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]

ENOUGH = 100_000_000  # multiplications, below which a second thread costs more than it brings


def correlate(
    x: Array, w: Array, window: Window, groups: int, b: Array | None = None, way: Way | None = None
) -> Array:
    """Return y[n, f] = b[f] + sum over c and taps of w[f, c, tap] x[n, c, s place + d tap]."""
    if len(w) == x.shape[1] == groups > 1 and way is None:
        return depthwise.correlate(x, w, window, b)
    out, x = window.out(x.shape[2:]), np.moveaxis(x, 1, -1)
    way = way or plan(window, len(x), w.shape[1], len(w) // groups, out, x.dtype)
    y, b = _maps(way, len(x), len(w), out, x.dtype), np.zeros(len(w), x.dtype) if b is None else b
    for g in range(groups):
        xg, yg = _group(x, -1, g, groups), _group(y, -1, g, groups)
        _correlate(xg, _group(w, 0, g, groups), yg, _group(b, 0, g, groups), window, way)
    return np.moveaxis(y, -1, 1)


def _correlate(x: Array, w: Array, y: Array, b: Array | float, window: Window, way: Way) -> None:
    kernels = way.kernels(w)

    def work(some: list[Block]) -> None:
        for block in some:
            part = cut(x, block.images, _corner(block, window), way.seen(block.length), way.planes)
            products = _multiply(way, way.image(part, block.length), kernels)
            paste(way.output(products, block.length, len(part)), y, block, b)

    _in_blocks(work, way, y.shape, kernels.shape)


def input_gradient(
    dy: Array, w: Array, window: Window, groups: int, size: Sizes, way: Way | None = None
) -> Array:
    """Return dx: every dy[n, f, place] sends w[f] times itself back to the window that it came from."""
    if len(w) == groups > 1 and w.shape[1] == 1 and way is None:
        return depthwise.input_gradient(dy, w, window, size)
    way = way or plan(window, len(dy), w.shape[1], len(w) // groups, dy.shape[2:], dy.dtype, back=True)
    dx, dy = _maps(way, len(dy), w.shape[1] * groups, size, dy.dtype), np.moveaxis(dy, 1, -1)
    for g in range(groups):
        some = _group(dy, -1, g, groups), _group(w, 0, g, groups), _group(dx, -1, g, groups)
        if isinstance(way, Columns):
            _scattered(*some, window, way)
        else:
            _turned(*some, window, way)
    return np.moveaxis(dx, -1, 1)


def _turned(dy: Array, w: Array, dx: Array, window: Window, way: Way) -> None:
    """Slide the kernels, turned by 180 degrees, over dy with a border around it; for stride 1."""
    borders = zip(window.padding, window.kernel, strict=True)
    back = replace(window, padding=tuple((k - 1 - before, 0) for (before, _), k in borders))
    _correlate(dy, np.flip(w, tuple(range(2, w.ndim))).swapaxes(0, 1), dx, 0.0, back, way)


def _scattered(dy: Array, w: Array, dx: Array, window: Window, way: Columns) -> None:
    """Add up what each block of dy sends back to the pixels that it has seen."""
    kernels = way.kernels(w)
    dx[...] = 0

    def work(some: list[Block]) -> None:
        for block in some:
            part = way.scatter(cut(dy, block.images, block.start, block.length, way.planes, "dy"), kernels)
            inside, kept = overlap(_corner(block, window), part.shape[1:-1], dx.shape[1:-1])
            dx[block.images, *kept] += part[:, *inside]

    places = 2 * way.places(*kernels.shape[1:])
    shared_out(work, blocks(len(dy), dy.shape[1:-1], places, way.step, way.planes), enough=False)


def weight_gradient(dy: Array, x: Array, window: Window, groups: int, way: Way | None = None) -> Array:
    """Return dw[f, c, tap] = sum over n and places of dy[n, f, place] x[n, c, s place + d tap]."""
    if dy.shape[1] == x.shape[1] == groups > 1 and way is None:
        return depthwise.weight_gradient(dy, x, window)
    filters, channels, out = dy.shape[1] // groups, x.shape[1] // groups, dy.shape[2:]
    way = way or plan(window, len(x), channels, filters, out, x.dtype, back=True)
    dy, x = np.moveaxis(dy, 1, -1), np.moveaxis(x, 1, -1)
    parts = ((_group(dy, -1, g, groups), _group(x, -1, g, groups)) for g in range(groups))
    dw = [_weight_gradient(*part, window, way) for part in parts]
    return dw[0] if groups == 1 else np.concatenate(dw)


def _weight_gradient(dy: Array, x: Array, window: Window, way: Way) -> Array:
    def work(some: list[Block]) -> Array | None:
        total = None
        for block in some:
            part = cut(x, block.images, _corner(block, window), way.seen(block.length), way.planes)
            image = way.image(part, block.length)
            whole = tuple(-(-n // m) * m for n, m in zip(block.length, way.step, strict=True))
            change = way.gradient(cut(dy, block.images, block.start, whole, way.planes, "dy"))
            for some_places in pieces(image.shape[1], image.shape[2] * change.shape[2]):
                total = _added(total, image[:, some_places].swapaxes(1, 2) @ change[:, some_places])
        return total

    rows = x.shape[-1] * (prod(window.kernel) if isinstance(way, Columns) else 1)
    found = reduce(_added, _in_blocks(work, way, dy.shape, (1, rows, dy.shape[-1])))
    if found is None:  # there was no image
        return np.zeros((dy.shape[-1], x.shape[-1], *window.kernel), x.dtype)
    return way.weights(found, x.shape[-1])


def _in_blocks(work: Any, way: Way, shape: Sizes, kernels: Sizes) -> list[Any]:
    """Let the threads work on all blocks, of a size that fits the cache and gives every thread one."""
    (images, *out, _), (_, rows, filters) = shape, kernels
    places, total = way.places(rows, filters), images * prod(out)
    enough = total * rows * filters >= ENOUGH
    if enough:
        places = max(1, min(places, -(-total // threads())))
    return shared_out(work, blocks(images, tuple(out), places, way.step, way.planes), enough)


def _corner(block: Block, window: Window) -> Sizes:
    """Return the first pixel that a block of outputs sees."""
    numbers = zip(block.start, window.stride, window.padding, strict=True)
    return tuple(p * s - before for p, s, (before, _) in numbers)


def _multiply(way: Way, image: Array, kernels: Array) -> Array:
    """Return image @ kernels in the work space; few maps lie there one after the other."""
    (q, places, _), filters = image.shape, kernels.shape[2]
    if way.planes and filters < 2 * FEW:
        products = workspace("b", (q, filters, places), image.dtype)
        return multiply(kernels.swapaxes(1, 2), image.swapaxes(1, 2), products).swapaxes(1, 2)
    return np.matmul(image, kernels, out=workspace("b", (q, places, filters), image.dtype))


def _maps(way: Way, images: int, channels: int, size: Sizes, dtype: npt.DTypeLike) -> Array:
    """Return room for maps (N, *size, C): channels last, or, with few of them, images last in memory."""
    if way.planes and channels < 2 * FEW:
        return np.empty((channels, *size, images), dtype).swapaxes(0, -1)
    return np.empty((images, *size, channels), dtype)


def _added(total: Array | None, more: Array | None) -> Array | None:
    if total is None or more is None:
        return more if total is None else total
    return np.add(total, more, out=total)


def _group(a: Array, axis: int, number: int, groups: int) -> Array:
    """Return one group of the channels, which lie along the first axis or along the last."""
    each = a.shape[axis] // groups
    some = slice(number * each, (number + 1) * each)
    return a[some] if axis == 0 else a[..., some]
