"""The operations of a convolutional network as pure functions of arrays, each with its ``_backward``.

Images are (N, C, H, W), kernels (F, C, KH, KW). A ``_backward`` takes the gradient ``dy`` of the output, then
what the forward function took, and returns the gradients in the order of the arguments.
"""

from cnnkit.functional.conv import (
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
)
from cnnkit.functional.conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
)
from cnnkit.functional.correlation import convolve1d, convolve2d, correlate1d, correlate2d
from cnnkit.functional.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_backward,
    depthwise_separable_conv2d,
    depthwise_separable_conv2d_backward,
)
from cnnkit.functional.padding import pad2d
from cnnkit.functional.separable import separable_conv2d, separable_conv2d_backward, separate
from cnnkit.functional.unfold import col2im, conv_matrix, im2col, im2col_backward

__all__ = [
    "col2im",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_matrix",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "convolve1d",
    "convolve2d",
    "correlate1d",
    "correlate2d",
    "depthwise_conv2d",
    "depthwise_conv2d_backward",
    "depthwise_separable_conv2d",
    "depthwise_separable_conv2d_backward",
    "im2col",
    "im2col_backward",
    "pad2d",
    "separable_conv2d",
    "separable_conv2d_backward",
    "separate",
]
