"""Transposed convolution against PyTorch and against the loops, over all options: values and gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.functional import conv_transpose as T
from tests import reference
from tests.convolutions import LAYOUTS, LONGEST, backward, laid_out, per_axis, written
from tests.oracle import close, configurations, needs_torch, tensor

FORWARD: dict[int, Any] = {1: T.conv_transpose1d, 2: T.conv_transpose2d}
BACKWARD: dict[int, Any] = {1: T.conv_transpose1d_backward, 2: T.conv_transpose2d_backward}
AXES = pytest.mark.parametrize("axes", [1, 2])


@dataclass
class Stamp:
    """A transposed convolution with its input; ``written`` are its options as a caller writes them."""

    x: Any
    w: Any
    b: Any
    dy: Any
    written: dict[str, Any]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    more: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    @property
    def meant(self) -> dict[str, Any]:
        """The options as the loops take them."""
        return {
            "stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups
        }  # fmt: skip


@st.composite
def stamped(draw: Any, axes: int) -> Stamp:
    """Draw a layer; the output padding may exceed the stride where the dilation does, and be cropped off."""
    kernel = tuple(draw(st.integers(1, LONGEST[axes])) for _ in range(axes))
    stride, dilation = per_axis(draw, axes, 1, 5), per_axis(draw, axes, 1, 4)
    more = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    size = tuple(draw(st.integers(1, 6 if axes == 1 else 3)) for _ in range(axes))
    reach = [
        (n - 1) * s + d * (k - 1) + 1 + m
        for n, s, d, k, m in zip(size, stride, dilation, kernel, more, strict=True)
    ]
    padding = tuple(draw(st.integers(0, min(4, (n - 1) // 2))) for n in reach)
    out = tuple(n - 2 * p for n, p in zip(reach, padding, strict=True))
    groups, inputs, outputs = (draw(st.integers(1, most)) for most in (3, 2, 2))
    batch = draw(st.sampled_from([1, 2, 1, 3, 1, 2, 2, 0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    arrays = [
        laid_out(rng.standard_normal(shape), draw(st.sampled_from(LAYOUTS)))
        for shape in (
            (batch, inputs * groups, *size),
            (inputs * groups, outputs, *kernel),
            (batch, outputs * groups, *out),
        )
    ]
    b = rng.standard_normal(outputs * groups) if draw(st.booleans()) else None
    values = {"stride": stride, "padding": padding, "output_padding": more, "dilation": dilation}
    options = {name: written(draw, value) for name, value in values.items()} | {"groups": groups}
    return Stamp(arrays[0], arrays[1], b, arrays[2], options, stride, padding, more, dilation, groups)


@needs_torch
@AXES
@configurations
@given(data=st.data())
def test_conv_transpose_is_torch_s(axes: int, data: Any) -> None:
    import torch.nn.functional as TF

    case: Stamp = data.draw(stamped(axes))
    x, w = tensor(case.x), tensor(case.w)
    b = tensor(np.zeros(case.dy.shape[1]) if case.b is None else case.b)
    convolve = {1: TF.conv_transpose1d, 2: TF.conv_transpose2d}[axes]
    y = convolve(x, w, b, case.stride, case.padding, case.more, case.groups, case.dilation)
    close(FORWARD[axes](case.x, case.w, case.b, **case.written), y)
    ours = BACKWARD[axes](case.dy, case.x, case.w, **case.written)
    for mine, theirs in zip(ours, backward(y, case.dy, x, w, b), strict=True):
        close(mine, theirs)


@AXES
@configurations
@given(data=st.data())
def test_conv_transpose_is_the_loops(axes: int, data: Any) -> None:
    case: Stamp = data.draw(stamped(axes))
    y = FORWARD[axes](case.x, case.w, case.b, **case.written)
    close(y, reference.conv_transpose(case.x, case.w, case.b, case.dy.shape[2:], **case.meant))
    ours = BACKWARD[axes](case.dy, case.x, case.w, **case.written)
    loops = reference.conv_transpose_gradients(case.dy, case.x, case.w, **case.meant)
    for mine, theirs in zip(ours, loops, strict=True):
        close(mine, theirs)


def test_each_input_number_stamps_its_kernel() -> None:
    x, w = np.array([[[1.0, 10.0, 100.0]]]), np.array([[[1.0, 2.0, 3.0]]])
    y = T.conv_transpose1d(x, w, stride=2)
    np.testing.assert_array_equal(y, [[[1.0, 2.0, 3.0 + 10.0, 20.0, 30.0 + 100.0, 200.0, 300.0]]])


def test_output_padding_adds_at_the_end_only() -> None:
    x, w = np.array([[[1.0, 10.0]]]), np.ones((1, 1, 1))
    np.testing.assert_array_equal(
        T.conv_transpose1d(x, w, stride=4, output_padding=3), [[[1.0, 0, 0, 0, 10.0, 0, 0, 0]]]
    )


def test_where_the_padding_takes_all_and_output_padding_adds_some_only_the_bias_is_left() -> None:
    x, w, b = np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.array([5.0])
    options: dict[str, Any] = {"stride": 8, "padding": 2, "output_padding": 6}
    np.testing.assert_array_equal(T.conv_transpose1d(x, w, b, **options), [[[5.0, 5.0, 5.0]]])
    dx, dw, db = T.conv_transpose1d_backward(np.ones((1, 1, 3)), x, w, **options)
    assert (dx.item(), dw.item(), db.item()) == (0, 0, 3)
