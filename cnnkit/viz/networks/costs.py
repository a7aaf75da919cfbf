"""Parameters against MACs: one bar for what a network keeps, one for what it computes, ribbons between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from cnnkit.errors import UsageError
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.networks.census import PLANS, Line, census
from cnnkit.viz.networks.costs_drawing import costs_drawing, percent
from cnnkit.viz.words import size as times

CHOICES = ("LeNet-5", "AlexNet", "AlexNet, 2 groups", "VGG-16")


def parameters_and_macs(network: str = "AlexNet", size: int | None = None, *, layer: int = 1) -> Demo:
    """Show which layers hold a network's parameters, and which do its multiplications.

    Each bar is the whole network, from the first layer on the left to the last; a ribbon leads from a
    layer's share of the parameters to its share of the MACs. Only layers with weights are shown.

    Parameters
    ----------
    network : "LeNet-5", "AlexNet", "AlexNet, 2 groups" or "VGG-16"
    size : height and width of the picture; None for the usual one. The head is built for that size
    layer : which layer is looked at, counted from 1

    Returns
    -------
    Demo

    Raises
    ------
    UsageError
        if there is no such network, or the picture is too small for its layers.

    >>> facts = parameters_and_macs("VGG-16").facts()
    >>> facts["parameters"], facts["macs"], round(facts["dense_parameters"], 3), round(facts["conv_macs"], 3)
    (138357544, 15470264320, 0.894, 0.992)
    """
    controls: list[Control] = [
        Choice("network", "network", "which network is looked at", CHOICES),
        Slider(
            "size", "picture", "height and width of the picture", partial(_extreme, 0), partial(_extreme, 1)
        ),
        Slider("layer", "layer", "which layer is looked at", 1, _count, timeline=True),
    ]
    if network not in CHOICES:
        raise UsageError(
            f"parameters_and_macs: network is {network!r}, but it must be one of {', '.join(CHOICES)}."
        )
    state = {"network": network, "size": PLANS[network].size, "layer": 1}
    caption = "Where the parameters of a network sit, and where its multiplications are done."
    demo = Demo("parameters_and_macs", _draw, controls, state, caption, couple=_with_its_size)
    return demo.set(size=PLANS[network].size if size is None else size).set(layer=layer)


def _extreme(end: int, state: State) -> int:
    return PLANS[state["network"]].sizes[end]


def _count(state: State) -> int:
    return len(_weighted(state))


def _with_its_size(state: State, changes: State) -> State:
    """Another network comes with its usual picture, unless a size is asked for as well."""
    if changes.get("network", state["network"]) in CHOICES and "network" in changes:
        return {"size": PLANS[changes["network"]].size} | changes
    return changes


def _weighted(state: State) -> list[Line]:
    return [line for line in census(state["network"], state["size"]) if line.macs]


def _draw(state: State) -> Picture:
    lines, plan = _weighted(state), PLANS[state["network"]]
    usual = sum(line.macs for line in census(state["network"], plan.size))
    parameters, macs = sum(line.parameters for line in lines), sum(line.macs for line in lines)
    dense = [line for line in lines if line.kind == "Linear"]
    facts: dict[str, Any] = {
        "names": [line.name for line in lines],
        "layer_parameters": [line.parameters for line in lines],
        "layer_macs": [line.macs for line in lines],
        "parameters": parameters,
        "macs": macs,
        "dense_parameters": sum(line.parameters for line in dense) / parameters,
        "first_dense_parameters": dense[0].parameters / parameters,
        "conv_macs": 1 - sum(line.macs for line in dense) / macs,
        "times_the_usual_macs": macs / usual,
    }
    chosen = lines[state["layer"] - 1]
    drawing = costs_drawing(lines, state["layer"] - 1, f"{state['network']}, picture {_picture(state)}")
    return Picture(drawing, facts, _alt(state, lines, facts), _status(state, chosen, facts), _code(state))


def _picture(state: State) -> str:
    plan = PLANS[state["network"]]
    return times((plan.channels, state["size"], state["size"]))


def _status(state: State, chosen: Line, facts: dict[str, Any]) -> str:
    kept, done = chosen.parameters / facts["parameters"], chosen.macs / facts["macs"]
    usual, more = PLANS[state["network"]].size, ""
    if state["size"] != usual:
        before = facts["macs"] / facts["times_the_usual_macs"]
        more = f" With a picture of {usual} the whole network takes {before:,.0f}."
    return (
        f"Layer {chosen.name} has {chosen.parameters:,} of {facts['parameters']:,} parameters "
        f"({percent(kept)}) and does {chosen.macs:,} of {facts['macs']:,} MACs ({percent(done)}).{more}"
    )


def _alt(state: State, lines: Sequence[Line], facts: dict[str, Any]) -> str:
    most = max(lines, key=lambda line: line.parameters).name
    busiest = max(lines, key=lambda line: line.macs).name
    return (
        f"Two bars for {state['network']} with a picture of {_picture(state)}, one piece a layer and a "
        "ribbon from each piece above to the same layer below. Parameters: "
        f"{percent(facts['dense_parameters'])} in dense layers, the widest piece is {most}. MACs: "
        f"{percent(facts['conv_macs'])} in convolutions, the widest piece is {busiest}. "
        f"Marked: {lines[state['layer'] - 1].name}."
    )


def _code(state: State) -> str:
    plan = PLANS[state["network"]]
    return (
        f"from cnnkit.layers import Linear\nfrom cnnkit.models import {plan.maker}\n\n"
        f"shape = (1, {plan.channels}, {state['size']}, {state['size']})\n"
        "layer_parameters, layer_macs = [], []\n"
        f"for _, layer in {plan.call}.named_layers():\n"
        "    if layer.children():\n        continue\n"
        "    if isinstance(layer, Linear):  # as many inputs as there are numbers\n"
        "        layer = Linear(shape[1], layer.out_features)\n"
        "    if layer.macs(shape):\n"
        "        layer_parameters.append(sum(p.size for p in layer.parameters()))\n"
        "        layer_macs.append(layer.macs(shape))\n"
        "    shape = layer.out_shape(shape)\n"
    )
