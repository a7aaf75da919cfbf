"""Activations: put between two layers, because two linear layers in a row are no more than one.

Rectifiers and S-curves look at each number alone, and every backward is the chain rule for one number:
dx = dy times the slope at x. Softmax looks at all scores together. NaN stays NaN, and no number is too large.
"""

from cnnkit.functional.activations.rectifiers import (
    elu,
    elu_backward,
    leaky_relu,
    leaky_relu_backward,
    prelu,
    prelu_backward,
    relu,
    relu_backward,
)
from cnnkit.functional.activations.sigmoid import sigmoid, sigmoid_backward, tanh, tanh_backward
from cnnkit.functional.activations.softmax import (
    log_softmax,
    log_softmax_backward,
    softmax,
    softmax_backward,
)

__all__ = [
    "elu",
    "elu_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "log_softmax",
    "log_softmax_backward",
    "prelu",
    "prelu_backward",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
]
