"""What a layer learns: an array and its gradient, drawn when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import numbers

Array = npt.NDArray[Any]
Init = Callable[[tuple[int, ...], np.random.Generator], Array]


class Parameter:
    """An array that training changes, with its gradient beside it.

    The first look at ``data`` draws it. So a network of any size is built, counted and audited at once, and
    loading weights into it draws nothing.

    Parameters
    ----------
    shape : tuple of int
    init : function (shape, rng) -> array
    rng : numpy.random.Generator; one number is taken from it here, as the seed of this array
    dtype : floating dtype of the array

    >>> p = Parameter((2, 3), lambda shape, rng: np.ones(shape), np.random.default_rng(0))
    >>> p.size, p.data.sum(), p.grad.sum()
    (6, np.float32(6.0), np.float32(0.0))
    """

    def __init__(
        self, shape: tuple[int, ...], init: Init, rng: np.random.Generator, dtype: npt.DTypeLike = np.float32
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._init = init
        self._seed = int(rng.integers(2**63))
        self._data: Array | None = None
        self._grad: Array | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def data(self) -> Array:
        """The array itself."""
        if self._data is None:
            self._data = self._init(self.shape, np.random.default_rng(self._seed)).astype(self.dtype)
        return self._data

    @data.setter
    def data(self, value: Array) -> None:
        array = numbers("Parameter.data", "the new array", value)
        if array.shape != self.shape:
            raise ShapeError(f"Parameter.data: the array must have shape {self.shape}, not {array.shape}.")
        self._data = array.astype(self.dtype, copy=False)

    @property
    def grad(self) -> Array:
        """The gradient of the loss, the sum of what all ``backward`` calls since `zero_grad` have added."""
        if self._grad is None:
            self._grad = np.zeros(self.shape, self.dtype)
        return self._grad

    def add_grad(self, gradient: Array) -> None:
        """Add what one ``backward`` has found."""
        if self._grad is None:
            self._grad = gradient.astype(self.dtype, copy=False)
        else:
            self._grad = self._grad + gradient

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self._grad = None

    def astype(self, dtype: npt.DTypeLike) -> None:
        """Change the precision of the array; the gradient is forgotten."""
        self.dtype = np.dtype(dtype)
        self._data = None if self._data is None else self._data.astype(dtype)
        self._grad = None

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.dtype})"
