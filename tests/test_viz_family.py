"""The figures of chapter 05: a kernel's rank, the walk through a volume, the cost curves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.controls import Choice, Control, Slider
from cnnkit.viz.family import rank, volume
from tests.figures import comes_back, speaks_in_sentences

OWN = np.array([[1, -2, 3, 0.5], [0, 4, -1, 2]])
BOX = np.arange(60).reshape(3, 4, 5) % 7 - 2
BLOCK = np.array([[[1, -2], [3, 0]], [[0, 4], [-1, 2]]])
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "kernel_rank": viz.kernel_rank,
    "kernel_rank, own": lambda: viz.kernel_rank(OWN),
    "volume_walk": viz.volume_walk,
    "volume_walk, own": lambda: viz.volume_walk(BOX, BLOCK, stride=2),
    "cost_curve": viz.cost_curve,
    "cost_curve, filters": lambda: viz.cost_curve(
        8, 3, channels=3, filters=72, along="filters", show="share"
    ),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


# --- The numbers, by definition


def rank_numbers(demo: viz.Demo) -> dict[str, Any]:
    state = demo.state
    k = np.asarray(OWN if state["kernel"] == rank.OWN else rank.PRESETS[state["kernel"]], dtype=float)
    strengths = np.sqrt(np.abs(np.linalg.eigvalsh(k @ k.T)))[::-1]
    strengths[strengths < 1e-6] = 0
    rest = np.sqrt(np.sum(strengths[state["rank"] :] ** 2) / np.sum(k**2))
    missing = np.linalg.norm(k - demo.facts()["sum"]) / np.linalg.norm(k)
    np.testing.assert_allclose(missing, rest, atol=1e-6)
    return {
        "rank": np.linalg.matrix_rank(k),
        "separable": np.linalg.matrix_rank(k) == 1,
        "strengths": strengths[: len(demo.facts()["strengths"])],
        "error": rest,
    }


def walk_numbers(demo: viz.Demo) -> dict[str, Any]:
    own = "3 slices" in demo.alt
    x, w = (np.array(part) for part in ((BOX, BLOCK) if own else (volume.VOLUME, volume.BLOCK)))
    s = demo.state["stride"]
    starts = [range(0, n - k + 1, s) for n, k in zip(x.shape, w.shape, strict=True)]
    y = [
        [
            [sum(x[d + e, i + a, j + b] * w[e, a, b] for e, a, b in np.ndindex(w.shape)) for j in starts[2]]
            for i in starts[1]
        ]
        for d in starts[0]
    ]
    return {"output": y, "output_shape": np.shape(y), "sum": np.ravel(y)[demo.state["step"]]}


def cost_numbers(demo: viz.Demo) -> dict[str, Any]:
    n, k, c, f = (demo.state[name] for name in ("size", "kernel", "channels", "filters"))
    places, tall = len(range(n - k + 1)) ** 2, len(range(n - k + 1)) * n
    full = sum(places * k * k for _ in range(f) for _ in range(c))
    separable = sum(tall * k + places * k for _ in range(f * c))
    depthwise = sum(places * k * k for _ in range(c)) + sum(places * c for _ in range(f))
    return {
        "full": full,
        "separable": separable,
        "depthwise": depthwise,
        "separable_share": separable / full,
        "depthwise_share": 1 / f + 1 / k**2,
    }


NUMBERS = {"kernel_rank": rank_numbers, "volume_walk": walk_numbers, "cost_curve": cost_numbers}
CODE = {
    "kernel_rank": {"total": "sum", "rank": "rank", "error": "error"},
    "volume_walk": {"y": "output"},
    "cost_curve": {"full": "full", "separable": "separable", "depthwise": "depthwise"},
}


# --- A walk through the states


def moves(control: Control, state: dict[str, Any]) -> list[Any]:
    """Every value that the control offers in this state, thinned out where there are many."""
    if isinstance(control, Slider):
        low, high = control.limits(state)
        return [*range(low, high, 1 + (high - low) // 12), high]
    assert isinstance(control, Choice)
    return list(control.options)


def walk(demo: viz.Demo, steps: int = 80) -> Iterator[viz.Demo]:
    """Move a random control to a random place, again and again; the same walk every time."""
    rng = np.random.default_rng(7)
    yield demo
    for _ in range(steps):
        control = demo.controls[rng.integers(len(demo.controls))]
        options = moves(control, demo.state)
        yield demo.set(**{control.name: options[rng.integers(len(options))]})


@every_figure
def test_the_numbers_on_show_are_those_of_naive_loops(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        for key, value in NUMBERS[demo.name](demo).items():
            np.testing.assert_allclose(demo.facts()[key], value, atol=1e-6, err_msg=f"{key} at {demo.state}")


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=25):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        for variable, key in CODE[demo.name].items():
            np.testing.assert_allclose(space[variable], demo.facts()[key], atol=1e-8, err_msg=demo.code())


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
        numbers = re.findall(r"-?\d+\.?\d*", " ".join(mark.attrib.get("d", "") for mark in root.iter()))
        assert all(0 <= float(number) <= max(width, height) for number in numbers), demo.state


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
def test_it_shows_as_widgets_and_as_a_still_picture(name: str) -> None:
    demo = FIGURES[name]()
    bundle = demo._repr_mimebundle_()
    assert bundle["text/plain"] == demo.alt and "data:image/svg+xml;base64," in bundle["text/html"]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|\bid=|<style", demo.figure() + demo.svg)


BAD = [
    (viz.kernel_rank, {"rank": 0}, "rank is 0, but here it must be a whole number from 1 to 3"),
    (viz.kernel_rank, {"kernel": "sobel"}, "one of mean, gaussian"),
    (viz.kernel_rank, {"kernel": rank.OWN}, "one of mean, gaussian"),
    (viz.volume_walk, {"step": 27}, "step is 27, but here it must be a whole number from 0 to 26"),
    (viz.volume_walk, {"stride": 0}, "stride is 0"),
    (viz.volume_walk, {"stride": 2.0}, "stride is 2.0"),
    (viz.cost_curve, {"kernel": 12}, "kernel is 12"),
    (viz.cost_curve, {"size": 2}, "size is 2, but here it must be a whole number from 3 to 64"),
    (viz.cost_curve, {"along": "depth"}, "one of kernel, size, channels, filters"),
    (viz.cost_curve, {"show": "all"}, "one of count, share"),
]


@pytest.mark.parametrize(("figure", "changes", "message"), BAD)
def test_an_impossible_state_is_refused_and_nothing_moves(
    figure: Callable[[], viz.Demo], changes: dict[str, Any], message: str
) -> None:
    demo = figure()
    state, svg = demo.state, demo.svg
    with pytest.raises(UsageError) as refusal:
        demo.set(**changes)
    assert str(refusal.value).startswith(f"{demo.name}: ") and message in str(refusal.value)
    assert (demo.state, demo.svg) == (state, svg)


BAD_CALLS: list[tuple[Callable[[], viz.Demo], str]] = [
    (lambda: viz.kernel_rank("nobody"), "one of mean, gaussian"),
    (lambda: viz.kernel_rank(np.ones(3)), r"kernel has shape \(3,\)"),
    (lambda: viz.kernel_rank(np.ones((8, 2))), "from 1 × 1 to 7 × 7"),
    (lambda: viz.kernel_rank(np.zeros((2, 2))), "all zeros"),
    (lambda: viz.kernel_rank("laplacian", rank=4), "rank is 4"),
    (lambda: viz.volume_walk(np.ones((2, 3))), "must have three axes, each from 1 to 6 long"),
    (lambda: viz.volume_walk(np.ones((2, 3, 7))), "each from 1 to 6 long"),
    (lambda: viz.volume_walk(w=np.ones((1, 1, 4))), "each from 1 to 3 long"),
    (lambda: viz.volume_walk(np.ones((1, 3, 3)), np.ones((2, 1, 1))), "along no axis may it be larger"),
    (lambda: viz.volume_walk([[[1], [2, 3]]]), "different sizes"),
    (lambda: viz.volume_walk("film"), "must hold numbers"),
    (lambda: viz.cost_curve(65), "size is 65"),
    (lambda: viz.cost_curve(4, 5), "size is 4"),
    (lambda: viz.cost_curve(filters=0), "filters is 0"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], viz.Demo], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


def test_column_times_row_is_the_product_and_the_products_add_up() -> None:
    for name in rank.PRESETS:
        demo, so_far = viz.kernel_rank(name), np.zeros(rank.PRESETS[name].shape)
        for number in range(1, len(so_far) + 1):
            facts = demo.set(kernel=name, rank=number).facts()
            so_far = so_far + np.multiply.outer(facts["column"], facts["row"])
            np.testing.assert_allclose(facts["sum"], so_far, atol=1e-6)
        np.testing.assert_allclose(so_far, rank.PRESETS[name], atol=1e-6)


def test_the_sums_of_the_slices_add_up_to_the_result() -> None:
    for demo in walk(viz.volume_walk()):
        facts = demo.facts()
        assert [np.sum(part) for part in facts["products"]] == facts["slice_sums"]
        assert sum(facts["slice_sums"]) == facts["sum"]


def test_the_curves_pass_through_the_numbers_on_show() -> None:
    for demo in walk(viz.cost_curve()):
        facts = demo.facts()
        now = facts["along"].index(demo.state[demo.state["along"]])
        assert {kind: curve[now] for kind, curve in facts["curves"].items()} == {
            kind: facts[kind] for kind in facts["curves"]
        }


def test_source_texts_numbers() -> None:
    layer = viz.cost_curve(8, 3, channels=3, filters=72).facts()
    assert (layer["full"], layer["depthwise"], layer["depthwise_share"]) == (69_984, 8_748, 1 / 8)
    assert (layer["weights"]["full"], layer["weights"]["depthwise"]) == (1_944, 243)
    one = viz.cost_curve(6, 3, channels=1, filters=1).facts()
    assert (one["full"], one["separable"]) == (144, 120)
    ranks = {
        name: viz.kernel_rank(name).facts()["rank"] for name in ("mean", "gaussian", "sobel_x", "laplacian")
    }
    assert ranks == {"mean": 1, "gaussian": 1, "sobel_x": 1, "laplacian": 2}
