"""Figures: numbers against naive loops, pictures, words and code, in every state that we walk to."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.controls import Choice, Control, Numbers, Slider, Toggle
from cnnkit.viz.convolution import modes, stepper
from cnnkit.viz.demo import WIDGET
from tests.figures import comes_back, speaks_in_sentences, stays_on_the_sheet

PICTURE = np.arange(20).reshape(4, 5)
KERNEL = np.array([[1, -2, 3], [0, 4, -1]])
SMALL = np.maximum(np.linspace(-0.5, 1, 42).reshape(6, 7), 0) ** 2  # flat above, steep below
FIGURES: dict[str, Callable[[], viz.Demo]] = {
    "conv_stepper": viz.conv_stepper,
    "conv_stepper, not square": lambda: viz.conv_stepper(PICTURE, KERNEL, stride=(3, 2), padding=(1, 2)),
    "flip_and_slide": viz.flip_and_slide,
    "flip_and_slide, longer second": lambda: viz.flip_and_slide([1, -2], [3, 0, 0.5, 4], flip=False, shift=0),
    "window_ruler": viz.window_ruler,
    "window_ruler, long": lambda: viz.window_ruler(227, 11, stride=4),
    "border_influence": viz.border_influence,
    "border_influence, not square": lambda: viz.border_influence(
        (5, 7), (2, 3), stride=(1, 3), dilation=(2, 1)
    ),
    "kernel_bench": lambda: viz.kernel_bench(SMALL),
    "padding_modes": viz.padding_modes,
    "padding_modes, given kernel": lambda: viz.padding_modes(PICTURE, KERNEL),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


# --- The numbers, by definition


def option(state: dict[str, Any], name: str) -> tuple[int, int]:
    return state.get(name, state.get(f"{name}_down")), state.get(name, state.get(f"{name}_across"))


def starts(n: int, k: int, s: int, p: int, d: int) -> list[int]:
    """Where windows begin, counted from the first real position, found by trying all places."""
    return [i - p for i in range(0, n + 2 * p, s) if i + d * (k - 1) < n + 2 * p]


def correlate(x: np.ndarray, k: np.ndarray, state: dict[str, Any]) -> list[list[float]]:
    """Cross-correlation, pixel by pixel; what lies outside the picture is zero."""
    options = list(zip(*(option(state, name) for name in ("stride", "padding", "dilation")), strict=True))
    tops, lefts = (starts(x.shape[i], k.shape[i], *options[i]) for i in (0, 1))
    pixels = {place: value for place, value in np.ndenumerate(x)}
    (*_, dilation_down), (*_, dilation_across) = options
    return [
        [
            sum(
                k[a, b] * pixels.get((i + a * dilation_down, j + b * dilation_across), 0)
                for a, b in np.ndindex(k.shape)
            )
            for j in lefts
        ]
        for i in tops
    ]


def stepper_numbers(x: Any, k: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def numbers(state: dict[str, Any]) -> dict[str, Any]:
        kernel = np.rot90(k, 2) if state["flip"] else np.asarray(k)
        output = correlate(np.asarray(x), kernel, state)
        return {"output": output, "sum": np.ravel(output)[state["step"]]}

    return numbers


def slide_numbers(state: dict[str, Any]) -> dict[str, Any]:
    a, b = state["a"], state["b"]
    b = b if state["flip"] else b[::-1]
    output = [0.0] * (len(a) + len(b) - 1)
    for i, j in product(range(len(a)), range(len(b))):
        output[i + j] += a[i] * b[j]
    return {"output": output, "sum": output[state["shift"]]}


def ruler_numbers(state: dict[str, Any]) -> dict[str, Any]:
    n, k, d = state["n"], state["kernel"], state["dilation"]
    begins = starts(n, k, state["stride"], state["padding"], d)
    read = {begin + a * d for begin in begins for a in range(k)}
    return {"outputs": len(begins), "unread": [i for i in range(n) if i not in read]}


def border_numbers(shape: tuple[int, int]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def numbers(state: dict[str, Any]) -> dict[str, Any]:
        names = ("kernel", "stride", "padding", "dilation")
        options = list(zip(*(option(state, name) for name in names), strict=True))
        counts = np.zeros(shape, dtype=int)
        tops, lefts = (starts(shape[i], *options[i]) for i in (0, 1))
        for i, j, a, b in product(tops, lefts, range(options[0][0]), range(options[1][0])):
            row, column = i + a * options[0][3], j + b * options[1][3]
            if 0 <= row < shape[0] and 0 <= column < shape[1]:
                counts[row, column] += 1
        return {"counts": counts.tolist(), "unread": (counts == 0).sum(), "windows": len(tops) * len(lefts)}

    return numbers


def bench_numbers(state: dict[str, Any]) -> dict[str, Any]:
    y = np.array(
        correlate(SMALL, np.reshape(state["weights"], (3, 3)), {"stride": 1, "padding": 0, "dilation": 1})
    )
    return {
        "kernel_sum": sum(state["weights"]),
        "least": y.min(),
        "most": y.max(),
        "negative": np.mean(y < 0),
    }


def modes_numbers(x: Any, k: Any = None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def numbers(state: dict[str, Any]) -> dict[str, Any]:
        kernel = np.ones((state["kernel"],) * 2) if k is None else k
        full = correlate(
            x,
            kernel,
            {
                "stride": 1,
                "dilation": 1,
                "padding_down": len(kernel) - 1,
                "padding_across": len(kernel[0]) - 1,
            },
        )
        skip = [extent - 1 for extent in kernel.shape]
        before = [extent // 2 for extent in skip]  # full has k - 1 zeros before, same (k - 1) // 2 of them
        top, left = (skip[i] - before[i] for i in (0, 1))
        same = np.array(full)[top : top + x.shape[0], left : left + x.shape[1]]
        valid = np.array(full)[skip[0] : x.shape[0], skip[1] : x.shape[1]]
        return {"full": full, "same": same.tolist(), "valid": valid.tolist()}

    return numbers


NUMBERS = {
    "conv_stepper": stepper_numbers(stepper.PICTURE, stepper.SOBEL),
    "conv_stepper, not square": stepper_numbers(PICTURE, KERNEL),
    "flip_and_slide": slide_numbers,
    "flip_and_slide, longer second": slide_numbers,
    "window_ruler": ruler_numbers,
    "window_ruler, long": ruler_numbers,
    "border_influence": border_numbers((8, 8)),
    "border_influence, not square": border_numbers((5, 7)),
    "kernel_bench": bench_numbers,
    "padding_modes": modes_numbers(np.array(modes.PICTURE)),
    "padding_modes, given kernel": modes_numbers(PICTURE, KERNEL),
}

# --- A walk through the states, as a learner with a mouse could go


def moves(control: Control, state: dict[str, Any]) -> list[Any]:
    """Every value that the control offers in this state; of numbers to type, a few."""
    match control:
        case Slider():
            low, high = control.limits(state)
            return list(range(low, high + 1, 1 + (high - low) // 20))
        case Choice():
            return list(control.options)
        case Toggle():
            return [False, True]
        case Numbers():
            numbers = state[control.name]
            return [
                [*numbers[:i], value, *numbers[i + 1 :]] for i in range(len(numbers)) for value in (-3, 0.25)
            ]
    raise TypeError(control)


def walk(demo: viz.Demo, steps: int = 60) -> Iterator[viz.Demo]:
    """Move a random control to a random place, again and again; the same walk every time."""
    rng = np.random.default_rng(7)
    yield demo
    for _ in range(steps if demo.controls else 0):
        control = demo.controls[rng.integers(len(demo.controls))]
        options = moves(control, demo.state)
        yield demo.set(**{control.name: options[rng.integers(len(options))]})


@every_figure
def test_the_numbers_on_show_are_those_of_naive_loops(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        facts = demo.facts()
        for key, value in NUMBERS[name](demo.state).items():
            np.testing.assert_allclose(facts[key], value, atol=1e-9, err_msg=f"{key} at {demo.state}")


CODE = {
    "conv_stepper": {"y": "output"},
    "flip_and_slide": {"y": "output"},
    "window_ruler": {"outputs": "outputs", "unread": "unread"},
    "border_influence": {"counts": "counts"},
    "kernel_bench": {
        "k.sum()": "kernel_sum",
        "y.min()": "least",
        "y.max()": "most",
        "(y < 0).mean()": "negative",
    },
    "padding_modes": {"valid": "valid", "same": "same", "full": "full"},
}


@every_figure
def test_the_printed_code_runs_and_gives_the_numbers_on_show(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=25):
        space: dict[str, Any] = {"image": SMALL}
        exec(demo.code(), space)
        for expression, key in CODE[demo.name].items():
            np.testing.assert_allclose(
                eval(expression, space), demo.facts()[key], atol=1e-9, err_msg=demo.code()
            )


# --- Pictures and words


@every_figure
def test_every_picture_is_well_formed_and_nothing_leaves_the_sheet(name: str) -> None:
    for demo in walk(FIGURES[name]()):
        stays_on_the_sheet(demo)


@every_figure
def test_each_control_changes_what_is_said(name: str) -> None:
    demo = FIGURES[name]()
    for control in demo.controls:
        demo = FIGURES[name]()
        said = {(demo.set(**{control.name: move}).alt, demo.status) for move in moves(control, demo.state)}
        assert len(said) > 1, control.name


@every_figure
def test_alt_and_status_are_sentences(name: str) -> None:
    for demo in walk(FIGURES[name](), steps=25):
        speaks_in_sentences(demo)


@every_figure
def test_without_a_kernel_the_still_picture_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = FIGURES[name]()
    bundle = demo._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", WIDGET}
    assert bundle[WIDGET]["model_id"] == demo.ui.model_id
    assert bundle["text/plain"] == demo.alt == repr(demo)
    alt, source = re.findall(r'alt="(.*?)" src="data:image/svg\+xml;base64,(.*?)"', bundle["text/html"])[0]
    assert unescape(alt) == demo.alt and base64.b64decode(source).decode() == demo.svg
    assert (
        unescape(re.findall("<figcaption>(.*)</figcaption>", bundle["text/html"])[0])
        == f"{demo.caption} {demo.status}"
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert set(demo._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_nothing_is_fetched_and_nothing_clashes() -> None:
    for make in FIGURES.values():
        html = make().figure() + make().svg
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|<script|\bid=|<style", html)


@pytest.mark.parametrize(
    ("demo", "i", "step"), [(viz.conv_stepper(), 4, "step"), (viz.flip_and_slide(), 0, "shift")]
)
def test_a_frame_is_the_picture_at_that_step(demo: viz.Demo, i: int, step: str) -> None:
    before = demo.state
    assert demo.frame(i) != demo.svg and demo.state == before
    assert demo.frame(i) == demo.set(**{step: i}).svg


def test_a_figure_without_timeline_has_one_frame() -> None:
    demo = viz.border_influence()
    assert demo.frame(0) == demo.svg
    with pytest.raises(UsageError, match="frame is 1, but this figure has no timeline"):
        demo.frame(1)


# --- States


@every_figure
def test_a_state_brings_another_figure_to_the_same_place(name: str) -> None:
    first = FIGURES[name]()
    for demo in walk(first, steps=20):
        comes_back(FIGURES[name](), demo)


@every_figure
def test_state_and_facts_are_copies(name: str) -> None:
    demo = FIGURES[name]()
    untouched = FIGURES[name]()
    for mapping in (demo.state, demo.facts()):
        for value in mapping.values():
            if isinstance(value, list) and value:
                value[0] = "spoilt"
        mapping.clear()
    assert (demo.state, demo.facts()) == (untouched.state, untouched.facts())


BAD = [
    (viz.conv_stepper, {"speed": 2}, "there is no control 'speed'. The controls are stride, padding"),
    (viz.conv_stepper, {"stride": 0}, "stride is 0, but here it must be a whole number from 1 to 3"),
    (viz.conv_stepper, {"stride": 1.0}, "stride is 1.0"),
    (viz.conv_stepper, {"stride": True}, "stride is True"),
    (viz.conv_stepper, {"padding": -1}, "padding is -1"),
    (viz.conv_stepper, {"dilation": 3}, "dilation is 3, but here it must be a whole number from 1 to 2"),
    (viz.conv_stepper, {"dilation": -1}, "dilation is -1"),
    (viz.conv_stepper, {"step": 9}, "step is 9, but here it must be a whole number from 0 to 8"),
    (viz.conv_stepper, {"stride": 3, "step": 4}, "step is 4, but here it must be 0; nothing else fits"),
    (viz.conv_stepper, {"flip": "yes"}, "flip is 'yes', but here it must be True or False"),
    (viz.flip_and_slide, {"a": [1, 2]}, "a list of 4 numbers"),
    (viz.flip_and_slide, {"a": [1, 2, 3, float("nan")]}, "a list of 4 numbers"),
    (viz.flip_and_slide, {"b": "211"}, "a list of 3 numbers"),
    (viz.window_ruler, {"n": 2}, "n is 2, but here it must be a whole number from 3 to 16"),
    (viz.window_ruler, {"n": -4, "kernel": 0}, "n is -4"),
    (viz.kernel_bench, {"kernel": "sobel"}, "one of identity, mean, gaussian"),
    (viz.kernel_bench, {"view": "loud"}, "one of signed, clamped"),
    (viz.kernel_bench, {"weights": [[1, 2], [3, 4]]}, "a list of 9 numbers"),
    (viz.kernel_bench, {"weights": "none"}, "a list of 9 numbers"),
    (viz.padding_modes, {"kernel": 5}, "kernel is 5, but here it must be a whole number from 1 to 4"),
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
    (lambda: viz.conv_stepper([1, 2]), r"x has shape \(2,\), but it must be \(H, W\), from 1 × 1 to 12 × 12"),
    (lambda: viz.conv_stepper(np.ones((13, 2))), "from 1 × 1 to 12 × 12"),
    (lambda: viz.conv_stepper(k=np.ones((2, 6))), "from 1 × 1 to 5 × 5"),
    (lambda: viz.conv_stepper([[1, 2], [3]]), "rows of different lengths"),
    (lambda: viz.conv_stepper("photo"), "must hold numbers"),
    (lambda: viz.conv_stepper([[np.nan]]), "must hold numbers"),
    (
        lambda: viz.conv_stepper([[1]], [[1, 2], [3, 4]]),
        "padding is 0, but here it must be a whole number from 1",
    ),
    (lambda: viz.conv_stepper(stride=0), "stride is 0"),
    (lambda: viz.flip_and_slide([], [1]), "with 1 to 8 numbers"),
    (lambda: viz.flip_and_slide([1], range(9)), "with 1 to 8 numbers"),
    (lambda: viz.window_ruler(1000, 3), "n is 1000, but here it must be a whole number from 3 to 240"),
    (lambda: viz.window_ruler("ten"), "n is 'ten'"),
    (lambda: viz.window_ruler(3, 5), "n is 3"),
    (lambda: viz.border_influence((40, 40)), r"at most \(16, 16\)"),
    (lambda: viz.border_influence((4, 4), 5), "kernel is 5"),
    (lambda: viz.kernel_bench("nobody"), "there is no 'nobody'"),
    (lambda: viz.kernel_bench(np.ones((5, 5, 3))), "must be grey"),
    (lambda: viz.kernel_bench(SMALL, "sobel"), "one of identity"),
    (lambda: viz.kernel_bench(SMALL, np.ones((2, 2))), "a list of 9 numbers"),
    (lambda: viz.padding_modes([[1, 2]], [[1], [2]]), "from 1 × 1 to 1 × 1"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_a_figure_that_cannot_be_drawn_says_why(call: Callable[[], viz.Demo], message: str) -> None:
    with pytest.raises((UsageError, ShapeError), match=message):
        call()


def test_what_was_not_asked_for_moves_within_its_limits() -> None:
    assert viz.conv_stepper(step=8).set(stride=3).state["step"] == 0
    assert viz.flip_and_slide([1, 2], [3, 4], shift=2).set(flip=False).state["shift"] == 2


@pytest.mark.parametrize("figure", [viz.conv_stepper, viz.flip_and_slide])
def test_the_products_on_show_add_up_to_the_sum(figure: Callable[[], viz.Demo]) -> None:
    for demo in walk(figure()):
        assert np.sum([np.sum(row) for row in demo.facts()["products"]]) == demo.facts()["sum"], demo.state


def test_a_large_picture_is_shrunk_and_the_code_says_so() -> None:
    image = np.tile(SMALL, (100, 40))
    demo, space = viz.kernel_bench(image), {"image": image}
    exec(demo.code(), space)
    assert space["x"].shape == (200, 93) and "200 × 93" in demo.svg
    assert demo.facts()["most"] == space["y"].max()


def test_preset_and_weights_move_together() -> None:
    demo = viz.kernel_bench(SMALL, "laplacian")
    assert demo.state["weights"] == [0, 1, 0, 1, -4, 1, 0, 1, 0]
    assert demo.set(weights=[0, 0, 0, 0, 2, 0, 0, 0, 0]).state["kernel"] == "your own"
    assert demo.set(weights=np.eye(3)).state["weights"] == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert demo.set(weights=[0, 0, 0, 0, 1, 0, 0, 0, 0]).state["kernel"] == "identity"


def test_source_texts_numbers() -> None:
    x, k = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
    demo = viz.conv_stepper(x, k)
    assert [demo.set(step=i).facts()["sum"] for i in range(4)] == [19, 25, 37, 43]
    strided = viz.conv_stepper(x, k, stride=(3, 2), padding=1)
    assert strided.facts()["output"] == [[0, 8], [6, 8]]
    assert [
        viz.window_ruler(n, k, stride=s).facts()["outputs"]
        for n, k, s in ((52, 12, 2), (21, 8, 1), (227, 11, 4))
    ] == [21, 14, 55]


def test_figures_load_neither_widgets_nor_matplotlib() -> None:
    heavy = {"ipywidgets", "matplotlib", "skimage", "IPython"}
    code = f"import sys, cnnkit.viz; cnnkit.viz.conv_stepper().figure(); print({heavy} & sys.modules.keys())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
