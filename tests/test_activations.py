"""The activations against PyTorch and naive loops, at the limits of numbers, and on bad input."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional import activations as A
from cnnkit.gradcheck import gradcheck
from tests.convolutions import LAYOUTS, laid_out
from tests.oracle import close, configurations, needs_torch, tensor, torch

OPTIONS: dict[str, dict[str, Any]] = {
    "relu": {},
    "leaky_relu": {"negative_slope": st.floats(-2, 2)},
    "elu": {"alpha": st.floats(-2, 3)},
    "sigmoid": {},
    "tanh": {},
    "softmax": {"axis": st.integers(-4, 3)},
    "log_softmax": {"axis": st.integers(-4, 3)},
}
SIZE = st.sampled_from([1, 2, 3, 4] * 5 + [0])  # an empty axis now and then


def of(name: str) -> tuple[Any, Any]:
    return getattr(A, name), getattr(A, f"{name}_backward")


@st.composite
def cases(draw: Callable[..., Any], name: str, largest: float = 1e4) -> tuple[Any, Any, dict[str, Any]]:
    """Draw an input of any shape and size, with many a 0 and many equal numbers, dy, and the options."""
    needs_axis = "axis" in OPTIONS[name]
    shape = draw(st.lists(SIZE, min_size=int(needs_axis), max_size=4))
    options = {key: draw(values) for key, values in OPTIONS[name].items()}
    if needs_axis:
        options["axis"] = draw(st.integers(-len(shape), len(shape) - 1))
    return *numbers(draw, shape, largest), options


def numbers(draw: Callable[..., Any], shape: Any, largest: float) -> tuple[Any, Any]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = min(largest, draw(st.sampled_from([1.0, 30.0, 1e4])))
    x = np.asarray(scale * rng.uniform(-1, 1, shape))
    if draw(st.booleans()):
        x = np.round(x / scale * 2) * scale / 2  # -1, -1/2, 0, 1/2, 1 times scale
    return np.asarray(rng.standard_normal(shape)), x


def theirs(name: str, x: Any, options: dict[str, Any]) -> Any:
    """Return PyTorch's answer; it calls the axis dim."""
    options = {"dim" if key == "axis" else key: value for key, value in options.items()}
    return getattr(torch.nn.functional, name)(x, **options)


@needs_torch
@pytest.mark.parametrize("name", OPTIONS)
@configurations
@given(st.data())
def test_values_and_gradients_are_pytorch_s(name: str, data: Any) -> None:
    dy, x, options = data.draw(cases(name))
    forward, backward = of(name)
    t = tensor(x)
    y = theirs(name, t, options)
    y.backward(torch.tensor(dy))
    close(forward(x, **options), y)
    close(backward(dy, x, **options), t.grad)


# The definitions, one number at a time: the value, and the slope.
ONE_NUMBER: dict[str, tuple[Callable[..., float], Callable[..., float]]] = {
    "relu": (lambda v: v if v > 0 else 0, lambda v: 1 if v > 0 else 0),
    "leaky_relu": (
        lambda v, negative_slope: v if v > 0 else negative_slope * v,
        lambda v, negative_slope: 1 if v > 0 else negative_slope,
    ),
    "elu": (
        lambda v, alpha: v if v > 0 else alpha * (math.exp(v) - 1),
        lambda v, alpha: 1 if v > 0 else alpha * math.exp(v),
    ),
    "sigmoid": (lambda v: 1 / (1 + math.exp(-v)), lambda v: math.exp(-v) / (1 + math.exp(-v)) ** 2),
    "tanh": (math.tanh, lambda v: 1 / math.cosh(v) ** 2),
}


@pytest.mark.parametrize("name", ONE_NUMBER)
@configurations
@given(st.data())
def test_each_number_is_treated_alone(name: str, data: Any) -> None:
    dy, x, options = data.draw(cases(name, largest=30.0))
    value, slope = ONE_NUMBER[name]
    y, dx = np.zeros(x.shape), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        y[i], dx[i] = value(x[i], **options), dy[i] * slope(x[i], **options)
    forward, backward = of(name)
    close(forward(x, **options), y)
    close(backward(dy, x, **options), dx)


