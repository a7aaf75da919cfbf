"""Pooling against PyTorch and naive loops over all options, its rules one by one, and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional import pooling as P
from tests import reference_pooling as loops
from tests.oracle import close, configurations, needs_torch, tensor, torch

AXES = pytest.mark.parametrize("axes", [1, 2, 3])
Case = dict[str, Any]


def of(name: str, axes: int) -> Any:
    """Return pooling of this kind for so many axes: of("max_pool", 2) is max_pool2d."""
    return getattr(P, name.replace("pool", f"pool{axes}d"))


@st.composite
def values(draw: Callable[..., Any], shape: tuple[int, ...], special: bool) -> np.ndarray:
    """Draw images: all different, with many ties, all negative or, if wanted, with NaN and infinities."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["different", "ties", "negative", *(["special"] if special else [])]))
    if kind == "ties":
        return rng.integers(-2, 2, shape).astype(float)
    if kind == "special":
        return rng.choice([np.nan, np.inf, -np.inf, -1.0, 2.0], shape, p=[0.1, 0.1, 0.4, 0.2, 0.2])
    x = rng.standard_normal(shape)
    return -1 - np.abs(x) if kind == "negative" else x


def option(axes: int, low: int, high: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw an option, the same on all axes or one number for each."""
    number = st.integers(low, high)
    return st.one_of(number.map(lambda one: (one,) * axes), st.tuples(*[number] * axes))


@st.composite
def cases(
    draw: Callable[..., Any], axes: int, dilated: bool, special: bool = False, room: bool = False
) -> Case:
    """Draw images and a window that fits at least once, with room even without padding and ceil_mode."""
    kernel = draw(option(axes, 1, 3 if axes == 3 else 4))
    stride = kernel if draw(st.booleans()) else draw(option(axes, 1, 3))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    dilation = draw(option(axes, 1, 3)) if dilated else (1,) * axes
    ceil_mode = draw(st.booleans())
    least = (
        max(k if room else 1, d * (k - 1) + 1 - 2 * p - (s - 1) * ceil_mode)
        for k, s, p, d in zip(kernel, stride, padding, dilation, strict=True)
    )
    size = [n + draw(st.integers(0, 5 - axes)) for n in least]
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 2)), *size)
    return {
        "x": draw(values(shape, special)),
        "options": (kernel, stride, padding, dilation, ceil_mode),
        "include": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "short": draw(st.booleans()),
    }


def shortened(value: tuple[int, ...], short: bool) -> Any:
    """Write an option that is alike on all axes as one number, if wanted."""
    return value[0] if short and len(set(value)) == 1 else value


def max_call(case: Case) -> tuple[Any, Case]:
    kernel, stride, padding, dilation, ceil_mode = case["options"]
    short = case["short"]
    options = {
        "padding": shortened(padding, short),
        "dilation": shortened(dilation, short),
        "ceil_mode": ceil_mode,
    }
    if stride != kernel or not short:
        options["stride"] = shortened(stride, short)
    return shortened(kernel, short), options


def avg_call(case: Case) -> tuple[Any, Case]:
    kernel, options = max_call(case)
    del options["dilation"]
    return kernel, options | {"count_include_pad": case["include"]}


def upstream(case: Case, y: Any) -> np.ndarray:
    return np.random.default_rng(case["seed"]).standard_normal(y.shape)


@AXES
@configurations
@given(data=st.data())
def test_max_pooling_is_the_loops(axes: int, data: Any) -> None:
    case = data.draw(cases(axes, dilated=True, special=True))
    x, (kernel, options) = case["x"], max_call(case)
    y = of("max_pool", axes)(x, kernel, **options)
    np.testing.assert_array_equal(y, loops.max_pool(x, *case["options"]))
    dy = upstream(case, y)
    dx = of("max_pool_backward", axes)(dy, x, kernel, **options)
    close(dx, loops.max_pool_backward(dy, x, *case["options"]))


@needs_torch
@AXES
@configurations
@given(data=st.data())
def test_max_pooling_is_torch_s(axes: int, data: Any) -> None:
    case = data.draw(cases(axes, dilated=True))
    (kernel, options), x = max_call(case), tensor(case["x"])
    theirs = getattr(torch.nn.functional, f"max_pool{axes}d")(x, kernel, **options)
    ours = of("max_pool", axes)(case["x"], kernel, **options)
    np.testing.assert_array_equal(ours, theirs.detach().numpy())
    if np.isfinite(ours).all():  # PyTorch writes outside of x where a window lies wholly in the padding
        dy = upstream(case, ours)
        theirs.backward(torch.tensor(dy))
        close(of("max_pool_backward", axes)(dy, case["x"], kernel, **options), x.grad)


@AXES
@configurations
@given(data=st.data())
def test_average_pooling_is_the_loops(axes: int, data: Any) -> None:
    case = data.draw(cases(axes, dilated=False))
    x, (kernel, options) = case["x"], avg_call(case)
    k, s, p, _, ceil_mode = case["options"]
    y = of("avg_pool", axes)(x, kernel, **options)
    close(y, loops.avg_pool(x, k, s, p, ceil_mode, case["include"]))
    dy = upstream(case, y)
    dx = of("avg_pool_backward", axes)(dy, x, kernel, **options)
    close(dx, loops.avg_pool_backward(dy, x, k, s, p, ceil_mode, case["include"]))


@needs_torch
@AXES
@configurations
@given(data=st.data())
def test_average_pooling_is_torch_s(axes: int, data: Any) -> None:
    # PyTorch's avg_pool3d, alone among the six, refuses images smaller than the window whatever the padding.
    case = data.draw(cases(axes, dilated=False, room=axes == 3))
    (kernel, options), x = avg_call(case), tensor(case["x"])
    theirs = getattr(torch.nn.functional, f"avg_pool{axes}d")(x, kernel, **options)
    ours = of("avg_pool", axes)(case["x"], kernel, **options)
    close(ours, theirs)
    dy = upstream(case, ours)
    theirs.backward(torch.tensor(dy))
    close(of("avg_pool_backward", axes)(dy, case["x"], kernel, **options), x.grad)


@AXES
@configurations
@given(data=st.data())
def test_the_way_back_from_an_average_is_its_transpose(axes: int, data: Any) -> None:
    case = data.draw(cases(axes, dilated=False))
    x, (kernel, options) = case["x"], avg_call(case)
    y = of("avg_pool", axes)(x, kernel, **options)
    dy = upstream(case, y)
    close((y * dy).sum(), (x * of("avg_pool_backward", axes)(dy, x, kernel, **options)).sum())


@st.composite
def maps(draw: Callable[..., Any], most_axes: int, special: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Draw maps with one or more spatial axes, and a gradient for what is left of them."""
    size = draw(st.lists(st.integers(1, 4), min_size=1, max_size=most_axes))
    channels = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    x = draw(values((*channels, *size), special))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return x, rng.standard_normal((*channels, *[1] * len(size)))


@configurations
@given(maps(most_axes=4, special=True))
def test_global_pooling_is_pooling_with_a_window_as_large_as_the_map(case: Any) -> None:
    x, dy = case
    kernel, ones, none = x.shape[2:], [1] * (x.ndim - 2), [0] * (x.ndim - 2)
    np.testing.assert_array_equal(P.global_max_pool(x), loops.max_pool(x, kernel, ones, none, ones, False))
    close(P.global_max_pool_backward(dy, x), loops.max_pool_backward(dy, x, kernel, ones, none, ones, False))
    x = np.nan_to_num(x, posinf=3, neginf=-3)
    close(P.global_avg_pool(x), loops.avg_pool(x, kernel, ones, none, False, True))
    close(P.global_avg_pool_backward(dy, x), loops.avg_pool_backward(dy, x, kernel, ones, none, False, True))


@needs_torch
@pytest.mark.parametrize("kind", ["avg", "max"])
@configurations
@given(maps(most_axes=3))
def test_global_pooling_is_torch_s(kind: str, case: Any) -> None:
    x, dy = case
    wrapped = tensor(x)
    theirs = getattr(torch.nn.functional, f"adaptive_{kind}_pool{x.ndim - 2}d")(wrapped, 1)
    close(getattr(P, f"global_{kind}_pool")(x), theirs)
    theirs.backward(torch.tensor(dy))
    close(getattr(P, f"global_{kind}_pool_backward")(dy, x), wrapped.grad)


def test_all_negative_input_keeps_its_own_maximum_beside_the_padding() -> None:
    x = -np.arange(1.0, 10).reshape(1, 1, 3, 3)
    np.testing.assert_array_equal(P.max_pool2d(x, 2, padding=1)[0, 0], [[-1, -2], [-4, -5]])


def test_the_first_of_equal_numbers_gets_the_gradient_row_by_row() -> None:
    x = np.array([[[[1.0, 7.0], [7.0, 7.0]]]])
    want = np.array([[[[0.0, 5.0], [0.0, 0.0]]]])
    np.testing.assert_array_equal(P.max_pool2d_backward(np.full((1, 1, 1, 1), 5.0), x, 2), want)
    np.testing.assert_array_equal(P.global_max_pool_backward(np.full((1, 1, 1, 1), 5.0), x), want)


def test_where_all_is_minus_infinity_a_pixel_gets_the_gradient_and_not_the_padding() -> None:
    x, dy = np.full((1, 1, 3), -np.inf), np.array([[[1.0, 2.0]]])
    np.testing.assert_array_equal(P.max_pool1d_backward(dy, x, 2, padding=1), [[[1, 2, 0]]])


def test_overlapping_windows_add_up() -> None:
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 2] = 1
    dx = P.max_pool2d_backward(np.arange(9.0).reshape(1, 1, 3, 3), x, 3, stride=1)
    assert dx[0, 0, 2, 2] == 36 and dx.sum() == 36


