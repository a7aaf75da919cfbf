"""Upsampling against PyTorch and naive loops over all options, its algebra, and its words to bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional import resample as R
from tests import reference_pooling as loops
from tests.oracle import close, configurations, needs_torch, tensor, torch

AXES = pytest.mark.parametrize("axes", [1, 2, 3])


@st.composite
def cases(draw: Callable[..., Any], axes: int) -> tuple[np.ndarray, np.ndarray, tuple[int, ...], Any]:
    """Draw maps, a gradient for them upsampled, and the factors, in full and as a caller may write them."""
    size = draw(st.tuples(*[st.integers(1, 6 - axes)] * axes))
    factor = st.integers(1, 4)
    scale = draw(st.one_of(factor.map(lambda one: (one,) * axes), st.tuples(*[factor] * axes)))
    written = scale[0] if len(set(scale)) == 1 and draw(st.booleans()) else scale
    channels = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    stretched = [n * s for n, s in zip(size, scale, strict=True)]
    return (
        rng.standard_normal((*channels, *size)),
        rng.standard_normal((*channels, *stretched)),
        scale,
        written,
    )


@AXES
@configurations
@given(data=st.data())
def test_nearest_is_the_loops(axes: int, data: Any) -> None:
    x, dy, scale, written = data.draw(cases(axes))
    parts = list(loops.nearest_parts(x.shape[2:], scale))
    np.testing.assert_array_equal(R.upsample_nearest(x, written), loops.upsample(x, scale, parts))
    close(R.upsample_nearest_backward(dy, x, written), loops.upsample_backward(dy, x, parts))


@needs_torch
@AXES
@configurations
@given(data=st.data())
def test_nearest_is_torch_s(axes: int, data: Any) -> None:
    x, dy, _, written = data.draw(cases(axes))
    wrapped = tensor(x)
    theirs = torch.nn.functional.interpolate(wrapped, scale_factor=written, mode="nearest")
    np.testing.assert_array_equal(R.upsample_nearest(x, written), theirs.detach().numpy())
    theirs.backward(torch.tensor(dy))
    close(R.upsample_nearest_backward(dy, x, written), wrapped.grad)


@configurations
@given(cases(axes=2), st.booleans())
def test_bilinear_is_the_loops(case: Any, align_corners: bool) -> None:
    x, dy, scale, written = case
    parts = list(loops.bilinear_parts(x.shape[2:], scale, align_corners))
    close(R.upsample_bilinear(x, written, align_corners=align_corners), loops.upsample(x, scale, parts))
    dx = R.upsample_bilinear_backward(dy, x, written, align_corners=align_corners)
    close(dx, loops.upsample_backward(dy, x, parts))


@needs_torch
@configurations
@given(cases(axes=2), st.booleans())
def test_bilinear_is_torch_s(case: Any, align_corners: bool) -> None:
    x, dy, _, written = case
    wrapped = tensor(x)
    theirs = torch.nn.functional.interpolate(
        wrapped, scale_factor=written, mode="bilinear", align_corners=align_corners
    )
    close(R.upsample_bilinear(x, written, align_corners=align_corners), theirs)
    theirs.backward(torch.tensor(dy))
    close(R.upsample_bilinear_backward(dy, x, written, align_corners=align_corners), wrapped.grad)


@configurations
@given(cases(axes=2), st.sampled_from([None, False, True]))
def test_the_way_back_is_the_transpose(case: Any, align_corners: bool | None) -> None:
    x, dy, _, written = case
    if align_corners is None:
        y, dx = R.upsample_nearest(x, written), R.upsample_nearest_backward(dy, x, written)
    else:
        y = R.upsample_bilinear(x, written, align_corners=align_corners)
        dx = R.upsample_bilinear_backward(dy, x, written, align_corners=align_corners)
    close((y * dy).sum(), (x * dx).sum())


@pytest.mark.parametrize("n", [1, 2, 5, 224])
@pytest.mark.parametrize("times", [1, 2, 3, 7])
@pytest.mark.parametrize("align_corners", [False, True])
def test_the_parts_of_an_output_add_up_to_one(n: int, times: int, align_corners: bool) -> None:
    parts = R.lines(n, times, align_corners)
    assert parts.shape == (n * times, n) and (parts >= 0).all() and ((parts > 0).sum(axis=1) <= 2).all()
    np.testing.assert_allclose(parts.sum(axis=1), 1, atol=1e-12)
    if align_corners:  # the corners stay, and a straight line stays straight
        np.testing.assert_allclose(parts @ np.arange(n), np.linspace(0, n - 1, n * times), atol=1e-12)


WAYS = [
    (R.upsample_nearest, R.upsample_nearest_backward, {}),
    (R.upsample_bilinear, R.upsample_bilinear_backward, {}),
    (R.upsample_bilinear, R.upsample_bilinear_backward, {"align_corners": True}),
]


@pytest.mark.parametrize("forward, backward, options", WAYS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_the_dtype_stays_and_the_input_too(forward: Any, backward: Any, options: Any, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, (2, 3, 4, 10)).astype(dtype)[:, ::-1, :, ::2]
    dy = np.swapaxes(rng.standard_normal((2, 3, 15, 8)), 2, 3)
    x.flags.writeable = dy.flags.writeable = False
    x_before, dy_before = x.copy(), dy.copy()
    y, dx = forward(x, (2, 3), **options), backward(dy, x, (2, 3), **options)
    wanted = x.dtype if x.dtype.kind == "f" else np.dtype("float64")
    assert (y.dtype, dx.dtype, y.shape, dx.shape) == (wanted, wanted, (2, 3, 8, 15), (2, 3, 4, 5))
    np.testing.assert_allclose(y, forward(np.array(x, dtype=float), (2, 3), **options), rtol=1e-6)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(dy, dy_before)


@pytest.mark.parametrize("forward, backward, options", WAYS)
@pytest.mark.parametrize("times", [1, 3])
def test_empty_batches_and_single_pixels(forward: Any, backward: Any, options: Any, times: int) -> None:
    none, one = np.zeros((0, 3, 2, 2)), np.full((1, 1, 1, 1), -3.0)
    larger = np.zeros((0, 3, 2 * times, 2 * times))
    assert forward(none, times, **options).shape == larger.shape
    assert backward(larger, none, times, **options).shape == none.shape
    np.testing.assert_array_equal(forward(one, times, **options), np.full((1, 1, times, times), -3.0))
    dx = backward(np.ones((1, 1, times, times)), one, times, **options)
    np.testing.assert_allclose(dx, [[[[times**2]]]])


@pytest.mark.parametrize("forward, backward, options", WAYS)
def test_a_factor_of_one_gives_a_copy(forward: Any, backward: Any, options: Any) -> None:
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    for result in (forward(x, 1, **options), backward(x, x, 1, **options)):
        np.testing.assert_array_equal(result, x)
        assert not np.shares_memory(result, x) and result.flags.writeable


X = np.zeros((2, 3, 5, 6))
BAD = [
    *[(upsample, *case) for upsample in [R.upsample_nearest, R.upsample_bilinear] for case in [
        ((np.zeros((2, 3)), 2), ShapeError, r"x has shape \(2, 3\), but it must be \(N, C"),
        ((np.zeros((1, 1, 1, 1, 1, 1)), 2), ShapeError, "x has shape .*, but it must be"),
        ((np.zeros((1, 0, 5, 5)), 2), ShapeError, "only the batch"),
        (([[[[1, 2], [3]]]], 2), ShapeError, "rows differ in length"),
        ((np.full((1, 1, 2, 2), "a"), 2), ValueError, "must hold real numbers"),
        ((X.astype(complex), 2), ValueError, "must hold real numbers"),
        ((None, 2), ValueError, "must hold real numbers"),
        ((X, 0), ShapeError, "scale_factor is 0, but it must be a whole number, 1 or more"),
        ((X, -2), ShapeError, "scale_factor is -2"),
        ((X, 1.5), ShapeError, "scale_factor is 1.5"),
        ((X, True), ShapeError, "scale_factor is True"),
        ((X, "2"), ShapeError, "scale_factor is '2'"),
        ((X, (2, 2, 2)), ShapeError, r"scale_factor is \(2, 2, 2\)"),
    ]],
    (R.upsample_bilinear, (np.zeros((2, 3, 5)), 2), ShapeError, r"must be \(N, C, H, W\)"),
    (R.upsample_nearest_backward, (X, X, 2), ShapeError, r"dy has shape .*must be \(2, 3, 10, 12\)"),
    (R.upsample_bilinear_backward, (X, X, (1, 2)), ShapeError, r"dy has shape .*must be \(2, 3, 5, 12\)"),
    (R.upsample_bilinear_backward, (X, X, 0), ShapeError, "scale_factor is 0"),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, error, said", BAD)
def test_bad_input_gets_a_sentence(function: Any, arguments: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        function(*arguments)
    assert caught.type is error and str(caught.value).startswith(f"{function.__name__}: ")
