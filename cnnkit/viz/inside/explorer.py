"""The activations explorer: one map of one layer, its strongest unit, and what this unit has seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional import softmax
from cnnkit.layers import Sequential
from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.inside.explorer_drawing import View, explorer_drawing
from cnnkit.viz.inside.subject import Box, Stage, Subject, seen_box, subject_of
from cnnkit.viz.words import number, several, size

Array = npt.NDArray[Any]


def activations_explorer(
    net: Sequential,
    images: Any,
    *,
    shown: Any = None,
    names: Sequence[str] | None = None,
    picture: int = 0,
    layer: int = 0,
    channel: int = 0,
) -> Demo:
    """Explore what the maps of a network answer to, with the receptive field of a map's strongest unit.

    Parameters
    ----------
    net : Sequential that turns pictures into scores (N, classes). A layer may be a whole module; a Sequential
        right inside the network, such as ``features``, is opened. The figure keeps a copy as it is now.
    images : array (N, 1, H, W) or (N, 3, H, W) as the network wants them, at most 100
    shown : the same pictures to look at, from 0 to 1, as red, green, blue; ``images`` by default
    names : what the classes are called; numbers by default
    picture, layer, channel : int, where to begin

    Returns
    -------
    Demo

    Raises
    ------
    UsageError
        if the network is no Sequential, does not end in scores or has no maps.
    ShapeError
        if images or shown have the wrong shape.

    >>> from cnnkit.models import lenet5
    >>> demo = activations_explorer(lenet5(rng=np.random.default_rng(0)), np.ones((1, 1, 28, 28), np.float32))
    >>> demo.facts()["layer"], demo.set(layer=1).facts()["shape"]
    ('c1', (6, 14, 14))
    """
    subject = subject_of(net, images, shown, names)
    stages = subject.stages
    controls: list[Control] = [
        Slider("picture", "picture", "which picture is shown to the network", 0, len(subject.images) - 1),
        Slider(
            "layer", "layer", "whose maps are shown, from the first on", 0, len(stages) - 1, timeline=True
        ),
        Slider(
            "channel", "map", "which of its maps is shown large", 0, lambda s: stages[s["layer"]].channels - 1
        ),
    ]
    state = {"picture": picture, "layer": layer, "channel": channel}
    caption = (
        "One layer's maps for one picture; the frame on the picture is what the strongest unit has seen."
    )
    return Demo("activations_explorer", partial(_draw, subject=subject), controls, state, caption)


def _draw(state: State, subject: Subject) -> Picture:
    stage, channel, picture = subject.stages[state["layer"]], state["channel"], state["picture"]
    every, scores = subject.answer(picture)
    maps = every[stage.last]
    values = maps[channel]
    i, j = (int(at) for at in np.unravel_index(values.argmax(), values.shape))
    box = seen_box(stage.fields, (i, j), subject.images.shape[2:])
    chances = softmax(scores[None].astype(float))[0]
    facts = {
        "layer": stage.name,
        "shape": maps.shape,
        "strongest": float(values.max()),
        "at": (i, j),
        "field": box,
        "zeros": float(np.mean(values == 0)),
        "loudest_map": int(maps.reshape(len(maps), -1).max(axis=1).argmax()),
        "answer": int(scores.argmax()),
        "probability": float(chances.max()),
    }
    best = [(_name(subject, int(k)), float(chances[k])) for k in np.argsort(-chances)[:3]]
    view = View(subject.shown[picture], maps, channel, stage.name, (i, j), box, best)
    words = _words(facts, channel, best[0])
    alt = f"{words} Left the picture with the frame, in the middle the map, right all maps of the layer."
    return Picture(explorer_drawing(view), facts, alt, words, _code(stage, picture, channel))


def _name(subject: Subject, k: int) -> str:
    return str(k) if subject.names is None else str(subject.names[k])


def _words(facts: dict[str, Any], channel: int, best: tuple[str, float]) -> str:
    count, *extent = facts["shape"]
    told = f"Layer {facts['layer']}, {several(count, 'map')} of {size(extent)}. Map {channel} "
    if facts["strongest"] <= 0:
        told += "is silent: nothing in it is above 0."
    else:
        i, j = facts["at"]
        told += f"is strongest in row {i}, column {j}, with {number(round(facts['strongest'], 2))}"
        told += ", which has seen " + _seen(facts["field"])
    return f"{told} The answer is {best[0]}, with {100 * best[1]:.0f} %."


def _seen(box: Box | None) -> str:
    if box is None:
        return "a part of the picture that is not followed here."
    top, left, bottom, right = box
    return f"{bottom - top + 1} × {right - left + 1} pixels, from row {top}, column {left} on."


def _code(stage: Stage, picture: int, channel: int) -> str:
    return (
        "import numpy as np\nfrom cnnkit.layers import Sequential\n\nnet.eval()\n"
        "layers = [one for part in net for one in (part if isinstance(part, Sequential) else [part])]\n"
        f"maps = images[{picture}:{picture + 1}]\n"
        f"for layer in layers[:{stage.last + 1}]:\n    maps = layer(maps)\n"
        f"values = maps[0, {channel}]\nat = np.unravel_index(values.argmax(), values.shape)\n"
        "strongest = values.max()\n"
    )
