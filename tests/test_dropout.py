"""Dropout by what must hold for every draw: which values the mask has, how many, and on average what."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional.dropout import dropout, dropout_backward
from tests.oracle import close, configurations, needs_torch, tensor, torch

shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)
chances = st.floats(0, 0.99) | st.sampled_from([0.0, 0.5, 1.0])
seeds = st.integers(0, 2**32 - 1)


@configurations
@given(shapes, chances, seeds)
def test_each_number_is_dropped_or_scaled_up(shape: tuple[int, ...], p: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    y, mask = dropout(x, p, rng=rng)
    assert y.shape == mask.shape == shape
    np.testing.assert_array_equal(y, x * mask)
    kept = 1 / (1 - p) if p < 1 else 0.0
    assert np.all((mask == 0) | (np.abs(mask - kept) <= 1e-12 * kept))
    dy = rng.standard_normal(shape)
    np.testing.assert_array_equal(dropout_backward(dy, mask), dy * mask)


@configurations
@given(shapes, chances, seeds)
def test_the_seed_decides_and_the_dtype_does_not(shape: tuple[int, ...], p: float, seed: int) -> None:
    masks = [
        dropout(np.ones(shape, dtype), p, rng=np.random.default_rng(seed))[1]
        for dtype in ("float64", "float64", "float32")
    ]
    np.testing.assert_array_equal(masks[0], masks[1])
    np.testing.assert_array_equal(masks[0] > 0, masks[2] > 0)


@pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_the_share_is_p_and_the_mean_stays(p: float) -> None:
    """Both within five standard deviations, over 100,000 numbers; by rows and by columns, too."""
    n = 100_000
    y, mask = dropout(np.full((100, n // 100), 3.0), p, rng=np.random.default_rng(7))
    assert abs(np.mean(mask == 0) - p) < 5 * np.sqrt(p * (1 - p) / n)
    assert abs(np.mean(y) / 3 - 1) < 5 * np.sqrt(p / (1 - p) / n)
    for axis, long in ((0, 100), (1, n // 100)):
        assert np.all(np.abs(np.mean(mask == 0, axis=axis) - p) < 5 * np.sqrt(p * (1 - p) / long) + 1 / long)


def test_neighbours_are_dropped_independently_and_every_call_draws_anew() -> None:
    rng = np.random.default_rng(3)
    first, second = (dropout(np.ones((2, 50_000)), rng=rng)[1] == 0 for _ in range(2))
    for a, b in ((first, second), (first[0], first[1]), (first[:, 1:], first[:, :-1])):
        assert abs(np.mean(a & b) - 0.25) < 0.01


def test_the_default_drops_half() -> None:
    assert set(np.unique(dropout(np.ones(100), rng=np.random.default_rng(0))[1])) == {0.0, 2.0}


def test_nothing_is_dropped_at_0_and_all_at_1() -> None:
    x = np.arange(1.0, 7.0).reshape(2, 3)
    for p, want in ((0, x), (1, np.zeros((2, 3)))):
        y, mask = dropout(x, p, rng=np.random.default_rng(0))
        np.testing.assert_array_equal(y, want)
        np.testing.assert_array_equal(dropout_backward(x, mask), want)
        assert not np.shares_memory(y, x)


def test_even_the_smallest_draw_drops_nothing_at_0() -> None:
    class Zero(np.random.Generator):
        def random(self, size: Any = None, *_: Any, **__: Any) -> Any:
            return np.zeros(size)

    np.testing.assert_array_equal(dropout(np.ones(3), 0, rng=Zero(np.random.PCG64(0)))[0], 1)


@pytest.mark.parametrize(
    "dtype, expected", [("float32", "float32"), ("float64", "float64"), ("int8", "float64")]
)
def test_the_dtype_stays_and_the_input_is_neither_changed_nor_needed_writeable(
    dtype: str, expected: str
) -> None:
    x = np.arange(40).reshape(5, 8).astype(dtype)[::2, ::-1]
    x.flags.writeable = False
    before = x.copy()
    y, mask = dropout(x, np.float64(0.3), rng=np.random.default_rng(0))
    mask.flags.writeable = False
    assert y.dtype == mask.dtype == dropout_backward(x, mask).dtype == expected
    np.testing.assert_array_equal(x, before)


@needs_torch
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_torch_has_the_same_values_in_its_mask(p: float) -> None:
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(torch.ones(500, dtype=torch.float64), p).unique()
    ours = np.unique(dropout(np.ones(500), p, rng=np.random.default_rng(0))[1])
    close(ours, theirs)


@needs_torch
@configurations
@given(shapes, chances, seeds)
def test_the_gradient_is_torch_s_for_the_same_mask(shape: tuple[int, ...], p: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, dy = rng.standard_normal(shape), rng.standard_normal(shape)
    y, mask = dropout(x, p, rng=rng)
    x_ = tensor(x)
    y_ = x_ * torch.tensor(mask)
    y_.backward(torch.tensor(dy))
    close(y, y_)
    close(dropout_backward(dy, mask), x_.grad)


X, RNG = np.ones((2, 3)), np.random.default_rng(0)
BAD = [
    (partial(dropout, X, 1.1, rng=RNG), ValueError, "dropout: p is 1.1, but it must be a number from 0 to 1"),
    (partial(dropout, X, -0.1, rng=RNG), ValueError, "p is -0.1"),
    (partial(dropout, X, float("nan"), rng=RNG), ValueError, "p is nan"),
    (partial(dropout, X, None, rng=RNG), ValueError, "p is None"),
    (partial(dropout, X, "half", rng=RNG), ValueError, "p is 'half'"),
    (partial(dropout, X, True, rng=RNG), ValueError, "p is True"),
    (partial(dropout, X, [0.5], rng=RNG), ValueError, r"p is \[0.5\]"),
    (partial(dropout, X, rng=0), ValueError, "rng is 0, but it must be a NumPy generator"),
    (partial(dropout, X, rng=None), ValueError, "rng is None"),
    (partial(dropout, X, rng=np.random.RandomState(0)), ValueError, "rng is RandomState"),
    (partial(dropout, [[1], [2, 3]], rng=RNG), ShapeError, "rows differ in length"),
    (partial(dropout, ["a"], rng=RNG), ValueError, "dropout: x has dtype .* must hold real numbers"),
    (partial(dropout, X * 1j, rng=RNG), ValueError, "must hold real numbers"),
    (partial(dropout_backward, X[0], X), ShapeError, r"_backward: dy has shape \(3,\), but .* \(2, 3\)"),
    (partial(dropout_backward, X, None), ValueError, "dropout_backward: mask has dtype object"),
]  # fmt: skip


@pytest.mark.parametrize("call, error, said", BAD)
def test_bad_input_gets_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        call()
    assert str(caught.value).count("\n") < 2
