"""From single losses to one number, and from the gradient of that number back to the single losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import shown
from cnnkit.functional.arguments import numbers, with_shape

Array = npt.NDArray[Any]
Loss = np.floating[Any] | Array  # one number; with reduction="none" an array


def reduced(function: str, losses: Array, reduction: str) -> Loss:
    """Return the mean or the sum of the losses, or the losses themselves.

    >>> reduced("l1_loss", np.array([1.0, 2.0]), "mean"), reduced("l1_loss", np.array([1.0, 2.0]), "sum")
    (np.float64(1.5), np.float64(3.0))
    """
    _check(function, reduction, losses.size)
    if reduction == "none":
        return losses
    loss: Array = losses.mean() if reduction == "mean" else losses.sum()
    return loss


def share(function: str, dy: Array | float, losses: Array, reduction: str) -> Array:
    """Return the gradient that reaches each single loss: ``dy``, divided by their number for the mean.

    Parameters
    ----------
    dy : one number; with reduction "none" it may also be one for each loss
    losses : array of the shape and dtype of the single losses; what it holds does not matter

    >>> share("l1_loss_backward", 1.0, np.zeros(4), "mean")
    array([0.25, 0.25, 0.25, 0.25])
    """
    _check(function, reduction, losses.size)
    dy = numbers(function, "dy", dy)
    if dy.ndim > 0:
        dy = with_shape(function, "dy", dy, losses.shape if reduction == "none" else ())
    each = dy / losses.size if reduction == "mean" else dy
    return np.broadcast_to(each.astype(losses.dtype), losses.shape)


def _check(function: str, reduction: str, count: int) -> None:
    if not isinstance(reduction, str) or reduction not in ("mean", "sum", "none"):
        said = shown(reduction)
        raise ValueError(f"{function}: reduction is {said}, but it must be 'mean', 'sum' or 'none'.")
    if reduction == "mean" and count == 0:
        raise ValueError(
            f"{function}: the batch is empty, and the mean of nothing is no number. "
            "Give one example or more, or take reduction='sum'."
        )
