"""What the functions around convolution say to bad input: their own sentence, never one from below."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from tests.convolution_calls import GOOD, arrays, call
from tests.oracle import CONFIGURATIONS, configurations


def complaint(name: str, arguments: dict[str, Any]) -> ValueError | None:
    """Return the error of a call, which must be the function's own; None where there is a result."""
    try:
        call(name, arguments)
    except ValueError as error:
        said = str(error)
        assert type(error) in (ShapeError, ValueError), f"{type(error).__name__}: {said}"
        assert said.startswith(f"{name}: "), said
        assert "\n" not in said and len(said) <= 2 * 110, f"longer than two lines: {said}"
        assert said.endswith((".", "]")), said
        return error
    return None


def spoilt(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the good call's arguments with some of them changed."""
    shapes, options = GOOD[name]
    return arrays(shapes) | options | changes


class Odd:
    """An object that can be nothing here, and cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Unwilling:
    """An array that is not to be had, as a tensor that collects its gradient."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("Call detach()\nfirst.")


NOT_NUMBERS: list[Any] = [
    None, "abc", b"abc", 1j, {}, {1, 2}, object(), Odd(), Unwilling(), [Odd()], [[1, 2], [3]], [[1, [2]]],
    [None], ["1", "2"], [1, "2"], np.array(["a"]), np.array([1j]), np.array([None, 1]),
    np.array("2020-01-01", "M8[D]"), np.zeros(2, [("a", float)]), 10**400, [10**400, 1.5],
    iter([1.0]), np.zeros, [1, np.zeros(3)],
]  # fmt: skip
WRONG_SHAPES: list[Any] = [
    1.0, [], [[]], [[[]]], np.zeros(()), np.zeros((1,) * 7), np.zeros((0, 0)), np.zeros((2, 0, 3)),
    np.zeros((2, 0, 5, 5)), np.zeros((2, 3, 0, 5)), np.zeros((1, 2, 3, 4, 0)),
]  # fmt: skip
NO_COUNTS: list[Any] = [
    -1, 1.5, 2.0, np.float64(1), "a", "", b"1", None, 1j, True, False, np.True_, (), [], (1, 1, 1, 1),
    [1, [2]], {1: 1}, {1, 2}, np.zeros((4, 4, 4, 4)), np.array([1, 2]), object(), Odd(), Unwilling(), int,
    (None, None), ("1", 1), (1.0, 1), (True, 1), -(10**30), float("nan"), float("inf"), (1, -1), range(2),
    slice(2), ..., [[1, 2, 3]],
]  # fmt: skip
BAD_VALUES: dict[str, list[Any]] = {
    "stride": [0, (0, 0), *NO_COUNTS],
    "dilation": [0, (0, 0), *NO_COUNTS],
    "kernel_size": [0, (0, 0), *NO_COUNTS],
    "size": [0, (0, 0), *NO_COUNTS],
    "groups": [0, (1, 1), [1], *NO_COUNTS],
    "padding": ["sane", "SAME", ((1, 2, 3),), ((0, -1),) * 2, (((1, 1), 1), 1), ("same",) * 2, *NO_COUNTS],
    "output_padding": ["same", *NO_COUNTS],
    "tolerance": [-1, 1.5, "a", None, 1j, float("nan"), [1e-9], np.zeros(2), True, Odd(), {}],
}


def bad_arguments() -> list[Any]:
    """Return every function with each of its arguments."""
    return [
        pytest.param(name, argument, id=f"{name}({argument})")
        for name, (shapes, options) in GOOD.items()
        for argument in (*shapes, *options)
    ]


@pytest.mark.parametrize("name, argument", bad_arguments())
def test_a_bad_argument_is_named(name: str, argument: str) -> None:
    for value in BAD_VALUES.get(argument, NOT_NUMBERS + WRONG_SHAPES):
        if argument == "b" and value is None:
            continue  # no bias
        error = complaint(name, spoilt(name, {argument: value}))
        assert error is not None, f"{argument} = {value!r} was accepted"
        assert re.search(rf"\b{argument}\b", str(error)), str(error)


@pytest.mark.parametrize("name", GOOD)
def test_the_good_call_is_good(name: str) -> None:
    assert complaint(name, spoilt(name, {})) is None


def z(*shape: int) -> Any:
    return np.zeros(shape)


WRONG_SIZES: list[tuple[str, dict[str, Any], str]] = [
    # ranks
    ("conv2d", {"x": z(4, 6, 5)}, r"\(4, 6, 5\), .* \(N, C, H, W\)\. Add .* batch: x\[None\]\."),
    ("conv2d", {"x": z(6, 5)}, r"x has shape \(6, 5\), but it must be \(N, C, H, W\)\.$"),
    ("conv1d", {"x": z(2, 4, 7, 1)}, r"but it must be \(N, C, L\)\.$"),
    ("conv3d", {"x": z(2, 3, 4, 4)}, r"\(N, C, D, H, W\)\. Add the axis of the batch: x\[None\]\.$"),
    ("conv2d", {"w": z(6, 3, 2)}, r"w has shape \(6, 3, 2\), but it must be \(F, C / groups, KH, KW\)"),
    ("conv1d", {"w": z(6, 2)}, r"w has shape \(6, 2\), but it must be \(F, C / groups, K\)"),
    ("conv_transpose2d", {"w": z(4, 3, 3)}, r"must be \(C, F, KH, KW\)"),
    ("im2col", {"x": z(3, 6, 5)}, r"Add the axis of the batch: x\[None\]\.$"),
    ("col2im", {"cols": z(18, 15)}, r"C \* KH \* KW.* Add the axis of the batch: cols\[None\]\.$"),
    ("conv_matrix", {"k": z(1, 1, 3, 2)}, r"k has shape \(1, 1, 3, 2\), but it must be \(KH, KW\)"),
    ("separate", {"k": z(3)}, r"must be \(KH, KW\)"),
    ("separable_conv2d", {"column": z(3, 1)}, r"column has shape \(3, 1\), but it must be \(KH,\)"),
    ("separable_conv2d", {"row": 2.0}, r"row has shape \(\), but it must be \(KW,\)"),
    # channels and groups
    ("conv2d", {"w": z(6, 3, 3, 2)}, r"w expects 6\. w must have shape \(6, 2, 3, 2\)"),
    ("conv2d", {"w": z(6, 4, 3, 2)}, "x has 4 channels but w expects 8"),
    ("conv2d", {"groups": 3}, "4 channels and 6 kernels do not split into 3 groups"),
    ("conv2d", {"groups": 4}, "4 channels and 6 kernels do not split into 4 groups"),
    ("conv2d", {"groups": 5}, "do not split into 5 groups"),
    ("conv2d", {"groups": 0}, "groups is 0, but it must be a whole number, 1 or more"),
    ("conv2d_backward", {"groups": -1}, "groups is -1"),
    ("conv1d", {"groups": 1.5}, r"groups is 1\.5"),
    ("conv_transpose2d", {"w": z(6, 4, 3, 2)}, r"x has 4 channels .* w has shape .* with C = 4"),
    ("conv_transpose2d", {"groups": 3}, "x has 4 channels in 3 groups"),
    ("depthwise_conv2d", {"w": z(4, 1, 3, 2)}, r"w has shape \(4, 1, 3, 2\)\. w must .* C = 3"),
    ("depthwise_conv2d", {"w": z(3, 3, 3, 2)}, r"w must have shape \(C M, 1, KH, KW\)"),
    ("depthwise_separable_conv2d", {"w_depth": z(4, 1, 3, 2)}, "w_depth must have shape"),
    ("depthwise_separable_conv2d", {"w_point": z(4, 5, 1, 1)}, r"but it must be \(4, 6, 1, 1\)"),
    ("depthwise_separable_conv2d", {"w_point": z(4, 6, 3, 3)}, r"but it must be \(4, 6, 1, 1\)"),
    ("depthwise_separable_conv2d_backward", {"w_point": z(4, 6, 1)}, r"must be \(F, C M, 1, 1\)"),
    # emptiness
    ("conv2d", {"x": z(2, 0, 6, 5)}, "only the batch, the first axis, may be empty"),
    ("conv2d", {"x": z(2, 4, 0, 5)}, "only the batch, the first axis, may be empty"),
    ("conv2d", {"w": z(0, 2, 3, 2)}, r"w has shape \(0, 2, 3, 2\), but a kernel must not be empty"),
    ("conv2d", {"w": z(6, 2, 0, 2)}, "a kernel must not be empty"),
    ("conv_transpose1d", {"w": z(4, 0, 3)}, "a kernel must not be empty"),
    ("separable_conv2d", {"row": []}, r"row has shape \(0,\), but a kernel must not be empty"),
    ("separate", {"k": z(0, 2)}, "a kernel must not be empty"),
    ("col2im", {"cols": z(2, 0, 15)}, r"cols has shape \(2, 0, 15\), but windows of 6 .* \(N, C \* 6, 15\)"),
    # kernels that do not fit
    ("conv2d", {"w": z(6, 2, 8, 2)}, r"the kernel spans \(8, 3\) but .* only \(7, 7\)\. Use a smaller"),
    ("conv2d", {"dilation": 4}, r"the kernel spans \(9, 5\) but the input, with its padding, only"),
    ("conv3d", {"padding": 0, "dilation": 9}, r"the kernel spans \(1, 10, 19\)"),
    ("im2col", {"kernel_size": 9}, r"the kernel spans \(9, 17\)"),
    ("col2im", {"size": 1}, r"the kernel spans \(3, 3\) but .* only \(3, 3\)|windows of 6 numbers"),
    ("conv_matrix", {"size": (1, 1), "padding": 0}, "the kernel spans"),
    ("separable_conv2d", {"column": np.ones(9)}, r"the kernel spans \(9, 2\)"),
    ("conv_transpose2d", {"padding": 9}, r"the output would have size \(-1., -1.\)\. Use a larger"),
    # options
    ("conv2d", {"stride": 0}, "stride is 0, but it must be a whole number, 1 or more"),
    ("conv2d", {"stride": (1, 2, 3)}, r"\(1, 2, 3\), but .* a tuple of 2, one for each axis"),
    ("conv2d", {"stride": True}, "stride is True"),
    ("conv2d", {"padding": "sane"}, "padding is 'sane', .* 'valid', 'same', 'full'"),
    ("conv2d", {"padding": (1,)}, r"padding is \(1,\), .* tuple of 2, one .* \(before, after\)"),
    ("conv1d", {"padding": (1, 2)}, r"tuple of 1, one for each axis: a number or a pair \(before, after\)"),
    ("conv2d", {"padding": ((1, 2, 3), 0)}, r"padding is \(\(1, 2, 3\), 0\), .* \(before, after\)"),
    ("conv2d", {"padding": ((1, -2), 0)}, "padding is -2"),
    ("conv2d", {"dilation": 0}, "dilation is 0"),
    ("conv_transpose2d", {"output_padding": 2}, r"output_padding is \(2, 2\), .* smaller than stride or"),
    ("conv_transpose1d", {"output_padding": 2}, "must be smaller than stride or dilation"),
    ("conv_transpose1d", {"padding": "same"}, "padding is 'same', but it must be a whole number"),
    # bias and dy
    ("conv2d", {"b": z(5)}, r"b has shape \(5,\), but it must be \(6,\)"),
    ("conv2d", {"b": 1.0}, r"b has shape \(\), but it must be \(6,\)"),
    ("conv_transpose2d", {"b": z(4)}, r"b has shape \(4,\), but it must be \(6,\)"),
    ("depthwise_conv2d", {"b": z(3)}, r"b has shape \(3,\), but it must be \(6,\)"),
    ("depthwise_separable_conv2d", {"b": z(6)}, r"b has shape \(6,\), but it must be \(4,\)"),
    ("conv2d_backward", {"dy": z(2, 6, 3, 4)}, r"dy has shape \(2, 6, 3, 4\), but it must be \(2, 6, 3, 5\)"),
    ("conv2d_backward", {"dy": z(6, 3, 5)}, r"dy has shape \(6, 3, 5\), but"),
    ("conv2d_backward", {"dy": z(1, 6, 3, 5)}, r"it must be \(2, 6, 3, 5\)"),
    ("conv2d_backward", {"dy": 1.0}, r"dy has shape \(\)"),
    ("conv_transpose2d_backward", {"dy": z(2, 6, 6, 5)}, r"it must be \(2, 6, 6, 4\)"),
    ("separable_conv2d_backward", {"dy": z(2, 3, 3, 5)}, r"it must be \(2, 3, 3, 6\)"),
    ("im2col_backward", {"dy": z(1, 18, 15)}, r"dy has shape \(1, 18, 15\), but it must be \(2, 18, 15\)"),
    ("im2col_backward", {"dy": z(2, 6, 15)}, r"it must be \(2, 18, 15\)"),
    ("depthwise_separable_conv2d_backward", {"dy": z(2, 6, 3, 5)}, r"it must be \(2, 4, 3, 5\)"),
    ("conv2d", {"x": [[1, 2], [3]]}, "x is not an array: its rows differ in length"),
]  # fmt: skip
NO_REAL_NUMBERS: list[tuple[str, dict[str, Any], str]] = [
    ("separate", {"tolerance": -1}, "tolerance is -1, but it must be a number from 0 to 1"),
    ("separate", {"k": [[1.0, np.inf]]}, "k holds infinities or NaN"),
    ("separate", {"k": [[np.nan]]}, "k holds infinities or NaN"),
    ("conv2d", {"x": z(2, 4, 6, 5).astype(complex)}, "x has dtype complex128, but it must hold real numbers"),
    ("conv2d", {"w": np.full((6, 2, 3, 2), "a")}, "w has dtype <U1"),
    ("conv2d", {"x": None}, "x has dtype object"),
    ("conv2d", {"x": z(2, 4, 6, 5).astype(object)}, "x has dtype object, but it must hold real numbers"),
    ("conv2d", {"x": Unwilling()}, r"x does not become an array: Call detach\(\) first\."),
    ("conv2d_backward", {"dy": None}, "dy has dtype object"),
]  # fmt: skip
BAD = [(*row, ShapeError) for row in WRONG_SIZES] + [(*row, ValueError) for row in NO_REAL_NUMBERS]


@pytest.mark.parametrize("name, changes, said, error", BAD)
def test_bad_input_gets_a_sentence(name: str, changes: dict[str, Any], said: str, error: type) -> None:
    complained = complaint(name, spoilt(name, changes))
    assert type(complained) is error, f"{complained!r}"
    assert re.search(said, str(complained)), str(complained)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 8), st.floats(-1e3, 1e3), st.just(float("nan")),
    st.text(max_size=4), st.complex_numbers(max_magnitude=9), st.binary(max_size=2),
    st.builds(object), st.builds(Odd), st.builds(Unwilling),
    st.sampled_from(["same", "valid", "full", np.int64(2), np.float32(2), np.True_, int, np.zeros, ...]),
)  # fmt: skip
shapes = st.lists(st.integers(0, 4), max_size=6).map(tuple)
dtypes = st.sampled_from(["f8", "f4", "f2", ">f8", "g", "i4", "u1", "?", "c16", "O", "U1", "M8[D]"])
junk = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.lists(scalars | st.lists(scalars, max_size=2), max_size=3).map(tuple),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.builds(lambda shape, dtype: np.zeros(shape, dtype), shapes, dtypes),
    st.builds(lambda shape: np.arange(np.prod(shape), dtype=float).reshape(shape).tolist(), shapes),
)


@pytest.mark.parametrize("name", GOOD)
@settings(configurations, max_examples=max(1, CONFIGURATIONS // 3))
@given(data=st.data())
def test_junk_gets_a_result_or_a_sentence(name: str, data: Any) -> None:
    shapes, options = GOOD[name]
    spoil = data.draw(st.sets(st.sampled_from([*shapes, *options]), min_size=1))
    arguments = spoilt(name, {})
    for argument in sorted(spoil):
        if data.draw(st.booleans()) and argument in shapes:  # right rank, other size
            sizes = data.draw(st.tuples(*(st.integers(0, n + 1) for n in shapes[argument])))
            arguments[argument] = np.ones(sizes, data.draw(dtypes.filter(lambda code: code != "M8[D]")))
        else:
            arguments[argument] = data.draw(junk)
    complaint(name, arguments)
