"""The third sum, the gradient of the images: dy sent back through the kernels.

Every number of dy sends its kernel, times itself, to the window that it came from. With few channels that is
what is done: one product makes all that is sent, and it is added up tap by tap (`Columns.send_back`).

A pixel gets a share from every window that saw it. The first of these saw it under its last tap, so with
stride 1 this is a convolution again, of dy with the kernels turned by 180 degrees. With a stride of 2, even
and odd pixels meet different taps: there is one convolution for each kind of pixel.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, groupby, product
from math import gcd, prod
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.blocks import Block, corner, lengths
from cnnkit.functional.engine.columns import overlap
from cnnkit.functional.engine.plan import cost, plain, plan, ways
from cnnkit.functional.engine.sums import in_blocks, slide, whole_steps
from cnnkit.functional.engine.threads import shared_out, threads
from cnnkit.functional.engine.workspace import channels_first, channels_last, workspace
from cnnkit.shapes import Pair
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]
Kind = tuple[tuple[slice, ...], tuple[slice, ...], Window]  # where, the taps met, their window on dy

SENT = 1_000_000  # numbers of dy, and of what it sends, in a block


def input_gradient(
    dy: Array, w: Array, window: Window, groups: int, size: Sizes, way: str | None = None
) -> Array:
    """Return dx (N, C, *size), given dy (N, F, *out) and the kernels (F, C / groups, *kernel)."""
    dx, dy = np.empty((len(dy), *size, w.shape[1] * groups), dy.dtype), channels_last(dy)
    sender = _sender(window, dx.shape, dy.shape, plain(dy.dtype), way) if groups == 1 else None
    if sender:
        _send_back(dy, w, dx, sender)
    else:
        for pixels, taps, back in _kinds(window):
            there = dx[:, *pixels]
            if there.size and 0 not in back.kernel:
                slide(dy, _turned(w[:, :, *taps], groups), there, back, groups, way=way)
            else:
                there[...] = 0
    return channels_first(dx)


@lru_cache
def _sender(window: Window, x: Sizes, y: Sizes, only_plain: bool, name: str | None) -> Columns | None:
    """Return the columns to send dy back by, if that is faster than to collect it kind by kind; else None."""
    found = {key: way for key, way in ways(window, y).items() if isinstance(way, Columns)}
    if name or only_plain:
        return found.get(name) if name else None
    best = min(found.values(), key=lambda way: cost(way, x, y, sent=True))
    collected = 0.0
    for pixels, _, back in _kinds(window):
        there = (x[0], *(len(range(n)[some]) for n, some in zip(x[1:-1], pixels, strict=True)), x[-1])
        if prod(there + back.kernel):
            collected += cost(plan(back, y, there, np.float32), y, there)
    return best if cost(best, x, y, sent=True) < collected else None


def _send_back(dy: Array, w: Array, dx: Array, way: Columns) -> None:
    kernels = way.kernels(w)
    found, enough = in_blocks(way, dx, dy, SENT * way.together // sum(kernels.shape), threads())
    dx[...] = 0

    def of_images(each: list[list[Block]]) -> None:
        for block in chain(*each):
            size = way.seen(lengths(block))
            part = workspace("part", (len(dx[block[0]]), *size, dx.shape[-1]), dx.dtype)
            part[...] = 0
            way.send_back(whole_steps(dy, block, way.step), kernels, part)
            inside, kept = overlap(corner(block, way.window), size, dx.shape[1:-1])
            dx[block[0], *kept] += part[:, *inside]

    # what the blocks of an image have seen overlaps, so that one thread adds up all of them
    images = [list(together) for _, together in groupby(found, key=itemgetter(0))]
    shared_out(of_images, images, enough)


@lru_cache
def _kinds(window: Window) -> tuple[Kind, ...]:
    """Return for each kind of pixels where they are, the taps that they meet, and their window on dy.

    >>> [(pixels, back.kernel) for pixels, _, back in _kinds(Window((3,), (2,), ((1, 1),), (1,)))]
    [((slice(0, None, 2),), (1,)), ((slice(1, None, 2),), (2,))]
    """
    numbers = zip(window.kernel, window.stride, window.padding, window.dilation, strict=True)
    axes = (
        [(slice(first, None, axis[1]), *_met(first, *axis)) for first in range(axis[1])] for axis in numbers
    )
    found = []
    for kind in product(*axes):
        pixels, taps, kernel, padding, dilation = zip(*kind, strict=True)
        found.append((pixels, taps, Window(kernel, (1,) * len(kernel), padding, dilation)))
    return tuple(found)


def _turned(w: Array, groups: int) -> Array:
    """Return kernels (F, C / groups, *kernel) turned by 180 degrees, as kernels from F channels to C.

    >>> _turned(np.array([[[1, 2]], [[3, 4]]]), groups=1).tolist()
    [[[2, 1], [4, 3]]]
    """
    w = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)
    return w.reshape(-1, *w.shape[2:])


def _met(phase: int, k: int, s: int, padding: Pair, d: int) -> tuple[slice, int, Pair, int]:
    """Return the taps that pixel ``phase`` and every s-th after it meet: which, how many; their window on dy.

    Pixel ``phase + s u`` meets tap t under window number u + (phase + padding - t d) / s, if that is whole.

    >>> [_met(phase, 3, 2, (1, 1), 1) for phase in (0, 1)]
    [(slice(1, 2, 2), 1, (0, 0), 1), (slice(0, 3, 2), 2, (0, 0), 1)]
    """
    taps = [t for t in range(k) if (phase + padding[0] - t * d) % s == 0]
    if not taps:
        return slice(0), 0, (0, 0), 1
    first = (phase + padding[0] - taps[-1] * d) // s
    common = gcd(s, d)
    return slice(taps[0], taps[-1] + 1, s // common), len(taps), (-first, 0), d // common
