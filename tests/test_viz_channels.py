"""The figures of chapter 04: numbers against naive loops, pictures, words and code, in states walked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.layer import columns, layer_moment
from tests.figures import speaks_in_sentences
from tests.test_viz import moves, walk

RNG = np.random.default_rng(0)
X, W, B = RNG.integers(-9, 10, (3, 4, 5)), RNG.integers(-9, 10, (6, 3, 2, 3)), RNG.integers(-9, 10, 6)
WIDE, SMALL = RNG.integers(-9, 10, (3, 3, 4)), RNG.integers(-9, 10, (2, 3, 2, 3))
LARGE_X, LARGE_W = RNG.integers(-9, 10, (6, 5, 6)), RNG.integers(-9, 10, (6, 6, 3, 3))
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "channels": viz.channels,
    "channels, three groups": lambda: viz.channels(X, W, B, groups=3, filter=4),
    "channels, largest": lambda: viz.channels(LARGE_X, LARGE_W),
    "channels, smallest": lambda: viz.channels([[[2]]], [[[[3]]], [[[-1]]]]),
    "im2col": viz.im2col,
    "im2col, given kernels": lambda: viz.im2col(WIDE, SMALL, stride=2, padding=1, filter=1),
    "im2col, one channel": lambda: viz.im2col([[[1, 2, 3], [4, 5, 6]]], kernel=1),
    "im2col, largest": lambda: viz.im2col(np.ones((3, 4, 4), int), np.ones((3, 3, 3, 3), int), padding=1),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def naive(x: Any, w: Any, b: Any, groups: int = 1, stride: int = 1, padding: int = 0) -> Any:
    """The layer for one picture, one product at a time; what lies outside the picture is zero."""
    pixels = dict(np.ndenumerate(x))
    each, (height, width) = len(x) // groups, w.shape[2:]
    tops, lefts = (
        range(-padding, x.shape[axis] + padding - w.shape[axis + 1] + 1, stride) for axis in (1, 2)
    )
    y = np.zeros((len(w), len(tops), len(lefts)))
    for f, i, j in np.ndindex(y.shape):
        first = f // (len(w) // groups) * each
        y[f, i, j] = b[f] + sum(
            pixels.get((c, tops[i] + a, lefts[j] + e), 0) * w[f, c, a, e]
            for c in range(first, first + each)
            for a in range(height)
            for e in range(width)
        )
    return y


def channels_numbers(x: Any, w: Any, b: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def numbers(state: dict[str, Any]) -> dict[str, Any]:
        groups, f, place = int(state["groups"]), state["filter"], state["place"]
        answer = naive(x, w, b, groups)[f]
        return {
            "map": answer,
            "sum": answer.ravel()[place],
            "parameters": len(w) * len(x) // groups * w.shape[2] * w.shape[3] + len(w),
        }

    return numbers


def im2col_numbers(x: Any, w: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def numbers(state: dict[str, Any]) -> dict[str, Any]:
        side, f = state.get("kernel", 3), state["filter"]
        cut = w[:, :, :side, :side]
        answer = naive(x, cut, np.zeros(len(w)), 1, state["stride"], state["padding"])
        return {"output": answer, "sum": answer[f].ravel()[state["step"]], "row": cut[f].ravel()}

    return numbers


ONE = np.array([[[1, 2, 3], [4, 5, 6]]])
NUMBERS = {
    "channels": channels_numbers(layer_moment.STACK, layer_moment.KERNELS, layer_moment.BIASES),
    "channels, three groups": channels_numbers(X, W, B),
    "channels, largest": channels_numbers(LARGE_X, LARGE_W, layer_moment.BIASES),
    "channels, smallest": channels_numbers(
        np.array([[[2]]]), np.array([[[[3]]], [[[-1]]]]), layer_moment.BIASES
    ),
    "im2col": im2col_numbers(columns.PICTURE, columns.KERNELS),
    "im2col, given kernels": im2col_numbers(WIDE, SMALL),
    "im2col, one channel": im2col_numbers(ONE, columns.KERNELS[:, :1, :2, :2]),
    "im2col, largest": im2col_numbers(np.ones((3, 4, 4)), np.ones((3, 3, 3, 3))),
}


@every_figure
def test_the_numbers_on_show_are_those_of_naive_loops(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        facts = demo.facts()
        for key, value in NUMBERS[name](demo.state).items():
            np.testing.assert_allclose(facts[key], value, atol=1e-9, err_msg=f"{key} at {demo.state}")


@pytest.mark.parametrize("name", [name for name in FIGURES if name.startswith("channels")])
def test_partial_maps_and_bias_add_up_to_the_map(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        facts = demo.facts()
        assert (np.sum(facts["partial"], axis=0) + facts["bias"]).tolist() == facts["map"]
        assert sum(facts["terms"]) + facts["bias"] == facts["sum"]
        assert len(facts["sees"]) == len(facts["partial"]) == facts["weights_shape"][1]


@pytest.mark.parametrize("name", [name for name in FIGURES if name.startswith("im2col")])
def test_row_times_column_is_the_number_at_their_crossing(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        facts = demo.facts()
        assert np.dot(facts["row"], facts["column"]) == facts["sum"]
        assert np.array(facts["columns"])[:, demo.state["step"]].tolist() == facts["column"]
        assert np.size(facts["columns"]) == facts["numbers_out"]


CODE = {
    "channels": lambda state: {f"y[{state['filter']}]": "map", "parameters": "parameters"},
    "im2col": lambda state: {"columns": "columns", "y": "output"},
}


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=20):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        for expression, key in CODE[demo.name](demo.state).items():
            np.testing.assert_allclose(eval(expression, space), demo.facts()[key], atol=1e-9)


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        root = ElementTree.fromstring(demo.svg)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert width <= 900 and root.attrib["role"] == "img" and root.attrib["aria-label"] == demo.alt
        for mark in root.iter():
            if "x" in mark.attrib:
                x, y = float(mark.attrib["x"]), float(mark.attrib["y"])
                right, bottom = (float(mark.attrib.get(side, 0)) for side in ("width", "height"))
                assert x >= 0 and y >= 0 and x + right <= width + 0.5 and y + bottom <= height + 0.5


@every_figure
def test_each_control_that_can_move_changes_what_is_said(name: str) -> None:
    for control in FIGURES[name]().controls:
        demo = FIGURES[name]()
        values = moves(control, demo.state)
        said = {(demo.set(**{control.name: value}).alt, demo.status) for value in values}
        assert len(said) > 1 or len(values) == 1, control.name


@every_figure
def test_alt_and_status_are_sentences_and_a_state_comes_back(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=25):
        speaks_in_sentences(demo)
        assert FIGURES[name]().set(**demo.state).svg == demo.svg


def test_groups_may_be_given_as_a_number() -> None:
    assert viz.channels().set(groups=2).state == viz.channels(groups=2).state
    parameters = [viz.channels(groups=groups).facts()["parameters"] for groups in (1, 2, 4)]
    assert parameters == [68, 36, 20]


def test_the_padding_goes_when_the_kernel_has_one_pixel() -> None:
    demo = viz.im2col(kernel=3, padding=1)
    assert (demo.facts()["numbers_in"], demo.facts()["numbers_out"]) == (24, 216)
    assert demo.set(kernel=1).state["padding"] == 0
    assert demo.facts()["numbers_out"] == 24


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.channels(groups=3), "groups is '3', but here it must be one of 1, 2, 4"),
    (lambda: viz.channels(filter=4), "filter is 4, but here it must be a whole number from 0 to 3"),
    (lambda: viz.channels().set(place=9), "place is 9, but here it must be a whole number from 0 to 8"),
    (lambda: viz.channels([[1, 2]]), r"x has shape \(1, 2\), but it must be \(C, H, W\), at most 6 × 5 × 6"),
    (lambda: viz.channels(np.ones((7, 2, 2))), "at most 6 × 5 × 6"),
    (lambda: viz.channels("photo"), r"must be \(C, H, W\)"),
    (lambda: viz.channels([[[1, 2], [3]]]), "rows of different lengths"),
    (lambda: viz.channels([[[float("nan")]]], [[[[1]]]]), "must hold numbers"),
    (lambda: viz.channels(w=np.ones((2, 3, 2, 2))), "but x has 4 channels and is 4 × 4"),
    (lambda: viz.channels(np.ones((4, 1, 4))), "not larger than x"),
    (lambda: viz.channels(b=[1, 2]), r"b has shape \(2,\), but there are 4 kernels"),
    (lambda: viz.im2col(kernel=4), "kernel is 4, but here it must be a whole number from 1 to 3"),
    (lambda: viz.im2col(kernel=1, padding=1), "padding is 1, but here it must be 0; nothing else fits"),
    (lambda: viz.im2col(stride=0), "stride is 0"),
    (lambda: viz.im2col(step=6), "step is 6, but here it must be a whole number from 0 to 5"),
    (lambda: viz.im2col(w=np.ones((1, 2, 4, 4))), "at most 3 × 2 × 3 × 3"),
    (lambda: viz.timings({}), "every time must be a number above 0"),
    (lambda: viz.timings({"loops": 0.0}), "every time must be a number above 0"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


def test_timings_are_said_in_words_and_shown() -> None:
    still = viz.timings({"seven loops": 1.25, "one sum a window": 0.2, "im2col": 0.00025}, title="a race")
    assert still.alt == (
        "Bars of measured times. seven loops: 1.25 s, 5,000 times as long as im2col. "
        "one sum a window: 200 ms, 800 times as long as im2col. im2col: 0.25 ms."
    )
    assert still.alt in still._repr_mimebundle_()["text/html"] and still.png.startswith(b"\x89PNG")
