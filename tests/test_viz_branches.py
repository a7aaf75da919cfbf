"""The branches of an Inception module and the gradient flow: numbers, words, code, pictures, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import BatchNorm2d, Conv2d, Identity, Layer, Parallel, ReLU, Residual, Sequential
from cnnkit.models.googlenet import MODULES
from cnnkit.viz.networks.flow import EXAMPLES, GROWTH, KINDS, WIDTH, power_of_ten, times
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet
from tests.test_viz import moves, walk

FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "branches": viz.branches,
    "branches, 5b": lambda: viz.branches(832, MODULES["5b"], size=7),
    "branches, wide": lambda: viz.branches(3, (1, 7, 1024, 9, 5, 2), size=1, kind="naive"),
    "branches, all wide": lambda: viz.branches(1024, (1024,) * 6),
    "gradient_flow": viz.gradient_flow,
    "gradient_flow, deepest": lambda: viz.gradient_flow(40, norm=False, scale=150, seed=9),
    "gradient_flow, one layer": lambda: viz.gradient_flow(1, norm=False, scale=50),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


# --- The branches


def weights_of(c_in: int, spec: list[int], kind: str) -> tuple[list[int], list[int]]:
    """Count the weights of every convolution; return those of each branch, and what leaves the branches."""
    one, reduce3, three, reduce5, five, pool = spec
    ways = {
        "naive": [[(1, one)], [(3, three)], [(5, five)], []],
        "reduced": [[(1, one)], [(1, reduce3), (3, three)], [(1, reduce5), (5, five)], [(1, pool)]],
    }[kind]
    counts, outputs = [], []
    for way in ways:
        channels, count = c_in, 0
        for k, filters in way:
            count += filters * channels * k * k
            channels = filters
        counts.append(count)
        outputs.append(channels)
    return counts, outputs


@pytest.mark.parametrize(
    ("name", "c_in", "spec", "size"),
    [
        ("branches", 192, MODULES["3a"], 28),
        ("branches, 5b", 832, MODULES["5b"], 7),
        ("branches, wide", 3, (1, 7, 1024, 9, 5, 2), 1),
    ],
)
def test_costs_are_those_of_counting(name: str, c_in: int, spec: tuple[int, ...], size: int) -> None:
    for demo in walk(FIGURES[name](), steps=80):
        state, facts = demo.state, demo.facts()
        one, _, three, _, five, _ = spec
        now = [one, state["reduce3"], three, state["reduce5"], five, state["pool"]]
        counts, outputs = weights_of(c_in, now, state["kind"])
        assert list(facts["by_branch"].values()) == counts and facts["outputs"] == outputs
        assert (facts["weights"], facts["channels"]) == (sum(counts), sum(outputs))
        assert facts["macs"] == sum(counts) * size**2
        both = {kind: sum(weights_of(c_in, now, kind)[0]) for kind in ("naive", "reduced")}
        assert all(
            facts[f"{kind}_weights"] == count and f"{count:,}" in demo.status for kind, count in both.items()
        )


def test_the_numbers_of_the_chapter() -> None:
    reduced, naive = viz.branches(), viz.branches(kind="naive")
    assert (reduced.facts()["weights"], naive.facts()["weights"]) == (163328, 387072)
    assert (reduced.facts()["channels"], naive.facts()["channels"]) == (256, 416)
    assert "128.0 million" in reduced.svg and "303.5 million" in naive.svg
    widest = reduced.set(reduce3=192, reduce5=192).facts()
    assert widest["reduced_weights"] > widest["naive_weights"]


# --- The gradient flow


def layer_of(kind: str, channels: int, norm: bool, scale: int, rng: np.random.Generator) -> Layer:
    """The same layer made of cnnkit's layers, for maps of one pixel."""
    units = GROWTH if kind == "dense" else WIDTH
    conv = Conv2d(channels, units, 1, bias=False, dtype=np.float64)
    drawn = scale / 100 * np.sqrt(2 / channels) * rng.standard_normal((channels, units))
    conv.weight.data = drawn.T[:, :, None, None]
    body = Sequential(conv, BatchNorm2d(units, dtype=np.float64)) if norm else Sequential(conv)
    if kind == "dense":
        return Parallel(Identity(), Sequential(body, ReLU()))
    return Sequential(Residual(body) if kind == "shortcut" else body, ReLU())


