"""The operations of a convolutional network as pure functions of arrays."""

from cnnkit.functional.conv import (
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
)
from cnnkit.functional.correlation import convolve1d, convolve2d, correlate1d, correlate2d
from cnnkit.functional.padding import pad2d

__all__ = [
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "convolve1d",
    "convolve2d",
    "correlate1d",
    "correlate2d",
    "pad2d",
]
