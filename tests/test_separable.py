"""Kernels that fall apart: splitting them, and sliding the parts, against one kernel, their product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.functional import separable as S
from cnnkit.functional.conv import conv2d, conv2d_backward
from tests import reference
from tests.convolutions import LAYOUTS, Layer, backward, laid_out, layers, torch_conv
from tests.oracle import close, configurations, needs_torch, tensor


@dataclass
class Passes:
    """A column and a row that slide over every channel; ``layer`` has the images and the options."""

    layer: Layer
    column: Any
    row: Any
    written: dict[str, Any]

    @property
    def dy(self) -> Any:
        return self.layer.dy[:, : self.layer.x.shape[1]]


@st.composite
def passes(draw: Any) -> Passes:
    """Draw a layer without dilation in which one kernel, column times row, serves all channels."""
    layer = draw(layers(2, kind="depthwise", dilation=1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = [laid_out(rng.standard_normal(n), draw(st.sampled_from(LAYOUTS))) for n in layer.kernel]
    layer.w = np.stack([np.multiply.outer(*parts)[None]] * layer.groups)
    written = {name: layer.written[name] for name in ("stride", "padding") if name in layer.written}
    return Passes(layer, parts[0], parts[1], written)


@needs_torch
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@configurations
@given(passes())
def test_separable_is_torch_s_with_the_outer_product(case: Passes) -> None:
    layer = case.layer
    x, column, row = tensor(layer.x), tensor(case.column), tensor(case.row)
    kernels = (column[:, None] * row).expand(layer.groups, 1, -1, -1)
    y = torch_conv(layer, (x, kernels, None))
    close(S.separable_conv2d(layer.x, case.column, case.row, **case.written), y)
    ours = S.separable_conv2d_backward(case.dy, layer.x, case.column, case.row, **case.written)
    for mine, theirs in zip(ours, backward(y, case.dy, x, column, row), strict=True):
        close(mine, theirs)


@configurations
@given(passes())
def test_separable_is_the_loops_with_the_outer_product(case: Passes) -> None:
    layer = case.layer
    y = S.separable_conv2d(layer.x, case.column, case.row, **case.written)
    close(y, reference.conv(layer.x, layer.w, **layer.meant))
    dx, dw, _ = reference.conv_gradients(case.dy, layer.x, layer.w, **layer.meant)
    dk = dw.sum(axis=(0, 1))  # y = column row, so dcolumn = dk row and drow = column dk
    ours = S.separable_conv2d_backward(case.dy, layer.x, case.column, case.row, **case.written)
    for mine, loops in zip(ours, (dx, dk @ case.row, case.column @ dk), strict=True):
        close(mine, loops)


@configurations
@given(passes())
def test_separable_is_conv2d_with_the_outer_product(case: Passes) -> None:
    layer, options = case.layer, case.written | {"groups": case.layer.groups}
    y = S.separable_conv2d(layer.x, case.column, case.row, **case.written)
    close(y, conv2d(layer.x, layer.w, **options))
    dx, dw, _ = conv2d_backward(case.dy, layer.x, layer.w, **options)
    dk = dw.sum(axis=(0, 1))
    ours = S.separable_conv2d_backward(case.dy, layer.x, case.column, case.row, **case.written)
    for mine, theirs in zip(ours, (dx, dk @ case.row, case.column @ dk), strict=True):
        close(mine, theirs)


@configurations
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e6]))
def test_separate_finds_the_parts_of_a_product(height: int, width: int, seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    k = scale * np.outer(rng.standard_normal(height), rng.standard_normal(width))
    parts = S.separate(k)
    assert parts is not None
    column, row = parts
    np.testing.assert_allclose(np.outer(column, row), k, rtol=0, atol=1e-12 * abs(k).max())
    assert column[abs(column).argmax()] > 0
    assert np.linalg.norm(column) == pytest.approx(np.linalg.norm(row), rel=1e-9)


@configurations
@given(
    st.integers(2, 6), st.integers(2, 6), st.integers(0, 2**32 - 1), st.sampled_from(["float32", "float64"])
)
def test_separate_refuses_what_is_no_product(height: int, width: int, seed: int, dtype: str) -> None:
    k = np.random.default_rng(seed).standard_normal((height, width))
    strengths = np.linalg.svd(k, compute_uv=False)
    if strengths[1] > 1e-3 * strengths[0]:  # rank 2 beyond doubt
        assert S.separate(k.astype(dtype)) is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_separate_keeps_the_dtype_and_allows_for_its_rounding(dtype: str) -> None:
    rng = np.random.default_rng(3)
    k = np.outer(rng.standard_normal(5), rng.standard_normal(7)).astype(dtype)
    parts = S.separate(k)
    assert parts is not None and [part.dtype for part in parts] == [dtype, dtype]
    np.testing.assert_allclose(np.outer(*parts), k, rtol=0, atol=1e-5 if dtype == "float32" else 1e-12)


def test_how_much_may_be_left_over_is_the_caller_s_choice() -> None:
    k = np.diag([1.0, 1e-3])
    assert S.separate(k) is None
    assert S.separate(k, tolerance=1e-2) is not None
    assert S.separate(k, tolerance=np.float32(0)) is None


def test_a_kernel_of_zeros_falls_apart_into_zeros() -> None:
    parts = S.separate(np.zeros((2, 3)))
    assert parts is not None
    column, row = parts
    assert (column == 0).all() and (row == 0).all() and (len(column), len(row)) == (2, 3)


def test_whole_numbers_give_floating_parts() -> None:
    parts = S.separate([[1, 2], [2, 4]])  # type: ignore[arg-type]  # a list, as a student may write it
    assert parts is not None and parts[0].dtype == parts[1].dtype == np.float64
