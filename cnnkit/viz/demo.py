"""`Demo`: a figure that a learner moves, a test drives, and a page without a kernel still shows.

A figure is a pure function from its state to a `Picture`; its controls are a table. Everything else, the
widgets included, is made from these two in the same way for every figure.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from cnnkit.errors import UsageError
from cnnkit.viz.controls import Control, Slider, State, settle
from cnnkit.viz.svg import Drawing, data_uri

WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Picture:
    """What a figure shows in one state: the drawing, the numbers on show, and both in words."""

    drawing: Drawing
    facts: dict[str, Any]
    alt: str
    status: str
    code: str

    @property
    def svg(self) -> str:
        """The drawing as SVG text."""
        return self.drawing.svg(self.alt)


class Demo:
    """One figure with its controls.

    Parameters
    ----------
    name : str, the function that made it, for messages
    draw : function from the state to a `Picture`; it has no other input and no side effect
    controls : what can be moved, in order; limits of later ones follow earlier ones
    state : the state to begin with
    caption : str, one sentence that holds in every state
    couple : function (state, changes) -> changes, for entries that move together

    >>> from cnnkit.viz import border_influence
    >>> demo = border_influence((6, 6), 3)
    >>> demo.state["padding"], demo.facts()["counts"][0]
    (0, [1, 2, 3, 3, 2, 1])
    >>> demo.set(padding=1).facts()["counts"][0]
    [4, 6, 6, 6, 6, 4]
    """

    def __init__(
        self,
        name: str,
        draw: Callable[[State], Picture],
        controls: Sequence[Control],
        state: State,
        caption: str,
        couple: Callable[[State, State], State] | None = None,
    ) -> None:
        self.name, self.controls, self.caption = name, tuple(controls), caption
        self._draw, self._couple = draw, couple
        self._state = settle(self.controls, state, state, name)
        self._picture = draw(self._state)
        self._watchers: list[Callable[[], None]] = []

    @property
    def state(self) -> State:
        """A copy of the state: ``demo.set(**other.state)`` brings one figure where another stands."""
        return deepcopy(self._state)

    def set(self, **changes: Any) -> Demo:
        """Move controls by name and return the figure itself; other controls follow where they must.

        Raises
        ------
        UsageError
            if there is no such control, or its value is not possible here.
        """
        changes = deepcopy(changes)
        if self._couple and not changes.keys() - self._state.keys():
            changes = self._couple(self.state, changes)
        self._state = settle(self.controls, self._state, changes, self.name)
        self._picture = self._draw(self._state)
        for watcher in self._watchers:
            watcher()
        return self

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call ``watcher`` after every change of the state."""
        self._watchers.append(watcher)

    def facts(self) -> dict[str, Any]:
        """Return the numbers on show, by name."""
        return deepcopy(self._picture.facts)

    @property
    def alt(self) -> str:
        """The picture in one or two sentences."""
        return self._picture.alt

    @property
    def status(self) -> str:
        """What just happened, in numbers: the line that is read out when a control moves."""
        return self._picture.status

    @property
    def svg(self) -> str:
        """The picture as SVG text."""
        return self._picture.svg

    @property
    def timeline(self) -> Slider | None:
        """The control that Prev, Play and Next move, where the figure has one."""
        return next((c for c in self.controls if isinstance(c, Slider) and c.timeline), None)

    def frame(self, i: int) -> str:
        """Return picture number ``i`` along the timeline as SVG text, without moving the figure."""
        slider = self.timeline
        if slider is None:
            if i:
                raise UsageError(
                    f"{self.name}: frame is {i!r}, but this figure has no timeline, only frame 0."
                )
            return self.svg
        low, _ = slider.limits(self._state)
        return self._draw(settle(self.controls, self._state, {slider.name: low + i}, self.name)).svg

    def code(self) -> str:
        """Return the lines of NumPy that give the numbers on show, ready to run in a cell."""
        return self._picture.code

    def figure(self) -> str:
        """Return the figure as HTML that needs no kernel, no script and no network."""
        source = data_uri("image/svg+xml", self.svg.encode())
        return (
            f'<figure style="margin: 0"><img alt="{escape(self.alt)}" src="{source}" style="max-width: 100%">'
            f"<figcaption>{escape(self.caption)} {escape(self.status)}</figcaption></figure>"
        )

    @cached_property
    def ui(self) -> Any:
        """The figure with its controls as one ipywidgets box, made at first use."""
        from cnnkit.viz.panel import Panel

        return Panel(self).box

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Show the widgets where they live, else the still figure, and its words where there is only text."""
        bundle: dict[str, Any] = {"text/plain": self.alt, "text/html": self.figure()}
        if importlib.util.find_spec("ipywidgets"):
            bundle[WIDGET] = {"version_major": 2, "version_minor": 0, "model_id": self.ui.model_id}
        return bundle

    def __repr__(self) -> str:
        return self.alt
