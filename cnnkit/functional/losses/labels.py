"""Labels: the right answers of a classification, as whole numbers or as a probability for each class."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import numbers, with_axes

Array = npt.NDArray[Any]


def accuracy(logits: Array, labels: Array) -> np.floating[Any]:
    """Return the share of examples that are classified right: the largest score is that of the right class.

    Of equal scores the first counts. Parameters and errors as in `cross_entropy`.

    >>> accuracy(np.array([[2.0, 1.0], [2.0, 1.0], [0.0, 5.0], [0.0, 5.0]]), np.array([0, 1, 1, 1]))
    np.float64(0.75)
    """
    logits, targets = with_targets("accuracy", logits, labels)
    right = logits.argmax(axis=1) == targets.argmax(axis=1)
    if right.size == 0:
        raise ValueError("accuracy: the batch is empty, and nothing has no share. Give one example or more.")
    part: np.floating[Any] = np.mean(right)
    return part


def with_targets(function: str, logits: Array, labels: Array) -> tuple[Array, Array]:
    """Return the scores (N, C, ...) and, in the same shape and dtype, the probability of each class.

    >>> with_targets("cross_entropy", np.zeros((2, 3)), np.array([2, 0]))[1]
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    logits, labels = numbers(function, "logits", logits), numbers(function, "labels", labels)
    if logits.ndim < 2:
        with_axes(function, "logits", logits, "(N, C)")
    if logits.shape[1] == 0:
        raise ShapeError(f"{function}: logits has shape {logits.shape}: no class to choose from.")
    if labels.shape == logits.shape:
        return logits, probabilities(function, "labels", labels, axis=1).astype(logits.dtype)
    return logits, _one_hot(function, labels, logits)


def probabilities(function: str, name: str, p: Array, axis: int) -> Array:
    """Return ``p`` if it is probabilities along ``axis``: not negative, with the sum 1, give or take 0.001.

    >>> probabilities("entropy", "p", np.array([0.25, 0.75]), axis=-1)
    array([0.25, 0.75])
    """
    wrong = ~(p >= 0)  # NaN is not
    if wrong.any():
        raise ValueError(f"{function}: {name} holds {p[wrong][0]:g}, but a probability is 0 or more.")
    total = p.sum(axis=axis)
    wrong = ~(np.abs(total - 1) <= 1e-3)
    if wrong.any():
        raise ValueError(
            f"{function}: {name} holds probabilities with the sum {total[wrong][0]:g}, but it must be 1. "
            "Divide them by their sum."
        )
    return p


def _one_hot(function: str, labels: Array, logits: Array) -> Array:
    """Return 1 for the class that the label names, 0 for the others."""
    classes, wanted = logits.shape[1], (logits.shape[0], *logits.shape[2:])
    if labels.shape != wanted:
        raise ShapeError(
            f"{function}: labels has shape {labels.shape}, but logits has {logits.shape}. "
            f"labels must be whole numbers {wanted} or probabilities {logits.shape}."
        )
    wrong = ~((labels == np.floor(labels)) & (labels >= 0) & (labels < classes))
    if wrong.any():
        raise ValueError(
            f"{function}: labels holds {labels[wrong][0]:g}, but logits has {classes} classes. "
            f"A label must be a whole number from 0 to {classes - 1}."
        )
    targets = np.zeros_like(logits)
    np.put_along_axis(targets, np.expand_dims(labels.astype(np.intp), 1), 1, axis=1)
    return targets
