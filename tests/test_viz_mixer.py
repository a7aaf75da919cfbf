"""The channel mixer: its numbers pixel by pixel, its pictures and words in the states of a walk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.data import photograph
from cnnkit.errors import ShapeError, UsageError
from tests.test_viz import moves, walk

TINY = np.random.default_rng(3).random((4, 6, 3))
FIGURES: dict[str, tuple[Callable[[], viz.Demo], Any]] = {
    "tiny": (lambda: viz.channel_mixer(TINY), TINY),
    "coffee": (lambda: viz.channel_mixer("coffee", pixel=(7, 90)), photograph("coffee", longest=128)),
    "one row": (lambda: viz.channel_mixer(TINY[:1], order="BGR"), TINY[:1]),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def mixed(x: Any, state: dict[str, Any]) -> Any:
    """Mix pixel by pixel."""
    y = np.zeros(x.shape, dtype=int)
    for i, j in np.ndindex(x.shape[:2]):
        channels = list(x[i, j]) if state["order"] == "RGB" else list(x[i, j])[::-1]
        for c, name in enumerate(("red", "green", "blue")):
            y[i, j, c] = round(255 * float(channels[c]) * state[name] / 100)
    return y


@every_figure
def test_the_numbers_on_show_are_those_of_naive_loops(name: str) -> None:
    make, x = FIGURES[name]
    for demo in walk(make(), steps=25 if x.size < 1000 else 4):
        wanted, facts, state = mixed(x, demo.state), demo.facts(), demo.state
        np.testing.assert_allclose(facts["pixel"], wanted[state["row"], state["column"]], atol=1)
        np.testing.assert_allclose(facts["means"], wanted.mean(axis=(0, 1)), atol=0.1)
        assert facts["bytes"] == x.size


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    make, x = FIGURES[name]
    for demo in walk(make(), steps=10):
        space: dict[str, Any] = {"image": x}
        *lines, last = demo.code().strip().split("\n")
        exec("\n".join(lines), space)
        pixel, means, count = eval(last, space)
        assert pixel.tolist() == demo.facts()["pixel"]
        np.testing.assert_allclose(means, demo.facts()["means"], atol=1e-9)
        assert count == demo.facts()["bytes"]


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    make, _ = FIGURES[name]
    for demo in walk(make(), steps=15):
        root = ElementTree.fromstring(demo.svg)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert width <= 900 and root.attrib["aria-label"] == demo.alt
        for mark in root.iter():
            if "x" in mark.attrib:
                x, y = float(mark.attrib["x"]), float(mark.attrib["y"])
                right, bottom = (float(mark.attrib.get(side, 0)) for side in ("width", "height"))
                assert x >= 0 and y >= 0 and x + right <= width + 0.5 and y + bottom <= height + 0.5
        for words in (demo.alt, demo.status, demo.caption):
            assert re.fullmatch(r"[A-Z].*\.", words) and "None" not in words and "  " not in words


def test_each_control_changes_what_is_said_and_drawn() -> None:
    for control in viz.channel_mixer(TINY).controls:
        demo = viz.channel_mixer(TINY, red=50, green=50, blue=50)
        seen = [(demo.set(**{control.name: move}).alt, demo.svg) for move in moves(control, demo.state)]
        assert len({alt for alt, _ in seen}) == len({svg for _, svg in seen}) == len(seen), control.name


def test_a_yellow_that_is_red_and_green() -> None:
    white = viz.channel_mixer(np.ones((1, 1, 3)))
    assert white.facts()["pixel"] == [255, 255, 255]
    assert white.set(blue=0).facts()["pixel"] == [255, 255, 0]
    assert ">255</text>" in white.svg and ">0</text>" in white.svg


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: viz.channel_mixer("camera"), "must be in colour"),
        (lambda: viz.channel_mixer(TINY[..., 0]), r"shape \(4, 6\)"),
        (lambda: viz.channel_mixer(TINY[..., :2]), r"shape \(4, 6, 2\)"),
        (lambda: viz.channel_mixer("mona lisa"), "there is no 'mona lisa'"),
        (
            lambda: viz.channel_mixer(TINY, red=101),
            "red is 101, but here it must be a whole number from 0 to 100",
        ),
        (lambda: viz.channel_mixer(TINY, order="GBR"), "order is 'GBR', but here it must be one of RGB, BGR"),
        (lambda: viz.channel_mixer(TINY, pixel=(4, 0)), "row is 4"),
        (lambda: viz.channel_mixer(TINY).set(column=6), "column is 6"),
    ],
)
def test_what_cannot_be_shown_is_refused(make: Callable[[], viz.Demo], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        make()
