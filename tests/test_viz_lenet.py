"""The receptive-field ladder and the activation viewer: numbers, words, code, pictures, limits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential, Sigmoid
from cnnkit.models import lenet5
from cnnkit.viz.networks.ladder_stack import Ladder
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet
from tests.test_viz import moves, walk

LENET = ((5, 1, 2, 1), (2, 2, 0, 1), (5, 1, 0, 1), (2, 2, 0, 1))
MIXED = ((4, 3, 1), (3, 1, 2, 2), (2,))
RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, 1, 28, 28), dtype=np.float32)
NET = lenet5(rng=RNG)
COLOURED = RNG.random((2, 3, 9, 7))
SMALL = Sequential(
    *(Conv2d(3, 20, 3, rng=RNG), Sigmoid(), Dropout(0.5, rng=RNG), MaxPool2d(2), Flatten()),
    Linear(20 * 3 * 2, 30, rng=RNG),
)
PLAIN = Sequential(Flatten(), Linear(784, 300, rng=RNG), Linear(300, 4, rng=RNG))
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "ladder": viz.receptive_field_ladder,
    "ladder, strides": lambda: viz.receptive_field_ladder(n=40, depth=2, kernel=4, stride=3, unit=0),
    "ladder, LeNet": lambda: viz.receptive_field_ladder(LENET, names=["C1", "S2", "C3", "S4"]),
    "ladder, mixed": lambda: viz.receptive_field_ladder(MIXED, n=23, unit=1),
    "viewer": lambda: viz.activation_viewer(NET, IMAGES, labels=[0, 7, 3]),
    "viewer, colour": lambda: viz.activation_viewer(SMALL, COLOURED, stage="3", active=False),
    "viewer, without activations": lambda: viz.activation_viewer(PLAIN, IMAGES),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


# --- The ladder


def layers_of(demo: viz.Demo, layers: Any) -> list[tuple[int, int, int, int]]:
    state = demo.state
    if layers is None:
        return [(state["kernel"], state["stride"], 0, state["dilation"])] * state["depth"]
    return [(*layer, *(0, 1, 0, 1)[len(layer) :]) for layer in layers][: state["depth"]]


def ways(layers: list[tuple[int, int, int, int]], n: int, unit: int) -> list[int]:
    """Walk down from the unit along every way, one at a time, and count where they end."""
    if not layers:
        return [int(pixel == unit) for pixel in range(n)]
    *below, (k, s, p, d) = layers
    units = n
    for a, b, c, e in below:
        units = (units + 2 * c - e * (a - 1) - 1) // b + 1
    taps = [tap for tap in range(unit * s - p, unit * s - p + d * k, d) if 0 <= tap < units]
    counts = [ways(below, n, tap) for tap in taps]
    return [sum(column) for column in zip(*counts, strict=True)] if counts else [0] * n


@pytest.mark.parametrize(
    ("name", "layers", "n"),
    [
        ("ladder", None, 28),
        ("ladder, strides", None, 40),
        ("ladder, LeNet", LENET, 28),
        ("ladder, mixed", MIXED, 23),
    ],
)
def test_ways_and_pixels_are_those_of_walking_down(name: str, layers: Any, n: int) -> None:
    for demo in walk(FIGURES[name](), steps=120):
        facts, now = demo.facts(), layers_of(demo, layers)
        counts = ways(now, n, demo.state["unit"])
        assert facts["ways"] == counts and facts["pixels"] == [i for i, c in enumerate(counts) if c]
        assert set(facts["pixels"]) <= set(range(facts["first"], facts["last"] + 1))
        assert facts["formula"].endswith(f"= {facts['size']}")
        total, _, right = facts["formula"].partition(" = ")
        assert eval(total.replace("·", "*")) == int(right)


def test_the_ends_of_the_field_are_read_where_they_lie_on_the_picture() -> None:
    for kernel, stride, dilation, depth in product((1, 2, 3), (1, 2), (1, 2), (1, 2, 3)):
        demo = viz.receptive_field_ladder(n=40, depth=depth, kernel=kernel, stride=stride, dilation=dilation)
        facts = demo.facts()
        assert (facts["pixels"][0], facts["pixels"][-1]) == (facts["first"], facts["last"])
        assert facts["last"] - facts["first"] + 1 == facts["size"]


def test_the_numbers_of_the_chapter() -> None:
    three = viz.receptive_field_ladder(depth=3)
    assert three.facts()["size"] == 7 and three.set(dilation=2).facts()["size"] == 13
    assert len(three.facts()["pixels"]) == 7
    assert viz.receptive_field_ladder(depth=3, stride=2).facts()["size"] == 15
    lenet = viz.receptive_field_ladder(LENET)
    assert (lenet.facts()["sizes"], lenet.facts()["stride"]) == ([5, 6, 14, 16], 4)
    assert lenet.set(unit=0).facts()["last"] == 13 and "2 in the padding" in lenet.status


def test_limits_follow_what_still_fits() -> None:
    demo = viz.receptive_field_ladder(depth=5, kernel=5)
    with pytest.raises(UsageError, match="dilation is 2, but here it must be 1; nothing else fits"):
        demo.set(dilation=2)
    assert demo.set(unit=7).set(depth=2, kernel=3).state["unit"] == 7
    assert viz.receptive_field_ladder(unit=21).set(stride=2).state["unit"] == 1
    with pytest.raises(ShapeError, match="padded input is only 4 long"):
        Ladder(4, ((5, 1, 0, 1),), 0)


# --- The viewer


def answers(net: Sequential, x: Any, stage: str, active: bool) -> tuple[Any, Any]:
    """Run the network layer by layer; what a stage shows is its last value before the next stage begins."""
    heads = [
        n for n, layer in net.layers.items() if not isinstance(layer, ReLU | Sigmoid | Dropout | Flatten)
    ]
    values, head = {}, ""
    for name, layer in net.layers.items():
        layer.training = False
        head = name if name in heads else head
        if active or not isinstance(layer, ReLU | Sigmoid):
            x = layer(x)
        if not isinstance(layer, Flatten):
            values[head] = x[0]
    return values[stage], x[0]


@pytest.mark.parametrize(
    ("name", "net", "images"),
    [
        ("viewer", NET, IMAGES),
        ("viewer, colour", SMALL, COLOURED),
        ("viewer, without activations", PLAIN, IMAGES),
    ],
)
def test_maps_and_answers_are_those_of_the_network(name: str, net: Sequential, images: Any) -> None:
    for demo in walk(FIGURES[name](), steps=60):
        state, facts = demo.state, demo.facts()
        x = images[state["picture"] : state["picture"] + 1]
        maps, scores = answers(net, x, state["stage"], state.get("active", True))
        assert facts["shape"] == maps.shape and facts["answer"] == np.argmax(scores)
        np.testing.assert_allclose([facts["least"], facts["most"]], [maps.min(), maps.max()], rtol=1e-6)
        exponentials = [np.exp(float(score) - float(scores.max())) for score in scores]
        expected = np.array(exponentials) / sum(exponentials)
        np.testing.assert_allclose(facts["probabilities"], expected, atol=1e-6)
        silent = sum(not np.any(one) for one in maps)
        assert facts["silent"] == silent and (f"{silent} of them silent" in demo.status) == (silent > 0)


def test_the_figure_keeps_the_network_as_it_was() -> None:
    net = lenet5(rng=np.random.default_rng(1)).train()
    demo = viz.activation_viewer(net, IMAGES)
    before = demo.facts()
    for parameter in net.parameters():
        parameter.data = 0 * parameter.data
    assert demo.set(picture=1).set(picture=0).facts() == before and net.training


def test_silent_maps_are_hatched_and_named() -> None:
    net = Sequential(Conv2d(1, 2, 3, rng=np.random.default_rng(0)), ReLU(), Flatten(), Linear(2 * 26 * 26, 3))
    net[0].weight.data[0], net[0].bias.data[0] = 0, -1
    demo = viz.activation_viewer(net, IMAGES)
    assert demo.facts()["silent"] == 1 and "hatched: silent" in demo.svg
    assert demo.set(active=False).facts()["silent"] == 0 and "hatched" not in demo.svg


def test_a_wrong_answer_is_marked() -> None:
    best = viz.activation_viewer(NET, IMAGES).facts()["answer"]
    wrong, right = (
        viz.activation_viewer(NET, IMAGES, labels=[label] * 3) for label in ((best + 1) % 10, best)
    )
    assert f"{best}, wrong" in wrong.svg and f"{best}, right" in right.svg


# --- Both


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    nets = {"viewer": (NET, IMAGES), "viewer, colour": (SMALL, COLOURED)}
    net, images = nets.get(name, (PLAIN, IMAGES))
    for demo in walk(FIGURES[name](), steps=30):
        space: dict[str, Any] = {"net": net, "images": images}
        exec(demo.code(), space)
        facts = demo.facts()
        if "ways" in facts:
            assert space["ways"].tolist() == facts["ways"]
            assert [space["first"], space["last"]] == [facts["first"], facts["last"]]
        else:
            np.testing.assert_allclose(space["probabilities"], facts["probabilities"], atol=1e-6)
            assert (space["maps"].shape, space["maps"].max()) == (facts["shape"], facts["most"])


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


@every_figure
def test_the_widgets_are_made_and_the_timeline_moves(name: str) -> None:
    demo = FIGURES[name]()
    assert demo.timeline is not None and len(demo.ui.children) >= 4
    low, high = demo.timeline.limits(demo.state)
    assert demo.frame(high - low) == demo.set(**{demo.timeline.name: high}).svg


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.receptive_field_ladder(n=41), "n is 41, but at most 40"),
    (lambda: viz.receptive_field_ladder(n=0), "n is 0"),
    (
        lambda: viz.receptive_field_ladder(depth=6),
        "depth is 6, but here it must be a whole number from 1 to 5",
    ),
    (lambda: viz.receptive_field_ladder(stride=2.0), "stride is 2.0"),  # type: ignore[arg-type]
    (
        lambda: viz.receptive_field_ladder(unit=22),
        "unit is 22, but here it must be a whole number from 0 to 21",
    ),
    (lambda: viz.receptive_field_ladder([]), "there are 0 layers, but 1 to 6"),
    (lambda: viz.receptive_field_ladder([()]), r"a layer is \(\), but it must be \(k, s, p, d\)"),
    (lambda: viz.receptive_field_ladder([(3, 0)]), "s is 0"),
    (lambda: viz.receptive_field_ladder([(3, 1, 3)]), "p is 3, but the kernel spans 3"),
    (lambda: viz.receptive_field_ladder([(3,), (3,)], n=4), "the kernel spans 3"),
    (lambda: viz.receptive_field_ladder([(3,)], names=["a", "b"]), "2 names, but 1 layers"),
    (lambda: viz.receptive_field_ladder([(3,)], depth=2), "depth is 2"),
    (lambda: viz.activation_viewer(NET, IMAGES[0]), r"images has shape \(1, 28, 28\)"),
    (lambda: viz.activation_viewer(NET, IMAGES[:0]), "1 to 100 pictures"),
    (lambda: viz.activation_viewer(NET, IMAGES, labels=[1]), r"labels has shape \(1,\), but there are 3"),
    (lambda: viz.activation_viewer(ReLU(), IMAGES), "net is a ReLU"),  # type: ignore[arg-type]
    (lambda: viz.activation_viewer(Sequential(ReLU()), IMAGES), "must end in one row of scores"),
    (lambda: viz.activation_viewer(Sequential(Flatten()), IMAGES), "must end in one row of scores"),
    (lambda: viz.activation_viewer(NET, COLOURED), "x has shape"),
    (lambda: viz.activation_viewer(NET, IMAGES, stage="c9"), "stage is 'c9', but here it must be one of c1"),
    (lambda: viz.activation_viewer(NET, IMAGES, picture=3), "picture is 3"),
    (lambda: viz.activation_viewer(NET, IMAGES).set(active=1), "active is 1"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()
