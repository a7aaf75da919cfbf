"""The plan: of the ways to compute a convolution, the one that should be the fastest for this shape.

A way is judged by the multiplications in its matrix products, and by what it moves: copying or transforming a
number takes as long as some multiplications, and so does every run of numbers that lie together.

    way        products a place       moved a place                        and for the kernels
    columns    taps C F               taps C, in runs of a kernel's row    nothing
    tiles(m)   n^2 / m^2 C F          n^2 / m^2 (2 C + 2 F)                n^2 C F
    rows       as columns, of rows that are one pixel wide

with n = m + k - 1. So Winograd wins where there are many channels and many places, and small tiles win over
large ones where the places are few. Rows win where there are few channels and few places in a row.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.cook_toom import POINTS
from cnnkit.functional.engine.rows import Rows
from cnnkit.functional.engine.winograd import Tiles
from cnnkit.window import Sizes, Window

Blocked = Columns | Tiles  # what `sums` needs of them: seen, then forward or backward, for every block
Way = Blocked | Rows

# Costs, in multiplications:
MOVE = 15  # of copying or transforming a number
RUN = 500  # of beginning a run of numbers that lie together
TRANSFORM = 80  # of making and reading a number of the transformed kernels
FEWEST = 16, 32  # kernels, and channels, below which products, and transforms, take no less time
TILES = (2, 4)  # larger ones would lose more than 1e-5 in float32

_settings = {"exact": False}


def exact(on: bool | None = None) -> bool:
    """Return whether im2col alone is used, so that float32 rounds as the sums do; with a value, set it first.

    >>> exact(True), exact(False)
    (True, False)
    """
    if on is not None:
        _settings["exact"] = bool(on)
    return _settings["exact"]


def plan(
    window: Window, x: Sizes, y: Sizes, dtype: npt.DTypeLike, way: str | None = None, rows: bool = True
) -> Way:
    """Return the way from x (N, *size, C) to y (N, *out, F), the forced one if it is possible.

    >>> window = Window((3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))
    >>> plan(window, (1, 56, 56, 256), (1, 56, 56, 256), "float32").tile
    4
    >>> type(plan(window, (1, 56, 56, 256), (1, 56, 56, 256), "float64")).__name__
    'Columns'
    """
    return _cheapest(window, x, y, np.dtype(dtype) != np.float32 or exact(), way, rows)


@lru_cache
def _cheapest(window: Window, x: Sizes, y: Sizes, exactly: bool, way: str | None, rows: bool) -> Way:
    found = ways(window, x, y, rows)
    if way or exactly:
        return found.get(way or "columns", found["columns"])
    return min(found.values(), key=lambda way: cost(way, x, y))


def ways(window: Window, x: Sizes, y: Sizes, rows: bool = True) -> dict[str, Way]:
    """Return all ways that can compute such a convolution, by name."""
    found: dict[str, Way] = {"columns": Columns(window)}
    short = max(Tiles(window, 2).kernel)
    if set(window.dilation) == {1} and short > 1:
        enough = len(POINTS) + 1  # the last point is infinity
        found |= {f"tiles({m})": Tiles(window, m) for m in TILES if m + short - 1 <= enough}
    if rows and window.padding[-1][0] >= 0:
        found["rows"] = Rows(window, x[-2], y[-2])
    return found


def cost(way: Way, x: Sizes, y: Sizes) -> float:
    """Return how long a way takes, in multiplications."""
    (images, *_, channels), (_, *out, filters) = x, y
    if isinstance(way, Rows):
        return cost(way.down, (*x[:-2], 1, x[-2] * channels), (*y[:-2], 1, y[-2] * filters))
    kernel, places = way.kernel, images * prod(out)
    if isinstance(way, Columns):
        row = prod(kernel) * channels
        copied = 0 if prod(kernel) == 1 else MOVE * row + RUN * prod(kernel[:-1])
        return places * (row * max(filters, FEWEST[0]) + copied)
    channels *= prod(way.window.stride)
    moved = 2 * (max(channels, FEWEST[1]) + max(filters, FEWEST[1]))
    tiles = images * prod(way.tiles(tuple(out)))
    return prod(way.sides) * (tiles * (channels * filters + MOVE * moved) + TRANSFORM * channels * filters)
