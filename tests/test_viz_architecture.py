"""Parameters against MACs, and the architecture drawing: numbers, words, code, pictures, limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import Any
from xml.etree import ElementTree

import pytest

from cnnkit import viz
from cnnkit.errors import UsageError
from cnnkit.viz.networks.census import PLANS, census
from cnnkit.viz.networks.costs_drawing import spans
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet
from tests.test_viz import moves, walk

FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "costs": viz.parameters_and_macs,
    "costs, VGG": lambda: viz.parameters_and_macs("VGG-16", 300, layer=16),
    "costs, LeNet": lambda: viz.parameters_and_macs("LeNet-5", layer=3),
    "drawing": viz.architecture,
    "drawing, VGG": lambda: viz.architecture("VGG-16", layer=0),
    "drawing, LeNet": lambda: viz.architecture("LeNet-5", layer=7),
}
COSTS = [name for name in FIGURES if name.startswith("costs")]
DRAWINGS = [name for name in FIGURES if name.startswith("drawing")]
every_figure = pytest.mark.parametrize("name", FIGURES)

# The networks, written by hand: (filters, kernel, stride, padding, groups), (window, stride), units.
LENET = [(6, 5, 1, 2, 1), (2, 2), (16, 5, 1, 0, 1), (2, 2), 120, 84, 10]
ALEXNET = [(96, 11, 4, 0, 1), (3, 2), (256, 5, 1, 2, 1), (3, 2), (384, 3, 1, 1, 1), (384, 3, 1, 1, 1)]
ALEXNET += [(256, 3, 1, 1, 1), (3, 2), 4096, 4096, 1000]
GROUPED = [(*a[:4], 2) if i in (2, 5, 6) else a for i, a in enumerate(ALEXNET)]  # type: ignore[index]


def vgg(*depths: int) -> list[Any]:
    layers: list[Any] = []
    for depth, width in zip(depths, (64, 128, 256, 512, 512), strict=True):
        layers += [(width, 3, 1, 1, 1)] * depth + [(2, 2)]
    return [*layers, 4096, 4096, 1000]


WRITTEN: dict[str, list[Any]] = {
    "LeNet-5": LENET,
    "AlexNet": ALEXNET,
    "AlexNet, 2 groups": GROUPED,
    "VGG-11": vgg(1, 1, 2, 2, 2),
    "VGG-16": vgg(2, 2, 3, 3, 3),
}


def counted(network: str, size: int) -> list[tuple[tuple[int, ...], int, int]]:
    """Return (shape behind it, parameters, MACs) of every layer, by counting windows."""
    shape: tuple[int, ...] = (1 if network == "LeNet-5" else 3, size, size)
    rows = []
    for layer in WRITTEN[network]:
        if isinstance(layer, int):
            weights = layer * prod(shape)
            shape = (layer,)
            rows.append((shape, weights + layer, weights))
            continue
        k, s, p = layer[1:4] if len(layer) == 5 else (*layer, 0)
        places = len(range(0, shape[1] + 2 * p - k + 1, s))
        after = (layer[0] if len(layer) == 5 else shape[0], places, places)
        weights = after[0] * shape[0] * k * k // layer[4] if len(layer) == 5 else 0
        rows.append((after, weights + after[0] * (weights > 0), weights * places**2))
        shape = after
    return rows


@pytest.mark.parametrize("network", PLANS)
def test_the_census_is_that_of_counting_windows(network: str) -> None:
    smallest, largest = PLANS[network].sizes
    for size in {smallest, smallest + 1, PLANS[network].size, 2 * smallest + 3, largest}:
        lines = census(network, size)
        assert [(line.shape, line.parameters, line.macs) for line in lines[1:]] == counted(network, size)
    with pytest.raises(ValueError, match="spans"):
        census(network, smallest - 1)


@pytest.mark.parametrize("name", COSTS)
def test_the_costs_on_show_are_counted(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=60):
        facts, state = demo.facts(), demo.state
        rows = [row for row in counted(state["network"], state["size"]) if row[1]]
        dense = [row for row in rows if len(row[0]) == 1]
        total, macs = sum(row[1] for row in rows), sum(row[2] for row in rows)
        assert facts["layer_parameters"] == [row[1] for row in rows] and facts["parameters"] == total
        assert facts["layer_macs"] == [row[2] for row in rows] and facts["macs"] == macs
        assert facts["dense_parameters"] == pytest.approx(sum(row[1] for row in dense) / total)
        assert facts["first_dense_parameters"] == pytest.approx(dense[0][1] / total)
        assert facts["conv_macs"] == pytest.approx(1 - sum(row[2] for row in dense) / macs)
        chosen = rows[state["layer"] - 1]
        for shown in (demo.status, demo.svg):
            assert f"{chosen[1]:,}" in shown and f"{chosen[2]:,}" in shown and f"{total:,}" in shown


def test_pieces_of_a_bar_join_and_are_as_long_as_their_share() -> None:
    pieces = spans([5, 0, 20, 75])
    assert all(left[1] == right[0] for left, right in pairwise(pieces))
    whole = pieces[-1][1] - pieces[0][0]
    assert [(b - a) / whole for a, b in pieces] == pytest.approx([0.05, 0, 0.2, 0.75])


def test_shares_are_said_in_whole_percent_so_that_an_exercise_can_ask_for_more() -> None:
    demo = viz.parameters_and_macs("VGG-16", layer=14)
    assert "(74%)" in demo.status and "(1%)" in demo.status and "(74%)" in demo.svg
    assert "(under 1%)" in demo.set(layer=1).status
    assert "89% in dense layers" in demo.alt and "99% in convolutions" in demo.alt
    for shown in (demo.status, demo.alt, demo.svg):
        assert not re.search(r"\d\.\d+%", shown)


def test_another_network_comes_with_its_own_picture() -> None:
    demo = viz.parameters_and_macs("VGG-16", 448, layer=16)
    assert demo.facts()["times_the_usual_macs"] == pytest.approx(4, rel=0.03) and "of 224" in demo.status
    assert demo.set(network="LeNet-5").state == {"network": "LeNet-5", "size": 28, "layer": 5}
    assert demo.set(network="AlexNet", size=300).state["size"] == 300


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_boxes_are_those_of_the_network(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=40):
        facts, network = demo.facts(), demo.state["network"]
        shapes = [row[0] for row in counted(network, PLANS[network].size)]
        assert facts["shapes"][1:] == shapes
        assert facts["numbers"][1:] == [prod(shape) for shape in shapes]
        assert facts["numbers"][facts["largest"]] == max(facts["numbers"][1:])
        assert all(text in demo.svg for text in facts["text"])
        words = demo.alt.replace("drawn to scale", "")
        assert all(name in words for name in facts["names"])


def test_every_box_is_drawn_to_one_scale() -> None:
    demo = viz.architecture("VGG-16")
    shapes = [shape for shape in demo.facts()["shapes"] if len(shape) == 3]
    marks = [mark for mark in ElementTree.fromstring(demo.svg).iter() if mark.tag.endswith("rect")]
    fronts = [mark for mark in marks if float(mark.attrib.get("height", "0").strip("%")) not in (16, 100)]
    boxes = [(float(mark.attrib["width"]), float(mark.attrib["height"])) for mark in fronts[: len(shapes)]]
    pixel, channel = boxes[0][1] / 224, boxes[-1][0] / 512
    for (length, height), (channels, rows, _) in zip(boxes, shapes, strict=True):
        assert height == pytest.approx(rows * pixel, abs=0.02)
        assert length == pytest.approx(max(channels * channel, 1.5), abs=0.05)


# --- Both


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=12):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        facts = demo.facts()
        for key in ("layer_parameters", "layer_macs") if "macs" in facts else ("shapes",):
            assert space[key] == facts[key]


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=60):
        stays_on_the_sheet(demo)
        points = [
            mark.attrib["points"]
            for mark in ElementTree.fromstring(demo.svg).iter()
            if "points" in mark.attrib
        ]
        numbers = [float(number) for text in points for number in re.findall(r"[\d.-]+", text)]
        assert all(0 <= number <= 880 for number in numbers)


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
    (
        lambda: viz.parameters_and_macs("AlexNot"),
        "network is 'AlexNot', but it must be one of LeNet-5, AlexNet",
    ),
    (lambda: viz.parameters_and_macs("VGG-16", 31), "size is 31, but here it must be a whole number from 32"),
    (lambda: viz.parameters_and_macs("AlexNet", 66), "from 67 to 512"),
    (lambda: viz.parameters_and_macs("AlexNet", 227.0), "size is 227.0"),  # type: ignore[arg-type]
    (lambda: viz.parameters_and_macs(layer=9), "layer is 9, but here it must be a whole number from 1 to 8"),
    (lambda: viz.parameters_and_macs().set(network="ResNet"), "network is 'ResNet'"),
    (lambda: viz.architecture("VGG"), "network is 'VGG', but it must be one of LeNet-5"),
    (lambda: viz.architecture(layer=12), "layer is 12, but here it must be a whole number from 0 to 11"),
    (lambda: viz.architecture().set(layer=True), "layer is True"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
