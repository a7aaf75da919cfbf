"""Batch norm and local response norm against their definitions as loops, PyTorch, and on bad input."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional.local_response import local_response_norm, local_response_norm_backward
from cnnkit.functional.normalization import (
    batch_norm,
    batch_norm_backward,
    batch_statistics,
    update_running,
)
from tests.oracle import close, configurations, needs_torch, tensor, torch

Case = dict[str, Any]


@st.composite
def batches(draw: Callable[..., Any], least: int = 2, smallest_batch: int = 0) -> Case:
    """Draw a batch with 0 to 3 spatial axes and its dy; a channel has no numbers or at least ``least``."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spatial = draw(st.lists(st.integers(1, 3), max_size=3))
    n = draw(st.sampled_from([n for n in (2, 1, 3, 4, 3, 2, 4, 0) if n >= smallest_batch]))
    if 0 < n * int(np.prod(spatial)) < least:
        n = least
    shape = (n, draw(st.sampled_from([2, 1, 3, 4, 5])), *spatial)
    middle, width = draw(st.sampled_from([(0.0, 1.0), (5.0, 3.0), (-40.0, 0.1)]))
    x = middle + width * rng.standard_normal(shape)
    if draw(st.booleans()):  # the same numbers, laid out with the channels last
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    return {"x": x, "dy": rng.standard_normal(shape), "rng": rng}


@st.composite
def batch_norms(draw: Callable[..., Any]) -> Case:
    """Draw a call of batch_norm, in training or in evaluation, with and without weight and bias."""
    evaluation = draw(st.booleans())
    case = draw(batches(least=1 if evaluation else 2))
    rng, channels = case.pop("rng"), case["x"].shape[1]
    given_, missing = (lambda: rng.standard_normal(channels)), (lambda: None)
    case["weight"], case["bias"] = (draw(st.sampled_from([given_, missing]))() for _ in range(2))
    case["options"] = {"eps": draw(st.sampled_from([1e-5, 1e-3, 0.1, 2.0]))}
    if evaluation:
        case["options"] |= {"mean": 3 * rng.standard_normal(channels), "var": 4 * rng.random(channels)}
    return case


def batch_norm_loops(x: Any, weight: Any, bias: Any, eps: float, mean: Any = None, var: Any = None) -> Any:
    """The definition, number by number."""
    y = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        c = place[1]
        numbers = x[:, c].ravel().tolist()
        centre = sum(numbers) / len(numbers) if mean is None else mean[c]
        spread = sum((v - centre) ** 2 for v in numbers) / len(numbers) if var is None else var[c]
        x_hat = (x[place] - centre) / sqrt(spread + eps)
        y[place] = x_hat * (1 if weight is None else weight[c]) + (0 if bias is None else bias[c])
    return y


def batch_norm_dx_loops(dy: Any, x: Any, weight: Any, eps: float, mean: Any = None, var: Any = None) -> Any:
    """The chain rule, pair by pair: what each number of a channel does to each output of that channel."""
    dx = np.zeros(x.shape)
    for c in range(x.shape[1] if len(x) else 0):
        numbers, upstream = x[:, c].ravel(), dy[:, c].ravel()
        m, training = len(numbers), mean is None
        centre = numbers.mean() if training else mean[c]
        s = 1 / sqrt((numbers.var() if training else var[c]) + eps)
        gradient = np.zeros(m)
        for i in range(m):
            for j in range(m):
                slope = s * (i == j)
                if training:
                    slope -= s / m + s**3 * (numbers[i] - centre) * (numbers[j] - centre) / m
                gradient[i] += upstream[j] * slope * (1 if weight is None else weight[c])
        dx[:, c] = gradient.reshape(dx[:, c].shape)
    return dx


@configurations
@given(batch_norms())
def test_batch_norm_is_the_loops(case: Case) -> None:
    x, dy, weight, bias, options = (case[name] for name in ("x", "dy", "weight", "bias", "options"))
    close(batch_norm(x, weight, bias, **options), batch_norm_loops(x, weight, bias, **options))
    dx, dweight, dbias = batch_norm_backward(dy, x, weight, **options)
    close(dx, batch_norm_dx_loops(dy, x, weight, **options))
    over = (0, *range(2, x.ndim))
    close(dweight, np.sum(dy * batch_norm_loops(x, None, None, **options), axis=over))
    close(dbias, np.sum(dy, axis=over))


