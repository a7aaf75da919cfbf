"""The linear layer against PyTorch and the loops, and on bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional.linear import linear, linear_backward
from cnnkit.gradcheck import gradcheck
from tests.oracle import close, configurations, needs_torch, tensor, torch


@st.composite
def layers(draw: Callable[..., Any]) -> tuple[Any, Any, Any, Any]:
    """Draw dy, x with no to three axes before the last, w, and b or None; now and then large numbers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    before = draw(st.lists(st.sampled_from([1, 2, 3, 4] * 5 + [0]), max_size=3))
    inputs, outputs = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    scale = draw(st.sampled_from([1.0, 1e4]))
    x, w = scale * rng.standard_normal((*before, inputs)), rng.standard_normal((outputs, inputs))
    b = rng.standard_normal(outputs) if draw(st.booleans()) else None
    return rng.standard_normal((*before, outputs)), x, w, b


@needs_torch
@configurations
@given(layers())
def test_linear_is_pytorch_s(layer: tuple[Any, Any, Any, Any]) -> None:
    dy, x, w, b = layer
    tx, tw, tb = tensor(x), tensor(w), tensor(np.zeros(len(w)) if b is None else b)
    y = torch.nn.functional.linear(tx, tw, tb)
    y.backward(torch.tensor(dy))
    close(linear(x, w, b), y)
    for ours, theirs in zip(linear_backward(dy, x, w), (tx.grad, tw.grad, tb.grad), strict=True):
        close(ours, theirs)


@configurations
@given(layers())
def test_linear_is_the_loops(layer: tuple[Any, Any, Any, Any]) -> None:
    dy, x, w, b = layer
    y, dx, dw, db = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for example in np.ndindex(*x.shape[:-1]):
        for f in range(w.shape[0]):
            up = dy[example][f]
            y[example][f] += 0 if b is None else b[f]
            db[f] += up
            for d in range(w.shape[1]):
                y[example][f] += w[f, d] * x[example][d]
                dx[example][d] += up * w[f, d]
                dw[f, d] += up * x[example][d]
    close(linear(x, w, b), y)
    for ours, loops in zip(linear_backward(dy, x, w), (dx, dw, db), strict=True):
        close(ours, loops)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 4, 3)])
def test_gradcheck_agrees(shape: Any) -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal(shape), rng.standard_normal((2, 3)), rng.standard_normal(2)
    gradcheck(linear, lambda dy, x, w, b: linear_backward(dy, x, w), x, w, b, rng=rng, every_entry=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_stays_and_input_is_neither_changed_nor_shared(dtype: str) -> None:
    x = np.arange(24, dtype=dtype).reshape(4, 6)[::-1, ::2]
    w, b = np.ones((3, 2), dtype).T, np.ones(4, dtype)[::2]
    given_arrays = x, w, b
    before = [array.copy() for array in given_arrays]
    for array in given_arrays:
        array.flags.writeable = False
    y, up = linear(x, w, b), np.ones((4, 2))
    for result in (y, *linear_backward(up.astype(dtype), x, w), *linear_backward(up, x, w)):
        assert result.dtype == dtype and result.flags.writeable
        assert not any(np.shares_memory(result, array) for array in given_arrays)
    for array, old in zip(given_arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)
    close(y, [[x_row.sum() + 1] * 2 for x_row in x.astype(float)])


def test_whole_numbers_become_float64_and_the_wider_dtype_wins() -> None:
    y = linear([[1, 2]], [[3, 4]], [5])
    assert y.dtype == np.float64 and y.tolist() == [[16]]
    assert linear(np.ones((1, 2), np.float32), np.ones((1, 2))).dtype == np.float64


@pytest.mark.parametrize("before", [(0,), (2, 0), (0, 2)])
def test_without_examples_the_weights_get_no_gradient(before: Any) -> None:
    x, w = np.zeros((*before, 3)), np.ones((2, 3))
    assert linear(x, w, np.ones(2)).shape == (*before, 2)
    dx, dw, db = linear_backward(np.zeros((*before, 2)), x, w)
    assert dx.shape == x.shape and not dw.any() and dw.shape == w.shape and not db.any() and db.shape == (2,)


X, W = np.zeros((5, 3)), np.zeros((2, 3))
BAD = [
    (linear, (X, W.T), ShapeError, r"linear: x has 3 inputs an example but w expects 2. w must .* \(3, 3\)"),
    (linear, (X, W[0]), ShapeError, r"linear: w has shape \(3,\), but it must be \(F, D\)"),
    (linear, (X, W[None]), ShapeError, r"w has shape \(1, 2, 3\)"),
    (linear, (1.0, W), ShapeError, r"linear: x is a single number, but it must be \(N, D\)"),
    (linear, (X, np.zeros((0, 3))), ShapeError, r"w has shape \(0, 3\), but it needs"),
    (linear, (X[:, :0], W[:, :0]), ShapeError, r"w has shape \(2, 0\), but it needs"),
    (linear, (X, W, np.zeros(3)), ShapeError, r"linear: b has shape \(3,\), but it must be \(2,\)"),
    (linear, (X, W, np.zeros((2, 1))), ShapeError, r"b has shape \(2, 1\)"),
    (linear, (X, W, "b"), ValueError, "b has dtype <U1"),
    (linear, ("x", W), ValueError, "x has dtype <U1, but it must hold real numbers"),
    (linear, (X, W * 1j), ValueError, "w has dtype complex128"),
    (linear, (None, W), ValueError, "x has dtype object"),
    (linear, ([[1, 2], [3]], W), ShapeError, "rows differ in length"),
    (linear_backward, (X, X, W), ShapeError, r"rd: dy has shape \(5, 3\), but it must be \(5, 2\)"),
    (linear_backward, (np.zeros((5, 2)), X, W.T), ShapeError, "linear_backward: x has 3 inputs"),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, error, said", BAD)
def test_bad_input_gets_a_sentence(function: Any, arguments: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as raised:
        function(*arguments)
    assert type(raised.value) is error and str(raised.value).count("\n") < 2
