"""The figure of who touches whom: its partners against naive loops, its pictures and words in every state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from xml.etree import ElementTree

import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from tests.test_viz import moves

SIZES = [
    ((3, 3), (2, 2)),
    ((2, 4), (1, 3)),
    ((4, 3), (3, 1)),
    ((1, 1), (1, 1)),
    ((5, 5), (3, 3)),
    ((5, 4), (5, 4)),
]
every_size = pytest.mark.parametrize(("shape", "k"), SIZES)


def states(shape: tuple[int, int], k: tuple[int, int], every: int = 1) -> Iterator[viz.Demo]:
    """Visit the figure in each kind of layer with each thing chosen, or with every so many."""
    demo = viz.connections(shape, k)
    for kind, look in product(("dense", "local", "shared"), ("input", "weight", "output")):
        demo.set(kind=kind, look=look)
        low, high = demo.controls[-1].limits(demo.state)  # type: ignore[attr-defined]
        for number in range(low, high + 1, every):
            yield demo.set(number=number)


def lines(shape: tuple[int, int], k: tuple[int, int], kind: str) -> dict[tuple[str, int], Any]:
    """Return every line (output, input) with something that is the same for lines of the same weight."""
    found: dict[tuple[str, int], Any] = {}
    places = [(i, j) for i in range(shape[0] - k[0] + 1) for j in range(shape[1] - k[1] + 1)]
    for o, (i, j) in enumerate(places):
        for row, column in product(range(shape[0]), range(shape[1])):
            inside = i <= row < i + k[0] and j <= column < j + k[1]
            name = chr(65 + o), row * shape[1] + column + 1
            if inside and kind == "shared":
                found[name] = (row - i, column - j)
            elif inside or kind == "dense":
                found[name] = name
    return found


@every_size
def test_partners_are_those_of_naive_loops(shape: tuple[int, int], k: tuple[int, int]) -> None:
    for demo in states(shape, k, every=1 if shape[0] * shape[1] <= 12 else 7):
        state, facts = demo.state, demo.facts()
        drawn = lines(shape, k, state["kind"])
        weights = sorted(set(drawn.values()))
        assert (facts["weights"], facts["lines"]) == (len(weights), len(drawn))
        if state["look"] == "input":
            lit = {line for line in drawn if line[1] == state["number"]}
        elif state["look"] == "output":
            lit = {line for line in drawn if line[0] == chr(64 + state["number"])}
        else:
            lit = {line for line, weight in drawn.items() if weight == weights[state["number"] - 1]}
        assert facts["chosen_outputs"] == sorted({output for output, _ in lit})
        assert facts["chosen_inputs"] == sorted({input for _, input in lit})
        assert len(facts["chosen_weights"]) == len({drawn[line] for line in lit})


def test_the_numbers_of_the_lesson() -> None:
    counts = {kind: viz.connections(kind=kind).facts() for kind in ("dense", "local", "shared")}
    assert [facts["weights"] for facts in counts.values()] == [36, 16, 4]
    assert [facts["lines"] for facts in counts.values()] == [36, 16, 16]
    corner = viz.connections(number=1).facts()
    assert (corner["chosen_outputs"], corner["chosen_weights"]) == (["A"], ["I"])
    middle = viz.connections(number=5).facts()
    assert (middle["chosen_outputs"], middle["chosen_weights"]) == (list("ABCD"), ["I", "II", "III", "IV"])
    second = viz.connections(look="weight", number=2).facts()
    assert (second["chosen_outputs"], second["chosen_inputs"]) == (list("ABCD"), [2, 3, 5, 6])


@every_size
def test_the_printed_code_runs_and_gives_the_numbers_on_show(
    shape: tuple[int, int], k: tuple[int, int]
) -> None:
    for demo in states(shape, k, every=5):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        facts = demo.facts()
        assert (space["weights"], space["lines"]) == (facts["weights"], facts["lines"])
        assert space["inputs"].tolist() == facts["chosen_inputs"]


@every_size
def test_every_picture_is_well_formed_and_says_what_it_shows(
    shape: tuple[int, int], k: tuple[int, int]
) -> None:
    said = set()
    for demo in states(shape, k, every=3 if shape[0] * shape[1] <= 12 else 11):
        root = ElementTree.fromstring(demo.svg)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert width <= 900 and root.attrib["aria-label"] == demo.alt
        for mark in root.iter():
            at = {
                side: float(mark.attrib[side])
                for side in ("x", "y", "x1", "x2", "y1", "y2")
                if side in mark.attrib
            }
            if "x" in at and "width" in mark.attrib:
                at |= {
                    "x2": at["x"] + float(mark.attrib["width"]),
                    "y2": at["y"] + float(mark.attrib["height"]),
                }
            assert all(0 <= at[side] <= (width if "x" in side else height) for side in at), demo.state
        for words in (demo.alt, demo.status, demo.caption):
            assert words[0].isupper() or words[0].isdigit()
            assert words.endswith(".") and "None" not in words and "  " not in words
        said.add((demo.alt, demo.status))
    assert len(said) > 3 or shape == (1, 1)


def test_each_control_changes_what_is_said() -> None:
    for control in viz.connections().controls:
        demo = viz.connections(look="output")
        said = {demo.set(**{control.name: move}).alt for move in moves(control, demo.state)}
        assert len(said) == len(moves(control, viz.connections(look="output").state)), control.name


def test_the_number_follows_when_there_are_fewer() -> None:
    demo = viz.connections(kind="dense", look="weight", number=30)
    assert demo.set(look="output").state["number"] == 4
    with pytest.raises(UsageError, match="number is 5, but here it must be a whole number from 1 to 4"):
        demo.set(number=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (6, 3)}, "At most 5 × 5 inputs can be shown"),
        ({"k": (4, 2)}, "the window must fit"),
        ({"shape": (0, 3)}, "must be a whole number, 1 or more"),
        ({"kind": "sparse"}, "kind is 'sparse', one of dense, local, shared"),
        ({"look": "bias"}, "look is 'bias'"),
        ({"number": 10}, "number is 10, but here it must be a whole number from 1 to 9"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        viz.connections(**arguments)
