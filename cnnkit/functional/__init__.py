"""The operations of a convolutional network as pure functions of arrays."""

from cnnkit.functional.conv import convolve1d, convolve2d, correlate1d, correlate2d
from cnnkit.functional.padding import pad2d

__all__ = ["convolve1d", "convolve2d", "correlate1d", "correlate2d", "pad2d"]