def norms_of_layers(kind: str, state: dict[str, Any]) -> list[float]:
    rng = np.random.default_rng(state["seed"])
    y, layers = rng.standard_normal((EXAMPLES, WIDTH))[:, :, None, None], []
    for _ in range(state["depth"]):
        layers.append(layer_of(kind, y.shape[1], state["norm"], state["scale"], rng))
        y = layers[-1](y)
    dy = rng.standard_normal(y.shape[:2])[:, :, None, None]
    sizes = [float(np.linalg.norm(dy))]
    for layer in layers[::-1]:
        dy = layer.backward(dy)
        sizes.append(float(np.linalg.norm(dy)))
    return [size / sizes[0] for size in sizes[::-1]]


def test_the_curves_are_those_of_cnnkits_own_layers() -> None:
    for demo in walk(viz.gradient_flow(depth=12), steps=14):
        facts = demo.facts()
        for kind in KINDS:
            np.testing.assert_allclose(facts["norms"][kind], norms_of_layers(kind, demo.state), rtol=1e-6)
            assert facts["factors"][kind] == facts["norms"][kind][0]


@pytest.mark.parametrize("seed", range(10))
def test_what_the_chapter_says_of_the_curves_holds_for_every_seed(seed: int) -> None:
    demo = viz.gradient_flow(32, seed=seed)
    normed = demo.facts()["factors"]
    assert normed["plain"] > 100 and 4 < normed["shortcut"] < 20 and 0.5 < normed["dense"] < 2
    for scale in (70, 130):
        other = demo.set(scale=scale, norm=True).facts()["factors"]
        assert all(other[kind] == pytest.approx(normed[kind], rel=0.3) for kind in KINDS)
    assert demo.set(norm=False, scale=70).facts()["factors"]["plain"] < 1e-3
    assert demo.set(scale=130).facts()["factors"]["plain"] > 100
    assert 1e-2 < demo.set(scale=100).facts()["factors"]["plain"] < 1e2
    assert demo.facts()["factors"]["shortcut"] > 1e4 and 0.5 < demo.facts()["factors"]["dense"] < 2


def test_with_batch_norm_the_plain_curve_is_nearly_straight() -> None:
    norms = np.log10(viz.gradient_flow(32).facts()["norms"]["plain"])
    line = np.polyval(np.polyfit(np.arange(33), norms, 1), np.arange(33))
    assert np.abs(norms - line).max() < 0.2 * np.ptp(norms)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.0123, "0.012"),
        (1.0, "1"),
        (9.96, "10"),
        (99.7, "100"),
        (12345, "12,000"),
        (2e6, "2.0 · 10⁶"),
        (1e-9, "1.0 · 10⁻⁹"),
    ],
)
def test_factors_of_every_size_are_written(factor: float, words: str) -> None:
    assert times(factor) == words


def test_powers_of_ten() -> None:
    assert [power_of_ten(n) for n in (-10, 0, 7)] == ["10⁻¹⁰", "10⁰", "10⁷"]


# --- Both


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=25):
        space: dict[str, Any] = {}
        exec(demo.code(), space)
        facts = demo.facts()
        if "norms" in facts:
            assert space["factors"] == pytest.approx(facts["factors"], rel=1e-9)
            for kind in KINDS:
                np.testing.assert_allclose(space["norms"][kind], facts["norms"][kind], rtol=1e-9)
        else:
            assert space["by_branch"] == list(facts["by_branch"].values())
            assert all(space[key] == facts[key] for key in ("weights", "macs", "channels"))


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=60):
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
    for demo in walk(FIGURES[name](), steps=10):
        comes_back(FIGURES[name](), demo)


def test_the_widgets_are_made_and_the_timeline_moves() -> None:
    assert len(viz.branches().ui.children) >= 4 and viz.branches().timeline is None
    demo = viz.gradient_flow()
    assert len(demo.ui.children) >= 4 and demo.frame(4) == demo.set(depth=5).svg


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.branches(0), "c_in is 0"),
    (lambda: viz.branches(1025), "c_in is 1025, but at most 1024"),
    (lambda: viz.branches(192, (64, 96, 128)), r"spec has 3 entries, but it must be \(one, reduce3"),
    (lambda: viz.branches(192, (64, 96, 128, 16, 32, 2.5)), "pool is 2.5"),  # type: ignore[arg-type]
    (lambda: viz.branches(size=0), "size is 0"),
    (lambda: viz.branches(kind="wide"), "kind is 'wide', but here it must be one of reduced, naive"),
    (
        lambda: viz.branches().set(reduce3=193),
        "reduce3 is 193, but here it must be a whole number from 1 to 192",
    ),
    (lambda: viz.gradient_flow(41), "depth is 41, but here it must be a whole number from 1 to 40"),
    (lambda: viz.gradient_flow(scale=49), "scale is 49"),
    (lambda: viz.gradient_flow(norm=1), "norm is 1, but here it must be True or False"),  # type: ignore[arg-type]
    (lambda: viz.gradient_flow(seed=10), "seed is 10"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()
