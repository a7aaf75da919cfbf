"""What every operation does first: see that its arguments are arrays of numbers with the right axes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError

Array = npt.NDArray[Any]

# How messages name the axes of images and of kernels with one, two or three spatial axes.
IMAGES = {1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
KERNELS = {1: "(F, C / groups, K)", 2: "(F, C / groups, KH, KW)", 3: "(F, C / groups, KD, KH, KW)"}


def numbers(function: str, name: str, value: object) -> Array:
    """Return ``value`` as an array of floating numbers: float32 stays float32, whole numbers become float64.

    >>> numbers("relu", "x", [1, 2]).dtype, numbers("relu", "x", np.float32([1])).dtype
    (dtype('float64'), dtype('float32'))
    """
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal length
        raise ShapeError(f"{function}: {name} is not an array: its rows differ in length.") from None
    except Exception as error:  # the object's own words, such as those of a tensor that collects its gradient
        said = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{function}: {name} does not become an array: {said}") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{function}: {name} has dtype {array.dtype}, but it must hold real numbers.")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def with_axes(function: str, name: str, value: object, axes: str) -> Array:
    """Return ``value`` as a floating array whose axes are those named in ``axes``, such as "(N, C, H, W)".

    >>> with_axes("linear", "x", [[1.0, 2.0]], "(N, D)").shape
    (1, 2)
    """
    array = numbers(function, name, value)
    wanted = axes.count(",") + (not axes.endswith(",)"))
    if array.ndim != wanted:
        batch = f" Add the axis of the batch: {name}[None]."
        advice = batch if "N" in axes and array.ndim == wanted - 1 else ""
        raise ShapeError(f"{function}: {name} has shape {array.shape}, but it must be {axes}.{advice}")
    return array


def with_shape(function: str, name: str, value: object, shape: tuple[int, ...]) -> Array:
    """Return ``value`` as a floating array of exactly this shape; what a gradient or a bias must have.

    >>> with_shape("conv2d", "b", [1, 2], (2,))
    array([1., 2.])
    """
    array = numbers(function, name, value)
    if array.shape != shape:
        raise ShapeError(f"{function}: {name} has shape {array.shape}, but it must be {shape}.")
    return array


def not_empty(function: str, name: str, x: Array) -> Array:
    """Return ``x``, images that may be none at all (N = 0) but have at least one channel and one pixel.

    >>> not_empty("conv2d", "x", np.zeros((0, 3, 4, 4))).shape
    (0, 3, 4, 4)
    """
    if 0 in x.shape[1:]:
        raise ShapeError(
            f"{function}: {name} has shape {x.shape}; only the batch, the first axis, may be empty."
        )
    return x


def images(function: str, name: str, value: object, axes: int) -> Array:
    """Return ``value`` as floating images with 1, 2 or 3 spatial axes: (N, C, L) to (N, C, D, H, W).

    >>> images("conv2d", "x", np.zeros((1, 3, 4, 4), np.float32), axes=2).dtype
    dtype('float32')
    """
    return not_empty(function, name, with_axes(function, name, value, IMAGES[axes]))


def with_channels(function: str, x: object) -> Array:
    """Return ``x`` as floating numbers that have channels: (N, C) or (N, C, ...).

    >>> with_channels("batch_norm", [[1, 2]])
    array([[1., 2.]])
    """
    array = numbers(function, "x", x)
    if array.ndim < 2:
        raise ShapeError(
            f"{function}: x has shape {array.shape}, but it must be (N, C) or (N, C, ...). "
            "Batch first, channels second."
        )
    return not_empty(function, "x", array)


def kernel(function: str, name: str, value: object, axes: str) -> Array:
    """Return ``value`` as a floating kernel with the axes named in ``axes`` and at least one weight.

    >>> kernel("conv1d", "w", [[[1, 2, 1]]], "(F, C, K)").shape
    (1, 1, 3)
    """
    array = with_axes(function, name, value, axes)
    if array.size == 0:
        raise ShapeError(f"{function}: {name} has shape {array.shape}, but a kernel must not be empty.")
    return array


def of_one_dtype(*arrays: Array) -> tuple[Array, ...]:
    """Return floating arrays in the finest of their dtypes: float32 beside float64 becomes float64.

    >>> [array.dtype.name for array in of_one_dtype(np.ones(1, np.float32), np.ones(1))]
    ['float64', 'float64']
    """
    dtype = np.result_type(*arrays)
    return tuple(array.astype(dtype, copy=False) for array in arrays)


@contextmanager
def said_by(function: str) -> Iterator[None]:
    """Let the errors of an operation begin with the name of the function that the reader called.

    >>> with said_by("depthwise_conv2d"):
    ...     raise ShapeError("conv2d: stride is 0, but it must be a whole number, 1 or more.")
    Traceback (most recent call last):
    ...
    cnnkit.errors.ShapeError: depthwise_conv2d: stride is 0, but it must be a whole number, 1 or more.
    """
    try:
        yield
    except ValueError as error:
        _, _, what = str(error).partition(":")
        raise type(error)(f"{function}:{what}") from None