@needs_torch
@configurations
@given(batch_norms())
def test_batch_norm_is_torch_s(case: Case) -> None:
    x, dy, weight, bias, options = (case[name] for name in ("x", "dy", "weight", "bias", "options"))
    mean, var = (torch.tensor(options[name]) if name in options else None for name in ("mean", "var"))
    # contiguous: for x of shape (1, 2, 1, 2) with strides (1, 1, 2, 2), torch 2.13 gives a wrong dx
    tensors = [None if v is None else tensor(np.ascontiguousarray(v)) for v in (x, weight, bias)]
    y = torch.nn.functional.batch_norm(
        tensors[0], mean, var, *tensors[1:], training=mean is None, eps=options["eps"]
    )
    close(batch_norm(x, weight, bias, **options), y)
    y.backward(torch.tensor(dy))
    for ours, theirs in zip(batch_norm_backward(dy, x, weight, **options), tensors, strict=True):
        if theirs is not None:
            close(ours, theirs.grad)


@needs_torch
@configurations
@given(batches(), st.sampled_from([0.0, 0.1, 0.25, 0.9, 1.0]))
def test_running_statistics_are_torch_s(case: Case, momentum: float) -> None:
    x, rng = case["x"], case["rng"]
    mean, var = rng.standard_normal(x.shape[1]), rng.random(x.shape[1])
    ours = update_running(mean, var, *batch_statistics(x), x.size // x.shape[1], momentum=momentum)
    theirs = torch.tensor(mean), torch.tensor(var)
    torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True, momentum=momentum)
    close(ours[0], theirs[0])
    close(ours[1], theirs[1])


@configurations
@given(batches(smallest_batch=1), st.floats(0.1, 10), st.floats(-10, 10))
def test_training_forgets_scale_and_shift(case: Case, factor: float, shift: float) -> None:
    """Batch norm of a x + b with a² eps is that of x with eps; and no gradient is left along a shift."""
    x, dy, over = case["x"], case["dy"], (0, *range(2, case["x"].ndim))
    other, eps = factor * x + shift, {"eps": factor**2 * 1e-3}
    close(batch_norm(other, **eps), batch_norm(x, eps=1e-3))
    dx = batch_norm_backward(dy, x, eps=1e-3)[0]
    close(factor * batch_norm_backward(dy, other, **eps)[0], dx)
    close(dx.sum(axis=over), np.zeros(x.shape[1]))


@configurations
@given(batches(smallest_batch=1))
def test_evaluation_with_the_batch_s_own_statistics_is_training(case: Case) -> None:
    mean, var = batch_statistics(case["x"])
    close(batch_norm(case["x"], mean=mean, var=var), batch_norm(case["x"]))
    own = batch_norm_backward(case["dy"], case["x"], mean=mean, var=var)
    for constant, moving in zip(own[1:], batch_norm_backward(case["dy"], case["x"])[1:], strict=True):
        close(constant, moving)


def test_the_running_statistics_of_many_batches_come_to_those_of_their_source() -> None:
    rng = np.random.default_rng(0)
    mean, var = np.zeros(2), np.ones(2)
    for t in range(1, 2001):
        x = np.array([[3.0], [-1.0]]) + np.array([[2.0], [0.5]]) * rng.standard_normal((2, 2, 2))
        mean, var = update_running(mean, var, *batch_statistics(x), count=4, momentum=1 / t)
    np.testing.assert_allclose(mean, [3, -1], atol=0.1)
    np.testing.assert_allclose(var, [4, 0.25], rtol=0.1)  # the biased variance would be 3 and 0.19


@st.composite
def responses(draw: Callable[..., Any], spatial_needed: int = 0) -> Case:
    """Draw a call of local_response_norm, with windows from one channel to far more than there are."""
    case = draw(batches(least=1))
    while case["x"].ndim < 2 + spatial_needed:
        case["x"], case["dy"] = case["x"][..., None], case["dy"][..., None]
    case["size"] = draw(st.sampled_from([3, 2, 1, 4, 5, 6, 7, 12]))
    case["options"] = {
        "alpha": draw(st.sampled_from([1e-4, 0.5, 3.0])),
        "beta": draw(st.sampled_from([0.75, 0.5, 1.0, 2.0])),
        "k": draw(st.sampled_from([1.0, 2.0, 0.1])),
    }
    return case


