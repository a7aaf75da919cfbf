"""How the learning-rate dial looks: the valley from above with the way down, and the loss beside it."""

from __future__ import annotations

from math import sqrt

from cnnkit.viz.clipped import ClippedChart
from cnnkit.viz.colour import GRADIENT, INK, INPUT, OUTPUT, PAPER, QUIET, WARNING
from cnnkit.viz.learning.descent import FLAT, LIMITS, REST, STEEP, STEPS, Place, arrival
from cnnkit.viz.svg import Drawing

WIDTH, HEIGHT, TOP = 880, 392, 62
LEVELS = (0.1, 0.4, 0.9, 1.6, 2.5, 4, 6, 9, 13, 18, 24, 31)


def drawing_of(optimiser: str, rate: float, step: int, places: list[Place], losses: list[float]) -> Drawing:
    """Draw the way up to ``step``, and what is still to come in a paler ink.

    >>> drawing_of("Adam", 0.1, 1, [(-4.5, 1.5), (-4.4, 1.4)], [19.1, 17.5]).width
    880
    """
    drawing = Drawing(WIDTH, HEIGHT)
    drawing.words(52, 24, f"{optimiser}, learning rate {rate:.2f}", 16, INK, "start", bold=True)
    drawing.words(52, 45, "the valley from above: each line is one height", 13, INPUT.ink, "start")
    _valley(drawing, step, places)
    _loss(drawing, step, losses)
    drawing.words(WIDTH - 24, 24, _verdict(optimiser, rate, losses), 14, _ink(losses), "end", bold=True)
    limit = LIMITS[optimiser]
    if limit is not None and rate >= limit:  # not before: where it lies is for the reader to find
        said = f"{optimiser} needs a rate below {limit:g} here"
        drawing.words(WIDTH - 24, 45, said, 13, QUIET, "end")
    return drawing


def _verdict(optimiser: str, rate: float, losses: list[float]) -> str:
    arrived = arrival(losses)
    if arrived is not None:
        return f"at rest from step {arrived} on"
    return "the steps grow" if losses[-1] > losses[0] else f"not at rest after {STEPS} steps"


def _ink(losses: list[float]) -> str:
    return WARNING.ink if arrival(losses) is None else OUTPUT.ink


def _valley(drawing: Drawing, step: int, places: list[Place]) -> None:
    """Draw lines of equal loss, the way, and the place now. Both axes have the same scale."""
    chart = ClippedChart(drawing, 52, TOP, 440, 272, (-5.5, 5.5), (-3.4, 3.4))
    drawing.box(chart.left, chart.top, chart.width, chart.height, INPUT.pale)
    chart.inside("".join(_ellipse(chart, level) for level in LEVELS[::-1]))
    chart.axes((-4, -2, 0, 2, 4), (-2, 0, 2), "w₀, along the valley")
    drawing.words(20, TOP - 16, "w₁", 13, QUIET)
    chart.way(places, GRADIENT.deep, 1.6)
    chart.way(places[: step + 1], GRADIENT.ink, 2.2)
    for place in places[: step + 1]:
        chart.dot(*place, GRADIENT.ink, 2.6)
    chart.dot(*places[0], INK, 4)
    chart.dot(*places[step], WARNING.ink, 6)


def _ellipse(chart: ClippedChart, level: float) -> str:
    """Return the line on which the loss has one value."""
    (left, top), (right, bottom) = (
        chart.at(sign * sqrt(2 * level / FLAT), -sign * sqrt(2 * level / STEEP)) for sign in (-1, 1)
    )
    return (
        f'<ellipse cx="{chart.width / 2:.1f}" cy="{chart.height / 2:.1f}" rx="{(right - left) / 2:.1f}" '
        f'ry="{(bottom - top) / 2:.1f}" fill="{PAPER}" fill-opacity="0.25" stroke="{INPUT.deep}"/>'
    )


def _loss(drawing: Drawing, step: int, losses: list[float]) -> None:
    """Draw the loss by step, on a scale where each line is ten times the one below."""
    chart = ClippedChart(drawing, 568, TOP, 288, 272, (0, STEPS), (1e-5, 1e5), log=True)
    chart.axes((0, 20, 40, 60), (1e-4, 1e-2, 1, 100, 1e4), "step")
    drawing.words(chart.left + 8, TOP + 12, "loss", 13, GRADIENT.ink, "start", bold=True)
    level = chart.at(0, REST)[1]
    drawing.line(chart.left, level, chart.left + chart.width, level, OUTPUT.ink, 1.2, dashed=True)
    points = [(float(place), value) for place, value in enumerate(losses)]
    chart.way(points, GRADIENT.deep, 1.6)
    chart.way(points[: step + 1], GRADIENT.ink, 2.4)
    chart.dot(*points[step], WARNING.ink, 6)
