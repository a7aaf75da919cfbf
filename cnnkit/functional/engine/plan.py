"""The plan: of the ways to compute a convolution, the one that should be the fastest for this shape.

A way is judged by the multiplications in its matrix products, and by how often it moves a number of the image
or of the maps: copying it, or transforming it, takes as long as some twelve multiplications.

    way        products a place       moved a place                        and for the kernels
    columns    taps C F               2 taps C                             nothing
    tiles(m)   n^2 / m^2 C F          n^2 / m^2 (3 C + 2 F)                n^2 C F, each as costly as 50

with n = m + k - 1. So Winograd wins where there are many channels and many places, and small tiles win over
large ones where the places are few. Stride 2 with a kernel of 3 wastes a fourth of the folded kernel.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np

from cnnkit.functional.engine.blocked import Columns
from cnnkit.functional.engine.winograd import Tiles
from cnnkit.window import Sizes, Window

Way = Columns | Tiles

MOVE = 12
TRANSFORM = 50
FEW = 16  # channels; fewer are laid out plane by plane, and cost as much to move as so many
TILES = (2, 4)  # larger ones would lose more than 1e-5 in float32

_settings = {"exact": False}


def exact(on: bool | None = None) -> bool:
    """Return whether Winograd is left out, so that float32 rounds as the sums do; with a value, set it first.

    >>> exact(True), exact(False)
    (True, False)
    """
    if on is not None:
        _settings["exact"] = bool(on)
    return _settings["exact"]


def plan(
    window: Window, images: int, channels: int, filters: int, out: Sizes, dtype: object, back: bool = False
) -> Way:
    """Return the way for these sizes; ``back`` for the gradients.

    >>> window = Window((3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))
    >>> plan(window, 1, 256, 256, (56, 56), np.dtype("float32")).tile
    4
    >>> plan(window, 1, 512, 512, (14, 14), np.dtype("float32")).tile
    2
    >>> type(plan(window, 1, 256, 256, (56, 56), np.dtype("float64"))).__name__
    'Columns'
    """
    return _cheapest(window, images, channels, filters, out, dtype != np.float32 or exact(), back)


@lru_cache
def _cheapest(
    window: Window, images: int, channels: int, filters: int, out: Sizes, exactly: bool, back: bool
) -> Way:
    found = ways(window, channels, back)
    return min(found[:1] if exactly else found, key=lambda way: cost(way, images, channels, filters, out))


def ways(window: Window, channels: int, back: bool = False) -> list[Way]:
    """Return all ways that can compute such a convolution, im2col first; back, Winograd needs stride 1."""
    columns, short = Columns(window, planes=channels < FEW), max(Tiles(window, 2).kernel)
    possible = set(window.dilation) == {1} and not (back and max(window.stride) > 1)
    return [columns, *(Tiles(window, m) for m in TILES if possible and 1 < short <= 9 - m)]


def cost(way: Way, images: int, channels: int, filters: int, out: Sizes) -> float:
    """Return how long a way takes, in multiplications."""
    if isinstance(way, Columns):
        return images * prod(out) * prod(way.window.kernel) * channels * (filters + 2 * MOVE)
    channels *= prod(way.window.stride)
    moved = 3 * max(channels, FEW) + 2 * max(filters, FEW)
    tiles = images * prod(way.tiles(out))
    return prod(way.sides) * (tiles * (channels * filters + MOVE * moved) + TRANSFORM * channels * filters)