@pytest.mark.parametrize("at", range(5))
def test_nan_marks_the_windows_that_hold_it_and_takes_their_gradient(at: int) -> None:
    x, dy = np.arange(5.0).reshape(1, 1, 5), np.array([[[1.0, 10.0, 100.0, 1000.0]]])
    x[..., at] = np.nan
    holding = [at in (i, i + 1) for i in range(4)]
    for pool in (P.max_pool1d, P.avg_pool1d):
        np.testing.assert_array_equal(np.isnan(pool(x, 2, stride=1))[0, 0], holding)
    assert P.max_pool1d_backward(dy, x, 2, stride=1)[0, 0, at] == dy[0, 0, holding].sum()
    assert np.isnan(P.global_max_pool(x)).all() and np.isnan(P.global_avg_pool(x)).all()
    assert P.global_max_pool_backward(np.ones((1, 1, 1)), x)[0, 0].tolist() == np.eye(5)[at].tolist()


def test_a_dilated_window_wholly_in_the_padding_gives_minus_infinity_and_no_gradient() -> None:
    x = np.array([[[1.0, 2.0]]])
    np.testing.assert_array_equal(P.max_pool1d(x, 2, stride=1, padding=1, dilation=3), [[[-np.inf]]])
    dx = P.max_pool1d_backward(np.ones((1, 1, 1)), x, 2, stride=1, padding=1, dilation=3)
    np.testing.assert_array_equal(dx, [[[0, 0]]])


