"""Loss curves: how much a probability costs, and how much a distance costs. Entropy stands beside them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cnnkit.viz.chart import Array, Chart
from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT
from cnnkit.viz.controls import Slider, State, Toggle
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number

WIDTH, HEIGHT, TOP, TALL = 880, 460, 56, 270
LEFT, RIGHT, WIDE = 50, 494, 356
MOST = 4.0  # both charts show losses up to 4
# name -> ink, dashes, loss and slope for an error; L2 is the error's square, as in `l2_loss`
DISTANCES: dict[str, tuple[str, str | None, Callable[[Array], Array], Callable[[Array], Array]]] = {
    "L2": (KERNEL.ink, "9 4 2 4", lambda e: e**2, lambda e: 2 * e),
    "L1": (INPUT.ink, "6 4", np.abs, np.sign),
    "smooth L1": (
        OUTPUT.ink,
        None,
        lambda e: np.where(np.abs(e) <= 1, e**2 / 2, np.abs(e) - 0.5),
        lambda e: np.clip(e, -1, 1),
    ),
}


def loss_curves(*, percent: int = 50, yes: bool = True, error: int = 15) -> Demo:
    """Show cross-entropy and entropy over a probability, and L2, L1 and smooth L1 over an error.

    Parameters
    ----------
    percent : the probability that was given to yes, from 1 to 99
    yes : True if yes is the right answer
    error : prediction minus target in tenths, from -30 to 30

    Returns
    -------
    Demo

    >>> facts = loss_curves(percent=50).facts()
    >>> round(facts["cross_entropy"], 3), round(facts["entropy"], 3)
    (0.693, 0.693)
    >>> round(loss_curves(percent=1).facts()["cross_entropy"], 3)
    4.605
    """
    controls = [
        Slider("percent", "a, in percent", "the probability that was given to yes", 1, 99),
        Toggle("yes", "right is yes", "which answer is the right one"),
        Slider("error", "error, in tenths", "prediction minus target", -30, 30),
    ]
    state = {"percent": percent, "yes": yes, "error": error}
    caption = "Left: the cost of a probability. Right: the cost of a distance."
    return Demo("loss_curves", _draw, controls, state, caption)


def _draw(state: State) -> Picture:
    a, e, yes = state["percent"] / 100, state["error"] / 10, state["yes"]
    cost, entropy = -math.log(a if yes else 1 - a), float(_entropy(np.array(a)))
    losses = {name: float(loss(np.array(e))) for name, (*_, loss, _) in DISTANCES.items()}
    slopes = {name: float(slope(np.array(e))) for name, (*_, slope) in DISTANCES.items()}
    facts = {"cross_entropy": cost, "entropy": entropy, "losses": losses, "slopes": slopes}
    right = "yes" if yes else "no"
    listed = ", ".join(f"{name} {number(losses[name])} (slope {number(slopes[name])})" for name in DISTANCES)
    both = number(cost), number(entropy)
    status = (
        f"Right is {right}, and a = {number(a)}: the cross-entropy is {both[0]}, the entropy {both[1]}. "
        f"Error {number(e)}: {listed}."
    )
    falls = "falls from very large near 0 to 0 at 1" if yes else "rises from 0 at 0 to very large near 1"
    alt = (
        f"Left chart, over the probability a given to yes: the cross-entropy for the right answer {right} "
        f"{falls}; the entropy is a hill with its top, 0.693, at 0.5. "
        f"At a = {number(a)} they are {both[0]} and {both[1]}. "
        "Right chart, over an error from −3 to 3: the parabola L2, the corner L1, and smooth L1, "
        f"which is round at 0 and straight outside; dots at the error {number(e)}."
    )
    return Picture(_drawing(a, e, yes, losses, slopes), facts, alt, status, _code(a, e, yes))


def _entropy(a: Array) -> Array:
    return np.asarray(-a * np.log(a) - (1 - a) * np.log(1 - a))


def _drawing(a: float, e: float, yes: bool, losses: dict[str, float], slopes: dict[str, float]) -> Drawing:
    drawing = Drawing(WIDTH, HEIGHT)
    _probability(Chart(drawing, LEFT, TOP, WIDE, TALL, (0, 1), (0, MOST)), a, yes)
    _distance(Chart(drawing, RIGHT, TOP, WIDE, TALL, (-3, 3), (0, MOST)), e)
    cost, entropy = -math.log(a if yes else 1 - a), float(_entropy(np.array(a)))
    y = TOP + TALL + 62
    _entry(drawing, LEFT, y, OUTPUT.ink, None, f"cross-entropy: {number(cost)}")
    _entry(drawing, LEFT, y + 24, INPUT.ink, "6 4", f"entropy: {number(entropy)}")
    for row, (name, (ink, dashes, *_)) in enumerate(DISTANCES.items()):
        said = f"{name}: {number(losses[name])}, slope {number(slopes[name])}"
        _entry(drawing, RIGHT, y + 24 * row, ink, dashes, said)
    return drawing


def _probability(chart: Chart, a: float, yes: bool) -> None:
    """Draw the two curves over a probability, and a dot on each."""
    drawing, inside = chart.drawing, np.linspace(0.0005, 0.9995, 1500)
    drawing.words(
        chart.left,
        28,
        f"a probability; the right answer is {'yes' if yes else 'no'}",
        15,
        INK,
        "start",
        bold=True,
    )
    chart.axes((0, 0.25, 0.5, 0.75, 1), range(5), "a: the probability given to yes")
    chart.upright(a)
    chart.curve(inside, _entropy(inside), INPUT.ink, dashes="6 4")
    chart.curve(inside, -np.log(inside if yes else 1 - inside), OUTPUT.ink)
    chart.point(a, float(_entropy(np.array(a))), INPUT.ink)
    cost = -math.log(a if yes else 1 - a)
    chart.point(a, cost, OUTPUT.ink)
    if cost > MOST:
        x, _ = chart.at(a, 0)
        anchor, shift = ("start", 10) if yes else ("end", -10)
        drawing.words(x + shift, chart.top + 12, f"{number(cost)}, above the chart", 12, OUTPUT.ink, anchor)


def _distance(chart: Chart, e: float) -> None:
    """Draw the three curves over an error, and a dot on each."""
    errors = np.linspace(-3, 3, 601)
    chart.drawing.words(chart.left, 28, "a distance", 15, INK, "start", bold=True)
    chart.axes(range(-3, 4), range(5), "error: prediction minus target")
    chart.upright(e)
    for ink, dashes, loss, _ in DISTANCES.values():
        chart.curve(errors, loss(errors), ink, dashes=dashes)
        chart.point(e, float(loss(np.array(e))), ink)


def _entry(drawing: Drawing, x: float, y: float, ink: str, dashes: str | None, said: str) -> None:
    """Draw one line of a legend: a piece of the curve, and its number at the point."""
    drawing.mark(
        "path", d=f"M{x} {y}L{x + 44} {y}", stroke=ink, stroke_width=2.4, stroke_dasharray=dashes, fill="none"
    )
    drawing.words(x + 54, y, said, 14, INK, "start")


def _code(a: float, e: float, yes: bool) -> str:
    return (
        f"import numpy as np\n\na, t, e = {a}, {int(yes)}, {e}\n"
        "cross_entropy = -t * np.log(a) - (1 - t) * np.log(1 - a)\n"
        "entropy = -a * np.log(a) - (1 - a) * np.log(1 - a)\n"
        "l2, l1 = e**2, abs(e)\n"
        "smooth_l1 = e**2 / 2 if abs(e) <= 1 else abs(e) - 0.5\n"
        "slopes = [2 * e, np.sign(e), np.clip(e, -1, 1)]\n"
    )
