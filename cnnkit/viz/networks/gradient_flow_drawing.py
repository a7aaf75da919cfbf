"""How the gradient flow looks: three curves over the layers, on a logarithmic scale, and a legend."""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from cnnkit.viz.chart import GRID, Chart
from cnnkit.viz.colour import GRADIENT, INK, INPUT, KERNEL, OUTPUT, QUIET
from cnnkit.viz.networks.flow import power_of_ten, times
from cnnkit.viz.svg import Drawing

WIDTH, HEIGHT, LEFT, TOP, ACROSS, UP = 880, 410, 84, 52, 540, 284
ROLES = {"plain": INPUT, "shortcut": KERNEL, "dense": OUTPUT}
DASHES = {"plain": None, "shortcut": "8 4", "dense": "2 4"}
Curves = dict[str, tuple[float, ...]]


def flow_drawing(curves: Curves, names: dict[str, str]) -> Drawing:
    """Draw the curves; the front of the networks is on the left.

    >>> curve = (4.0, 2.0, 1.0)
    >>> flow_drawing({"plain": curve, "shortcut": curve, "dense": curve}, dict.fromkeys(ROLES, "one")).height
    410
    """
    drawing = Drawing(WIDTH, HEIGHT)
    exponents = [float(np.log10(size)) for curve in curves.values() for size in curve]
    low, high = min(floor(min(exponents)), -1), max(ceil(max(exponents)), 4)
    depth = len(next(iter(curves.values()))) - 1
    chart = Chart(drawing, LEFT, TOP, ACROSS, UP, (0, depth), (low, high))
    drawing.words(LEFT, 24, "gradient, compared with that behind the last layer", 14, INK, "start", bold=True)
    _axes(chart, low, high, depth)
    for kind, curve in curves.items():
        chart.curve(np.arange(depth + 1.0), np.log10(curve), ROLES[kind].ink, dashes=DASHES[kind])
    _legend(drawing, {kind: curve[0] for kind, curve in curves.items()}, names)
    return drawing


def _axes(chart: Chart, low: int, high: int, depth: int) -> None:
    """Draw a line at each tick, darker at "as large as behind the last layer"."""
    drawing, step = chart.drawing, next(step for step in (1, 2, 3, 5, 10) if (high - low) / step <= 9)
    for power in range(low, high + 1):
        if power % step == 0:
            _, y = chart.at(0, power)
            drawing.line(LEFT, y, LEFT + ACROSS, y, QUIET if power == 0 else GRID)
            text = {0: "1", 1: "10", 2: "100", 3: "1,000"}.get(power, power_of_ten(power))
            drawing.words(LEFT - 10, y, text, 13, QUIET, "end")
    every = next(step for step in (1, 2, 5) if depth / step <= 10)
    for layer in range(0, depth + 1, every):
        x, _ = chart.at(layer, low)
        drawing.line(x, TOP + UP, x, TOP + UP + 5, QUIET)
        drawing.words(x, TOP + UP + 17, str(layer), 12, QUIET)
    drawing.box(LEFT, TOP, ACROSS, UP, stroke=GRID)
    y = TOP + UP + 44
    drawing.words(LEFT, y, "front (the input)", 13, INK, "start")
    drawing.words(LEFT + ACROSS / 2, y, "← the way of the gradient, layers passed by x", 13, GRADIENT.ink)
    drawing.words(LEFT + ACROSS, y, "end (the loss)", 13, INK, "end")


def _legend(drawing: Drawing, factors: dict[str, float], names: dict[str, str]) -> None:
    """Name each curve, with what becomes of the gradient over all layers."""
    left = LEFT + ACROSS + 30
    for row, (kind, factor) in enumerate(factors.items()):
        y, ink = TOP + 20 + 78 * row, ROLES[kind].ink
        drawing.mark(
            "path",
            d=f"M{left} {y}h36",
            fill="none",
            stroke=ink,
            stroke_width=2.4,
            stroke_dasharray=DASHES[kind],
        )
        drawing.words(left + 46, y, names[kind], 14, ink, "start", bold=True)
        drawing.words(left + 46, y + 22, f"× {times(factor)} at the front", 14, INK, "start")
