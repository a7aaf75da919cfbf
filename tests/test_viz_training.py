"""The figures of training: dial, cockpit and gallery, each against plain loops and in many states."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.train import History
from cnnkit.viz.learning.descent import arrival, loss, path
from cnnkit.viz.learning.recorded_runs import RUNS
from tests.figures import speaks_in_sentences
from tests.test_viz import moves, walk

EPOCHS = 7
RNG = np.random.default_rng(4)
RUN = History(
    train_loss=[2.0, 1.2, 0.9, 0.5, 0.4, 0.2, 0.1],
    train_accuracy=[0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0],
    validation_loss=[1.8, 1.3, 1.1, 1.0, 1.2, 1.3, 1.5],
    validation_accuracy=[0.3, 0.5, 0.6, 0.7, 0.7, 0.7, 0.6],
)
ALONE = History(train_loss=[2.0, float("nan"), float("nan")], train_accuracy=[0.2, 0.1, 0.1])
KERNELS = list(RNG.standard_normal((EPOCHS + 1, 3, 5, 4)))
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "dial": viz.learning_rate,
    "dial, Adam": lambda: viz.learning_rate(30, "Adam", step=0),
    "cockpit": lambda: viz.cockpit(RUN, KERNELS),
    "cockpit, curves only": lambda: viz.cockpit(RUN, epoch=2),
    "cockpit, no validation": lambda: viz.cockpit(ALONE),
    "cockpit, one epoch, many kernels": lambda: viz.cockpit(
        History(train_loss=[0.5], train_accuracy=[0.9]), RNG.standard_normal((2, 40, 3, 3))
    ),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def stepped(state: dict[str, Any]) -> list[float]:
    """Walk with arrays, the formulas of the chapter written out."""
    w, v, m, s = np.array([-4.5, 1.5]), np.zeros(2), np.zeros(2), np.zeros(2)
    rate, losses = state["rate"] / 100, []
    for t in range(1, state["step"] + 2):
        losses.append(float(0.1 * w[0] ** 2 + 4 * w[1] ** 2))
        g = np.array([0.2 * w[0], 8 * w[1]])
        if state["optimiser"] == "Adam":
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
            w = w - rate * m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        else:
            v = g + (0.8 * v if state["optimiser"] == "momentum" else 0)
            w = w - rate * v
    return losses


def test_the_dial_shows_the_losses_of_plain_steps() -> None:
    for demo in walk(viz.learning_rate()):
        np.testing.assert_allclose(demo.facts()["losses"], stepped(demo.state), rtol=1e-9)
        assert demo.facts()["loss"] == demo.facts()["losses"][-1]


@pytest.mark.parametrize("optimiser, below, above", [("gradient descent", 24, 26), ("momentum", 44, 46)])
def test_the_limit_is_where_steps_begin_to_grow(optimiser: str, below: int, above: int) -> None:
    falls, grows = (viz.learning_rate(rate, optimiser, step=60).facts() for rate in (below, above))
    assert below < 100 * falls["limit"] < above
    assert falls["losses"][-1] < falls["losses"][0] < grows["losses"][-1]


def test_the_dial_says_what_the_chapter_says_of_it() -> None:
    arrivals = {
        name: {rate: viz.learning_rate(rate, name).facts()["arrives"] or 99 for rate in range(1, 61)}
        for name in ("gradient descent", "momentum", "Adam")
    }
    best = {name: min(found.items(), key=lambda item: item[1]) for name, found in arrivals.items()}
    assert best["gradient descent"] == (24, 55) and best["Adam"] == (12, 54)
    assert all(rate in range(22, 25) or late == 99 for rate, late in arrivals["gradient descent"].items())
    assert {arrivals["momentum"][rate] for rate in range(7, 20)} == {30, 31, 32}
    adam = [arrival([loss(w) for w in path("Adam", rate / 100, 100)]) for rate in range(9, 61)]
    assert None not in adam and (min(map(int, adam)), max(map(int, adam))) == (54, 67)
    assert viz.learning_rate(25, step=60).facts()["place"][1] == 1.5


def test_the_cockpit_shows_the_epoch_it_stands_at() -> None:
    for demo in walk(viz.cockpit(RUN, KERNELS), steps=20):
        epoch, facts = demo.state["epoch"], demo.facts()
        assert facts["train_loss"] == RUN.train_loss[epoch - 1] and facts["best_epoch"] == 4
        assert facts["gap"] == RUN.train_accuracy[epoch - 1] - RUN.validation_accuracy[epoch - 1]
        change = sum((KERNELS[epoch] - KERNELS[0]).ravel() ** 2) / sum(KERNELS[0].ravel() ** 2)
        assert facts["filter_change"] == pytest.approx(change**0.5)
    assert "gap" not in viz.cockpit(ALONE).facts()


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=15):
        space: dict[str, Any] = {"history": RUN, "filters": KERNELS}
        if name.startswith("cockpit, no"):
            space = {"history": ALONE}
        if name.startswith("cockpit, one"):
            continue
        exec(demo.code(), space)
        facts = demo.facts()
        if demo.name == "learning_rate":
            np.testing.assert_allclose(space["w"], facts["place"], rtol=1e-6, atol=1e-6)
        for key in facts.keys() & space.keys():
            np.testing.assert_allclose(space[key], facts[key], rtol=1e-9, atol=1e-12)
        assert facts.keys() & space.keys() >= ({"loss"} if demo.name == "learning_rate" else {"train_loss"})


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=30):
        root = ElementTree.fromstring(demo.svg)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert width <= 900 and root.attrib["aria-label"] == demo.alt
        for mark in root:
            place = {side: float(mark.attrib.get(side, 0)) for side in ("x", "y")}
            size = [float(mark.attrib.get(side, "0").rstrip("%")) for side in ("width", "height")]
            if "%" in mark.attrib.get("width", ""):
                continue
            assert place["x"] >= 0 and place["y"] >= 0
            assert place["x"] + size[0] <= width + 0.5 and place["y"] + size[1] <= height + 0.5
        speaks_in_sentences(demo)
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|\bid=|<style", demo.figure())


@pytest.mark.parametrize("name", ["dial", "cockpit", "cockpit, curves only"])
def test_each_control_changes_what_is_said_and_drawn(name: str) -> None:
    for control in FIGURES[name]().controls:
        demo = FIGURES[name]()
        seen = [(demo.set(**{control.name: move}).alt, demo.svg) for move in moves(control, demo.state)]
        assert len({alt for alt, _ in seen}) == len({svg for _, svg in seen}) == len(seen), control.name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: viz.learning_rate(0), "rate is 0, but here it must be a whole number from 1 to 60"),
        (lambda: viz.learning_rate(0.2), "rate is 0.2"),
        (lambda: viz.learning_rate(20, "SGD"), "one of gradient descent, momentum, Adam"),
        (lambda: viz.learning_rate(step=61), "step is 61"),
        (lambda: viz.cockpit(History()), "no complete epoch"),
        (lambda: viz.cockpit(RUN, epoch=8), "epoch is 8, but here it must be a whole number from 1 to 7"),
        (lambda: viz.cockpit(RUN, KERNELS[1:]), "8 arrays"),
        (lambda: viz.cockpit(RUN, [np.ones((3, 3))] * 8), "8 arrays"),
        (lambda: viz.cockpit(RUN, [*KERNELS[1:], np.ones((2, 5, 4))]), "8 arrays"),
        (
            lambda: viz.cockpit(History(train_loss=[1.0, 1.0], train_accuracy=[0, 0], validation_loss=[1.0])),
            "in every epoch or in none",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(make: Callable[[], viz.Demo], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        make()


# --- The gallery: does each recorded run show its disease?


def test_each_recorded_run_has_the_mark_of_its_disease() -> None:
    training = {letter: np.array(run.training) for letter, run in RUNS.items()}
    held_out = {letter: np.array(run.held_out) for letter, run in RUNS.items()}
    late = {letter: values[40:].mean() for letter, values in training.items()}
    assert list(RUNS) == list("ABCDEF")
    assert {(len(run.training), len(run.held_out)) for run in RUNS.values()} == {(80, 20)}
    assert late["A"] < 0.02 and held_out["A"][-1] > held_out["A"].min() + 0.3  # overfits
    thirds = training["B"][:78].reshape(3, 26).mean(axis=1)  # too low a rate: falls evenly, and little
    assert 0.03 < thirds[0] - thirds[1] < 0.1 and 0.03 < thirds[1] - thirds[2] < 0.1
    teeth = np.diff(training["C"]) > 0.5  # not shuffled: 20 classes in a row, a jump at each
    assert 14 <= teeth.sum() <= 26 and training["C"].min() < 0.3
    assert RUNS["D"].explodes and not any(RUNS[letter].explodes for letter in "ABCEF")
    assert (
        late["E"] > 1.2 and np.abs(np.diff(training["E"])).mean() > 0.15
    )  # too high: jumps, does not settle
    assert (
        0.8 < late["F"] < 1.1 and abs(late["F"] - held_out["F"][10:].mean()) < 0.1
    )  # too small: arrived, high
    assert abs(training["F"][40:60].mean() - training["F"][60:].mean()) < 0.05


def test_the_gallery_describes_all_six() -> None:
    still = viz.loss_gallery()
    assert all(f"{letter}: " in still.alt for letter in RUNS) and still.png.startswith(b"\x89PNG")


def test_curves_need_something_to_draw() -> None:
    for nothing in ({}, {"one": {}}):
        with pytest.raises(UsageError, match="every panel needs a curve"):
            viz.curves(nothing, alt="Nothing.")
    with pytest.raises(UsageError, match="needs alt"):
        viz.curves({"one": {"a": np.arange(3)}}, alt=" ")


def test_curves_look_the_same_in_every_panel_and_need_not_all_be_there() -> None:
    still = viz.curves(
        {
            "left": {"a": np.arange(1, 4), "b": (np.array([0, 2]), np.array([1, 3]))},
            "right": {"b": np.arange(1, 3)},
        },
        alt="Three lines.",
        log=True,
        level=2.0,
        marked=("b",),
    )
    assert repr(still) == "Three lines." and still.png.startswith(b"\x89PNG")
