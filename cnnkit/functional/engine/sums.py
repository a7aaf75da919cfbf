"""The three sums of a convolution, block by block.

    correlate          y  = the images under the kernels
    input_gradient     dx = dy sent back through the kernels, which is dy under the turned kernels
    weight_gradient    dw = the images under dy

A way (`Columns`, `Tiles`, `Rows`) says how a block is computed. The last argument forces one by its name in
`plan.ways`, where it is possible; that serves tests and lessons.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import gcd, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine import depthwise
from cnnkit.functional.engine.blocks import Block, blocks, cut
from cnnkit.functional.engine.fold import fold_kernel, unfold, worth_folding
from cnnkit.functional.engine.plan import Blocked, plan
from cnnkit.functional.engine.rows import Rows
from cnnkit.functional.engine.threads import shared_out, threads
from cnnkit.functional.engine.workspace import kernels_last, workspace
from cnnkit.shapes import Pair
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]

ENOUGH = 100_000_000  # multiplications, below which a second thread costs more than it brings


def correlate(
    x: Array, w: Array, window: Window, groups: int, b: Array | None = None, way: str | None = None
) -> Array:
    """Return y[n, f] = b[f] + sum over c and taps of w[f, c, tap] x[n, c, s place + d tap]."""
    y = np.empty((len(x), *window.out(x.shape[2:]), len(w)), x.dtype)
    _slide(np.moveaxis(x, 1, -1), w, y, window, groups, b, way)
    return np.moveaxis(y, -1, 1)


def input_gradient(
    dy: Array, w: Array, window: Window, groups: int, size: Sizes, way: str | None = None
) -> Array:
    """Return dx: every dy[n, f, place] sends w[f] times itself back to the window that it came from.

    Seen from a pixel, it collects from all windows that have seen it: turned kernels slide over dy. With a
    stride of 2, every second pixel meets the same taps; these pixels are a convolution of their own.
    """
    dx, dy = np.empty((len(dy), *size, w.shape[1] * groups), dy.dtype), np.moveaxis(dy, 1, -1)
    how = plan(window, dx.shape, dy.shape, dy.dtype, way, rows=groups == 1)
    if isinstance(how, Rows):
        how.send_back(dy, w, dx)
        return np.moveaxis(dx, -1, 1)
    if groups == 1 and worth_folding(window):
        _folded_input_gradient(dy, w, dx, window, way)
        return np.moveaxis(dx, -1, 1)
    for phase in np.ndindex(*window.stride):
        there = dx[:, *(slice(a, None, s) for a, s in zip(phase, window.stride, strict=True))]
        numbers = zip(phase, window.kernel, window.stride, window.padding, window.dilation, strict=True)
        met = [_met(*of_axis) for of_axis in numbers]
        if there.size and all(number for _, number, _, _ in met):
            taps, kernel, padding, dilation = zip(*met, strict=True)
            turned = Window(kernel, (1,) * len(size), padding, dilation)
            _slide(dy, w[:, :, *taps], there, turned, groups, None, way, turned=True)
        else:
            there[...] = 0
    return np.moveaxis(dx, -1, 1)


def _folded_input_gradient(dy: Array, w: Array, dx: Array, window: Window, way: str | None) -> None:
    """Compute all s x s pixels of a square at once, as channels, and lay them out; some rows at a time."""
    (images, *size, _), by = dx.shape, window.stride
    kernels = np.moveaxis(fold_kernel(kernels_last(w), by), (-1, -2), (0, 1))
    squares = [-(-(n + before) // s) for n, (before, _), s in zip(size, window.padding, by, strict=True)]
    for block in blocks(images, tuple(squares), 1_000_000 // kernels.shape[1], (1,) * len(by)):
        ends = zip(kernels.shape[2:], block.start, strict=True)
        turned = Window(
            kernels.shape[2:], (1,) * len(by), tuple((k - 1 - a, 0) for k, a in ends), (1,) * len(by)
        )
        n = block.images.stop - block.images.start
        maps = workspace("squares", (n, *block.length, kernels.shape[1]), dx.dtype)
        _slide(dy[block.images], kernels, maps, turned, 1, None, way, turned=True)
        corner = [a * s - before for a, s, (before, _) in zip(block.start, by, window.padding, strict=True)]
        unfold(maps, dx[block.images], tuple(corner), by)


def weight_gradient(dy: Array, x: Array, window: Window, groups: int, way: str | None = None) -> Array:
    """Return dw[f, c, tap] = sum over n and places of dy[n, f, place] x[n, c, s place + d tap]."""
    dy, x = np.moveaxis(dy, 1, -1), np.moveaxis(x, 1, -1)
    if dy.shape[-1] == x.shape[-1] == groups > 1 and way is None:
        return depthwise.weight_gradient(dy, x, window)
    parts = zip(_split(dy, groups), _split(x, groups), strict=True)
    dw = [_weight_gradient(*part, window, way) for part in parts]
    return dw[0] if groups == 1 else np.concatenate(dw)


def _slide(
    x: Array,
    w: Array,
    y: Array,
    window: Window,
    groups: int,
    b: Array | None = None,
    way: str | None = None,
    turned: bool = False,
) -> None:
    """Write the maps of x (N, *size, C) to y (N, *out, F), all groups; or those of the turned kernels."""
    b = np.zeros(y.shape[-1], y.dtype) if b is None else b
    if len(w) == groups > 1 and w.shape[1] == 1 and way is None:
        depthwise.slide(x, np.flip(w, tuple(range(2, w.ndim))) if turned else w, y, window, b)
        return
    each = _split(x, groups), np.split(w, groups), _split(y, groups), _split(b, groups)
    for xg, wg, yg, bg in zip(*each, strict=True):
        _slide_group(xg, wg, yg, window, bg, way, turned)


def _slide_group(
    x: Array, w: Array, y: Array, window: Window, b: Array, way: str | None, turned: bool
) -> None:
    how = plan(window, x.shape, y.shape, x.dtype, way, rows=y.flags.c_contiguous and not turned)
    if isinstance(how, Rows):
        b, w, x, y, how = np.tile(b, y.shape[-2]), how.kernels(w), how.rows(x), how.rows(y), how.down
    kernels = how.kernels(w, turned)

    def work(some: list[Block]) -> None:
        for block in some:
            part = cut(x, block.images, block.corner(how.window), how.seen(block.length))
            how.forward(part, kernels, b, block.outputs(y))

    _in_blocks(work, how, y.shape, x.shape[-1])


def _met(phase: int, k: int, s: int, padding: Pair, d: int) -> tuple[slice, int, Pair, int]:
    """Return the taps that pixel ``phase`` and every s-th after it meet: which, how many; their window on dy.

    Pixel ``phase + s u`` meets tap t under window number u + (phase + padding - t d) / s, if that is whole.

    >>> [_met(phase, 3, 2, (1, 1), 1) for phase in (0, 1)]
    [(slice(1, 2, 2), 1, (0, 0), 1), (slice(0, 3, 2), 2, (0, 0), 1)]
    """
    taps = [t for t in range(k) if (phase + padding[0] - t * d) % s == 0] or [0]
    number = len(taps) if (phase + padding[0] - taps[0] * d) % s == 0 else 0
    first = (phase + padding[0] - taps[-1] * d) // s
    common = gcd(s, d)
    return slice(taps[0], taps[-1] + 1, s // common), number, (-first, 0), d // common


def _weight_gradient(dy: Array, x: Array, window: Window, way: str | None) -> Array:
    how = plan(window, x.shape, dy.shape, x.dtype, way)
    if isinstance(how, Rows):
        rows = _weight_gradient(how.rows(dy), how.rows(x), how.down.window, "columns")
        return how.gradient(rows, x.shape[-1])

    def work(some: list[Block]) -> Array | None:
        total = None
        for block in some:
            part = cut(x, block.images, block.corner(window), how.seen(block.length))
            whole = tuple(-(-n // m) * m for n, m in zip(block.length, how.step, strict=True))
            total = _added(total, how.backward(part, cut(dy, block.images, block.start, whole, "dy")))
        return total

    found = reduce(_added, _in_blocks(work, how, dy.shape, x.shape[-1]))
    if found is None:  # there was no image
        return np.zeros((dy.shape[-1], x.shape[-1], *window.kernel), x.dtype)
    return how.gradient(found)


def _in_blocks(work: Callable[[list[Block]], Any], way: Blocked, y: Sizes, channels: int) -> list[Any]:
    """Let the threads work on all blocks, of a size that fits the cache and gives every thread one."""
    images, *out, filters = y
    places, total = way.places(channels, filters), images * prod(out)
    enough = total * prod(way.kernel) * channels * filters >= ENOUGH
    if enough:
        places = max(1, min(places, -(-total // threads())))
    return shared_out(work, blocks(images, tuple(out), places, way.step), enough)


def _added(total: Array | None, more: Array | None) -> Array | None:
    if total is None or more is None:
        return more if total is None else total
    return np.add(total, more, out=total)


def _split(a: Array, groups: int) -> list[Array]:
    """Return the groups of the channels, which lie last."""
    return np.split(a, groups, axis=-1) if groups > 1 else [a]
