"""The widgets around the figures: what they are made of, and that they and the state always agree."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest

from cnnkit import viz
from cnnkit.viz import panel
from cnnkit.viz.controls import Control

FIGURES = [viz.conv_stepper, viz.flip_and_slide, viz.window_ruler, viz.border_influence, viz.padding_modes]
FIGURES.append(lambda: viz.kernel_bench([[0, 0, 1, 1]] * 4))
WORKS_BY_KEYBOARD = {"IntSlider", "Checkbox", "ToggleButtons", "BoundedFloatText", "Button"}
HOLDS_OTHERS = {"Box", "VBox", "GridBox", "HTML"}


def tree(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def find(demo: viz.Demo, description: str) -> Any:
    return next(w for w in tree(demo.ui) if getattr(w, "description", None) == description)


def lines(demo: viz.Demo) -> list[str]:
    """What the panel shows: the picture, the status line, and the caption."""
    return [w.value for w in tree(demo.ui) if isinstance(w, widgets.HTML)]


@pytest.mark.parametrize("figure", FIGURES)
def test_every_control_works_by_keyboard_and_says_what_it_does(figure: Any) -> None:
    for widget in tree(figure().ui):
        kind = type(widget).__name__
        assert kind in WORKS_BY_KEYBOARD | HOLDS_OTHERS
        if kind in WORKS_BY_KEYBOARD:
            assert widget.description and widget.tooltip


@pytest.mark.parametrize("figure", FIGURES)
def test_the_panel_shows_the_figure_and_its_words(figure: Any) -> None:
    demo = figure()
    picture, status, caption = lines(demo)
    assert picture == demo.svg
    assert status.startswith('<p role="status" aria-live="polite"') and demo.status in status
    assert demo.caption in caption


def test_a_slider_moves_the_figure() -> None:
    demo = viz.conv_stepper()
    before = lines(demo)
    find(demo, "step").value = 4
    assert demo.state["step"] == 4
    assert [old != new for old, new in zip(before, lines(demo), strict=True)] == [True, True, False]


def test_the_figure_moves_the_sliders_and_their_limits() -> None:
    demo = viz.conv_stepper(step=8)
    step, dilation = find(demo, "step"), find(demo, "dilation")
    demo.set(stride=3, padding=1)
    assert (step.max, step.value, find(demo, "stride").value, dilation.max) == (3, 3, 3, 3)
    demo.set(padding=0)
    assert (step.max, step.disabled, dilation.max) == (0, True, 2)
    demo.set(stride=1)
    assert (step.max, step.disabled) == (8, False)


def test_a_slider_beyond_its_limit_stops_there() -> None:
    demo = viz.conv_stepper()
    find(demo, "dilation").value = 99
    assert demo.state["dilation"] == 2


def test_check_box_buttons_and_number_boxes_move_the_figure() -> None:
    stepper, bench, lists = viz.conv_stepper(), viz.kernel_bench([[0, 0, 1, 1]] * 4), viz.flip_and_slide()
    find(stepper, "flip the kernel").value = True
    find(bench, "kernel").value = "laplacian"
    find(bench, "k[1, 1]").value = 7
    find(lists, "b[2]").value = 5
    assert stepper.state["flip"] is True
    assert (bench.state["kernel"], bench.state["weights"][4]) == ("your own", 7)
    assert find(bench, "kernel").value == "your own"
    assert lists.state["b"] == [2, 1, 5]


def test_prev_and_next_stop_at_the_ends() -> None:
    demo = viz.flip_and_slide([1, 2], [3], shift=0)
    places = []
    for word in ("Prev", "Next", "Next", "Prev"):
        find(demo, word).click()
        places.append(demo.state["shift"])
    assert places == [0, 1, 1, 0]


def test_play_runs_to_the_end_and_pause_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "SECONDS_A_STEP", 0)
    demo = viz.conv_stepper(step=6)
    play = find(demo, "Play")

    async def turns(count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    async def session() -> None:
        play.click()
        await turns(20)
        assert (demo.state["step"], play.description) == (8, "Play")
        play.click()  # at the end: begins again
        await turns(4)
        assert play.description == "Pause" and demo.state["step"] < 8
        play.click()
        stopped = demo.state["step"]
        await turns(20)
        assert (demo.state["step"], play.description) == (stopped, "Play")

    asyncio.run(session())


def test_nothing_plays_by_itself() -> None:
    demo = viz.conv_stepper()
    state = demo.state
    asyncio.run(asyncio.sleep(0))
    assert demo.ui and demo.state == state


def test_an_unknown_kind_of_control_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="no widget for a Control"):
        panel.knob(Control("name", "label", "tip"), lambda name, value: None)
