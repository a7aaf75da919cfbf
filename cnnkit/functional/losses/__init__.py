"""Losses: one number that says how wrong the outputs are, and its gradient, where the way back begins.

The gradients, for one output ``x`` with the target ``t`` and before averaging, are shorter than the losses:

    cross_entropy                        p - t, with p = softmax(x)
    binary_cross_entropy_with_logits     p - t, with p = sigmoid(x)
    l1_loss                              sign(x - t)
    mse_loss (L2)                        2 (x - t)
    smooth_l1_loss                       (x - t) / beta, but never beyond -1 and 1

Every loss averages; ``reduction="sum"`` adds up instead, and "none" returns the single losses. A backward
takes the same arguments and begins with dy = 1, the gradient of the loss for itself; give another ``dy``
where the loss is one part of a larger sum. The target gets no gradient.
"""

from cnnkit.functional.losses.differences import (
    l1_loss,
    l1_loss_backward,
    mse_loss,
    mse_loss_backward,
    smooth_l1_loss,
    smooth_l1_loss_backward,
)
from cnnkit.functional.losses.labels import accuracy
from cnnkit.functional.losses.surprise import (
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_backward,
    cross_entropy,
    cross_entropy_backward,
    entropy,
    entropy_backward,
)

__all__ = [
    "accuracy",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "entropy",
    "entropy_backward",
    "l1_loss",
    "l1_loss_backward",
    "mse_loss",
    "mse_loss_backward",
    "smooth_l1_loss",
    "smooth_l1_loss_backward",
]
