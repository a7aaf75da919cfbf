"""The window that convolution, pooling and im2col share: its sizes and borders against counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional.engine import columns
from cnnkit.shapes import whole
from cnnkit.window import Window, each, window
from tests import reference
from tests.convolutions import Layer, layers
from tests.oracle import close, configurations

AXES = pytest.mark.parametrize("axes", [1, 2, 3])


def window_of(layer: Layer) -> Window:
    """Return the window that the layer's options describe."""
    options = {name: value for name, value in layer.written.items() if name != "groups"}
    return window("f", layer.x.shape[2:], layer.kernel, **options)


@AXES
@configurations
@given(data=st.data())
def test_a_window_is_what_its_options_mean(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    found = window_of(layer)
    assert found == Window(layer.kernel, layer.stride, layer.borders, layer.dilation)
    assert found.out(layer.x.shape[2:]) == layer.dy.shape[2:]
    assert found.spans == tuple(d * (k - 1) + 1 for k, d in zip(layer.kernel, layer.dilation, strict=True))
    # Plain ints, so that a message reads "stride 2" and not "stride np.int64(2)".
    assert all(type(number) is int for number in (*found.stride, *found.dilation, *sum(found.padding, ())))


@AXES
@configurations
@given(data=st.data())
def test_a_column_is_what_its_place_sees(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    found = window_of(layer)
    out = layer.dy.shape[2:]
    seen = columns.im2col(layer.x, found).reshape(*layer.x.shape[:2], *layer.kernel, *out)
    for place in np.ndindex(*out):
        for tap in np.ndindex(*layer.kernel):
            before = [first for first, _ in layer.borders]
            at = reference.reached(layer.x.shape[2:], place, tap, layer.stride, before, layer.dilation)
            pixel = np.zeros(layer.x.shape[:2]) if at is None else layer.x[:, :, *at]
            np.testing.assert_array_equal(seen[:, :, *tap, *place], pixel)
    assert not np.shares_memory(seen, layer.x)


@st.composite
def borders(draw: Any, axes: int) -> tuple[Any, Window]:
    """Draw an image, and a window whose padding may be negative: that cuts off, as transposing needs."""
    size = [draw(st.integers(1, 4)) for _ in range(axes)]
    ends = []
    for n in size:
        before = draw(st.integers(0, 3))
        ends.append((before, draw(st.integers(1 - n - before, 3))))
    ones = (1,) * axes
    x = np.random.default_rng(draw(st.integers(0, 999))).standard_normal((2, 1, *size))
    return x, Window(ones, ones, tuple(ends), ones)


@AXES
@configurations
@given(data=st.data())
def test_a_border_is_zeros_and_a_negative_one_cuts_off(axes: int, data: Any) -> None:
    x, place = data.draw(borders(axes))
    padded = columns.pad(x, place)
    wide = np.pad(x, [(0, 0), (0, 0)] + [(before, max(0, after)) for before, after in place.padding])
    cut = [
        slice(0, n + before + after) for n, (before, after) in zip(x.shape[2:], place.padding, strict=True)
    ]
    np.testing.assert_array_equal(padded, wide[:, :, *cut])


@AXES
@configurations
@given(data=st.data())
def test_crop_is_the_transpose_of_pad(axes: int, data: Any) -> None:
    x, place = data.draw(borders(axes))
    y = np.random.default_rng(5).standard_normal(columns.pad(x, place).shape)
    cropped = columns.crop(y, x.shape[2:], place)
    assert cropped.shape == x.shape
    close(np.vdot(columns.pad(x, place), y), np.vdot(x, cropped))


@configurations
@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
def test_the_words_for_padding(n: int, k: int, s: int, d: int) -> None:
    for word in ("same", "full"):
        found = window("f", (n,), k, s, word, d)
        assert found.padding == (reference.border(word, n, k, s, d),)
    assert window("f", (n,), k, s, "same", d).out((n,)) == (-(-n // s),)
    assert window("f", (n,), k, 1, "full", d).out((n,)) == (n + d * (k - 1),)
    assert window("f", (n + d * k,), k, s, "valid", d) == window("f", (n + d * k,), k, s, 0, d)


@configurations
@given(
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(1, 2),
)
def test_ceil_mode_keeps_a_last_window_that_begins_on_the_input(
    n: int, k: int, s: int, before: int, after: int, d: int
) -> None:
    floor_fits = d * (k - 1) + 1 <= n + before + after
    if not floor_fits:
        return
    found = window("f", (n,), k, s, ((before, after),), d, ceil_mode=True)
    padded = before + n + after
    starts = [0]
    while starts[-1] + d * (k - 1) + 1 < padded and starts[-1] + s < before + n:
        starts.append(starts[-1] + s)
    floor = reference.places(padded, k, s, d)
    assert found.out((n,)) == (max(len(starts), floor),)
    assert found.padding[0][0] == before and found.padding[0][1] >= after


def test_a_list_a_tuple_and_numpy_s_numbers_are_read_alike() -> None:
    wanted = window("f", (7, 7), (3, 2), (2, 1), ((1, 0), 2), (1, 2))
    assert wanted.padding == ((1, 0), (2, 2))
    one, two = np.int64(1), np.uint8(2)
    assert window("f", [7, 7], [3, two], [two, one], [[one, 0], two], [one, two]) == wanted  # type: ignore[arg-type]
    assert each("f: stride", np.array(2), 3) == (2, 2, 2)


@pytest.mark.parametrize(
    "value", [True, np.True_, 1.0, np.float64(1), "1", None, b"1", 1j, [1], (1,), int, object()]
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(ShapeError, match=r"^f: stride is .*, but it must be a whole number, 1 or more\.$"):
        whole("f: stride", value, 1)


def test_a_message_stays_on_one_line_whatever_came() -> None:
    for value in (np.zeros((9, 9)), "a\nb" * 99, [list(range(999))] * 99, {1: "\n"}):
        with pytest.raises(ShapeError) as error:
            whole("f: stride", value, 1)
        assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_a_window_that_does_not_fit_is_refused_in_the_words_of_its_function() -> None:
    with pytest.raises(
        ShapeError, match=r"^conv2d: the kernel spans \(5, 1\) but the input, .* only \(4, 4\)\. Use"
    ):
        window("conv2d", (4, 4), (3, 1), dilation=2)
    window("conv2d", (4, 4), (3, 1), dilation=2, padding=((1, 0), 0))


@pytest.mark.parametrize("stride", [True, 1.0, (1.0, 1), (True, 1)])
def test_a_window_that_was_read_before_does_not_let_an_equal_but_wrong_option_pass(stride: Any) -> None:
    window("conv2d", (6, 6), 3, stride=1)
    window("conv2d", (6, 6), 3, stride=(1, 1))
    with pytest.raises(ShapeError, match=r"stride is (True|1\.0)"):
        window("conv2d", (6, 6), 3, stride=stride)
