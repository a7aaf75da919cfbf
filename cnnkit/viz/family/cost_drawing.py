"""How the cost curve looks: three curves, a line where the sliders stand, and a legend with numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnnkit.viz.colour import GRADIENT, INK, INPUT, KERNEL, OUTPUT, QUIET
from cnnkit.viz.controls import State
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 400, 92, 236, 44, 62
ROLES = {"full": INPUT, "separable": KERNEL, "depthwise": OUTPUT}
DASHES = {"full": None, "separable": "7 4", "depthwise": "2 4"}
LABELS = {
    "kernel": "kernel size k",
    "size": "size of the picture",
    "channels": "channels C",
    "filters": "filters F",
}
Curves = dict[str, list[int]]


@dataclass(frozen=True)
class Frame:
    """Where values lie on the sheet."""

    first: int
    last: int
    most: float

    def across(self, place: float) -> float:
        """Return the pixel column of a place."""
        wide = WIDTH - LEFT - RIGHT
        return LEFT + wide * (place - self.first) / max(1, self.last - self.first)

    def up(self, value: float) -> float:
        """Return the pixel row of a value."""
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.most


def cost_drawing(state: State, places: list[int], curves: Curves, names: dict[str, str]) -> Drawing:
    """Draw the curves with their axes, and a line at the present value.

    >>> state = {"along": "kernel", "show": "count", "kernel": 2}
    >>> curves = {"full": [1, 4], "separable": [2, 4], "depthwise": [2, 5]}
    >>> cost_drawing(state, [1, 2], curves, dict.fromkeys(curves, "a layer")).height
    400
    """
    share, now = state["show"] == "share", places.index(state[state["along"]])
    shown: dict[str, list[float]] = {
        kind: [
            value / full if share else float(value) for value, full in zip(curve, curves["full"], strict=True)
        ]
        for kind, curve in curves.items()
    }
    most = max(max(curve) for curve in shown.values())
    frame = Frame(places[0], places[-1], _rounded_up(most))
    drawing = Drawing(WIDTH, HEIGHT)
    title = "share of the ordinary layer's multiplications" if share else "multiplications"
    drawing.words(LEFT, 22, title, 14, INK, "start", bold=True)
    _axes(drawing, frame, LABELS[state["along"]])
    x = frame.across(places[now])
    drawing.line(x, TOP, x, HEIGHT - BOTTOM, GRADIENT.ink, 1.5, dashed=True)
    for kind, curve in shown.items():
        _curve(drawing, frame, places, curve, kind)
        drawing.mark("circle", cx=x, cy=frame.up(curve[now]), r=4.5, fill=ROLES[kind].ink)
    _legend(drawing, names, {kind: curve[now] for kind, curve in curves.items()}, curves["full"][now])
    return drawing


def _axes(drawing: Drawing, frame: Frame, label: str) -> None:
    """Draw faint lines with their values, and numbers below."""
    for part in range(5):
        value = frame.most * part / 4
        y = frame.up(value)
        drawing.line(LEFT, y, WIDTH - RIGHT, y, QUIET if not part else "#e1e4e8")
        drawing.words(LEFT - 8, y, _count(value), 12, QUIET, "end")
    step = next(s for s in (1, 2, 5, 10, 20) if (frame.last - frame.first) / s <= 10)
    multiples = [p for p in range(frame.first, frame.last + 1) if not p % step]
    for place in sorted({frame.first, *multiples} - {p for p in multiples if 0 < p - frame.first < step / 2}):
        drawing.words(frame.across(place), HEIGHT - BOTTOM + 16, str(place), 12, QUIET)
    drawing.words((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, label, 13, INK)


def _curve(drawing: Drawing, frame: Frame, places: list[int], curve: Sequence[float], kind: str) -> None:
    """Draw one curve."""
    points = [(frame.across(p), frame.up(value)) for p, value in zip(places, curve, strict=True)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    drawing.mark(
        "path",
        d=f"M{path}",
        fill="none",
        stroke=ROLES[kind].ink,
        stroke_width=2.4,
        stroke_dasharray=DASHES[kind],
    )


def _legend(drawing: Drawing, names: dict[str, str], now: dict[str, int], full: int) -> None:
    """Name each curve at the right, with its count and its share."""
    left = WIDTH - RIGHT + 24
    for row, (kind, name) in enumerate(names.items()):
        y, ink = TOP + 14 + row * 82, ROLES[kind].ink
        drawing.mark(
            "path",
            d=f"M{left} {y}h34",
            stroke=ink,
            stroke_width=2.4,
            fill="none",
            stroke_dasharray=DASHES[kind],
        )
        drawing.words(left + 42, y, name, 14, ink, "start", bold=True)
        drawing.words(left + 42, y + 22, f"{now[kind]:,}", 14, INK, "start")
        share = now[kind] / full
        if kind != "full":
            drawing.words(left + 42, y + 42, f"{share:.3f} of the ordinary", 12, QUIET, "start")
    drawing.words(left, HEIGHT - BOTTOM - 24, "the broken line marks", 12, GRADIENT.ink, "start")
    drawing.words(left, HEIGHT - BOTTOM - 8, "where the sliders stand", 12, GRADIENT.ink, "start")


def _rounded_up(value: float) -> float:
    """Return the next number that can be divided into four round parts.

    >>> _rounded_up(69984), _rounded_up(1.3)
    (80000.0, 1.6)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= value)


def _count(value: float) -> str:
    """Write a large number shortly.

    >>> _count(2_000_000), _count(40_000), _count(0.25)
    ('2 million', '40,000', '0.25')
    """
    if value >= 1e6:
        return f"{number(round(value / 1e6, 2))} million"
    return f"{int(value):,}" if value >= 10 else number(round(value, 3))
