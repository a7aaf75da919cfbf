"""The plan: of the ways to compute a convolution, the one that should be the fastest for this shape.

A way is judged by the multiplications in its matrix products, and by what it moves. Copying or transforming a
number costs as much as some multiplications; so does starting each run of adjacent numbers.

    way           products a place    moved a place            and for the kernels
    columns       taps C F            taps C, in runs          nothing
    columns(m)    wide taps C F       wide taps C / m, in runs nothing
    sent back     wide taps C F       twice as much, in runs   nothing
    tiles(m)      n^2 / m^2 C F       n^2 / m^2 (2 C + 2 F)    n^2 C F

with n = m + k - 1, and the taps of the wide window of m outputs together. With a stride, C counts after
`fold`, which moves 2 C itself; a single tap with stride 1 moves nothing. So Winograd wins where there are
many channels and many places, and small tiles win over large ones where the places are few. Outputs together
win where there are few channels.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.cook_toom import POINTS
from cnnkit.functional.engine.winograd import Tiles
from cnnkit.window import Sizes, Window

# Both have ``step`` and ``places`` for the blocks, and ``seen`` for what a block sees of the images. Then, in
# this order: ``image`` of a block, ``kernels``, ``forward`` or ``backward``, and ``gradient`` in the end.
# `Columns` alone has ``send_back``.
Way = Columns | Tiles

# Costs, in multiplications:
MOVE = 15  # of copying or transforming a number
RUN = 500  # of beginning a run of numbers that lie together
TRANSFORM = 80, 40  # of making and reading a number of the transformed kernels; and where it serves once
FEWEST = 16, 32  # below 16 kernels a product takes no less time, nor below 32 channels a transform
TILES = (2, 4)  # larger ones round worse
TOGETHER = (2, 4, 8, 16)

_settings = {"exact": False}


def exact(on: bool | None = None) -> bool:
    """Return whether Winograd and outputs together are left out; with a value, set it.

    >>> exact(True), exact(False)
    (True, False)
    """
    if on is not None:
        _settings["exact"] = bool(on)
    return _settings["exact"]


def plain(dtype: npt.DTypeLike) -> bool:
    """Return whether they are left out for numbers of this kind."""
    return np.dtype(dtype) != np.float32 or exact()


def plan(window: Window, x: Sizes, y: Sizes, dtype: npt.DTypeLike, name: str | None = None) -> Way:
    """Return the way from x (N, *size, C) to y (N, *out, F), the one of this name if it is possible.

    >>> window = Window((3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))
    >>> plan(window, (1, 56, 56, 256), (1, 56, 56, 256), "float32").tile
    4
    >>> plan(window, (1, 224, 224, 3), (1, 224, 224, 64), "float32").together
    2
    >>> plan(window, (1, 56, 56, 256), (1, 56, 56, 256), "float64").together
    1
    """
    return _cheapest(window, x, y, plain(dtype), name)


@lru_cache
def _cheapest(window: Window, x: Sizes, y: Sizes, only_plain: bool, name: str | None) -> Way:
    found = ways(window, y)
    if name or only_plain:
        return found.get(name or "columns", found["columns"])
    return min(found.values(), key=lambda way: cost(way, x, y))


def ways(window: Window, y: Sizes) -> dict[str, Way]:
    """Return all ways to compute such a convolution by name; columns(m) has up to m outputs together."""
    found: dict[str, Way] = {"columns": Columns(window)}
    for most in TOGETHER:
        found[f"columns({most})"] = Columns(window, max(m for m in range(1, most + 1) if y[-2] % m == 0))
    short = max(Tiles(window, 2).kernel)
    if set(window.dilation) == {1} and short > 1:
        # the last point is infinity; along three axes, more than six points lose more than 1e-5
        points = len(POINTS) + 1 if len(window.kernel) < 3 else 6
        found |= {f"tiles({m})": Tiles(window, m) for m in TILES if m + short - 1 <= points}
    return found


def cost(way: Way, x: Sizes, y: Sizes, sent: bool = False) -> float:
    """Return how long a way from x to y takes, in multiplications; or, ``sent``, to send y back to x."""
    (images, *_, channels), (_, *out, filters) = x, y
    if isinstance(way, Columns):
        *outer, last = way.wide.kernel
        rows, row, runs = images * prod(out) // way.together, prod(way.wide.kernel) * channels, prod(outer)
        if sent:
            moved = 2 * MOVE * row + RUN * runs * -(-last // way.added_at_once)
        else:
            moved = 0 if row == channels else MOVE * row + RUN * runs
        return rows * (row * max(way.together * filters, FEWEST[0]) + moved)
    stride = prod(way.window.stride)
    once = images * prod(out) <= way.places(channels, filters)
    channels *= stride
    moved = 2 * (max(channels, FEWEST[1]) + max(filters, FEWEST[1]))
    tiles = images * prod(-(-places // m) for places, m in zip(out, way.step, strict=True))
    folded = 0 if stride == 1 else 2 * MOVE * channels * prod(way.step)
    taken = tiles * (channels * filters + MOVE * moved) + TRANSFORM[once] * channels * filters
    return prod(way.sides) * taken + tiles * folded
