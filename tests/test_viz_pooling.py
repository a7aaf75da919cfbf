"""The pooling figure and the shift-stability figure: numbers against naive loops, words, code, pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.reduction import stability
from cnnkit.viz.reduction.pool import MAP
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet
from tests.test_viz import moves, walk

WIDE = np.arange(28).reshape(4, 7) * 5 % 13 - 6  # with negative numbers
BLOB = np.outer([0, 1, 3, 1, 0, 2], [1, 0, 2, 4, 1])
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "pooling": viz.pooling,
    "pooling, negative": lambda: viz.pooling(WIDE, 3, stride=2, padding=1, ceil_mode=True, step=3),
    "pooling, one pixel": lambda: viz.pooling([[2]], 1, stride=1),
    "pooling, tall": lambda: viz.pooling(WIDE[:, :2].repeat(2, axis=0), 2, stride=3, kind="average"),
    "shift_stability": viz.shift_stability,
    "shift_stability, small": lambda: viz.shift_stability(BLOB, factor=3, compare="global mean"),
}
PICTURES = {"shift_stability": stability.ring(), "shift_stability, small": BLOB}
MAPS = {
    "pooling": MAP,
    "pooling, negative": WIDE,
    "pooling, one pixel": [[2]],
    "pooling, tall": WIDE[:, :2].repeat(2, axis=0),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def starts(n: int, state: dict[str, Any]) -> list[int]:
    """Where windows begin, by trying all places; rounding up, one may stick out by less than a stride."""
    k, s, p = state["kernel"], state["stride"], state["padding"]
    out = s - 1 if state["ceil_mode"] else 0
    return [i for i in range(-p, n, s) if i + k <= n + p + out]


def pooled(x: np.ndarray, state: dict[str, Any]) -> dict[str, Any]:
    """Pool a map pixel by pixel: a maximum looks at pixels only, a mean counts the zeros of the border."""
    (height, width), k, p = x.shape, state["kernel"], state["padding"]
    output, winners = [], []
    for top in starts(height, state):
        output.append([])
        for left in starts(width, state):
            places = [(i, j) for i in range(top, top + k) for j in range(left, left + k)]
            pixels = [(i, j) for i, j in places if 0 <= i < height and 0 <= j < width]
            counted = [(i, j) for i, j in places if -p <= i < height + p and -p <= j < width + p]
            total = sum(x[at] for at in pixels)
            output[-1].append(max(x[at] for at in pixels) if state["kind"] == "max" else total / len(counted))
            winners.append(next(at for at in pixels if x[at] == max(x[at] for at in pixels)))
    return {"output": output, "winner": winners[state["step"]], "result": np.ravel(output)[state["step"]]}


def moved(x: Any, shift: int) -> np.ndarray:
    x = np.array(x, dtype=float)
    return np.array([[row[j - shift] if j >= shift else 0.0 for j in range(len(row))] for row in x])


def changes(image: np.ndarray, state: dict[str, Any]) -> dict[str, list[float]]:
    """Compute the curves from the definition, on dictionaries of pixels that know no edge."""
    found: dict[str, list[float]] = {way: [] for way in stability.WAYS}
    before: dict[str, np.ndarray] = {}
    canvas = stability.on_canvas(image)
    f = state["factor"]
    for shift in range(stability.MOST + 1):
        for way, values in reduced(edges(np.roll(canvas, shift, axis=1)), f).items():
            read = values.mean(axis=(1, 2)) if state["compare"] == "global mean" else values
            before.setdefault(way, read)
            size = np.sqrt((before[way] ** 2).sum())
            found[way].append(np.sqrt(((read - before[way]) ** 2).sum()) / size)
    return found


def edges(canvas: np.ndarray) -> np.ndarray:
    """Correlate with the eight filters, shifted picture by shifted picture, and keep what is positive."""
    padded = np.pad(canvas, 1)
    maps = np.zeros((8, *canvas.shape))
    for f, a, b in np.ndindex(8, 3, 3):
        maps[f] += stability.FILTERS[f, 0, a, b] * padded[a:, b:][: canvas.shape[0], : canvas.shape[1]]
    return np.maximum(maps, 0)


def reduced(maps: np.ndarray, f: int) -> dict[str, np.ndarray]:
    rows, columns = maps.shape[1] // f, maps.shape[2] // f
    blocks = maps.reshape(8, rows, f, columns, f)
    padded = np.pad(maps, [(0, 0), (f - 1, f - 1), (f - 1, f - 1)])
    blurred = np.zeros((8, rows, columns))
    for a in range(2 * f - 1):
        for b in range(2 * f - 1):
            weight = (f - abs(a - f + 1)) * (f - abs(b - f + 1)) / f**4
            blurred += weight * padded[:, a::f, b::f][:, :rows, :columns]
    return {
        "every position": maps,
        "stride": maps[:, ::f, ::f],
        "max pool": blocks.max(axis=(2, 4)),
        "average pool": blocks.mean(axis=(2, 4)),
        "blur, then stride": blurred,
    }


@pytest.mark.parametrize("name", MAPS)
def test_pooling_is_that_of_naive_loops_in_every_state(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=150):
        state, facts = demo.state, demo.facts()
        x = moved(MAPS[name], state["shift"])
        expected = pooled(x, state)
        for key, value in expected.items():
            np.testing.assert_allclose(facts[key], value, atol=1e-12, err_msg=f"{key} at {state}")
        still = pooled(moved(MAPS[name], 0), state)["output"]
        differing = ~np.isclose(still, expected["output"])
        assert facts["changed"] == differing.sum()
        assert facts["formula"].endswith(f"= {np.shape(expected['output'])[1]}")


@pytest.mark.parametrize("name", PICTURES)
def test_the_curves_are_those_of_naive_loops_in_every_state(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=8):
        facts, expected = demo.facts(), changes(PICTURES[name], demo.state)
        for way, curve in expected.items():
            np.testing.assert_allclose(facts["changes"][way], curve, atol=2e-6, err_msg=f"{way} {demo.state}")
            assert facts["now"][way] == facts["changes"][way][demo.state["shift"]]


def test_without_strides_the_global_mean_is_invariant_and_blur_restores_it() -> None:
    for factor in (2, 3, 4):
        curves = viz.shift_stability(factor=factor, compare="global mean").facts()["changes"]
        for way in ("every position", "average pool", "blur, then stride"):
            assert max(curves[way]) == 0
        assert curves["stride"][1] > 0 and curves["stride"][factor] == 0


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=15):
        space: dict[str, Any] = {"image": BLOB}
        exec(demo.code(), space)
        facts = demo.facts()
        if demo.name == "pooling":
            np.testing.assert_allclose(space["y"], facts["output"])
        else:
            for way, value in facts["now"].items():
                assert abs(space["now"][way] - value) < 2e-6


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=60 if "pooling" in name else 12):
        stays_on_the_sheet(demo)


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "pooling, one pixel"])
def test_each_control_changes_what_is_said(name: str) -> None:
    for control in FIGURES[name]().controls:
        demo = FIGURES[name]()
        said = {(demo.set(**{control.name: move}).alt, demo.status) for move in moves(control, demo.state)}
        assert len(said) > 1, control.name


@every_figure
def test_alt_and_status_are_sentences(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=15):
        speaks_in_sentences(demo)


@every_figure
def test_a_state_brings_another_figure_to_the_same_place(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=10):
        comes_back(FIGURES[name](), demo)


@pytest.mark.parametrize(
    ("figure", "step", "count"), [(viz.pooling, "step", 6), (viz.shift_stability, "shift", 7)]
)
def test_the_timeline_shows_each_window_and_each_move(
    figure: Callable[[], viz.Demo], step: str, count: int
) -> None:
    demo = figure()
    frames = [demo.frame(i) for i in range(count)]
    assert len(set(frames)) == count and frames[3] == demo.set(**{step: 3}).svg


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: viz.pooling(np.ones((10, 2))), "from 1 × 1 to 9 × 9"),
    (lambda: viz.pooling([[1, 2], [3]]), "rows of different lengths"),
    (lambda: viz.pooling([[1, 2]], 2), "kernel is 2, but here it must be 1; nothing else fits"),
    (lambda: viz.pooling(k=0), "kernel is 0"),
    (lambda: viz.pooling(stride=5), "stride is 5"),
    (lambda: viz.pooling(kind="min"), "one of max, average"),
    (lambda: viz.pooling(padding=2), "padding is 2, but here it must be a whole number from 0 to 1"),
    (lambda: viz.pooling().set(step=6), "step is 6, but here it must be a whole number from 0 to 5"),
    (lambda: viz.pooling().set(ceil_mode=1), "ceil_mode is 1, but here it must be True or False"),
    (lambda: viz.shift_stability(np.ones((3, 4, 5))), "must be grey"),
    (lambda: viz.shift_stability(np.ones((65, 4))), "at most 64 × 64"),
    (lambda: viz.shift_stability([["a"]]), "must be grey"),
    (lambda: viz.shift_stability(shift=7), "shift is 7, but here it must be a whole number from 0 to 6"),
    (lambda: viz.shift_stability(factor=1), "factor is 1"),
    (lambda: viz.shift_stability(compare="maps"), "one of features, global mean"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], Any], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


def test_a_dark_picture_changes_by_nothing() -> None:
    demo = viz.shift_stability(np.zeros((5, 5)))
    assert set(demo.facts()["now"].values()) == {0.0}


def test_what_was_not_asked_for_moves_within_its_limits() -> None:
    demo = viz.pooling(WIDE, 2, padding=1, stride=1, step=30).set(kernel=1)
    assert (demo.state["padding"], demo.state["step"]) == (0, 27)