def response_loops(x: Any, size: int, alpha: float, beta: float, k: float) -> tuple[Any, Any]:
    """The definition, number by number; and the bases of the powers."""
    y, base = np.empty(x.shape), np.empty(x.shape)
    for place in np.ndindex(x.shape):
        n, c, *at = place
        near = [i for i in range(c - size // 2, c + (size - 1) // 2 + 1) if 0 <= i < x.shape[1]]
        base[place] = k + alpha / size * sum(x[(n, i, *at)] ** 2 for i in near)
        y[place] = x[place] / base[place] ** beta
    return y, base


def response_dx_loops(dy: Any, x: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    """The chain rule, pair by pair of channels."""
    dx, (_, base) = np.zeros(x.shape), response_loops(x, size, alpha, beta, k)
    for place in np.ndindex(x.shape):
        n, c, *at = place
        dx[place] += dy[place] / base[place] ** beta
        for i in range(c - size // 2, c + (size - 1) // 2 + 1):
            if 0 <= i < x.shape[1]:
                there = (n, i, *at)
                power = base[place] ** (-beta - 1)
                dx[there] -= dy[place] * x[place] * beta * power * alpha / size * 2 * x[there]
    return dx


@configurations
@given(responses())
def test_local_response_norm_is_the_loops(case: Case) -> None:
    x, dy, size, options = (case[name] for name in ("x", "dy", "size", "options"))
    close(local_response_norm(x, size, **options), response_loops(x, size, **options)[0])
    close(local_response_norm_backward(dy, x, size, **options), response_dx_loops(dy, x, size, **options))


@needs_torch
@configurations
@given(responses(spatial_needed=1))
def test_local_response_norm_is_torch_s(case: Case) -> None:
    x, dy, size, options = (case[name] for name in ("x", "dy", "size", "options"))
    x_, dy_ = tensor(x), torch.tensor(dy)
    y = torch.nn.functional.local_response_norm(x_, size, **options)
    close(local_response_norm(x, size, **options), y)
    y.backward(dy_)
    close(local_response_norm_backward(dy, x, size, **options), x_.grad)


def test_alexnet_s_local_response_norm_is_written_with_alpha_times_size() -> None:
    """Krizhevsky et al. (2012): k = 2, n = 5, alpha = 1e-4, beta = 0.75, and no division by n."""
    x = 30 * np.random.default_rng(0).standard_normal((1, 7, 1))
    for c in range(7):
        near = x[0, max(0, c - 2) : min(6, c + 2) + 1, 0]
        close(
            local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2)[0, c, 0],
            x[0, c, 0] / (2 + 1e-4 * np.sum(near**2)) ** 0.75,
        )


CALLS: dict[str, Callable[[Any], Any]] = {
    "batch_norm": lambda x: batch_norm(x, [1, 2, 3], [4, 5, 6]),
    "batch_norm, evaluation": lambda x: batch_norm(x, mean=np.ones(3), var=np.ones(3), eps=np.float64(1e-3)),
    "batch_norm_backward": lambda x: batch_norm_backward(x, x, np.arange(3.0)),
    "batch_norm_backward, evaluation": lambda x: batch_norm_backward(x, x, mean=np.ones(3), var=np.ones(3)),
    "batch_statistics": batch_statistics,
    "local_response_norm": lambda x: local_response_norm(x, 3, alpha=np.float64(0.5)),
    "local_response_norm_backward": lambda x: local_response_norm_backward(x, x, 2),
}


def arrays(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_stays_and_the_input_is_neither_changed_nor_shared_nor_needed_writeable(
    call: Any, dtype: str
) -> None:
    x = np.random.default_rng(0).standard_normal((4, 6, 5)).astype(dtype)[::2, ::-2]
    x.flags.writeable = False
    before = x.copy()
    for result in arrays(call(x)):
        assert result.dtype == dtype
        assert not np.shares_memory(result, x)
    np.testing.assert_array_equal(x, before)
    for ours, contiguous in zip(arrays(call(x)), arrays(call(before)), strict=True):
        np.testing.assert_allclose(ours, contiguous, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_whole_numbers_count_as_float64(call: Any) -> None:
    x = np.arange(12).reshape(4, 3) ** 2
    for ours, floating in zip(arrays(call(x)), arrays(call(x.astype(float))), strict=True):
        assert ours.dtype == np.float64
        np.testing.assert_array_equal(ours, floating)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4, 5)])
def test_an_empty_batch_has_an_empty_result(call: Any, shape: tuple[int, ...]) -> None:
    for result in arrays(call(np.zeros(shape, np.float32))):
        assert result.shape in (shape, (3,))
        assert result.dtype == np.float32


def test_an_empty_batch_leaves_gradients_of_zero_and_the_running_statistics_alone() -> None:
    x, mean, var = np.zeros((0, 2, 3)), np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(batch_norm_backward(x, x, [1, 1])[1:], np.zeros((2, 2)))
    after = update_running(mean, var, *batch_statistics(x), count=0)
    np.testing.assert_array_equal(after, [mean, var])
    assert not np.shares_memory(after[0], mean) and not np.shares_memory(after[1], var)


def test_a_constant_channel_becomes_its_bias() -> None:
    np.testing.assert_array_equal(batch_norm(np.full((3, 2, 2), 7.0), bias=[1, 2])[0], [[1, 1], [2, 2]])


def test_one_pixel_images_are_normalised_over_the_batch_and_one_image_in_evaluation() -> None:
    x = np.array([1.0, 3.0]).reshape(2, 1, 1, 1)
    np.testing.assert_allclose(batch_norm(x).ravel(), [-1, 1], atol=1e-5)
    np.testing.assert_allclose(batch_norm(x[:1], mean=[0.0], var=[1.0]).ravel(), [1], atol=1e-5)


def test_float32_keeps_six_digits_far_from_zero() -> None:
    """The variance is a sum of squared distances from the mean, not a difference of two large sums."""
    x = 1000 + np.random.default_rng(0).standard_normal((8, 2, 16, 16))
    np.testing.assert_allclose(batch_statistics(x.astype(np.float32))[1], batch_statistics(x)[1], rtol=1e-4)


def test_running_statistics_keep_their_dtype_and_the_old_ones_stay() -> None:
    old = np.zeros(2, np.float32), np.ones(2, np.float32)
    new = update_running(*old, np.ones(2), np.ones(2), 5, momentum=np.float64(0.5))
    assert [a.dtype for a in new] == [np.float32, np.float32]
    np.testing.assert_array_equal(old, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(new, np.float32([[0.5, 0.5], [1.125, 1.125]]))


X, C = np.arange(12.0).reshape(2, 3, 2), np.ones(3)
ONE_VALUE = r"\(1, 3\): one number a channel.*\n?.*larger batches"
BAD = [
    (partial(batch_norm, np.zeros(3)), ShapeError, r"batch_norm: x has shape \(3,\).*\(N, C\)"),
    (partial(batch_norm, 5), ShapeError, r"x has shape \(\)"),
    (partial(batch_norm, [[1, 2], [3]]), ShapeError, "rows differ in length"),
    (partial(batch_norm, [["a"]]), ValueError, "must hold real numbers"),
    (partial(batch_norm, X * 1j), ValueError, "must hold real numbers"),
    (partial(batch_norm, None), ValueError, "must hold real numbers"),
    (partial(batch_norm, np.zeros((2, 0))), ShapeError, "only the batch, the first axis, may be empty"),
    (partial(batch_norm, np.zeros((2, 3, 0))), ShapeError, "only the batch, the first axis, may be empty"),
    (partial(batch_norm, np.zeros((1, 3))), ValueError, ONE_VALUE),
    (partial(batch_norm, np.zeros((1, 3, 1, 1))), ValueError, "larger batches to train; in evaluation, give"),
    (partial(batch_norm_backward, np.zeros((1, 3)), np.zeros((1, 3))), ValueError, ONE_VALUE),
    (partial(batch_statistics, np.zeros((1, 3))), ValueError, "batch_statistics: .*" + ONE_VALUE),
    (partial(batch_norm, X, C[:2]), ShapeError, r"weight has shape \(2,\), but it must be \(3,\)"),
    (partial(batch_norm, X, C, C[None]), ShapeError, r"bias has shape \(1, 3\), but it must be \(3,\)"),
    (partial(batch_norm, X, 2.0), ShapeError, r"weight has shape \(\)"),
    (partial(batch_norm, X, mean=C, var=C[:1]), ShapeError, r"var has shape \(1,\)"),
    (partial(batch_norm, X, mean=C), ValueError, "only one of mean and var"),
    (partial(batch_norm_backward, X, X, var=C), ValueError, "batch_norm_backward: only one of mean and var"),
    (partial(batch_norm, X, mean=C, var=-C), ValueError, "var holds -1, but a variance is never negative"),
    (partial(batch_norm, X, eps=0), ValueError, "batch_norm: eps is 0, but it must be a number above 0"),
    (partial(batch_norm, X, eps=-1e-5), ValueError, "eps is -1e-05"),
    (partial(batch_norm, X, eps=None), ValueError, "eps is None"),
    (partial(batch_norm, X, eps="1"), ValueError, "eps is '1'"),
    (partial(batch_norm, X, eps=True), ValueError, "eps is True"),
    (partial(batch_norm, X, eps=float("nan")), ValueError, "eps is nan"),
    (partial(batch_norm_backward, X, X, eps=float("inf")), ValueError, "batch_norm_backward: eps is inf"),
    (partial(batch_norm_backward, X[:1], X), ShapeError, r"dy has shape \(1, 3, 2\), but .* \(2, 3, 2\)"),
    (partial(batch_norm_backward, X, X, C[:1]), ShapeError, r"batch_norm_backward: weight has shape \(1,\)"),
    (partial(update_running, C[:2], C, C, C, 4), ShapeError, r"running_var has shape \(3,\).* \(2,\)"),
    (partial(update_running, C, C, C, C[0], 4), ShapeError, r"var has shape \(\)"),
    (partial(update_running, X, X, X, X, 4), ShapeError, r"running_mean has shape .* must be \(C,\)"),
    (partial(update_running, C, C, C, C, 1), ValueError, "count is 1, and one number has no variance"),
    (partial(update_running, C, C, C, C, -1), ShapeError, "count is -1"),
    (partial(update_running, C, C, C, C, 2.5), ShapeError, "count is 2.5"),
    (partial(update_running, C, C, C, C, 4, momentum=1.1), ValueError, "momentum is 1.1.* from 0 to 1"),
    (partial(update_running, C, C, C, C, 4, momentum=None), ValueError, "momentum is None"),
    (partial(local_response_norm, np.zeros(3), 2), ShapeError, r"local_response_norm: x has shape \(3,\)"),
    (partial(local_response_norm, X, 0), ShapeError, "local_response_norm: size is 0"),
    (partial(local_response_norm, X, 2.0), ShapeError, "size is 2.0"),
    (partial(local_response_norm, X, (3, 3)), ShapeError, "size is"),
    (partial(local_response_norm, X, 3, k=0), ValueError, "k is 0, but it must be a number above 0"),
    (partial(local_response_norm, X, 3, alpha=-1), ValueError, "alpha is -1"),
    (partial(local_response_norm, X, 3, beta="x"), ValueError, "beta is 'x'"),
    (partial(local_response_norm_backward, X, X, -1), ShapeError, "local_response_norm_backward: size is -1"),
    (partial(local_response_norm_backward, X[0], X, 2), ShapeError, r"dy has shape \(3, 2\)"),
]  # fmt: skip


@pytest.mark.parametrize("call, error, said", BAD)
def test_bad_input_gets_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        call()
    assert str(caught.value).count("\n") < 2


@pytest.mark.parametrize("evaluation", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 7, 5), (4, 6, 1, 1), (2, 300, 9, 8), (3, 2, 6), (2, 3, 2, 4, 3)])
@pytest.mark.parametrize("orders", [(False, False), (False, True), (True, False), (True, True)])
def test_batch_norm_in_any_pair_of_orders_in_memory(shape: Any, orders: Any, evaluation: bool) -> None:
    rng = np.random.default_rng(0)
    plain = [rng.standard_normal(shape) for _ in range(2)]
    x, dy = (
        np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1) if last else a
        for a, last in zip(plain, orders, strict=True)
    )
    weight, bias, mean = rng.standard_normal((3, shape[1]))
    given: dict[str, Any] = {"mean": mean, "var": bias**2 + 1} if evaluation else {}
    close(batch_norm(x, weight, bias, **given), batch_norm(plain[0], weight, bias, **given))
    ours = batch_norm_backward(dy, x, weight, **given)
    for mine, exact in zip(ours, batch_norm_backward(plain[1], plain[0], weight, **given), strict=True):
        close(mine, exact)
