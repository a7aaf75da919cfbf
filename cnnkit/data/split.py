"""Hold some examples out: what a network is tested on, it must not have seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.options import generator
from cnnkit.shapes import whole

Array = npt.NDArray[Any]
Pairs = tuple[tuple[Array, Array], tuple[Array, Array]]


def split(x: Array, y: Array, held_out: int = 1000, *, rng: np.random.Generator) -> Pairs:
    """Split examples at random into those to train on and those held out, every class in the same proportion.

    Parameters
    ----------
    x : array (N, ...), the examples
    y : array (N,), their classes
    held_out : how many to hold out, from 0 to N
    rng : where chance comes from; the same seed gives the same split

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : copies, both shuffled. A class with n members has
        n held_out / N of them in the second pair, rounded up or down.

    Raises
    ------
    ShapeError
        if x and y differ in length, or held_out is out of range.
    ValueError
        if x or y is no array of numbers or words, or rng is no generator.

    >>> x, y = np.arange(20).reshape(10, 2), np.array([0] * 6 + [1] * 4)
    >>> (x_train, y_train), (x_test, y_test) = split(x, y, held_out=5, rng=np.random.default_rng(0))
    >>> x_test.shape, np.bincount(y_test)
    ((5, 2), array([3, 2]))
    """
    x, y, rng = _array("x", x), _array("y", y), generator("split", rng)
    if y.ndim != 1 or x.shape[:1] != y.shape:
        raise ShapeError(
            f"split: x has shape {x.shape} and y {y.shape}. "
            "y must be (N,), one class for each of the N entries of x's first axis."
        )
    if whole("split: held_out", held_out, 0) > len(y):
        raise ShapeError(f"split: held_out is {held_out}, but there are only {len(y)} examples.")
    test, train = _spread(y, held_out, rng)
    return (x[train], y[train]), (x[test], y[test])


def _array(name: str, value: object) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(f"split: {name} is not an array: its rows differ in length.") from None
    if array.dtype.kind == "O":
        raise ValueError(f"split: {name} holds objects, but it must hold numbers or words.")
    return array


def _spread(y: Array, held_out: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Line the examples up class by class, take some at even distances, and shuffle both parts."""
    shuffled = rng.permutation(len(y))
    by_class = shuffled[np.argsort(y[shuffled], kind="stable")]
    taken = (2 * np.arange(held_out) + 1) * len(y) // max(1, 2 * held_out)
    return rng.permutation(by_class[taken]), rng.permutation(np.delete(by_class, taken))
