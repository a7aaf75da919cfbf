"""Options that are real numbers, and the source of chance: read, or refused with a sentence."""

from __future__ import annotations

import math

import numpy as np

from cnnkit.errors import shown


def positive(name: str, value: object) -> float:
    """Return ``value`` as a float above 0.

    >>> positive("eps", np.float32(0.5))
    0.5
    """
    number = _real(value)
    if not 0 < number < math.inf:
        raise ValueError(f"{name} is {shown(value)}, but it must be a number above 0.")
    return number


def between(name: str, value: object, least: float, most: float) -> float:
    """Return ``value`` as a float from ``least`` to ``most``, both allowed.

    >>> between("p", 1, 0, 1)
    1.0
    """
    number = _real(value)
    if not least <= number <= most:
        raise ValueError(f"{name} is {shown(value)}, but it must be a number from {least} to {most}.")
    return number


def finite(name: str, value: object) -> float:
    """Return ``value`` as a float, neither infinite nor nan.

    >>> finite("alpha", -1)
    -1.0
    """
    number = _real(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {shown(value)}, but it must be a finite number.")
    return number


def generator(function: str, rng: object) -> np.random.Generator:
    """Return ``rng`` if it is a NumPy generator; a seed, or NumPy's older RandomState, is none.

    >>> generator("dropout", 7)
    Traceback (most recent call last):
    ...
    ValueError: dropout: rng is 7, but it must be a NumPy generator, such as np.random.default_rng(0).
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"{function}: rng is {shown(rng)}, but it must be a NumPy generator, "
            "such as np.random.default_rng(0)."
        )
    return rng


def _real(value: object) -> float:
    """Return a real number as a float, and nan, which lies in no range, for what is none. True is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return math.nan
    return float(value)
