"""The sliding sums against naive loops and SciPy, their algebra, and what they say to bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.functional.padding import MODES
from tests import reference

settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("ci")


@st.composite
def settings2d(draw: Callable[..., Any]) -> dict[str, Any]:
    """Draw a picture, a kernel that fits, and the three knobs, all different for the two axes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    knobs = {name: draw(st.tuples(st.integers(low, 3), st.integers(low, 3))) for name, low in KNOBS.items()}
    spare = draw(st.tuples(st.integers(0, 6), st.integers(0, 6)))
    shape = [
        max(1, d * (k - 1) + 1 - 2 * p + more)
        for k, d, p, more in zip(kernel, knobs["dilation"], knobs["padding"], spare, strict=True)
    ]
    dtype = draw(st.sampled_from(["float64", "float32", "int64", "uint8"]))
    x = (100 * rng.standard_normal(shape)).astype("int64").astype(dtype)
    return {"x": x, "k": rng.standard_normal(kernel)} | knobs


KNOBS = {"stride": 1, "padding": 0, "dilation": 1}


@given(settings2d())
def test_correlate2d_is_the_loops(case: dict[str, Any]) -> None:
    want = reference.correlate(**case)
    np.testing.assert_allclose(F.correlate2d(**case), want, rtol=1e-9, atol=1e-9 * max(1, abs(want).max()))


@given(settings2d())
def test_convolve2d_is_scipy_s(case: dict[str, Any]) -> None:
    x, k = case["x"].astype(float), case["k"]
    if all(a <= b for a, b in zip(k.shape, x.shape, strict=True)):
        np.testing.assert_allclose(
            F.convolve2d(x, k), scipy.signal.convolve2d(x, k, "valid"), rtol=1e-9, atol=1e-9
        )


@given(settings2d(), st.floats(-3, 3))
def test_correlation_is_linear_in_both_arguments(case: dict[str, Any], factor: float) -> None:
    x, k = case.pop("x").astype(float), case.pop("k")
    y = F.correlate2d(x, k, **case)
    np.testing.assert_allclose(
        F.correlate2d(x + factor * x[::-1], k, **case),
        y + factor * F.correlate2d(x[::-1], k, **case),
        atol=1e-8,
    )
    np.testing.assert_allclose(F.correlate2d(x, factor * k, **case), factor * y, atol=1e-8)


@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 999))
def test_one_dimension_is_scipy_s(size: int, more: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, k = rng.standard_normal(size + more), rng.standard_normal(size)
    np.testing.assert_allclose(F.correlate1d(x, k), scipy.signal.correlate(x, k, "valid"), atol=1e-12)
    np.testing.assert_allclose(F.convolve1d(x, k), scipy.signal.convolve(x, k, "valid"), atol=1e-12)


@given(
    st.integers(2, 6), st.integers(2, 6), st.integers(0, 1), st.integers(0, 1), st.sampled_from(sorted(MODES))
)
def test_padding_is_numpy_s(height: int, width: int, p: int, q: int, mode: str) -> None:
    x = np.arange(2 * height * width).reshape(2, height, width)
    np.testing.assert_array_equal(
        F.pad2d(x, (p, q), mode), np.pad(x, [(0, 0), (p, p), (q, q)], mode=MODES[mode])
    )


@pytest.mark.parametrize("function", [F.correlate2d, F.convolve2d])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_stays_and_the_input_is_neither_changed_nor_needed_writeable(
    function: Any, dtype: str
) -> None:
    x = np.arange(40, dtype=dtype).reshape(5, 8)[::2, ::-1]
    k = np.ones((2, 2), dtype=dtype)
    for array in (x, k):
        array.flags.writeable = False
    before = x.copy()
    assert function(x, k, padding=1).dtype == dtype
    np.testing.assert_array_equal(x, before)


FOUR, TWO = np.zeros((4, 4)), np.zeros((2, 2))
BAD = [
    (F.correlate2d, (np.zeros(3), np.zeros((1, 1))), {}, ShapeError, r"\(3,\), but it must be \(H, W\)"),
    (F.correlate2d, (np.zeros((2, 2)), np.zeros((0, 2))), {}, ShapeError, "must not be empty"),
    (F.correlate2d, (np.zeros((2, 2)), np.zeros((3, 1))), {}, ShapeError, "more padding"),
    (F.correlate2d, (FOUR, TWO), {"stride": 0}, ShapeError, "stride is 0, but it must be a whole number"),
    (F.correlate2d, (FOUR, TWO), {"stride": 1.5}, ShapeError, "stride is 1.5"),
    (F.correlate2d, (FOUR, TWO), {"padding": -1}, ShapeError, "padding is -1"),
    (F.correlate2d, (FOUR, TWO), {"dilation": (1, 2, 3)}, ShapeError, "a pair"),
    (F.correlate2d, (np.full((2, 2), "a"), np.zeros((1, 1))), {}, ValueError, "must hold real numbers"),
    (F.correlate2d, (np.zeros((2, 2), complex), np.zeros((1, 1))), {}, ValueError, "must hold real numbers"),
    (F.correlate1d, (np.zeros(2), np.zeros(3)), {}, ShapeError, "k has 3 entries but x only 2"),
    (F.convolve1d, (np.zeros((2, 2)), np.zeros(1)), {}, ShapeError, r"must be \(N,\)"),
    (F.pad2d, (np.zeros(3), 1), {}, ShapeError, "at least the two axes"),
    (F.pad2d, (np.zeros((3, 3)), 1), {"mode": "mirror"}, ValueError, "zeros, reflect, replicate, circular"),
    (F.pad2d, (np.zeros((3, 3)), 3), {"mode": "reflect"}, ShapeError, "smaller than the picture"),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, options, error, said", BAD)
def test_bad_input_gets_a_sentence(
    function: Any, arguments: Any, options: Any, error: type, said: str
) -> None:
    with pytest.raises(error, match=said):
        function(*arguments, **options)
