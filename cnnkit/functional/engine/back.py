"""The third sum, the gradient of the images: dy sent back through the kernels.

Every number of dy sends its kernel, times itself, to the window that it came from. Seen from a pixel, it
collects from all windows that have seen it, the last tap from the first of them: with stride 1 that is a
convolution again, of dy under the kernels turned by 180 degrees. With a stride of 2, pixels with even and
odd numbers meet different taps. Then there is a convolution for each kind of pixel, or one that gives all
kinds at once, as channels of the folded image.
"""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocks import blocks
from cnnkit.functional.engine.fold import fold_kernel, unfold, worth_folding
from cnnkit.functional.engine.plan import plan
from cnnkit.functional.engine.rows import Rows
from cnnkit.functional.engine.sums import slide
from cnnkit.functional.engine.workspace import channels_first, channels_last, kernels_last, workspace
from cnnkit.shapes import Pair
from cnnkit.window import Sizes, Window

Array = npt.NDArray[Any]

SQUARES = 500_000  # numbers of the folded image at a time


def input_gradient(
    dy: Array, w: Array, window: Window, groups: int, size: Sizes, way: str | None = None
) -> Array:
    """Return dx (N, C, *size), given dy (N, F, *out) and the kernels (F, C / groups, *kernel)."""
    dx, dy = np.empty((len(dy), *size, w.shape[1] * groups), dy.dtype), channels_last(dy)
    if groups == 1 and isinstance(how := plan(window, dx.shape, dy.shape, dy.dtype, way), Rows):
        how.send_back(dy, w, dx)
    elif groups == 1 and worth_folding(window):
        _all_at_once(dy, w, dx, window, way)
    else:
        _kind_by_kind(dy, w, dx, window, groups, way)
    return channels_first(dx)


def _kind_by_kind(dy: Array, w: Array, dx: Array, window: Window, groups: int, way: str | None) -> None:
    ones = (1,) * len(window.kernel)
    for phase in np.ndindex(*window.stride):
        there = dx[:, *(slice(a, None, s) for a, s in zip(phase, window.stride, strict=True))]
        numbers = zip(phase, window.kernel, window.stride, window.padding, window.dilation, strict=True)
        met = [taps for of_axis in numbers if (taps := _met(*of_axis))]
        if there.size and len(met) == len(phase):
            taps, kernel, padding, dilation = zip(*met, strict=True)
            back = Window(kernel, ones, padding, dilation)
            slide(dy, _turned(w[:, :, *taps], groups), there, back, groups, way=way)
        else:
            there[...] = 0


def _all_at_once(dy: Array, w: Array, dx: Array, window: Window, way: str | None) -> None:
    (images, *size, _), by, ones = dx.shape, window.stride, (1,) * len(window.kernel)
    kernels = _turned(np.moveaxis(fold_kernel(kernels_last(w), by), (-1, -2), (0, 1)), groups=1)
    squares = [-(-(n + before) // s) for n, (before, _), s in zip(size, window.padding, by, strict=True)]
    for block in blocks(images, tuple(squares), SQUARES // len(kernels), ones):
        before = tuple((k - 1 - a, 0) for k, a in zip(kernels.shape[2:], block.start, strict=True))
        there, some = dx[block.images], dy[block.images]
        maps = workspace("squares", (len(some), *block.length, len(kernels)), dx.dtype)
        slide(some, kernels, maps, Window(kernels.shape[2:], ones, before, ones), 1, way=way)
        corner = [a * s - before for a, s, (before, _) in zip(block.start, by, window.padding, strict=True)]
        unfold(maps, there, tuple(corner), by)


def _turned(w: Array, groups: int) -> Array:
    """Return kernels (F, C / groups, *kernel) turned by 180 degrees, as kernels from F channels to C.

    >>> _turned(np.array([[[1, 2]], [[3, 4]]]), groups=1).tolist()
    [[[2, 1], [4, 3]]]
    """
    w = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)
    return w.reshape(-1, *w.shape[2:])


def _met(phase: int, k: int, s: int, padding: Pair, d: int) -> tuple[slice, int, Pair, int] | None:
    """Return the taps that pixel ``phase`` and every s-th after it meet: which, how many; their window on dy.

    Pixel ``phase + s u`` meets tap t under window number u + (phase + padding - t d) / s, if that is whole.

    >>> [_met(phase, 3, 2, (1, 1), 1) for phase in (0, 1)]
    [(slice(1, 2, 2), 1, (0, 0), 1), (slice(0, 3, 2), 2, (0, 0), 1)]
    """
    taps = [t for t in range(k) if (phase + padding[0] - t * d) % s == 0]
    if not taps:
        return None
    first = (phase + padding[0] - taps[-1] * d) // s
    common = gcd(s, d)
    return slice(taps[0], taps[-1] + 1, s // common), len(taps), (-first, 0), d // common