def softmax_by_loops(x: Any, dy: Any, log: bool) -> tuple[Any, Any]:
    """Return p (or log p) of a vector and the gradient, the sum over i of dy_i dp_i / dx_j."""
    total = sum(math.exp(v) for v in x)
    p = [math.exp(v) / total for v in x]
    dx = np.zeros(len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            slope = (i == j) - p[j]  # of log p_i; that of p_i is p_i times as large
            dx[j] += dy[i] * slope * (1 if log else p[i])
    return np.array([math.log(v) for v in p] if log else p), dx


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@configurations
@given(st.data())
def test_softmax_is_taken_along_one_axis(name: str, data: Any) -> None:
    dy, x, options = data.draw(cases(name, largest=30.0))
    axis, (forward, backward) = options["axis"], of(name)
    y, dx = np.moveaxis(forward(x, **options), axis, -1), np.moveaxis(backward(dy, x, **options), axis, -1)
    x, dy = np.moveaxis(x, axis, -1), np.moveaxis(dy, axis, -1)
    for i in np.ndindex(*x.shape[:-1]):
        p, gradient = softmax_by_loops(x[i], dy[i], log=name == "log_softmax")
        close(y[i], p)
        close(dx[i], gradient)


@st.composite
def prelu_cases(draw: Callable[..., Any]) -> tuple[Any, Any, Any]:
    """Draw dy, an input, and slopes: a plain number, one in an array, or one for each channel."""
    kind = draw(st.sampled_from(["for each channel", (), (1,)]))
    shape = draw(st.lists(SIZE, min_size=2 if isinstance(kind, str) else 0, max_size=4))
    dy, x = numbers(draw, shape, 1e4)
    _, weight = numbers(draw, (shape[1],) if isinstance(kind, str) else kind, 1.0)
    return dy, x, float(weight) if weight.ndim == 0 and draw(st.booleans()) else weight


@needs_torch
@configurations
@given(prelu_cases())
def test_prelu_is_pytorch_s(case: tuple[Any, Any, Any]) -> None:
    dy, x, weight = case
    t, w = tensor(x), tensor(weight)
    y = torch.nn.functional.prelu(t, w)
    y.backward(torch.tensor(dy))
    dx, dweight = A.prelu_backward(dy, x, weight)
    close(A.prelu(x, weight), y)
    close(dx, t.grad)
    close(dweight, w.grad)


@configurations
@given(prelu_cases())
def test_prelu_has_a_slope_for_each_channel(case: tuple[Any, Any, Any]) -> None:
    dy, x, weight = case
    many = np.size(weight) > 1
    slopes, dslopes = np.ravel(weight), np.zeros(np.size(weight))
    y, dx = np.zeros(x.shape), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        channel = i[1] if many else 0
        y[i], dx[i] = (x[i], dy[i]) if x[i] > 0 else (slopes[channel] * x[i], slopes[channel] * dy[i])
        dslopes[channel] += 0 if x[i] > 0 else x[i] * dy[i]
    close(A.prelu(x, weight), y)
    ours, dweight = A.prelu_backward(dy, x, weight)
    close(ours, dx)
    close(dweight, dslopes.reshape(np.shape(weight)))


@pytest.mark.parametrize("name", [*OPTIONS, "prelu"])
def test_gradcheck_agrees(name: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 4))
    more = [np.array([0.1, -0.2, 0.5])] if name == "prelu" else []
    gradcheck(*of(name), x, *more, rng=rng, every_entry=True)


# What follows is true of all of them alike.
UNARY = {name: of(name) for name in OPTIONS} | {
    "prelu": (partial(A.prelu, weight=0.25), lambda dy, x: A.prelu_backward(dy, x, 0.25)[0])
}


@pytest.mark.parametrize("forward, backward", UNARY.values(), ids=UNARY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_stays_and_input_is_neither_changed_nor_shared(forward: Any, backward: Any, dtype: str) -> None:
    x = np.linspace(0.5, 3, 24, dtype=dtype).reshape(2, 3, 4)[:, ::-1, ::2]
    dy = np.ones((2, 3, 2), dtype)[:, ::-1]
    x.flags.writeable = dy.flags.writeable = False
    before = x.copy()
    for y in (forward(x), backward(dy, x), backward(dy.astype(np.float64), x)):
        assert y.dtype == dtype and y.shape == x.shape
        assert y.flags.writeable and not np.shares_memory(y, x) and not np.shares_memory(y, dy)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(forward(x), forward(x.astype(np.float64)), rtol=1e-5)


@pytest.mark.parametrize("forward, backward", UNARY.values(), ids=UNARY)
def test_whole_numbers_and_truth_values_become_float64(forward: Any, backward: Any) -> None:
    for x in (np.array([[-1, 0, 2]]), [[-1, 0, 2]], np.array([[True, False]]), np.array([[3]], np.uint8)):
        y, dx = forward(x), backward(np.ones(np.shape(x), int), x)
        assert y.dtype == dx.dtype == np.float64
        close(y, forward(np.array(x, float)))


@pytest.mark.parametrize("forward, backward", UNARY.values(), ids=UNARY)
@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4, 4), (1, 1, 1, 1), (3, 0)])
def test_no_examples_and_images_of_one_pixel(forward: Any, backward: Any, shape: Any) -> None:
    assert forward(np.ones(shape)).shape == backward(np.ones(shape), np.ones(shape)).shape == shape


