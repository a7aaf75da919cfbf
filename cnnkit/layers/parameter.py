"""What a layer learns: an array and its gradient, drawn when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import shown
from cnnkit.functional.arguments import with_shape
from cnnkit.options import generator

Array = npt.NDArray[Any]
Init = Callable[[tuple[int, ...], np.random.Generator], Array]


class Parameter:
    """An array that training changes, with its gradient beside it.

    The first look at ``data`` draws it. So a network of any size is built, counted and audited at once, and
    loading weights into it draws nothing. When and in what order one looks makes no difference to what is
    drawn. NumPy's functions take a parameter for its ``data``.

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
        self.shape = tuple(shape)
        self.dtype = self._drawn_as = floating("Parameter: dtype", dtype)
        self._init = init
        self._seed = int(generator("Parameter", rng).integers(2**63))
        self._data: Array | None = None
        self._grad: Array | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    @property
    def data(self) -> Array:
        """The array itself. What is assigned must have the shape; it is kept in the parameter's dtype."""
        if self._data is None:
            drawn = self._init(self.shape, np.random.default_rng(self._seed))
            drawn = self._fitting("what init returns", drawn)
            self._data = _kernels_last(
                drawn.astype(self._drawn_as, copy=False).astype(self.dtype, copy=False)
            )
        return self._data

    @data.setter
    def data(self, value: Array) -> None:
        array = self._fitting("data", value)
        self._data = _kernels_last(array.astype(self.dtype, copy=not array.flags.writeable))

    @property
    def grad(self) -> Array:
        """The gradient of the loss, the sum of what all ``backward`` calls since `zero_grad` have added."""
        if self._grad is None:
            self._grad = np.zeros(self.shape, self.dtype)
        return self._grad

    @grad.setter
    def grad(self, value: Array | None) -> None:
        self._grad = None if value is None else self._fitting("grad", value).astype(self.dtype)

    def add_grad(self, gradient: Array) -> None:
        """Add what one ``backward`` has found."""
        found = self._fitting("the gradient", gradient).astype(self.dtype)
        self._grad = found if self._grad is None else self._grad + found

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self._grad = None

    def astype(self, dtype: npt.DTypeLike) -> None:
        """Change the precision of the array; the gradient is forgotten."""
        self.dtype = floating("astype: dtype", dtype)
        self._data = None if self._data is None else self._data.astype(dtype)
        self._grad = None

    def _fitting(self, name: str, value: object) -> Array:
        return with_shape("Parameter", name, value, self.shape)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._data is not None:  # copies come back in another order in memory
            self._data = _kernels_last(self._data)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.array(self.data, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.dtype})"


def _kernels_last(array: Array) -> Array:
    """Return kernels (F, C, ...) with C and F last in memory, as the engine needs them; else the array."""
    if array.ndim < 3:
        return array
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, (0, 1), (-1, -2))), (-1, -2), (0, 1))


def floating(name: str, value: npt.DTypeLike) -> np.dtype[Any]:
    """Return a dtype for weights, such as float32.

    >>> floating("Conv2d: dtype", "float64")
    dtype('float64')
    """
    try:
        dtype = np.dtype(value)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind != "f":
        raise ValueError(f"{name} is {shown(value)}, but weights are 'float32' or 'float64'.")
    return dtype
