"""The architecture drawing: every layer a box to scale, every box a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from cnnkit.errors import UsageError
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.networks.architecture_drawing import architecture_drawing
from cnnkit.viz.networks.census import PLANS, Line, census
from cnnkit.viz.words import size as times

CHOICES = ("LeNet-5", "AlexNet", "VGG-11", "VGG-16")


def architecture(network: str = "AlexNet", *, layer: int = 1) -> Demo:
    """Draw a network to scale: height and width of a box are those of the maps, its length the channels.

    Shown are the picture, convolutions, pools and dense layers; ReLU, norm and dropout, which change no
    shape, stand in the text below the drawing.

    Parameters
    ----------
    network : "LeNet-5", "AlexNet", "VGG-11" or "VGG-16"
    layer : which box is looked at, 0 for the picture itself

    Returns
    -------
    Demo

    Raises
    ------
    UsageError
        if there is no such network or layer.

    >>> facts = architecture("AlexNet").facts()
    >>> facts["names"][facts["largest"]], facts["shapes"][1]
    ('conv1', (96, 55, 55))
    """
    controls: list[Control] = [
        Choice("network", "network", "which network is drawn", CHOICES),
        Slider(
            "layer", "layer", "which box is looked at", 0, lambda state: len(_lines(state)) - 1, timeline=True
        ),
    ]
    if network not in CHOICES:
        raise UsageError(f"architecture: network is {network!r}, but it must be one of {', '.join(CHOICES)}.")
    caption = "Height and width of a box are those of the maps, its length is the number of channels."
    demo = Demo("architecture", _draw, controls, {"network": network, "layer": 1}, caption)
    return demo.set(layer=layer)


def _lines(state: State) -> Sequence[Line]:
    return census(state["network"], PLANS[state["network"]].size)


def _draw(state: State) -> Picture:
    lines = _lines(state)
    numbers = [prod(line.shape) for line in lines]
    facts: dict[str, Any] = {
        "names": [line.name for line in lines],
        "shapes": [line.shape for line in lines],
        "numbers": numbers,
        "largest": numbers.index(max(numbers[1:]), 1),
        "text": [line.text for line in lines],
        "weighted": sum(line.parameters > 0 for line in lines),
    }
    drawing = architecture_drawing(lines, state["layer"], state["network"])
    return Picture(drawing, facts, _alt(state, facts), _status(state, lines), _code(state))


def _status(state: State, lines: Sequence[Line]) -> str:
    line, before = lines[state["layer"]], lines[max(0, state["layer"] - 1)]
    count = f"{prod(line.shape):,} numbers"
    if not state["layer"]:
        return f"The picture is {times(line.shape)}: {count}."
    ratio = prod(line.shape) / prod(before.shape)
    made = ", ".join((line.made, *line.then))
    learned = f"{line.parameters:,} parameters" if line.parameters else "nothing to learn"
    return (
        f"Layer {line.name} ({made}) makes {times(line.shape)} out of {times(before.shape)}: {count}, "
        f"{ratio:.3g} times as many as before it; {learned}."
    )


def _alt(state: State, facts: dict[str, Any]) -> str:
    chain = ", ".join(
        f"{name} {times(shape)}" for name, shape in zip(facts["names"], facts["shapes"], strict=True)
    )
    return (
        f"{state['network']} drawn to scale from left to right, as boxes for maps and upright bars for dense "
        f"layers: {chain}. The boxes grow longer and lower on the way. "
        f"Marked: {facts['names'][state['layer']]}."
    )


def _code(state: State) -> str:
    plan = PLANS[state["network"]]
    return (
        f"from cnnkit.audit import audit\nfrom cnnkit.models import {plan.maker}\n\n"
        f"rows = audit({plan.call}, (1, {plan.channels}, {plan.size}, {plan.size})).rows\n"
        'kinds = ("", "Conv2d", "MaxPool2d", "Linear")  # the picture has no kind\n'
        "shapes = [row.shape[1:] for row in rows if row.kind in kinds]\n"
    )