@pytest.mark.parametrize("name", [name for name in UNARY if "softmax" not in name])
def test_a_single_number_will_do(name: str) -> None:
    forward, backward = UNARY[name]
    assert np.shape(forward(2.0)) == np.shape(backward(1.0, 2.0)) == ()
    assert forward(2.0) == forward(np.array([2.0]))[0]


@pytest.mark.parametrize("forward, backward", UNARY.values(), ids=UNARY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_number_is_too_large(forward: Any, backward: Any, dtype: str) -> None:
    largest = np.finfo(dtype).max
    x = np.array([-largest, -1e4, -1000, -88, 0, 88, 1000, 1e4, largest / 2], dtype)
    for y in (forward(x), forward(x[:-1]), backward(np.ones_like(x), x)):  # a warning would be an error
        assert y.dtype == dtype and not np.isnan(y).any() and not np.isposinf(y).any()


def test_far_out_they_reach_their_bounds() -> None:
    far = np.array([-np.inf, -1e4, 1e4, np.inf])
    np.testing.assert_array_equal(A.relu(far), [0, 0, 1e4, np.inf])
    np.testing.assert_array_equal(A.leaky_relu(far), [-np.inf, -100, 1e4, np.inf])
    np.testing.assert_array_equal(A.elu(far, alpha=2), [-2, -2, 1e4, np.inf])
    np.testing.assert_array_equal(A.sigmoid(far), [0, 0, 1, 1])
    np.testing.assert_array_equal(A.tanh(far), [-1, -1, 1, 1])
    np.testing.assert_array_equal(A.softmax(far[:3]), [0, 0, 1])
    np.testing.assert_array_equal(A.log_softmax(far[:3]), [-np.inf, -2e4, 0])
    assert np.isnan(A.softmax(far[[0, 0]])).all() and np.isnan(A.softmax(far[[0, 3]])).any()
    for name in ("sigmoid", "tanh", "elu"):
        np.testing.assert_array_equal(of(name)[1](np.ones(1), np.array([-np.inf])), [0])


def test_nothing_is_lost_to_rounding_near_a_bound() -> None:
    for v in (-40.0, -300.0, -700.0):
        np.testing.assert_allclose(A.sigmoid(np.array([v])), [math.exp(v)], rtol=1e-12)
        np.testing.assert_allclose(A.sigmoid_backward(np.ones(2), [v, -v]), [math.exp(v)] * 2, rtol=1e-12)
        np.testing.assert_allclose(A.log_softmax(np.array([v, 0.0]))[0], v, rtol=1e-12)
    np.testing.assert_allclose(A.elu(np.array([-1e-20])), [-1e-20], rtol=1e-12)


@pytest.mark.parametrize("name", UNARY)
def test_nan_stays_nan(name: str) -> None:
    y = UNARY[name][0](np.array([[np.nan], [1.0]]))
    np.testing.assert_array_equal(np.isnan(y), [[True], [False]])


def test_at_zero_the_slope_is_that_of_the_left_side() -> None:
    zero, one = np.zeros(1), np.ones(1)
    assert A.relu_backward(one, zero) == 0
    assert A.leaky_relu_backward(one, zero, negative_slope=0.25) == 0.25
    assert A.elu_backward(one, zero, alpha=3) == 3
    assert A.prelu_backward(one, zero, 0.5)[0] == 0.5


@configurations
@given(cases("softmax", largest=30.0), st.floats(-100, 100))
def test_softmax_does_not_see_a_constant_and_sums_to_one(case: Any, constant: float) -> None:
    dy, x, options = case
    p = A.softmax(x, **options)
    close(A.softmax(x + constant, **options), p)
    close(np.exp(A.log_softmax(x, **options)), p)
    if x.size:
        close(p.sum(options["axis"]), np.ones(p.sum(options["axis"]).shape))
    total = A.softmax_backward(dy, x, **options).sum(options["axis"])
    close(total, np.zeros(total.shape))


@configurations
@given(cases("tanh", largest=30.0))
def test_sigmoid_and_tanh_are_one_curve(case: Any) -> None:
    _, x, _ = case
    close(A.tanh(x), 2 * A.sigmoid(2 * x) - 1)
    close(A.sigmoid(-x), 1 - A.sigmoid(x))
    close(A.leaky_relu(x, negative_slope=0), A.relu(x))


TWO = np.zeros((2, 3))
BAD = [
    (A.relu, (None,), {}, ValueError, "relu: x has dtype object"),
    (A.tanh, (np.zeros(2, complex),), {}, ValueError, "tanh: x has dtype complex128"),
    (A.leaky_relu, (TWO,), {"negative_slope": "a"}, ValueError, "leaky_relu: negative_slope is 'a', but it"),
    (A.leaky_relu, (TWO,), {"negative_slope": np.nan}, ValueError, "negative_slope is nan, .* finite number"),
    (A.leaky_relu_backward, (TWO, TWO), {"negative_slope": [1]}, ValueError, r"d: negative_slope is \[1"),
    (A.elu, (TWO,), {"alpha": np.inf}, ValueError, "elu: alpha is inf"),
    (A.elu_backward, (TWO, TWO), {"alpha": None}, ValueError, "elu_backward: alpha is None"),
    (A.prelu, (TWO, np.zeros(2)), {}, ShapeError, r"prelu: weight has shape \(2,\).*\n?.*have shape \(3,\)"),
    (A.prelu, (np.zeros(3), np.zeros(3)), {}, ShapeError, r"have shape \(1,\)"),
    (A.prelu, (TWO, np.zeros((3, 1))), {}, ShapeError, r"weight has shape \(3, 1\)"),
    (A.prelu, (TWO, "a"), {}, ValueError, "prelu: weight has dtype <U1"),
    (A.prelu_backward, (TWO, TWO, np.zeros(2)), {}, ShapeError, r"prelu_backward: weight has shape \(2,\)"),
    (A.softmax, (3.0,), {}, ShapeError, r"softmax: axis is -1, but x has shape \(\)"),
    (A.softmax, (TWO,), {"axis": 2}, ShapeError, r"softmax: axis is 2, but x has shape \(2, 3\)"),
    (A.softmax, (TWO,), {"axis": -3}, ShapeError, "softmax: axis is -3"),
    (A.softmax, (TWO,), {"axis": 0.5}, ShapeError, "softmax: axis is 0.5, but it must be a whole number"),
    (A.log_softmax, (TWO,), {"axis": (0, 1)}, ShapeError, r"log_softmax: axis is \(0, 1\)"),
    (A.softmax_backward, (TWO, TWO), {"axis": 2}, ShapeError, "softmax_backward: axis is 2"),
    (A.log_softmax_backward, (TWO, TWO), {"axis": None}, ShapeError, "log_softmax_backward: axis is None"),
]  # fmt: skip
for forward, backward in UNARY.values():
    BAD += [
        (forward, ("abc",), {}, ValueError, ": x has dtype <U3, but it must hold real numbers"),
        (forward, ([[1, 2], [3]],), {}, ShapeError, "rows differ in length"),
        (backward, (np.zeros((1, 2)), TWO), {}, ShapeError, r"_backward: dy has shape \(1, 2\), but it must"),
        (backward, (TWO, "abc"), {}, ValueError, "_backward: x has dtype <U3"),
    ]


@pytest.mark.parametrize("function, arguments, options, error, said", BAD)
def test_bad_input_gets_a_sentence(
    function: Any, arguments: Any, options: Any, error: type, said: str
) -> None:
    with pytest.raises(error, match=said) as raised:
        function(*arguments, **options)
    assert type(raised.value) is error and str(raised.value).count("\n") < 2


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(4095,), (4097,), (3, 5, 40, 30), (2, 8192), (0, 5000)])
def test_relu_of_long_arrays_in_any_order_in_memory(shape: tuple[int, ...], layout: str) -> None:
    x = laid_out(np.random.default_rng(0).standard_normal(shape).astype(np.float32), layout)
    for seen in (x, np.broadcast_to(x, (2, *shape))):
        y = A.relu(seen)
        np.testing.assert_array_equal(y, np.where(seen > 0, seen, 0))
        assert y.dtype == np.float32
