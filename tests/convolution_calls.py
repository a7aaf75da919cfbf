"""One good call of every function around convolution; the tests of input start from these and spoil them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit import functional as F

# Shapes of the arrays, then the other arguments, all by name. H and W, and the options of the axes, differ.
GOOD: dict[str, tuple[dict[str, tuple[int, ...]], dict[str, Any]]] = {
    "conv1d": (
        {"x": (2, 4, 7), "w": (6, 2, 3), "b": (6,)},
        {"stride": 2, "padding": 1, "dilation": 2, "groups": 2},
    ),
    "conv1d_backward": (
        {"dy": (2, 6, 3), "x": (2, 4, 7), "w": (6, 2, 3)},
        {"stride": 2, "padding": 1, "dilation": 2, "groups": 2},
    ),
    "conv2d": (
        {"x": (2, 4, 6, 5), "w": (6, 2, 3, 2), "b": (6,)},
        {"stride": (2, 1), "padding": ((1, 0), 1), "dilation": (1, 2), "groups": 2},
    ),
    "conv2d_backward": (
        {"dy": (2, 6, 3, 5), "x": (2, 4, 6, 5), "w": (6, 2, 3, 2)},
        {"stride": (2, 1), "padding": ((1, 0), 1), "dilation": (1, 2), "groups": 2},
    ),
    "conv3d": (
        {"x": (2, 2, 3, 4, 4), "w": (4, 1, 1, 2, 3), "b": (4,)},
        {"stride": (1, 2, 1), "padding": 1, "dilation": (1, 1, 2), "groups": 2},
    ),
    "conv3d_backward": (
        {"dy": (2, 4, 5, 3, 2), "x": (2, 2, 3, 4, 4), "w": (4, 1, 1, 2, 3)},
        {"stride": (1, 2, 1), "padding": 1, "dilation": (1, 1, 2), "groups": 2},
    ),
    "conv_transpose1d": (
        {"x": (2, 4, 3), "w": (4, 3, 3), "b": (6,)},
        {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "dilation": 1},
    ),
    "conv_transpose1d_backward": (
        {"dy": (2, 6, 6), "x": (2, 4, 3), "w": (4, 3, 3)},
        {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "dilation": 1},
    ),
    "conv_transpose2d": (
        {"x": (2, 4, 3, 2), "w": (4, 3, 3, 2), "b": (6,)},
        {"stride": (2, 1), "padding": (1, 0), "output_padding": (1, 0), "groups": 2, "dilation": (1, 2)},
    ),
    "conv_transpose2d_backward": (
        {"dy": (2, 6, 6, 4), "x": (2, 4, 3, 2), "w": (4, 3, 3, 2)},
        {"stride": (2, 1), "padding": (1, 0), "output_padding": (1, 0), "groups": 2, "dilation": (1, 2)},
    ),
    "depthwise_conv2d": (
        {"x": (2, 3, 6, 5), "w": (6, 1, 3, 2), "b": (6,)},
        {"stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "depthwise_conv2d_backward": (
        {"dy": (2, 6, 3, 5), "x": (2, 3, 6, 5), "w": (6, 1, 3, 2)},
        {"stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "depthwise_separable_conv2d": (
        {"x": (2, 3, 6, 5), "w_depth": (6, 1, 3, 2), "w_point": (4, 6, 1, 1), "b": (4,)},
        {"stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "depthwise_separable_conv2d_backward": (
        {"dy": (2, 4, 3, 5), "x": (2, 3, 6, 5), "w_depth": (6, 1, 3, 2), "w_point": (4, 6, 1, 1)},
        {"stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "separable_conv2d": (
        {"x": (2, 3, 6, 5), "column": (3,), "row": (2,)},
        {"stride": (2, 1), "padding": 1},
    ),
    "separable_conv2d_backward": (
        {"dy": (2, 3, 3, 6), "x": (2, 3, 6, 5), "column": (3,), "row": (2,)},
        {"stride": (2, 1), "padding": 1},
    ),
    "im2col": (
        {"x": (2, 3, 6, 5)},
        {"kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "im2col_backward": (
        {"dy": (2, 18, 15), "x": (2, 3, 6, 5)},
        {"kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "col2im": (
        {"cols": (2, 18, 15)},
        {"size": (6, 5), "kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "conv_matrix": (
        {"k": (3, 2)},
        {"size": (6, 5), "stride": (2, 1), "padding": 1, "dilation": (1, 2)},
    ),
    "separate": ({"k": (1, 3)}, {"tolerance": 1e-9}),
}  # fmt: skip

# The same with nothing to do: one pixel, one weight, no padding. Here an output could be the input itself.
ONE_PIXEL: dict[str, tuple[dict[str, tuple[int, ...]], dict[str, Any]]] = {
    name: (
        {array: (1,) * len(shape) for array, shape in shapes.items() if array != "b"},
        {option: 1 for option in ("size", "kernel_size") if option in options},
    )
    for name, (shapes, options) in GOOD.items()
}
ONE_WEIGHT: dict[str, tuple[dict[str, tuple[int, ...]], dict[str, Any]]] = {
    "conv2d": ({"x": (2, 1, 4, 4), "w": (1, 1, 1, 1)}, {}),
    "conv2d_backward": ({"dy": (1, 1, 4, 4), "x": (1, 1, 4, 4), "w": (1, 1, 1, 1)}, {}),
    "conv_transpose2d": ({"x": (2, 1, 4, 4), "w": (1, 1, 1, 1)}, {}),
    "conv_transpose2d_backward": ({"dy": (1, 1, 4, 4), "x": (1, 1, 4, 4), "w": (1, 1, 1, 1)}, {}),
    "separable_conv2d": ({"x": (2, 1, 4, 4), "column": (1,), "row": (1,)}, {}),
    "im2col": ({"x": (2, 3, 4, 4)}, {"kernel_size": 1}),
    "im2col_backward": ({"dy": (2, 3, 16), "x": (2, 3, 4, 4)}, {"kernel_size": 1}),
    "col2im": ({"cols": (2, 3, 16)}, {"size": 4, "kernel_size": 1}),
}


def arrays(shapes: dict[str, tuple[int, ...]], dtype: str = "float64") -> dict[str, Any]:
    """Return small whole numbers in arrays of these shapes: exact in every dtype."""
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 5, shape).astype(dtype) for name, shape in shapes.items()}


def call(name: str, arguments: dict[str, Any]) -> list[Any]:
    """Return the arrays that a function gives, one or several, as a list; none where it says None."""
    result = getattr(F, name)(**arguments)
    if result is None:
        return []
    return list(result) if isinstance(result, tuple) else [result]
