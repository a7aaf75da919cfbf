"""What all pooling shares: its options, and the walk over the taps of its window.

A window of 3 x 3 has nine taps. The first tap of all windows together reads a regular grid of pixels, one
every ``stride``; so does the second, and so on. Pooling is therefore a loop over the few taps, each step
working on two large slices, and not a loop over the many windows.

A tap that falls into the padding is left out. So padding is never stored, adds nothing to a sum, and cannot
win a maximum, not even against negative numbers: it counts as minus infinity there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import images
from cnnkit.window import Sizes, Window, each, window

Array = npt.NDArray[Any]
Grid = tuple[Any, ...]


def read(
    function: str,
    axes: int,
    x: Array,
    kernel_size: int | Sizes,
    stride: int | Sizes | None,
    padding: int | Sizes,
    dilation: int | Sizes,
    ceil_mode: bool,
) -> tuple[Array, Window]:
    """Return the images, and the window that slides over them; without a stride it steps by its own size."""
    x = images(function, "x", x, axes)
    kernel = each(f"{function}: kernel_size", kernel_size, axes, least=1)
    border = each(f"{function}: padding", padding, axes)
    if any(2 * p > k for p, k in zip(border, kernel, strict=True)):
        most = tuple(k // 2 for k in kernel)
        raise ShapeError(
            f"{function}: padding is {border} around windows of {kernel}. It must be at most half a window, "
            f"{most}, so that none lies wholly in the padding."
        )
    step = kernel if stride is None else stride
    return x, window(function, x.shape[2:], kernel, step, border, dilation, ceil_mode)


def taps(size: Sizes, geometry: Window) -> Iterator[tuple[Grid, Grid]]:
    """Yield for each tap, row by row, the outputs whose windows meet a pixel there, and these pixels.

    Both are indices for arrays (N, C, *out) and (N, C, *size), and select grids of equal shape.

    >>> geometry = window("pool", (5,), kernel=3, stride=2, padding=1)
    >>> x, y = np.arange(5), np.zeros(3)
    >>> for outputs, pixels in taps((5,), geometry):
    ...     print(x[pixels], "are added to", y[outputs].size, "outputs")
    [1 3] are added to 2 outputs
    [0 2 4] are added to 3 outputs
    [1 3] are added to 2 outputs
    """
    out = geometry.out(size)
    for tap in np.ndindex(*geometry.kernel):
        axes = [
            _meeting(n, m, t * d - before, s)
            for n, m, t, d, s, (before, _) in zip(
                size, out, tap, geometry.dilation, geometry.stride, geometry.padding, strict=True
            )
        ]
        yield (..., *(outputs for outputs, _ in axes)), (..., *(pixels for _, pixels in axes))


def taps_along(axis: int, shape: Sizes, geometry: Window) -> Iterator[tuple[Grid, Grid]]:
    """Yield the same for a window that has a width along one axis of (N, C, *size) only."""
    one = along(axis, geometry)
    for (_, outputs), (_, pixels) in taps((shape[axis],), one):
        yield (slice(None),) * axis + (outputs,), (slice(None),) * axis + (pixels,)


BAND = 1_000_000  # numbers of a band: few enough to stay near, and many enough that calls cost little


def along(axis: int, geometry: Window) -> Window:
    """Return the window as it is along one axis of (N, C, *size)."""
    some = slice(axis - 2, axis - 1)
    return Window(
        geometry.kernel[some], geometry.stride[some], geometry.padding[some], geometry.dilation[some]
    )


def bands(x: Array, geometry: Window) -> Iterator[tuple[Grid, Grid, Window]]:
    """Yield bands of outputs, images first, then rows: outputs, the pixels below, and the window on these.

    >>> x, geometry = np.zeros((1, 4, 700, 500)), window("pool", (700, 500), (3, 1), (2, 1))
    >>> [(outputs[2], pixels[2]) for outputs, pixels, _ in bands(x, geometry)]
    [(slice(0, 250, None), slice(0, 501, None)), (slice(250, 349, None), slice(500, 699, None))]
    """
    each = max(1, x[:1].size)
    images = len(x) if x.ndim > 2 and x.strides[0] < x.strides[2] else max(1, min(len(x), BAND // each))
    (places, *_), (s, *_), (reach, *_) = geometry.out(x.shape[2:]), geometry.stride, geometry.spans
    before, n = geometry.padding[0][0], x.shape[2]
    rows = max(1, BAND * n // (max(images, 1) * each * s))
    for image in range(0, len(x), max(images, 1)):
        for first in range(0, places, rows):
            last = min(first + rows, places)
            start, stop = first * s - before, (last - 1) * s + reach - before
            low, high = min(max(start, 0), n), max(0, min(stop, n))
            inner = replace(geometry, padding=((low - start, stop - high), *geometry.padding[1:]))
            some = slice(image, image + images)
            yield (some, slice(None), slice(first, last)), (some, slice(None), slice(low, high)), inner


def _meeting(n: int, m: int, offset: int, s: int) -> tuple[slice, slice]:
    """Return the outputs i of 0 to m - 1 with a pixel i s + offset in 0 to n - 1, and these pixels."""
    first = max(0, -(offset // s))
    count = max(0, min(m, (n - 1 - offset) // s + 1) - first)
    start = first * s + offset
    return slice(first, first + count), slice(start, start + count * s, s)
