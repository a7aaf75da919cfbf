"""What weights are before training: random numbers of the right size, and zeros."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import options

Array = npt.NDArray[Any]


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw weights (F, C, ...) with standard deviation sqrt(2 / fan_in), where fan_in = C times the taps.

    With ReLU behind each layer the signal then keeps its strength on the way up.

    References
    ----------
    He, Zhang, Ren and Sun (2015), *Delving deep into rectifiers*, section 2.2.

    >>> w = he_normal((64, 32, 3, 3), np.random.default_rng(0))
    >>> round(float(w.std() * np.sqrt(32 * 3 * 3 / 2)), 2)
    1.0
    """
    return rng.normal(0.0, sqrt(2 / prod(shape[1:])), shape)


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw weights (F, C, ...) evenly from -a to a, a = sqrt(6 / (fan_in + fan_out)): for tanh and sigmoid.

    References
    ----------
    Glorot and Bengio (2010), *Understanding the difficulty of training deep feedforward neural networks*.

    >>> w = xavier_uniform((100, 50), np.random.default_rng(0))
    >>> bool(abs(w).max() <= 0.2)
    True
    """
    taps = prod(shape[2:])
    limit = sqrt(6 / (taps * (shape[0] + shape[1])))
    return rng.uniform(-limit, limit, shape)


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return zeros: what a bias starts with.

    >>> zeros((2,), np.random.default_rng(0))
    array([0., 0.])
    """
    return np.zeros(shape)


def ones(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return ones: what the scale of a normalisation starts with.

    >>> ones((2,), np.random.default_rng(0))
    array([1., 1.])
    """
    return np.ones(shape)


def full(shape: tuple[int, ...], rng: np.random.Generator, *, value: float) -> Array:
    """Return one number everywhere; use it as ``functools.partial(full, value=0.25)``.

    >>> full((2,), np.random.default_rng(0), value=0.25)
    array([0.25, 0.25])
    """
    return np.full(shape, float(value))


def generator(rng: np.random.Generator | None, caller: str = "layers") -> np.random.Generator:
    """Return ``rng``, or a fresh generator where none was given.

    >>> isinstance(generator(None), np.random.Generator)
    True
    """
    return np.random.default_rng() if rng is None else options.generator(caller, rng)