@pytest.mark.parametrize(
    "size, kernel, options, want",
    [
        (55, 3, {"stride": 2}, 27),  # AlexNet's three overlapping pools
        (27, 3, {"stride": 2}, 13),
        (13, 3, {"stride": 2}, 6),
        (112, 3, {"stride": 2}, 55),  # GoogLeNet
        (112, 3, {"stride": 2, "ceil_mode": True}, 56),
        (28, 3, {"stride": 2, "ceil_mode": True}, 14),
        (112, 3, {"stride": 2, "padding": 1}, 56),  # ResNet's stem
        (28, 3, {"stride": 1, "padding": 1}, 28),  # Inception's pool branch
        (5, 2, {"ceil_mode": True}, 3),
        (3, 2, {"stride": 3, "padding": 1, "ceil_mode": True}, 2),  # a third would start behind the image
        (2, 3, {"ceil_mode": True}, 1),  # larger than the image, by less than its step
    ],
)
def test_sizes(size: int, kernel: int, options: Any, want: int) -> None:
    for pool in (P.max_pool1d, P.avg_pool1d):
        assert pool(np.zeros((1, 1, size)), kernel, **options).shape == (1, 1, want)


def test_what_an_average_is_divided_by() -> None:
    x = np.ones((1, 1, 4))
    options = {"stride": 2, "padding": 1, "ceil_mode": True}
    np.testing.assert_allclose(P.avg_pool1d(x, 3, **options)[0, 0], [2 / 3, 1, 1 / 2])
    np.testing.assert_array_equal(P.avg_pool1d(x, 3, **options, count_include_pad=False)[0, 0], [1, 1, 1])


