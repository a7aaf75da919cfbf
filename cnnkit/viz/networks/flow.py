"""How large a gradient is on its way through a deep network, before any training: three ways to build it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
KINDS = ("plain", "shortcut", "dense")
EXAMPLES, WIDTH, GROWTH = 64, 24, 8
EPS = 1e-5


@lru_cache(maxsize=512)
def gradient_norms(kind: str, depth: int, norm: bool, scale: int, seed: int) -> tuple[float, ...]:
    """Return the size of the gradient in front of each layer and behind the last, as parts of the last one.

    Every layer multiplies by a random matrix, norms each unit over the examples if asked to, and ends in a
    ReLU. With a "shortcut", what came in is added in front of that ReLU; in a "dense" network 8 new units are
    laid beside what came in.

    Parameters
    ----------
    kind : "plain", "shortcut" or "dense"
    depth : how many layers
    norm : batch norm in each layer
    scale : standard deviation of the weights, in percent of He's rule
    seed : fixes examples, weights and the gradient that comes in

    >>> norms = gradient_norms("plain", 32, True, 100, 0)
    >>> len(norms), norms[-1], 300 < norms[0] < 3000
    (33, 1.0, True)
    >>> gradient_norms("plain", 32, False, 70, 0)[0] < 1e-4
    True
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((EXAMPLES, WIDTH))
    kept: list[tuple[Array, ...]] = []
    for _ in range(depth):
        units = GROWTH if kind == "dense" else WIDTH
        w = scale / 100 * np.sqrt(2 / x.shape[1]) * rng.standard_normal((x.shape[1], units))
        z = x @ w
        deviation = np.sqrt(z.var(axis=0) + EPS) if norm else np.ones(units)
        z = (z - z.mean(axis=0)) / deviation if norm else z
        before_relu = z + x if kind == "shortcut" else z
        kept.append((w, z, deviation, before_relu > 0))
        x = np.maximum(before_relu, 0) if kind != "dense" else np.hstack([x, np.maximum(z, 0)])
    return _sizes(kind, norm, rng.standard_normal(x.shape), kept)


def _sizes(kind: str, norm: bool, dy: Array, kept: list[tuple[Array, ...]]) -> tuple[float, ...]:
    """Send a gradient back through the layers and write its size down in front of each."""
    sizes = [float(np.linalg.norm(dy))]
    for w, z, deviation, passes in kept[::-1]:
        old, new = (dy[:, : len(w)], dy[:, len(w) :]) if kind == "dense" else (None, dy)
        dsum = new * passes
        dz = _norm_backward(dsum, z, deviation) if norm else dsum
        dy = dz @ w.T
        dy = dy + dsum if kind == "shortcut" else dy if old is None else dy + old
        sizes.append(float(np.linalg.norm(dy)))
    return tuple(size / sizes[0] for size in sizes[::-1])


def _norm_backward(dz: Array, z: Array, deviation: Array) -> Array:
    """Return the gradient in front of a batch norm whose output is z."""
    return np.asarray((dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0)) / deviation)


def times(factor: float) -> str:
    """Write a factor of any size for a reader.

    >>> times(0.946), times(11.3), times(2514), times(2.6e-8)
    ('0.95', '11', '2,500', '2.6 · 10⁻⁸')
    """
    if 0.01 <= factor < 10:
        return f"{factor:.2g}"
    if 10 <= factor < 1e6:
        return f"{round(factor, 1 - len(str(int(factor))) + 1):,.0f}"
    digits, _, power = f"{factor:.1e}".partition("e")
    return f"{digits} · {power_of_ten(int(power))}"


def power_of_ten(power: int) -> str:
    """Write 10 to a whole power.

    >>> power_of_ten(-12)
    '10⁻¹²'
    """
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
