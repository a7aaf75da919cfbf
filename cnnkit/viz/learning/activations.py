"""Activations: the value and the slope of each, at a point that moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnkit.viz.chart import Array, Chart, Range
from cnnkit.viz.colour import GRADIENT, OUTPUT, QUIET
from cnnkit.viz.controls import Choice, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number

Curve = Callable[[Array, float], Array]
WIDTH, HEIGHT, TOP, TALL = 880, 376, 70, 250
FARTHEST, GIVEN = 6, 3  # the axis ends at ±6; a is 0.3 where it plays no part
SHORT, LONG = (-1.25, 1.25), (-3.0, 6.0)
NONE = np.nan  # there is no slope where a function jumps


@dataclass(frozen=True)
class Function:
    """One activation: its formulas in words and in NumPy, and what it computes."""

    label: str
    formula: str
    slope_formula: str
    value: Curve
    slope: Curve
    code: tuple[str, str]
    heights: Range = SHORT
    has_a: bool = False


FUNCTIONS = {
    "step": Function(
        "The step function",
        "1 above 0, else 0",
        "0, and none at the jump",
        lambda x, a: np.where(x > 0, 1.0, 0.0),
        lambda x, a: np.where(x == 0, NONE, 0.0),
        ("float(x > 0)", "0.0 if x else None"),
    ),
    "sigmoid": Function(
        "The sigmoid",
        "s = 1 / (1 + e⁻ˣ)",
        "s (1 − s)",
        lambda x, a: 1 / (1 + np.exp(-x)),
        lambda x, a: 1 / (1 + np.exp(-x)) / (1 + np.exp(x)),
        ("1 / (1 + np.exp(-x))", "value * (1 - value)"),
    ),
    "tanh": Function(
        "Tanh",
        "t = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
        "1 − t²",
        lambda x, a: np.tanh(x),
        lambda x, a: np.cosh(x) ** -2.0,
        ("np.tanh(x)", "1 - value**2"),
    ),
    "ReLU": Function(
        "ReLU",
        "x above 0, else 0",
        "1 above 0, else 0",
        lambda x, a: np.maximum(x, 0.0),
        lambda x, a: np.where(x > 0, 1.0, 0.0),
        ("max(x, 0.0)", "float(x > 0)"),
        LONG,
    ),
    "PReLU": Function(
        "PReLU",
        "x above 0, else a x",
        "1 above 0, else a",
        lambda x, a: np.where(x > 0, x, a * x),
        lambda x, a: np.where(x > 0, 1.0, a),
        ("x if x > 0 else a * x", "1.0 if x > 0 else a"),
        LONG,
        True,
    ),
    "ELU": Function(
        "ELU",
        "x above 0, else a (eˣ − 1)",
        "1 above 0, else a eˣ",
        lambda x, a: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0))),
        lambda x, a: np.where(x > 0, 1.0, a * np.exp(np.minimum(x, 0))),
        ("x if x > 0 else a * (np.exp(x) - 1)", "1.0 if x > 0 else a * np.exp(x)"),
        LONG,
        True,
    ),
}


def activations(function: str = "sigmoid", *, point: int = 10, a: int = GIVEN) -> Demo:
    """Show an activation and its slope, and both numbers at one point.

    Parameters
    ----------
    function : one of step, sigmoid, tanh, ReLU, PReLU, ELU
    point : x in tenths, from -60 to 60
    a : the parameter of PReLU and ELU in tenths, from -5 to 15

    Returns
    -------
    Demo

    >>> demo = activations("sigmoid", point=0)
    >>> demo.facts()["value"], demo.facts()["slope"]
    (0.5, 0.25)
    """
    controls = [
        Choice("function", "function", "which activation is shown", tuple(FUNCTIONS)),
        Slider("point", "x, in tenths", "where value and slope are read", -10 * FARTHEST, 10 * FARTHEST),
        Slider(
            "a",
            "a, in tenths",
            "the parameter of PReLU and ELU",
            lambda state: -5 if FUNCTIONS[state["function"]].has_a else GIVEN,
            lambda state: 15 if FUNCTIONS[state["function"]].has_a else GIVEN,
        ),
    ]
    state = {"function": function, "point": point, "a": a}
    caption = "An activation and its slope: going back, a gradient is multiplied by the slope."
    return Demo("activations", _draw, controls, state, caption)


def _draw(state: State) -> Picture:
    function, x, a = FUNCTIONS[state["function"]], state["point"] / 10, state["a"] / 10
    value, slope = (float(curve(np.array(x), a)) for curve in (function.value, function.slope))
    facts = {"x": x, "value": value, "slope": None if np.isnan(slope) else slope} | _parameter(function, a)
    with_a = f" with a = {number(a)}" if function.has_a else ""
    said = "there is no slope" if np.isnan(slope) else f"the slope is {number(slope)}"
    status = f"{function.label}{with_a}: at x = {number(x)} the value is {number(value)}, and {said}."
    alt = (
        f"Two charts from −{FARTHEST} to {FARTHEST}. {function.label}{with_a}, and its slope. "
        f"A dot marks x = {number(x)}, where the value is {number(value)} and {said}."
    )
    return Picture(_drawing(function, x, a), facts, alt, status, _code(function, x, a))


def _parameter(function: Function, a: float) -> dict[str, float]:
    return {"a": a} if function.has_a else {}


def _drawing(function: Function, x: float, a: float) -> Drawing:
    drawing = Drawing(WIDTH, HEIGHT)
    slopes = (-0.75, 1.75) if function.has_a else (-0.25, 1.25)
    ticks = (-0.5, 0, 0.5, 1, 1.5) if function.has_a else (0, 0.25, 0.5, 0.75, 1)
    heights = (-2, 0, 2, 4, 6) if function.heights == LONG else (-1, -0.5, 0, 0.5, 1)
    value, slope = (float(curve(np.array(x), a)) for curve in (function.value, function.slope))
    no_slope = bool(np.isnan(slope))
    for margin, title, formula, ink in (
        (56, f"value {number(value)}", function.formula, OUTPUT.ink),
        (500, "no slope" if no_slope else f"slope {number(slope)}", function.slope_formula, GRADIENT.ink),
    ):
        drawing.words(margin, 24, title, 15, ink, "start", bold=True)
        drawing.words(margin, 47, formula, 14, QUIET, "start")
    values = Chart(drawing, 56, TOP, 350, TALL, (-FARTHEST, FARTHEST), function.heights)
    gradients = Chart(drawing, 500, TOP, 350, TALL, (-FARTHEST, FARTHEST), slopes)
    for chart, curve, up, ink in (
        (values, function.value, heights, OUTPUT.ink),
        (gradients, function.slope, ticks, GRADIENT.ink),
    ):
        chart.axes(range(-FARTHEST, FARTHEST + 1, 2), up, "x")
        chart.upright(x)
        left, right = np.linspace(-FARTHEST, 0, 241), np.linspace(1e-9, FARTHEST, 241)
        for side in (left, right):
            chart.curve(side, curve(side, a), ink)
        above = float(curve(right, a)[0])
        if not abs(above - float(curve(left, a)[-1])) < 1e-6:  # it jumps at 0, or is not defined there
            chart.point(0, above, ink, hollow=True, radius=4)
    if not no_slope:
        _tangent(values, x, value, slope)
    values.point(x, value, OUTPUT.ink)
    gradients.point(x, 0 if no_slope else slope, GRADIENT.ink, hollow=no_slope)
    return drawing


def _tangent(chart: Chart, x: float, value: float, slope: float) -> None:
    """Draw a short line through a point of the curve with the slope there."""
    along = np.linspace(max(x - 1.5, -FARTHEST), min(x + 1.5, FARTHEST), 61)
    chart.curve(along, value + slope * (along - x), GRADIENT.ink, dashes="6 4", thick=2)


def _code(function: Function, x: float, a: float) -> str:
    given = f"x, a = {x}, {a}" if function.has_a else f"x = {x}"
    value, slope = function.code
    return f"import numpy as np\n\n{given}\nvalue = {value}\nslope = {slope}\n"
