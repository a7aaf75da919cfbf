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
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

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
    step = kernel if stride is None else each(f"{function}: stride", stride, axes, least=1)
    apart = each(f"{function}: dilation", dilation, axes, least=1)
    return x, _window(function, x.shape[2:], kernel, step, border, apart, bool(ceil_mode))


_window = lru_cache(window)  # the same few windows are asked for again and again


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


class Tap(NamedTuple):
    """One tap along one axis: indices of the outputs that meet pixels there, and of these pixels.

    All pixels that lie a whole number of strides apart are a strip. A tap sees a part of one strip.
    """

    outputs: Grid
    pixels: Grid
    strip: int
    inside: Grid  # the pixels, as a part of the strip


class Along(NamedTuple):
    """A window along one axis of (N, C, *size)."""

    axis: int
    places: int
    taps: tuple[Tap, ...]
    whole: tuple[int, ...]  # two taps, by number, that meet all outputs, or none where there are no two
    strips: tuple[Grid, ...]
    sums: tuple[int, ...]  # the strips, by number, that are not just what one tap sees

    def out(self, shape: Sizes) -> Sizes:
        """Return the shape of what is left of arrays of this shape."""
        return (*shape[: self.axis], self.places, *shape[self.axis + 1 :])


class Band(NamedTuple):
    """Rows of outputs, the rows of pixels below, and the window on these, axis by axis."""

    outputs: Grid
    pixels: Grid
    shared: Grid  # the pixels that belong to the band before, too
    axes: tuple[Along, ...]


BAND = 400_000  # numbers of a band: few enough to stay near, and many enough that calls cost little


def bands(x: Array, geometry: Window) -> tuple[Band, ...]:
    """Return bands that make up all outputs and all pixels, images first, then rows.

    >>> x, geometry = np.zeros((1, 4, 700, 200)), window("pool", (700, 200), (3, 1), (2, 1))
    >>> [(band.outputs[2], band.pixels[2]) for band in bands(x, geometry)]
    [(slice(0, 250, None), slice(0, 501, None)), (slice(250, 349, None), slice(500, 700, None))]
    """
    return _bands(x.shape, x.strides[0] < x.strides[2], geometry)


@lru_cache
def _bands(shape: Sizes, together: bool, geometry: Window) -> tuple[Band, ...]:
    """Return the bands of images of this shape; ``together`` keeps all images in each."""
    found, (places, *_), n, s = [], geometry.out(shape[2:]), shape[2], geometry.stride[0]
    images = max(1, shape[0] if together else BAND // prod(shape[1:]))
    rows = max(1, BAND * n // (images * prod(shape[1:]) * s))
    columns = tuple(_along(axis, shape[axis], geometry) for axis in range(3, len(shape)))
    for image in range(0, shape[0], images):
        some, seen = slice(image, image + images), 0
        for first in range(0, places, rows):
            last = min(first + rows, places)
            low, high, inner = _below(first, last, places, n, geometry)
            outputs, pixels, shared = (
                (some, slice(None), slice(*ends))
                for ends in ((first, last), (low, high), (low, max(low, seen)))
            )
            found.append(Band(outputs, pixels, shared, (_along(2, high - low, inner), *columns)))
            seen = high
    return tuple(found)


def _below(first: int, last: int, places: int, n: int, geometry: Window) -> tuple[int, int, Window]:
    """Return where the rows of pixels below some rows of outputs start and stop, and the window on these.

    They go on to where the next ones start, and in the end to the last, so that no row is left out.
    """
    s, before = geometry.stride[0], geometry.padding[0][0]
    start, stop = first * s - before, (last - 1) * s + geometry.spans[0] - before
    low, high = min(max(start, 0), n), min(max(stop, last * s - before, 0), n) if last < places else n
    return low, high, replace(geometry, padding=((low - start, stop - high), *geometry.padding[1:]))


def _along(axis: int, n: int, geometry: Window) -> Along:
    """Return the window as it is along one axis, of n pixels."""
    some, before = slice(axis - 2, axis - 1), (slice(None),) * axis
    one = Window(
        geometry.kernel[some], geometry.stride[some], geometry.padding[some], geometry.dilation[some]
    )
    (places,), (s,), found = one.out((n,)), one.stride, []
    for (_, outputs), (_, pixels) in taps((n,), one):
        q, strip = divmod(min(pixels.start, max(n - 1, 0)), s)  # a tap may see no pixel at all
        inside = slice(q, q + outputs.stop - outputs.start)
        found.append(Tap((*before, outputs), (*before, pixels), strip, (*before, inside)))
    whole = tuple(i for i, tap in enumerate(found) if tap.outputs[-1] == slice(0, places))[:2]
    numbers = range(max(1, min(s, n)))
    strips = tuple((*before, slice(r, None, s)) for r in numbers)
    parts = [[tap.inside[-1] for tap in found if tap.strip == r] for r in numbers]
    sums = tuple(r for r in numbers if parts[r] != [slice(0, len(range(r, n, s)))])
    return Along(axis, places, tuple(found), whole if len(whole) == 2 else (), strips, sums)


def _meeting(n: int, m: int, offset: int, s: int) -> tuple[slice, slice]:
    """Return the outputs i of 0 to m - 1 with a pixel i s + offset in 0 to n - 1, and these pixels."""
    first = max(0, -(offset // s))
    count = max(0, min(m, (n - 1 - offset) // s + 1) - first)
    start = first * s + offset
    return slice(first, first + count), slice(start, start + count * s, s)
