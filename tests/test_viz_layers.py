"""The figures of chapter 09: activations, losses, and gradients on their way back through pooling."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from tests.figures import comes_back, speaks_in_sentences
from tests.test_viz import moves, walk

TIED = np.array([[1, 8, 2, 0], [4, 3, 5, 5], [7, 0, 1, 2]])
NEGATIVE = -(np.arange(30).reshape(5, 6) * 7 % 30) - 1
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "activations": lambda: viz.activations("ELU", point=-10),
    "activations, step": lambda: viz.activations("step", point=0),
    "loss_curves": viz.loss_curves,
    "loss_curves, no": lambda: viz.loss_curves(percent=99, yes=False, error=-30),
    "pool_route": lambda: viz.pool_route(TIED),
    "pool_route, negative": lambda: viz.pool_route(NEGATIVE, 3, stride=2, kind="average", step=1),
    "pool_route, one pixel": lambda: viz.pool_route([[3]], 1),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


# --- The numbers, one at a time and by definition


def activation_numbers(state: dict[str, Any]) -> dict[str, Any]:
    x, a = state["point"] / 10, state["a"] / 10
    e = math.exp(x)
    t = (e - 1 / e) / (e + 1 / e)
    values = {
        "step": (1, None if x == 0 else 0) if x > 0 else (0, None if x == 0 else 0),
        "sigmoid": (e / (1 + e), e / (1 + e) ** 2),
        "tanh": (t, (1 - t) * (1 + t)),
        "ReLU": (x, 1) if x > 0 else (0, 0),
        "PReLU": (x, 1) if x > 0 else (a * x, a),
        "ELU": (x, 1) if x > 0 else (a * (e - 1), a * e),
    }
    value, slope = values[state["function"]]
    return {"x": x, "value": value, "slope": slope}


def loss_numbers(state: dict[str, Any]) -> dict[str, Any]:
    a, e = state["percent"] / 100, state["error"] / 10
    size, h = abs(e), 1e-6

    def smooth(e: float) -> float:
        return e * e / 2 if abs(e) <= 1 else abs(e) - 0.5

    return {
        "cross_entropy": math.log(1 / (a if state["yes"] else 1 - a)),
        "entropy": a * math.log(1 / a) + (1 - a) * math.log(1 / (1 - a)),
        "losses": {"L2": e * e, "L1": size, "smooth L1": smooth(e)},
        "slopes": {
            "L2": 2 * e,
            "L1": (e > 0) - (e < 0),
            "smooth L1": (smooth(e + h) - smooth(e - h)) / (2 * h),
        },
    }


def route_numbers(x: np.ndarray) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def numbers(state: dict[str, Any]) -> dict[str, Any]:
        k, s, (height, width) = state["kernel"], state["stride"], x.shape
        starts = [(i, j) for i in range(0, height - k + 1, s) for j in range(0, width - k + 1, s)]
        upstream = np.ravel(viz.pool_route(x, k, stride=s).facts()["dy"])
        dx = np.zeros(x.shape)
        for gradient, (top, left) in list(zip(upstream, starts, strict=True))[: state["step"] + 1]:
            places = [(top + a, left + b) for a in range(k) for b in range(k)]
            share, best = np.zeros(x.shape), max(x[place] for place in places)
            for place in places if state["kind"] == "average" else [p for p in places if x[p] == best][:1]:
                share[place] = gradient / (k * k if state["kind"] == "average" else 1)
            dx += share
        ties = sum(x[place] == best for place in places) if state["kind"] == "max" else 1
        return {"dx": dx, "share": share, "ties": ties, "windows": len(starts)}

    return numbers


NUMBERS = {
    "activations": activation_numbers,
    "activations, step": activation_numbers,
    "loss_curves": loss_numbers,
    "loss_curves, no": loss_numbers,
    "pool_route": route_numbers(TIED),
    "pool_route, negative": route_numbers(NEGATIVE),
    "pool_route, one pixel": route_numbers(np.array([[3]])),
}


def same(got: Any, want: Any) -> bool:
    if want is None:
        return got is None
    if isinstance(want, dict):
        return got.keys() == want.keys() and all(same(got[key], want[key]) for key in want)
    return np.shape(got) == np.shape(want) and bool(np.allclose(got, want, atol=1e-7))


@every_figure
def test_the_numbers_on_show_are_those_of_plain_arithmetic(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=120):
        facts = demo.facts()
        for key, value in NUMBERS[name](demo.state).items():
            assert same(facts[key], value), (key, demo.state)


CODE = {
    "activations": {"value": "value", "slope": "slope"},
    "pool_route": {"dx": "dx"},
    "loss_curves": {"cross_entropy": "cross_entropy", "entropy": "entropy"},
}


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=25):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        for variable, key in CODE[demo.name].items():
            assert same(space[variable], demo.facts()[key]), demo.code()
        if demo.name == "loss_curves":
            facts = demo.facts()
            assert same([space["l2"], space["l1"], space["smooth_l1"]], list(facts["losses"].values()))
            assert same(space["slopes"], list(facts["slopes"].values()))


# --- Pictures and words


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        root = ElementTree.fromstring(demo.svg)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert width <= 900 and root.attrib["aria-label"] == demo.alt
        for mark in root.iter():
            where = {key: float(mark.attrib[key]) for key in ("x", "y", "cx", "cy") if key in mark.attrib}
            if not where:
                continue
            right, bottom = (float(mark.attrib.get(side, 0)) for side in ("width", "height"))
            for key, value in where.items():
                room = width - right if key.endswith("x") else height - bottom
                assert 0 <= value <= room + 0.5, (mark.attrib, demo.state)
            assert float(mark.attrib.get("font-size", 12)) >= 9
        for px, py in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", demo.svg):
            assert 0 <= float(px) <= width and 0 <= float(py) <= height, demo.state


@every_figure
def test_alt_and_status_are_sentences_that_follow_the_state(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=40):
        speaks_in_sentences(demo)
        assert "nan" not in demo.alt + demo.status + demo.caption


@pytest.mark.parametrize("name", ["activations", "loss_curves", "pool_route"])
def test_each_control_changes_what_is_said(name: str) -> None:
    for control in FIGURES[name]().controls:
        demo = FIGURES[name]()
        said = {(demo.set(**{control.name: move}).alt, demo.status) for move in moves(control, demo.state)}
        assert len(said) > 1, control.name


@every_figure
def test_a_state_brings_another_figure_to_the_same_place(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=20):
        comes_back(FIGURES[name](), demo)


# --- What the figures are there to show


def test_the_entropy_peaks_in_the_middle_and_the_cost_does_not() -> None:
    demo = viz.loss_curves()
    shown = [demo.set(percent=percent).facts() for percent in range(1, 100)]
    entropies, costs = ([facts[key] for facts in shown] for key in ("entropy", "cross_entropy"))
    assert int(np.argmax(entropies)) == 49 and costs == sorted(costs, reverse=True)


def test_a_pixel_that_wins_twice_collects_both_gradients() -> None:
    demo = viz.pool_route(TIED, step=1)
    assert demo.facts()["dy"][0][:2] == [4, -2] and demo.facts()["dx"][0][1] == 2
    assert "first of 2 equal ones" in demo.set(step=2).status


def test_without_a_parameter_a_has_one_value() -> None:
    demo = viz.activations("PReLU", a=-5)
    assert demo.facts()["a"] == -0.5
    assert "a" not in demo.set(function="ReLU").facts() and demo.state["a"] == 3


def test_at_the_jump_a_step_has_no_slope() -> None:
    assert "there is no slope" in viz.activations("step", point=0).status
    assert "the slope is 0" in viz.activations("step", point=1).status


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.activations("softmax"), "function is 'softmax', but here it must be one of step, sigmoid"),
    (lambda: viz.activations(point=61), "point is 61, but here it must be a whole number from -60 to 60"),
    (lambda: viz.activations("ELU").set(a=16), "a is 16, but here it must be a whole number from -5 to 15"),
    (lambda: viz.activations("tanh").set(a=5), "a is 5, but here it must be 3; nothing else fits"),
    (lambda: viz.loss_curves(percent=0), "percent is 0, but here it must be a whole number from 1 to 99"),
    (lambda: viz.loss_curves(error=0.5), "error is 0.5"),
    (lambda: viz.loss_curves(yes=1), "yes is 1, but here it must be True or False"),
    (lambda: viz.pool_route([1, 2]), r"x has shape \(2,\), but it must be \(H, W\), from 1 × 1 to 6 × 6"),
    (lambda: viz.pool_route(np.ones((7, 2))), "from 1 × 1 to 6 × 6"),
    (lambda: viz.pool_route([["a"]]), "must hold numbers"),
    (lambda: viz.pool_route(TIED, 4), "kernel is 4, but here it must be a whole number from 1 to 3"),
    (lambda: viz.pool_route(TIED, stride=0), "stride is 0"),
    (lambda: viz.pool_route(TIED, kind="min"), "kind is 'min', but here it must be one of max, average"),
    (lambda: viz.pool_route(TIED).set(step=6), "step is 6, but here it must be a whole number from 0 to 5"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_what_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


def test_what_was_not_asked_for_moves_within_its_limits() -> None:
    assert viz.pool_route(TIED, step=5).set(stride=3).state["step"] <= 1