X, ONE = np.zeros((2, 3, 5, 6)), np.zeros((2, 3, 1, 1))
WAYS = [
    ("max_pool1d", (2,), (2, 3, 5), (2, 3, 2)),
    ("max_pool2d", ((2, 3),), (2, 3, 5, 6), (2, 3, 2, 2)),
    ("max_pool3d", (2,), (2, 3, 2, 5, 6), (2, 3, 1, 2, 3)),
    ("avg_pool1d", (2,), (2, 3, 5), (2, 3, 2)),
    ("avg_pool2d", ((2, 3),), (2, 3, 5, 6), (2, 3, 2, 2)),
    ("avg_pool3d", (2,), (2, 3, 2, 5, 6), (2, 3, 1, 2, 3)),
    ("global_avg_pool", (), (2, 3, 5, 6), (2, 3, 1, 1)),
    ("global_max_pool", (), (2, 3, 5, 6), (2, 3, 1, 1)),
]


@pytest.mark.parametrize("name, window, size, out", WAYS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_the_dtype_stays_and_the_input_too(name: str, window: Any, size: Any, out: Any, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, (*size[:-1], 2 * size[-1])).astype(dtype)[:, ::-1, ..., ::2]
    dy = np.moveaxis(rng.standard_normal(out[::-1]), range(len(out)), range(len(out))[::-1])
    x.flags.writeable = dy.flags.writeable = False
    x_before, dy_before = x.copy(), dy.copy()
    y, dx = getattr(P, name)(x, *window), getattr(P, f"{name}_backward")(dy, x, *window)
    wanted = x.dtype if x.dtype.kind == "f" else np.dtype("float64")
    assert (y.dtype, dx.dtype, y.shape, dx.shape) == (wanted, wanted, out, size)
    np.testing.assert_array_equal(y, getattr(P, name)(np.array(x, dtype=wanted), *window))
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(dy, dy_before)


@pytest.mark.parametrize("name, window, size, out", WAYS)
def test_an_empty_batch_stays_empty(name: str, window: Any, size: Any, out: Any) -> None:
    x, dy = np.zeros((0, *size[1:])), np.zeros((0, *out[1:]))
    assert getattr(P, name)(x, *window).shape == dy.shape
    assert getattr(P, f"{name}_backward")(dy, x, *window).shape == x.shape


@pytest.mark.parametrize("name, window, size, out", WAYS)
def test_one_pixel_comes_back_as_a_copy(name: str, window: Any, size: Any, out: Any) -> None:
    x = np.full((1, 2, *[1] * (len(size) - 2)), -3.0)
    y, dx = getattr(P, name)(x, *[1] * len(window)), getattr(P, f"{name}_backward")(x, x, *[1] * len(window))
    for result in (y, dx):
        np.testing.assert_array_equal(result, x)
        assert not np.shares_memory(result, x) and result.flags.writeable


POOLS = [P.max_pool2d, P.avg_pool2d]
BAD = [
    *[(pool, *case) for pool in POOLS for case in [
        ((np.zeros((3, 5, 5)), 2), {}, ShapeError, r"has shape \(3, 5, 5\), but it must be \(N, C, H, W\)"),
        ((np.zeros((1, 0, 5, 5)), 2), {}, ShapeError, "only the batch"),
        ((np.zeros((1, 1, 0, 5)), 2), {}, ShapeError, "only the batch"),
        (([[[[1, 2], [3]]]], 1), {}, ShapeError, "rows differ in length"),
        ((np.full((1, 1, 2, 2), "a"), 1), {}, ValueError, "must hold real numbers"),
        ((np.zeros((1, 1, 2, 2), complex), 1), {}, ValueError, "must hold real numbers"),
        ((None, 1), {}, ValueError, "must hold real numbers"),
        ((X, 0), {}, ShapeError, "kernel_size is 0"),
        ((X, (2, 2, 2)), {}, ShapeError, r"kernel_size is \(2, 2, 2\)"),
        ((X, None), {}, ShapeError, "kernel_size is None"),
        ((X, 2), {"stride": 0}, ShapeError, "stride is 0, but it must be a whole number, 1 or more"),
        ((X, 2), {"stride": -1}, ShapeError, "stride is -1"),
        ((X, 2), {"stride": 1.5}, ShapeError, "stride is 1.5"),
        ((X, 2), {"stride": True}, ShapeError, "stride is True"),
        ((X, 2), {"padding": -1}, ShapeError, "padding is -1"),
        ((X, 2), {"padding": "same"}, ShapeError, "padding is 'same'"),
        ((X, 2), {"padding": ((0, 1), (0, 1))}, ShapeError, r"padding is \(0, 1\)"),
        ((X, (2, 3)), {"padding": (1, 2)}, ShapeError, r"at most half a window, \(1, 1\), so that none"),
        ((X, 6), {}, ShapeError, "the kernel spans .6, 6. but the input"),
        ((X, 9), {"stride": 2, "ceil_mode": True}, ShapeError, "the kernel spans .9, 9. but the input"),
    ]],
    (P.max_pool2d, (X, 2), {"dilation": 0}, ShapeError, "max_pool2d: dilation is 0"),
    (P.max_pool2d, (X, 2), {"dilation": 5}, ShapeError, "spans .6, 6."),
    (P.max_pool1d, (X, 2), {}, ShapeError, r"max_pool1d: x has shape .*must be \(N, C, L\)"),
    (P.avg_pool3d, (X, 2), {}, ShapeError, r"avg_pool3d: x .*must be \(N, C, D, H, W\).* Add the axis"),
    (P.max_pool2d_backward, (ONE, X, 2), {}, ShapeError, r"_backward: dy has shape .*must be \(2, 3, 2, 3\)"),
    (P.avg_pool2d_backward, (ONE, X, 2), {}, ShapeError, r"_backward: dy has shape .*must be \(2, 3, 2, 3\)"),
    (P.avg_pool2d_backward, (X, X, 2), {"padding": 2}, ShapeError, "avg_pool2d_backward: padding"),
    (P.global_avg_pool, (np.zeros((2, 3)),), {}, ShapeError, r"global_avg_pool: x has shape \(2, 3\)"),
    (P.global_max_pool, (np.zeros((2, 3, 0)),), {}, ShapeError, "global_max_pool: .* only the batch"),
    (P.global_avg_pool_backward, (np.zeros((2, 3)), X), {}, ShapeError, r"dy .* must be \(2, 3, 1, 1\)"),
    (P.global_max_pool_backward, (X, X), {}, ShapeError, r"_backward: dy .* must be \(2, 3, 1, 1\)"),
]  # fmt: skip


@pytest.mark.parametrize("function, arguments, options, error, said", BAD)
def test_bad_input_gets_a_sentence(
    function: Any, arguments: Any, options: Any, error: type, said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        function(*arguments, **options)
    assert caught.type is error and str(caught.value).startswith(f"{function.__name__}: ")
