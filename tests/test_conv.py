"""conv1d, conv2d, conv3d and depthwise convolution against PyTorch and the loops: values and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.functional import conv as C
from cnnkit.functional import depthwise as D
from tests import reference
from tests.convolutions import Layer, backward, layers, torch_conv
from tests.oracle import close, configurations, needs_torch, tensor

FORWARD: dict[int, Any] = {1: C.conv1d, 2: C.conv2d, 3: C.conv3d}
BACKWARD: dict[int, Any] = {1: C.conv1d_backward, 2: C.conv2d_backward, 3: C.conv3d_backward}
# PyTorch warns that it copies the input where an even kernel needs one zero more after than before.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
AXES = pytest.mark.parametrize("axes", [1, 2, 3])


@needs_torch
@AXES
@configurations
@given(data=st.data())
def test_conv_is_torch_s(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    x, w = tensor(layer.x), tensor(layer.w)
    b = tensor(np.zeros(len(layer.w)) if layer.b is None else layer.b)
    y = torch_conv(layer, (x, w, b))
    close(FORWARD[axes](layer.x, layer.w, layer.b, **layer.written), y)
    ours = BACKWARD[axes](layer.dy, layer.x, layer.w, **layer.written)
    for mine, theirs in zip(ours, backward(y, layer.dy, x, w, b), strict=True):
        close(mine, theirs)


@AXES
@configurations
@given(data=st.data())
def test_conv_is_the_loops(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    y = FORWARD[axes](layer.x, layer.w, layer.b, **layer.written)
    close(y, reference.conv(layer.x, layer.w, layer.b, **layer.meant))
    ours = BACKWARD[axes](layer.dy, layer.x, layer.w, **layer.written)
    for mine, loops in zip(
        ours, reference.conv_gradients(layer.dy, layer.x, layer.w, **layer.meant), strict=True
    ):
        close(mine, loops)


@AXES
@configurations
@given(data=st.data())
def test_same_gives_one_output_for_every_stride_of_inputs(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes, paddings=["same"], stride=5))
    y = FORWARD[axes](layer.x, layer.w, **layer.written)
    assert y.shape[2:] == tuple(-(-n // s) for n, s in zip(layer.x.shape[2:], layer.stride, strict=True))


@AXES
def test_full_gives_every_overlap(axes: int) -> None:
    x, w = np.ones((1, 1, *[5] * axes)), np.ones((1, 1, *[3] * axes))
    assert FORWARD[axes](x, w, padding="full").shape[2:] == (5 + 3 - 1,) * axes
    assert FORWARD[axes](x, w, padding="full", dilation=2).shape[2:] == (5 + 5 - 1,) * axes


@needs_torch
@configurations
@given(layers(2, kind="depthwise"))
def test_depthwise_is_torch_s(layer: Layer) -> None:
    del layer.written["groups"]
    x, w = tensor(layer.x), tensor(layer.w)
    b = tensor(np.zeros(len(layer.w)) if layer.b is None else layer.b)
    y = torch_conv(layer, (x, w, b))
    close(D.depthwise_conv2d(layer.x, layer.w, layer.b, **layer.written), y)
    ours = D.depthwise_conv2d_backward(layer.dy, layer.x, layer.w, **layer.written)
    for mine, theirs in zip(ours, backward(y, layer.dy, x, w, b), strict=True):
        close(mine, theirs)


@configurations
@given(layers(2, kind="depthwise"))
def test_depthwise_is_the_loops(layer: Layer) -> None:
    del layer.written["groups"]
    y = D.depthwise_conv2d(layer.x, layer.w, layer.b, **layer.written)
    close(y, reference.conv(layer.x, layer.w, layer.b, **layer.meant))
    ours = D.depthwise_conv2d_backward(layer.dy, layer.x, layer.w, **layer.written)
    for mine, loops in zip(
        ours, reference.conv_gradients(layer.dy, layer.x, layer.w, **layer.meant), strict=True
    ):
        close(mine, loops)


@st.composite
def separable_blocks(draw: Any) -> tuple[Layer, Any, Any, Any]:
    """Draw a depthwise layer, the 1x1 kernels after it, their bias and the gradient that comes back."""
    layer = draw(layers(2, kind="depthwise"))
    del layer.written["groups"]
    rng, filters = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.integers(1, 3))
    w_point = rng.standard_normal((filters, len(layer.w), 1, 1))
    b = rng.standard_normal(filters) if draw(st.booleans()) else None
    return layer, w_point, b, rng.standard_normal((len(layer.dy), filters, *layer.dy.shape[2:]))


@needs_torch
@configurations
@given(separable_blocks())
def test_depthwise_separable_is_torch_s(block: tuple[Layer, Any, Any, Any]) -> None:
    import torch.nn.functional as TF

    layer, w_point, b, dy = block
    x, w, point, bias = (
        tensor(a) for a in (layer.x, layer.w, w_point, np.zeros(len(w_point)) if b is None else b)
    )
    y = TF.conv2d(torch_conv(layer, (x, w, None)), point, bias)
    close(D.depthwise_separable_conv2d(layer.x, layer.w, w_point, b, **layer.written), y)
    ours = D.depthwise_separable_conv2d_backward(dy, layer.x, layer.w, w_point, **layer.written)
    for mine, theirs in zip(ours, backward(y, dy, x, w, point, bias), strict=True):
        close(mine, theirs)


@configurations
@given(separable_blocks())
def test_depthwise_separable_is_two_loops(block: tuple[Layer, Any, Any, Any]) -> None:
    layer, w_point, b, dy = block
    point: dict[str, Any] = {"stride": (1, 1), "borders": ((0, 0), (0, 0)), "dilation": (1, 1)}
    between = reference.conv(layer.x, layer.w, **layer.meant)
    y = D.depthwise_separable_conv2d(layer.x, layer.w, w_point, b, **layer.written)
    close(y, reference.conv(between, w_point, b, **point))
    dbetween, dw_point, db = reference.conv_gradients(dy, between, w_point, **point)
    dx, dw_depth, _ = reference.conv_gradients(dbetween, layer.x, layer.w, **layer.meant)
    ours = D.depthwise_separable_conv2d_backward(dy, layer.x, layer.w, w_point, **layer.written)
    for mine, loops in zip(ours, (dx, dw_depth, dw_point, db), strict=True):
        close(mine, loops)


def test_a_two_by_two_kernel_by_hand() -> None:
    x = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    w = np.array([[[[1.0, 0.0], [0.0, -1.0]]]])  # the kernel is not flipped: upper left minus lower right
    np.testing.assert_array_equal(C.conv2d(x, w), [[[[-4.0, -4.0]]]])


def test_a_first_layer_may_leave_out_the_gradient_of_the_images() -> None:
    rng = np.random.default_rng(0)
    for name, axes in (("conv1d", 1), ("conv2d", 2), ("conv3d", 3)):
        x, w = rng.standard_normal((2, 3, *[6] * axes)), rng.standard_normal((4, 3, *[3] * axes))
        dy = rng.standard_normal((2, 4, *[4] * axes))
        backward = getattr(C, f"{name}_backward")
        dx, dw, db = backward(dy, x, w, needs_input_grad=False)
        assert dx is None
        for ours, whole in zip((dw, db), backward(dy, x, w)[1:], strict=True):
            np.testing.assert_array_equal(ours, whole)
