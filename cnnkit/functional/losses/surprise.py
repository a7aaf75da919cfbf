"""Losses from information theory: what had the probability p surprises by -log p.

The entropy of p is the surprise to expect when the chances are indeed p; the cross-entropy of t and p, the
surprise to expect when the chances are t. The logarithm is the natural one: the unit is the nat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.activations import log_softmax, sigmoid, softmax
from cnnkit.functional.arguments import numbers, with_shape
from cnnkit.functional.losses.labels import probabilities, with_targets
from cnnkit.functional.losses.reduction import Loss, reduced, share

Array = npt.NDArray[Any]


def cross_entropy(logits: Array, labels: Array, *, reduction: str = "mean") -> Loss:
    """Return how much the right class surprises the net: -log of the probability that softmax gives to it.

    Parameters
    ----------
    logits : array (N, C), a score for each of C classes, before softmax; or (N, C, H, W), for each pixel
    labels : array (N,) or (N, H, W), whole numbers from 0 to C - 1; or an array of the shape of logits, the
        probability of each class: one-hot, or softer
    reduction : "mean" over the examples (and pixels), "sum", or "none" for an array (N,) or (N, H, W)

    Raises
    ------
    ShapeError
        if logits and labels do not fit together.
    ValueError
        if a label is no class, probabilities do not have the sum 1, or the mean is asked of nothing (N = 0).

    References
    ----------
    Goodfellow, Bengio and Courville (2016), *Deep learning*, section 6.2.2.3.

    >>> logits = np.array([[0.0, 0.0], [0.0, 10000.0]])
    >>> cross_entropy(logits, np.array([0, 1]), reduction="none")  # log 2, and no surprise
    array([0.69314718, 0.        ])
    """
    logits, targets = with_targets("cross_entropy", logits, labels)
    return reduced("cross_entropy", _expected(log_softmax(logits, axis=1), targets, axis=1), reduction)


def cross_entropy_backward(
    logits: Array, labels: Array, *, dy: Array | float = 1.0, reduction: str = "mean"
) -> Array:
    """Return dlogits: probabilities minus targets, divided by the number of labels for the mean.

    >>> cross_entropy_backward(np.array([[0.0, 0.0], [0.0, 10000.0]]), np.array([0, 1]))
    array([[-0.25,  0.25],
           [ 0.  ,  0.  ]])
    """
    logits, targets = with_targets("cross_entropy_backward", logits, labels)
    each = share("cross_entropy_backward", dy, logits[:, 0], reduction)
    dlogits: Array = (softmax(logits, axis=1) - targets) * np.expand_dims(each, 1)
    return dlogits


def binary_cross_entropy_with_logits(logits: Array, targets: Array, *, reduction: str = "mean") -> Loss:
    """Return the surprise at the answers to yes-or-no questions, where p = sigmoid(logits) was given to yes.

    Each loss is -t log p - (1 - t) log(1 - p).

    Parameters
    ----------
    logits : array of any shape, finite scores
    targets : array of the same shape, from 0 (no) to 1 (yes)
    reduction : "mean" over all numbers, "sum" or "none"

    Raises
    ------
    ShapeError
        if the shapes differ.
    ValueError
        if a target lies outside 0 to 1, or the mean is asked of nothing.

    References
    ----------
    Goodfellow, Bengio and Courville (2016), *Deep learning*, section 6.2.2.2.

    >>> binary_cross_entropy_with_logits(np.array([0.0, 1000.0]), np.array([1, 0]), reduction="none").round(4)
    array([6.931e-01, 1.000e+03])
    """
    logits, targets = _yes_or_no("binary_cross_entropy_with_logits", logits, targets)
    # the definition, multiplied out and written with e^-|x|, which cannot overflow
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return reduced("binary_cross_entropy_with_logits", losses, reduction)


def binary_cross_entropy_with_logits_backward(
    logits: Array, targets: Array, *, dy: Array | float = 1.0, reduction: str = "mean"
) -> Array:
    """Return dlogits: probabilities minus targets, divided by logits.size for the mean.

    >>> binary_cross_entropy_with_logits_backward(np.array([0.0, 1000.0]), np.array([1, 0]))
    array([-0.25,  0.5 ])
    """
    function = "binary_cross_entropy_with_logits_backward"
    logits, targets = _yes_or_no(function, logits, targets)
    return (sigmoid(logits) - targets) * share(function, dy, logits, reduction)


def entropy(p: Array) -> Loss:
    """Return how uncertain an outcome with the probabilities ``p`` is: the sum of -p log p, with 0 log 0 = 0.

    Parameters
    ----------
    p : array (..., C), probabilities with the sum 1 along the last axis

    Returns
    -------
    array (...), in nats, from 0 (one outcome is certain) to log C (all are equally likely)

    Raises
    ------
    ShapeError, ValueError
        if p has no axis, a negative number or another sum than 1.

    References
    ----------
    Shannon (1948), *A mathematical theory of communication*, section 6.

    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]]))
    array([0.69314718, 0.        ])
    """
    p = _outcomes("entropy", p)
    return _expected(_log(p), p, axis=-1)


def entropy_backward(p: Array, *, dy: Array | float = 1.0) -> Array:
    """Return dp = -dy (log p + 1), each p taken as free to move alone; infinite where p is 0.

    >>> entropy_backward(np.array([0.5, 0.5]))
    array([-0.30685282, -0.30685282])
    """
    p = _outcomes("entropy_backward", p)
    each = share("entropy_backward", dy, p[..., 0], "none")
    dp: Array = -np.expand_dims(each, -1) * (_log(p) + 1)
    return dp


def _expected(log_p: Array, t: Array, axis: int) -> Array:
    """Return the expected surprise, the sum of -t log p; what never happens (t = 0) does not count."""
    surprise: Array = (np.where(t > 0, -log_p, 0) * t).sum(axis)
    return surprise


def _log(p: Array) -> Array:
    with np.errstate(divide="ignore"):  # log 0 is -inf
        return np.log(p)


def _yes_or_no(function: str, logits: Array, targets: Array) -> tuple[Array, Array]:
    logits = numbers(function, "logits", logits)
    targets = with_shape(function, "targets", targets, logits.shape).astype(logits.dtype, copy=False)
    wrong = ~((targets >= 0) & (targets <= 1))  # NaN is neither
    if wrong.any():
        raise ValueError(
            f"{function}: targets holds {targets[wrong][0]:g}, but a target is 0 (no), 1 (yes) or in between."
        )
    return logits, targets


def _outcomes(function: str, p: Array) -> Array:
    p = numbers(function, "p", p)
    if p.ndim == 0:
        raise ShapeError(f"{function}: p is a single number, but it must be (..., C), one for each outcome.")
    return probabilities(function, "p", p, axis=-1)
