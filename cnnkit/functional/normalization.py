"""Batch norm: bring every channel to a common scale, over all images and all places of the batch.

    y = x_hat weight + bias    with    x_hat = (x - mean) / sqrt(var + eps)

In evaluation, mean and var are running averages from training: constants. In training they are the batch's
own, so each number of ``x`` also moves the others through them. On the way back this takes two parts out of
the gradient, its average and its share along x_hat; both sums are known already, they are dbias and dweight:

    dbias = sum of dy,    dweight = sum of dy x_hat    (over the m numbers of a channel)
    dx    = (dy - dbias / m - x_hat dweight / m)  weight / sqrt(var + eps)
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.arguments import with_axes, with_channels, with_shape
from cnnkit.functional.bias import sum_of_channels
from cnnkit.options import between, positive
from cnnkit.shapes import whole

Array = npt.NDArray[Any]

BLOCK = 120_000  # numbers of a block: they stay in the processor's cache from one step to the next
ROW = 16_000  # numbers of a row of a block, at most, if it is more than a row of the image


def batch_norm(
    x: Array,
    weight: Array | None = None,
    bias: Array | None = None,
    *,
    mean: Array | None = None,
    var: Array | None = None,
    eps: float = 1e-5,
) -> Array:
    """Bring every channel to mean 0 and variance 1 over the batch, then to its own weight and bias.

    Parameters
    ----------
    x : array (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    weight, bias : arrays (C,), the new standard deviation and mean of each channel; None for 1 and for 0
    mean, var : arrays (C,), what to normalise by: the running statistics, in evaluation.
        None, for both, takes those of the batch itself: training.
    eps : a small number above 0 that keeps the division safe where a channel does not vary

    Returns
    -------
    array of the shape and dtype of x

    Raises
    ------
    ShapeError
        if x has no channels, or an array for the channels is not (C,).
    ValueError
        if training meets one number a channel, only one of mean and var is given, var is negative, or eps is
        not above 0.

    References
    ----------
    Ioffe and Szegedy (2015), *Batch normalization*, algorithms 1 and 2; section 3.2 for the channels.

    >>> x = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> batch_norm(x).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> batch_norm(x, weight=[1.0, 2.0], bias=[0.0, 5.0], mean=[0.0, 10.0], var=[1.0, 100.0]).round(3)
    array([[1., 5.],
           [3., 9.]])
    """
    x = with_channels("batch_norm", x)
    mean, scale = _measures("batch_norm", x, mean, var, eps)
    factor = scale if weight is None else scale * _of_channels("batch_norm", "weight", weight, x)
    mean, factor = _beside(mean, x), _beside(factor, x)
    offset = None if bias is None else _beside(_of_channels("batch_norm", "bias", bias, x), x)
    y = np.empty_like(x)
    for x_, y_ in _blocks(x, y):
        np.subtract(x_, mean, out=y_)
        y_ *= factor
        if offset is not None:
            y_ += offset
    return y


def batch_norm_backward(
    dy: Array,
    x: Array,
    weight: Array | None = None,
    *,
    mean: Array | None = None,
    var: Array | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Return the gradients of a loss for ``x``, ``weight`` and ``bias``, given its gradient ``dy`` for y.

    Parameters
    ----------
    dy : array of the shape of x
    x, weight, mean, var, eps : as they were given to `batch_norm`; with mean and var, these are constants

    Returns
    -------
    dx, dweight, dbias : arrays of the shape of x, (C,) and (C,)

    >>> x, dy = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [0.0], [0.0]])
    >>> dx, dweight, dbias = batch_norm_backward(dy, x)
    >>> dx.round(3).ravel(), dweight.round(3), dbias
    (array([ 0.176, -0.22 ,  0.044]), array([-0.926]), array([1.]))
    >>> batch_norm_backward(dy, x, mean=[3.0], var=[4.0])[0].round(3).ravel()
    array([0.5, 0. , 0. ])
    """
    x = with_channels("batch_norm_backward", x)
    training = mean is None
    mean, scale = _measures("batch_norm_backward", x, mean, var, eps)
    dy = _ordered_as(x, with_shape("batch_norm_backward", "dy", dy, x.shape))
    factor = scale if weight is None else scale * _of_channels("batch_norm_backward", "weight", weight, x)
    mean, factor = _beside(mean, x), _beside(factor, x)
    dx, dweight, dbias = np.empty_like(x), np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    for x_, dy_ in _blocks(x, dy):
        dbias += _sums(dy_, x)
        products = x_ - mean
        products *= dy_
        dweight += _sums(products, x) * scale
    if not training or x.size == 0:
        for _, dy_, dx_ in _blocks(x, dy, dx):
            np.multiply(dy_, factor, out=dx_)
        return dx, dweight, dbias
    average, share = _beside(dbias / _count(x), x), _beside(-scale * dweight / _count(x), x)
    for x_, dy_, dx_ in _blocks(x, dy, dx):
        part = np.subtract(x_, mean, out=dx_)
        part *= share
        part += dy_
        part -= average
        part *= factor
    return dx, dweight, dbias


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """Return mean and variance of every channel, as `batch_norm` uses them in training.

    Parameters
    ----------
    x : array (N, C) or (N, C, ...)

    Returns
    -------
    mean, var : arrays (C,). The variance is divided by the count, not by count - 1. An empty batch gives nan.

    >>> batch_statistics(np.array([[1.0, 10.0], [3.0, 30.0]]))
    (array([ 2., 20.]), array([  1., 100.]))
    """
    return _statistics("batch_statistics", with_channels("batch_statistics", x))


def update_running(
    running_mean: Array,
    running_var: Array,
    mean: Array,
    var: Array,
    count: int,
    *,
    momentum: float = 0.1,
) -> tuple[Array, Array]:
    """Return the running statistics after one more batch: (1 - momentum) of the old + momentum of the new.

    The batch is normalised by its variance divided by the count; what is kept for evaluation is the unbiased
    estimate, divided by count - 1, as in the paper's algorithm 2 and in PyTorch.

    Parameters
    ----------
    running_mean, running_var : arrays (C,); they start as zeros and as ones
    mean, var : arrays (C,), as `batch_statistics` returns them
    count : how many numbers of each channel the batch had, x.size / C; 0, an empty batch, changes nothing
    momentum : weight of the new batch, 0 to 1; 1 / t at the t-th batch gives the plain average of all batches

    Returns
    -------
    running_mean, running_var : new arrays (C,)

    >>> x = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> update_running(np.zeros(2), np.ones(2), *batch_statistics(x), count=2)
    (array([0.2, 2. ]), array([ 1.1, 20.9]))
    """
    running_mean = with_axes("update_running", "running_mean", running_mean, "(C,)")
    given = {"running_var": running_var, "mean": mean, "var": var}
    running_var, mean, var = (
        with_shape("update_running", name, value, running_mean.shape) for name, value in given.items()
    )
    count = whole("update_running: count", count, 0)
    momentum = between("update_running: momentum", momentum, 0, 1)
    if count == 0:
        return running_mean.copy(), running_var.copy()
    if count == 1:
        raise ValueError("update_running: count is 1, and one number has no variance. Use larger batches.")
    return (
        _blend(running_mean, mean, momentum),
        _blend(running_var, var * (count / (count - 1)), momentum),
    )


def _measures(
    function: str, x: Array, mean: Array | None, var: Array | None, eps: float
) -> tuple[Array, Array]:
    """Return the mean and 1 / sqrt(var + eps) of every channel, (C,)."""
    if (mean is None) != (var is None):
        raise ValueError(f"{function}: only one of mean and var is given. Give both (evaluation) or neither.")
    if mean is None:
        mean, var = _statistics(function, x)
    mean, var = (_of_channels(function, name, v, x) for name, v in (("mean", mean), ("var", var)))
    if (var < 0).any():
        raise ValueError(f"{function}: var holds {var.min():g}, but a variance is never negative.")
    return mean, 1 / np.sqrt(var + positive(f"{function}: eps", eps))


def _statistics(function: str, x: Array) -> tuple[Array, Array]:
    if _count(x) == 1:
        raise ValueError(
            f"{function}: x has shape {x.shape}: one number a channel, and that has no variance. "
            "Use larger batches to train; in evaluation, give mean and var."
        )
    if x.size == 0:
        nothing = np.full(x.shape[1], np.nan, x.dtype)
        return nothing, nothing.copy()
    mean, squares = sum_of_channels(x) / _count(x), np.zeros(x.shape[1], x.dtype)
    beside = _beside(mean, x)
    for (part,) in _blocks(x):
        centred = part - beside
        centred *= centred
        squares += _sums(centred, x)
    return mean, squares / _count(x)


def _blend(old: Array, new: Array, momentum: float) -> Array:
    return ((1 - momentum) * old + momentum * new).astype(old.dtype, copy=False)


def _count(x: Array) -> int:
    """Return how many numbers each channel has."""
    return int(x.size // x.shape[1])


def _of_channels(function: str, name: str, value: object, x: Array) -> Array:
    """Return one number a channel, (C,), in the dtype of x."""
    return with_shape(function, name, value, x.shape[1:2]).astype(x.dtype, copy=False)


def _in_rows(x: Array) -> bool:
    """Say whether x lies in memory as rows of pixels, (..., W, C), the channels last."""
    return x.ndim > 2 and np.moveaxis(x, 1, -1).flags.c_contiguous


def _pixels(x: Array) -> int:
    """Return how many pixels make up a row of the blocks of x that is `_in_rows`: one of the image, or more.

    NumPy is faster where a row of both operands runs on for long.
    """
    rows: int = len(x) * prod(x.shape[2:-1])
    width: int = x.shape[-1]
    most = min(64, ROW // (x.shape[1] * width))
    return max((many * width for many in range(2, most + 1) if rows % many == 0), default=width)


def _blocks(x: Array, *others: Array) -> Iterator[list[Array]]:
    """Yield blocks of arrays that lie in memory as x does: (rows, pixels C) if x is `_in_rows`, or images."""
    arrays = [x, *others]
    if _in_rows(x):
        arrays = [np.moveaxis(a, 1, -1).reshape(-1, _pixels(x) * x.shape[1]) for a in arrays]
    step = max(1, BLOCK * len(arrays[0]) // max(1, x.size))
    for start in range(0, len(arrays[0]), step):
        yield [array[start : start + step] for array in arrays]


def _beside(value: Array, x: Array) -> Array:
    """Return (C,) in the shape that meets the blocks of x: (pixels C,), or (C, 1, ...)."""
    return np.tile(value, _pixels(x)) if _in_rows(x) else value.reshape(-1, *[1] * (x.ndim - 2))


def _sums(block: Array, x: Array) -> Array:
    """Return the sums of every channel of a block of x."""
    return sum_of_channels(block.reshape(-1, x.shape[1]) if _in_rows(x) else block)


def _ordered_as(x: Array, dy: Array) -> Array:
    """Return dy in the dtype of x and, if x is `_in_rows`, in its order in memory."""
    if dy.dtype == x.dtype and (_in_rows(dy) or not _in_rows(x)):
        return dy
    same = np.empty_like(x)
    same[...] = dy
    return same
