"""The learning-rate dial: steps in a valley that is steep in one direction and flat in the other."""

from __future__ import annotations

from typing import Any

from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.learning import descent
from cnnkit.viz.learning.learning_rate_drawing import drawing_of
from cnnkit.viz.words import number, several

CODE = {
    "gradient descent": "    w = w - rate * g\n",
    "momentum": "    v = 0.8 * v + g\n    w = w - rate * v\n",
    "Adam": (
        "    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2\n"
        "    w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)\n"
    ),
}


def learning_rate(rate: int = 20, optimiser: str = "gradient descent", *, step: int = 12) -> Demo:
    """Show the steps of an optimiser in the valley 0.1 w0² + 4 w1², and the loss at each.

    Parameters
    ----------
    rate : int, the learning rate in hundredths, 1 to 60
    optimiser : "gradient descent", "momentum" (0.8) or "Adam"
    step : int, how many steps have been taken, 0 to 60

    Returns
    -------
    Demo

    >>> demo = learning_rate(25)
    >>> demo.facts()["place"], demo.facts()["limit"], demo.facts()["arrives"]
    ([-2.43162, 1.5], 0.25, None)
    >>> demo.set(rate=24).facts()["arrives"]
    55
    """
    controls: list[Control] = [
        Slider("step", "step", "how many steps have been taken", 0, descent.STEPS, timeline=True),
        Choice("optimiser", "optimiser", "how a gradient is turned into a step", descent.OPTIMISERS),
        Slider("rate", "rate / 100", "the learning rate in hundredths", 1, 60),
    ]
    state = {"step": step, "optimiser": optimiser, "rate": rate}
    caption = "A valley forty times steeper across than along, seen from above, and the loss on the way down."
    return Demo("learning_rate", _draw, controls, state, caption)


def _draw(state: State) -> Picture:
    optimiser, rate, step = state["optimiser"], state["rate"] / 100, state["step"]
    places = descent.path(optimiser, rate)
    losses = [descent.loss(place) for place in places]
    facts: dict[str, Any] = {
        "rate": rate,
        "place": [round(weight, 6) for weight in places[step]],
        "loss": losses[step],
        "losses": losses[: step + 1],
        "limit": descent.LIMITS[optimiser],
        "arrives": descent.arrival(losses),
    }
    drawing = drawing_of(optimiser, rate, step, places, losses)
    return Picture(drawing, facts, _alt(state, facts), _status(state, facts), _code(state))


def _fate(facts: dict[str, Any]) -> str:
    if facts["arrives"] is not None:
        return f"the loss stays below {descent.REST} from step {facts['arrives']} on"
    return f"within {descent.STEPS} steps the loss does not come to rest below {descent.REST}"


def _status(state: State, facts: dict[str, Any]) -> str:
    w0, w1 = (number(weight) for weight in facts["place"])
    sentence = (
        f"{several(state['step'], 'step')} of {state['optimiser']} with learning rate {facts['rate']:.2f}: "
        f"w is ({w0}, {w1}), the loss {number(facts['loss'])}; {_fate(facts)}."
    )
    return sentence[0].upper() + sentence[1:]


def _alt(state: State, facts: dict[str, Any]) -> str:
    return (
        f"A narrow valley from above with the way of {several(state['step'], 'step')} of "
        f"{state['optimiser']} at learning rate {facts['rate']:.2f}, "
        f"and the loss at each step, now {number(facts['loss'])}. "
        f"{_fate(facts).capitalize()}."
    )


def _code(state: State) -> str:
    kept = {"momentum": "v = np.zeros(2)\n", "Adam": "m, v = np.zeros(2), np.zeros(2)\n"}
    return (
        "import numpy as np\n\n"
        f"rate, w = {state['rate'] / 100}, np.array([-4.5, 1.5])\n{kept.get(state['optimiser'], '')}"
        f"for t in range(1, {state['step'] + 1}):\n    g = np.array([0.2, 8]) * w\n{CODE[state['optimiser']]}"
        "loss = 0.1 * w[0]**2 + 4 * w[1]**2\n"
    )
