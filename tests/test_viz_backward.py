"""The figure of the backward pass: its numbers against naive loops, its words, its code, in many states."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.learning import backward_pass as figure
from cnnkit.viz.learning.paths import upstream_for
from tests.test_viz import moves, option, starts, walk

X, W, DY = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2), np.array([[1, 2], [3, 4]])
PICTURE, KERNEL = np.arange(24).reshape(4, 6) % 5 - 1, np.array([[1, -1, 2], [0, 3, 1]])
FIGURES: dict[str, tuple[Callable[[], viz.Demo], Any, Any]] = {
    "default": (viz.backward, np.array(figure.PICTURE), np.array(figure.KERNEL)),
    "given upstream": (lambda: viz.backward(X, W, DY), X, W),
    "not square": (
        lambda: viz.backward(PICTURE, KERNEL, stride=(3, 2), padding=(1, 1), look="pixel"),
        PICTURE,
        KERNEL,
    ),
    "halves": (
        lambda: viz.backward(PICTURE / 2, KERNEL / 4, dilation=2, padding=1, look="weight"),
        PICTURE / 2,
        KERNEL / 4,
    ),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def numbers(state: dict[str, Any], x: Any, w: Any, dy: Any) -> dict[str, Any]:
    """The gradients, the slope and the paths of a state, by loops over outputs and weights."""
    fixed = {"stride": 1, "padding": 0, "dilation": 1} if "step" in state and dy is not None else {}
    names = ("stride", "padding", "dilation")
    options = list(zip(*(option(fixed | state, name) for name in names), strict=True))
    tops, lefts = (starts(x.shape[i], w.shape[i], *options[i]) for i in (0, 1))
    upstream = upstream_for((len(tops), len(lefts))) if dy is None else dy
    columns = {"output": len(lefts), "weight": w.shape[1], "pixel": x.shape[1]}[state["look"]]
    place = state["step"] // columns, state["step"] % columns
    dx, dw, outputs = np.zeros(x.shape), np.zeros(w.shape), []
    for (i, j), slope in np.ndenumerate(upstream):
        if state["look"] == "output" and i * len(lefts) + j > state["step"]:
            continue
        for (a, b), weight in np.ndenumerate(w):
            h, v = tops[i] + a * options[0][2], lefts[j] + b * options[1][2]
            inside = 0 <= h < x.shape[0] and 0 <= v < x.shape[1]
            if inside:
                dx[h, v] += slope * weight
                dw[a, b] += slope * x[h, v]
            if place == {"output": (i, j), "weight": (a, b), "pixel": (h, v)}[state["look"]]:
                outputs.append((i, j))
    slope = {"output": upstream, "weight": dw, "pixel": dx}[state["look"]][place]
    return {"dx": dx, "dw": dw, "slope": slope, "place": place, "paths": len(outputs), "outputs": outputs}


@every_figure
def test_the_numbers_on_show_are_those_of_naive_loops_and_of_nudging(name: str) -> None:
    make, x, w = FIGURES[name]
    for demo in walk(make()):
        facts = demo.facts()
        for key, value in numbers(demo.state, x, w, DY if name == "given upstream" else None).items():
            np.testing.assert_allclose(facts[key], value, atol=1e-12, err_msg=f"{key} at {demo.state}")
        for key in ("dx", "dw"):
            np.testing.assert_allclose(facts[f"nudged_{key}"], facts[key], atol=1e-6)
        assert facts["gap"] < 1e-9


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name][0](), steps=25):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        for key in ("dx", "dw"):
            np.testing.assert_allclose(space[key][0, 0], demo.facts()[key], atol=1e-12, err_msg=demo.code())


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name][0]()):
        root = ElementTree.fromstring(demo.svg)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert width <= 900 and root.attrib["aria-label"] == demo.alt
        for mark in root.iter():
            if "x" in mark.attrib:
                x, y = float(mark.attrib["x"]), float(mark.attrib["y"])
                right, bottom = (float(mark.attrib.get(side, 0)) for side in ("width", "height"))
                assert x >= 0 and y >= 0 and x + right <= width + 0.5 and y + bottom <= height + 0.5


@every_figure
def test_words_are_sentences_and_follow_every_control(name: str) -> None:
    make = FIGURES[name][0]
    for demo in walk(make(), steps=25):
        for words in (demo.alt, demo.status, demo.caption):
            assert re.fullmatch(r"[A-Za-z0-9].*\.", words) and "None" not in words and "  " not in words
    for control in make().controls:
        demo = make()
        values = moves(control, demo.state)
        said = {(demo.set(**{control.name: value}).alt, demo.status) for value in values}
        assert len(said) > 1 or len(values) == 1, control.name


def test_the_sheet_keeps_its_height_while_one_steps() -> None:
    demo = viz.backward(PICTURE, KERNEL, padding=1, look="pixel")
    heights = {re.search(r'height="([0-9.]+)"', demo.frame(i)).group(1) for i in range(24)}  # type: ignore[union-attr]
    assert len(heights) == 1


def test_numbers_by_hand() -> None:
    demo = viz.backward(X, W, DY, step=3)
    assert demo.facts()["dw"] == [[27, 37], [57, 67]]
    assert demo.facts()["dx"] == [[0, 1, 2], [2, 10, 10], [6, 17, 12]]
    demo.set(look="pixel")
    assert [demo.set(step=i).facts()["paths"] for i in range(9)] == [1, 2, 1, 2, 4, 2, 1, 2, 1]


def test_a_pixel_that_no_window_reads_has_no_path() -> None:
    demo = viz.backward(PICTURE, KERNEL, stride=(3, 2), padding=(1, 1), look="pixel", step=8)
    assert demo.facts()["paths"] == 0 and demo.facts()["slope"] == 0
    assert "no window reads this pixel" in demo.status and "read by no window" in demo.alt


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.backward([1, 2]), r"x has shape \(2,\), but it must be \(H, W\), from 1 × 1 to 7 × 7"),
    (lambda: viz.backward(np.ones((8, 2))), "from 1 × 1 to 7 × 7"),
    (lambda: viz.backward(w=np.ones((2, 5))), "from 1 × 1 to 4 × 4"),
    (
        lambda: viz.backward(X, W, [[1, 2]]),
        r"dy has shape \(1, 2\), but the output has shape \(2, 2\)",
    ),
    (lambda: viz.backward(X, W, "ones"), "dy must hold numbers"),
    (lambda: viz.backward(look="kernel"), "look is 'kernel', but here it must be one of output, weight"),
    (lambda: viz.backward(step=9), "step is 9, but here it must be a whole number from 0 to 8"),
    (lambda: viz.backward(X, W, DY).set(stride=2), "there is no control 'stride'"),
    (lambda: viz.backward().set(padding=-1), "padding is -1"),
    (lambda: viz.backward([[1]], [[1, 2]]), "padding is 0"),
    (lambda: viz.backward([[1]], [[1, 2]], [[1]]), "kernel|fit"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_what_cannot_be_drawn_is_refused_with_a_reason(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()
