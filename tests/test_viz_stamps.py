"""The matrix of a convolution, its stamps, and the checkerboard: numbers, words, code, pictures, limits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.enlargement.overlap import INPUTS, LINE, PLANE, RESIZED
from cnnkit.viz.enlargement.stamp import KERNEL, MAP
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet
from tests.test_viz import moves, walk

TALL = np.array([[1, -2], [0, 3], [4, 0.5]])
WIDE = np.array([[2, -1, 0, 3]])
STAMPS = {
    "default": (MAP, KERNEL),
    "tall and wide": (TALL, WIDE),
    "large": (np.arange(25).reshape(5, 5) - 12, np.arange(16).reshape(4, 4)),
    "one number": ([[3]], [[1, 2], [3, 4]]),
}
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "stamp_and_add": viz.stamp_and_add,
    "stamp_and_add, tall and wide": lambda: viz.stamp_and_add(TALL, WIDE, stride=3, show="counts"),
    "stamp_and_add, large": lambda: viz.stamp_and_add(*STAMPS["large"], stride=1, padding=2, step=24),
    "checkerboard": viz.checkerboard,
    "checkerboard, one axis": lambda: viz.checkerboard(5, 3, axes=1),
    "checkerboard, resized": lambda: viz.checkerboard(4, 4, axes=1, resize=True),
    "convolution_matrix": lambda: viz.convolution_matrix([[1, -2, 3], [4, 5, -6], [-7, 8, 9]]),
    "convolution_matrix, wide": lambda: viz.convolution_matrix([[1, 0.5]], (2, 7), row=11),
    "convolution_matrix, one weight": lambda: viz.convolution_matrix([[3]], (8, 2)),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def stamped(x: Any, k: Any, state: dict[str, Any]) -> dict[str, Any]:
    """Add up stamps cell by cell; the sheet is a dictionary of places that knows no size."""
    x, s = np.asarray(x), state["stride"]
    k = np.asarray(k)[: state["kernel"], : state["kernel"]]
    size = [(x.shape[a] - 1) * s + k.shape[a] for a in (0, 1)]
    sheet, counts, final = np.zeros(size), np.zeros(size), np.zeros(size)
    for number, ((i, j), (a, b)) in enumerate(product(np.ndindex(*x.shape), np.ndindex(*k.shape))):
        place = i * s + a, j * s + b
        final[place] += x[i, j] * k[a, b]
        if number // k.size <= state["step"]:
            sheet[place] += x[i, j] * k[a, b]
            counts[place] += 1
    p = state["padding"]
    output = [row[p : size[1] - p] for row in final.tolist()[p : size[0] - p]]
    source = list(np.ndindex(*x.shape))[state["step"]]
    return {"sheet": sheet, "counts": counts, "output": output, "stamp": x[source] * k, "position": source}


def terms(state: dict[str, Any]) -> np.ndarray:
    """Count the terms of each output along one axis, from what each output is made of."""
    k, s, n = state["kernel"], state["stride"], INPUTS
    if state["layer"] == RESIZED:
        p = (k - 1) // 2
        return np.array([sum(0 <= o + a - p < n * s for a in range(k)) for o in range(n * s + 2 * p - k + 1)])
    return np.array([sum(0 <= o - i * s < k for i in range(n)) for o in range((n - 1) * s + k)])


@pytest.mark.parametrize("name", STAMPS)
def test_stamps_are_those_of_naive_loops_in_every_state(name: str) -> None:
    for demo in walk(viz.stamp_and_add(*STAMPS[name], stride=1), steps=150):
        facts = demo.facts()
        for key, value in stamped(*STAMPS[name], demo.state).items():
            np.testing.assert_allclose(facts[key], value, atol=1e-12, err_msg=f"{key} at {demo.state}")
        assert np.shape(facts["output"]) == facts["output_shape"]


def test_the_counts_are_those_of_naive_loops_in_every_state() -> None:
    for k, s, axes, resize in product(range(1, 8), range(1, 5), (1, 2), (False, True)):
        demo = viz.checkerboard(k, s, axes=axes, resize=resize)
        counts, facts = terms(demo.state), demo.facts()
        table = np.outer(counts, counts) if axes == 2 else counts
        np.testing.assert_array_equal(facts["counts"], table)
        assert facts["shape"] == table.shape and facts["rest"] == k % s
        assert facts["even"] == (resize or k % s == 0) == (facts["fewest"] == facts["most"])


def test_inside_nothing_is_missing() -> None:
    """Far from the ends an endless row of inputs would give the same counts, whatever the layer."""
    for k, s in product(range(1, 8), range(1, 5)):
        endless = [sum(0 <= o - i * s < k for i in range(-9, 99)) for o in range(40, 40 + s)]
        facts = viz.checkerboard(k, s, axes=1).facts()
        assert (facts["fewest"], facts["most"]) == (min(endless), max(endless)), (k, s)
        facts = viz.checkerboard(k, s, axes=1, resize=True).facts()
        assert (facts["fewest"], facts["most"]) == (k, k)


@pytest.mark.parametrize(
    ("k", "shape"), [([[1, -2, 3], [4, 5, -6]], (4, 4)), ([[1, 0.5]], (2, 7)), ([[7], [2]], (2, 1))]
)
def test_each_row_of_the_matrix_is_the_kernel_in_its_place(k: Any, shape: tuple[int, int]) -> None:
    kernel, (height, width) = np.array(k), shape
    demo = viz.convolution_matrix(k, shape)
    places = list(product(range(height - len(k) + 1), range(width - len(k[0]) + 1)))
    for row, place in enumerate(places):
        facts = demo.set(row=row).facts()
        expected = [[0.0] * width for _ in range(height)]
        for a, b in np.ndindex(*kernel.shape):
            expected[place[0] + a][place[1] + b] = kernel[a, b]
        assert facts["picture"] == expected and facts["place"] == place
        assert facts["matrix"][row] == [value for line in expected for value in line]
    assert demo.facts()["shape"] == (len(places), height * width)
    assert demo.facts()["rank"] == len(places)


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=40):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        for key in {"sheet", "counts", "output", "picture"} & demo.facts().keys():
            np.testing.assert_allclose(space[key], demo.facts()[key], atol=1e-12, err_msg=demo.code())
        if "matrix" in demo.facts():
            np.testing.assert_array_equal(space["C"], demo.facts()["matrix"])


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=80):
        stays_on_the_sheet(demo)


@every_figure
def test_each_control_changes_what_is_said(name: str) -> None:
    for control in FIGURES[name]().controls:
        demo = FIGURES[name]()
        said = {(demo.set(**{control.name: move}).alt, demo.status) for move in moves(control, demo.state)}
        assert len(said) > 1, control.name


@every_figure
def test_alt_and_status_are_sentences(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=40):
        speaks_in_sentences(demo)


@every_figure
def test_a_state_brings_another_figure_to_the_same_place(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=20):
        comes_back(FIGURES[name](), demo)


def test_the_timeline_shows_each_stamp() -> None:
    demo = viz.stamp_and_add()
    frames = [demo.frame(i) for i in range(6)]
    assert len(set(frames)) == 6 and frames[4] == demo.set(step=4).svg


def test_the_examples_of_the_chapter() -> None:
    demo = viz.stamp_and_add([[1, 10]], [[1, 2, 3]], stride=1)
    assert demo.facts()["output"] == [[1, 12, 23, 30]]
    last = viz.stamp_and_add(MAP, KERNEL, stride=2, step=5)
    assert last.facts()["output_shape"] == (5, 7)
    assert np.argwhere(np.array(last.facts()["counts"]) == 4).tolist() == [[2, 2], [2, 4]]
    assert np.max(last.set(stride=3).facts()["counts"]) == 1
    assert [k for k in range(1, 8) if viz.checkerboard(k, 2).facts()["even"]] == [2, 4, 6]


def test_what_is_cut_off_is_hatched_and_said() -> None:
    plain, cut = viz.stamp_and_add(), viz.stamp_and_add(padding=1)
    assert "cut off" not in plain.svg and "hatched: cut off by padding" in cut.svg
    assert cut.facts()["output_shape"] == (3, 5)


def test_what_the_reader_is_to_predict_or_to_find_is_not_printed() -> None:
    """The size of the output, the rule of the checkerboard and the rank are answers of the chapter."""
    demo = viz.stamp_and_add()
    marks = ElementTree.fromstring(demo.svg).iter()
    drawn = [mark.text or "" for mark in marks if mark.tag.endswith("text")]
    assert "input x" in drawn and not any("5 × 7" in words for words in [*drawn, demo.status])
    for k, s in ((3, 2), (4, 2), (3, 3)):
        demo = viz.checkerboard(k, s)
        assert "mod" not in demo.svg + demo.status and "even" not in demo.svg + demo.status
    assert "rank" not in viz.convolution_matrix([[1, 2, 3]], (1, 4)).status


def test_the_inner_counts_are_said() -> None:
    said = "Kernel 3, stride 2: inside the broken line an output gets"
    assert viz.checkerboard(3, 2, axes=1).status == f"{said} 1 to 2 stamps."
    assert viz.checkerboard(3, 2).status == f"{said} 1 to 4 stamps."
    assert viz.checkerboard(3, 2, axes=1, resize=True).status == f"{said} 3 weights."


def test_what_was_not_asked_for_moves_within_its_limits() -> None:
    demo = viz.stamp_and_add([[1, 2], [3, 4]], KERNEL, stride=2, padding=2).set(kernel=1)
    assert demo.state["padding"] == 1 and demo.facts()["output_shape"] == (1, 1)


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.stamp_and_add(np.ones((6, 2))), "x has shape .* from 1 × 1 to 5 × 5"),
    (lambda: viz.stamp_and_add(MAP, np.ones((5, 5))), "k has shape .* from 1 × 1 to 4 × 4"),
    (lambda: viz.stamp_and_add([[1, 2], [3]]), "rows of different lengths"),
    (lambda: viz.stamp_and_add([["a"]]), "must hold numbers"),
    (lambda: viz.stamp_and_add(stride=0), "stride is 0, but here it must be a whole number from 1 to 3"),
    (lambda: viz.stamp_and_add(padding=3), "padding is 3, but here it must be a whole number from 0 to 2"),
    (lambda: viz.stamp_and_add(show="all"), "show is 'all', but here it must be one of sums, counts"),
    (lambda: viz.stamp_and_add(step=6), "step is 6, but here it must be a whole number from 0 to 5"),
    (lambda: viz.stamp_and_add().set(kernel=4), "kernel is 4"),
    (lambda: viz.convolution_matrix([[1, 2]], (1, 1)), "must have room for the 1 × 2 kernel"),
    (lambda: viz.convolution_matrix([[1]], (4, 5)), "at most 16 pixels"),
    (lambda: viz.convolution_matrix([1, 2]), "k has shape"),
    (lambda: viz.convolution_matrix([[1]], (2, 2), row=4), "row is 4, but here it must be a whole number"),
    (lambda: viz.checkerboard(0), "kernel is 0, but here it must be a whole number from 1 to 7"),
    (lambda: viz.checkerboard(3, 5), "stride is 5, but here it must be a whole number from 1 to 4"),
    (lambda: viz.checkerboard(axes=3), "axes is 3, but it must be 1 or 2"),
    (lambda: viz.checkerboard().set(axes="3-D"), f"one of {LINE}, {PLANE}"),
    (lambda: viz.checkerboard().set(layer="none"), "one of stamps, resize"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()
