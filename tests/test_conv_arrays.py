"""What the functions around convolution do with their arrays: dtype, memory, empty batches, lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit import functional as F
from tests.convolution_calls import GOOD, ONE_PIXEL, ONE_WEIGHT, arrays, call
from tests.convolutions import LAYOUTS, laid_out

NAMES = pytest.mark.parametrize("name", GOOD)
ALL = [
    pytest.param(name, shapes, options, id=f"{name} {table}")
    for table, calls in {"good": GOOD, "one pixel": ONE_PIXEL, "one weight": ONE_WEIGHT}.items()
    for name, (shapes, options) in calls.items()
]
CALLS = pytest.mark.parametrize("name, shapes, options", ALL)
BATCHED = ("x", "dy", "cols")


def same(ours: list[Any], theirs: list[Any], tolerance: float = 1e-12) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


@CALLS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_is_kept(name: str, shapes: Any, options: Any, dtype: str) -> None:
    outputs = call(name, arrays(shapes, dtype) | options)
    assert [y.dtype for y in outputs] == [dtype] * len(outputs)
    same(outputs, call(name, arrays(shapes) | options), 1e-6)


@CALLS
@pytest.mark.parametrize("dtype", ["int64", "int8", "uint8", "bool"])
def test_whole_numbers_become_float64(name: str, shapes: Any, options: Any, dtype: str) -> None:
    given = arrays(shapes, dtype)
    outputs = call(name, given | options)
    assert all(y.dtype == np.float64 for y in outputs)
    same(outputs, call(name, {key: array.astype(float) for key, array in given.items()} | options))


@NAMES
def test_two_precisions_give_the_finer(name: str) -> None:
    shapes, options = GOOD[name]
    inputs = [key for key in shapes if key not in ("b", "dy")]
    for fine in inputs if len(inputs) > 1 else []:
        given = arrays(shapes, "float32")
        given[fine] = given[fine].astype("float64")
        assert all(y.dtype == np.float64 for y in call(name, given | options)), f"{fine} is float64"


@NAMES
def test_bias_and_dy_follow_the_images_and_kernels(name: str) -> None:
    shapes, options = GOOD[name]
    for follower in [key for key in ("b", "dy") if key in shapes]:
        given = arrays(shapes, "float32")
        given[follower] = given[follower].astype("float64")
        assert all(y.dtype == np.float32 for y in call(name, given | options)), f"{follower} is float64"


@NAMES
@pytest.mark.parametrize("layout", LAYOUTS)
def test_read_only_and_scattered_arrays_are_as_good_as_any(name: str, layout: str) -> None:
    shapes, options = GOOD[name]
    given = arrays(shapes)
    scattered = {key: laid_out(array, layout) for key, array in given.items()}
    same(call(name, scattered | options), call(name, given | options))


@NAMES
def test_one_number_stretched_over_an_array_is_as_good_as_any(name: str) -> None:
    shapes, options = GOOD[name]
    stretched: dict[str, Any] = {key: np.broadcast_to(2.0, shape) for key, shape in shapes.items()}
    full: dict[str, Any] = {key: np.full(shape, 2.0) for key, shape in shapes.items()}
    same(call(name, stretched | options), call(name, full | options))


@CALLS
def test_the_input_is_not_changed_and_the_output_is_new_and_writeable(
    name: str, shapes: Any, options: Any
) -> None:
    given = arrays(shapes)
    before = {key: array.copy() for key, array in given.items()}
    outputs = call(name, given | options)
    for i, y in enumerate(outputs):
        assert y.flags.writeable
        for key, array in given.items():
            assert not np.shares_memory(y, array), f"output {i} and {key} share memory"
        assert not any(np.shares_memory(y, other) for other in outputs[:i])
        y[...] = np.nan  # what a careless caller does next
    for key, array in given.items():
        np.testing.assert_array_equal(array, before[key])


@NAMES
def test_no_image_at_all_is_a_batch_too(name: str) -> None:
    shapes, options = GOOD[name]
    none = {key: (0, *shape[1:]) if key in BATCHED else shape for key, shape in shapes.items()}
    outputs, usual = call(name, arrays(none) | options), call(name, arrays(shapes) | options)
    for y, ordinary in zip(outputs, usual, strict=True):
        has_batch = ordinary.ndim > 1 and ordinary.shape[0] == 2 and bool(set(BATCHED) & set(shapes))
        assert y.shape == ((0, *ordinary.shape[1:]) if has_batch else ordinary.shape)
        if not has_batch and set(BATCHED) & set(shapes):
            np.testing.assert_array_equal(y, 0)  # gradients of weights: a sum over no image


@NAMES
def test_one_pixel_and_one_weight_give_one_product(name: str) -> None:
    shapes, options = ONE_PIXEL[name]
    outputs = call(name, {key: np.full(shape, 3.0) for key, shape in shapes.items()} | options)
    if name == "separate":
        wanted = [3.0**0.5, 3.0**0.5]
    elif name.endswith("_backward"):  # the gradient of a factor is the product of the others; db is dy
        has_bias = "b" in GOOD[name.removesuffix("_backward")][0]
        wanted = [3.0 ** (len(shapes) - 1)] * (len(shapes) - 1) + [3.0] * has_bias
    else:
        wanted = [3.0 ** len(shapes)]
    np.testing.assert_allclose([y.item() for y in outputs], wanted, rtol=1e-12)


@NAMES
def test_lists_are_read_as_arrays(name: str) -> None:
    shapes, options = GOOD[name]
    given = arrays(shapes)
    lists = {key: array.tolist() for key, array in given.items()}
    same(call(name, lists | options), call(name, given | options))


@NAMES
def test_numpy_s_whole_numbers_and_lists_serve_as_options(name: str) -> None:
    shapes, options = GOOD[name]

    def converted(value: Any) -> Any:
        if isinstance(value, tuple):
            return [converted(part) for part in value]
        return np.int64(value) if isinstance(value, int) else value

    other = {key: converted(value) for key, value in options.items()}
    same(call(name, arrays(shapes) | other), call(name, arrays(shapes) | options))


@pytest.mark.parametrize("number", [np.uint8(2), np.int8(2), np.array(2)])
def test_numpy_s_small_numbers_count_many_channels(number: Any) -> None:
    x, w = np.ones((1, 600, 2, 2)), np.ones((600, 300, 1, 1))
    options: dict[str, Any] = dict.fromkeys(("groups", "stride", "dilation"), number)
    same([F.conv2d(x, w, **options)], [np.full((1, 600, 1, 1), 300.0)])
    y = F.conv_transpose2d(x, w, **options)
    assert y.shape == (1, 600, 3, 3) and y[0, 0, 0, 0] == 300


def test_channels_and_kernels_of_groups_keep_their_order() -> None:
    x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 4, 1, 1)
    w = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], dtype=float).reshape(4, 2, 1, 1)
    np.testing.assert_array_equal(F.conv2d(x, w, groups=2).ravel(), [21, 43, 6500, 8700])
    np.testing.assert_array_equal(F.conv_transpose2d(x, w, groups=2).ravel(), [31, 42, 7500, 8600])


def test_depthwise_kernels_come_channel_by_channel() -> None:
    x = np.array([1.0, 10.0]).reshape(1, 2, 1, 1)
    w = np.array([1.0, 2.0, 3.0, 4.0]).reshape(4, 1, 1, 1)
    np.testing.assert_array_equal(F.depthwise_conv2d(x, w).ravel(), [1, 2, 30, 40])
