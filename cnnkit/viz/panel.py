"""The widgets around a `Demo`, made from its table of controls alone.

Sliders, toggle buttons, check boxes, number boxes and plain buttons only: these work by keyboard in
JupyterLab, where arrow keys on a Dropdown or on RadioButtons move to another cell instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from cnnkit.viz.controls import LARGEST, Choice, Control, Numbers, Slider, State, Toggle

if TYPE_CHECKING:
    from cnnkit.viz.demo import Demo

SECONDS_A_STEP = 1.0


class Panel:
    """Controls above, the picture, below it a line of words that changes with every move, and the caption."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.knobs = {control.name: knob(control, self._moved) for control in demo.controls}
        self.picture, self.status = widgets.HTML(), widgets.HTML()
        self.player = Player(demo, demo.timeline) if demo.timeline else None
        self._refreshing = False
        demo.watch(self.refresh)
        self.refresh()
        caption = widgets.HTML(f'<p style="margin: 0">{escape(demo.caption)}</p>')
        self.box = widgets.VBox([*self._rows(), self.picture, self.status, caption])

    def refresh(self) -> None:
        """Bring every widget to the figure's state."""
        self._refreshing = True
        for name, value in self.demo.state.items():
            self.knobs[name].show(value, self.demo.state)
        self.picture.value = self.demo.svg
        self.status.value = (
            f'<p role="status" aria-live="polite" style="margin: 4px 0">{escape(self.demo.status)}</p>'
        )
        self._refreshing = False

    def _moved(self, name: str, value: Any) -> None:
        """Pass a learner's move on to the figure; moves that `refresh` itself makes are not a learner's."""
        if not self._refreshing:
            self.demo.set(**{name: value})

    def _rows(self) -> list[Any]:
        """Return the timeline with its buttons in one row, all other controls in the next."""
        timeline = self.demo.timeline
        rest = [self.knobs[control.name].widget for control in self.demo.controls if control is not timeline]
        rows = [_row(rest)] if rest else []
        if timeline and self.player:
            rows.insert(0, _row([self.knobs[timeline.name].widget, *self.player.buttons]))
        return rows


class Player:
    """Prev, Play and Next as buttons with words. Nothing plays by itself, and a step takes a second."""

    def __init__(self, demo: Demo, slider: Slider) -> None:
        self.demo, self.slider = demo, slider
        self.prev = _button("Prev", "one step back", lambda: self.move(-1))
        self.play = _button("Play", "one step a second", self.toggle)
        self.next = _button("Next", "one step on", lambda: self.move(+1))
        self.buttons = [self.prev, self.play, self.next]
        self.task: asyncio.Task[None] | None = None

    def move(self, by: int) -> bool:
        """Go some steps along the timeline; return whether there was room."""
        state = self.demo.state
        there = state[self.slider.name] + by
        if room := self.slider.allows(there, state):
            self.demo.set(**{self.slider.name: there})
        return room

    def toggle(self) -> None:
        """Start playing (from the beginning, if the end is reached), or stop."""
        if self.task and not self.task.done():
            self.task.cancel()
            return
        low, high = self.slider.limits(self.demo.state)
        if self.demo.state[self.slider.name] == high:
            self.demo.set(**{self.slider.name: low})
        self.task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """Move on step by step until the end, or until Pause is pressed."""
        self.play.description = "Pause"
        try:
            await asyncio.sleep(SECONDS_A_STEP)
            while self.move(+1):
                await asyncio.sleep(SECONDS_A_STEP)
        finally:
            self.play.description = "Play"


class Knob:
    """The widget of one control: shows a value, and reports a new one by calling ``moved(name, value)``."""

    def __init__(self, control: Control, widget: Any, moved: Callable[[str, Any], None]) -> None:
        self.control, self.widget = control, widget
        self.listen(widget, lambda: moved(control.name, widget.value))

    @staticmethod
    def listen(widget: Any, report: Callable[[], None]) -> None:
        """Call ``report`` when the widget's value changes."""
        widget.observe(lambda change: report(), names="value")

    def show(self, value: Any, state: State) -> None:
        """Bring the widget to this value."""
        self.widget.value = value


class SliderKnob(Knob):
    """A slider whose limits follow the state; where only one value fits, it rests."""

    def __init__(self, control: Slider, moved: Callable[[str, Any], None]) -> None:
        self.slider = control
        super().__init__(control, widgets.IntSlider(**_words(control)), moved)

    def show(self, value: Any, state: State) -> None:
        """Set limits and value together: one of them alone could be impossible for a moment."""
        low, high = self.slider.limits(state)
        with self.widget.hold_trait_notifications():
            self.widget.min, self.widget.max, self.widget.value = low, high, value
        self.widget.disabled = low == high


class NumbersKnob(Knob):
    """A number box for each place of a list."""

    def __init__(self, control: Numbers, moved: Callable[[str, Any], None]) -> None:
        self.control = control
        self.boxes = [_number_box(place, control.tip) for place in control.places]
        grid = widgets.Layout(grid_template_columns=f"repeat({control.columns}, 124px)")
        self.widget = widgets.GridBox(self.boxes, layout=grid)
        for box in self.boxes:
            self.listen(box, lambda: moved(control.name, [box.value for box in self.boxes]))

    def show(self, value: Any, state: State) -> None:
        """Write each number into its box."""
        for box, entry in zip(self.boxes, value, strict=True):
            box.value = entry


def knob(control: Control, moved: Callable[[str, Any], None]) -> Knob:
    """Return the widget that fits a control."""
    match control:
        case Slider():
            return SliderKnob(control, moved)
        case Numbers():
            return NumbersKnob(control, moved)
        case Choice():
            return Knob(control, _choice(control), moved)
        case Toggle():
            return Knob(control, widgets.Checkbox(indent=False, **_words(control)), moved)
    raise TypeError(f"no widget for a {type(control).__name__}")


def _choice(control: Choice) -> Any:
    buttons = widgets.ToggleButtons(options=control.options, **_words(control))
    buttons.style.button_width = "92px"
    return buttons


def _number_box(place: str, tip: str) -> Any:
    box = widgets.BoundedFloatText(
        min=-LARGEST, max=LARGEST, description=place, tooltip=tip, layout=widgets.Layout(width="120px")
    )
    box.style.description_width = "52px"
    return box


def _button(word: str, tip: str, press: Callable[[], Any]) -> Any:
    button = widgets.Button(description=word, tooltip=tip, layout=widgets.Layout(width="72px"))
    button.on_click(lambda _: press())
    return button


def _words(control: Control) -> dict[str, str]:
    """Every widget carries its name to be seen and its tip to be read out."""
    return {"description": control.label, "tooltip": control.tip}


def _row(children: list[Any]) -> Any:
    return widgets.Box(children, layout=widgets.Layout(flex_flow="row wrap", grid_gap="2px 12px"))
