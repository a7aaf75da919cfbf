"""The activation viewer: one picture on its way through a trained network, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.functional import softmax
from cnnkit.layers import ELU, Flatten, Layer, LeakyReLU, PReLU, ReLU, Sequential, Sigmoid, Softmax, Tanh
from cnnkit.layers.norm import Dropout
from cnnkit.viz.controls import Choice, Control, Slider, State, Toggle
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.networks.viewer_drawing import Shown, viewer_drawing
from cnnkit.viz.words import number, plain, several, size

Array = npt.NDArray[Any]
ACTIVATIONS = (ReLU, LeakyReLU, PReLU, ELU, Sigmoid, Tanh)
MOST = 256  # maps or units that can be shown


@dataclass(frozen=True)
class Stage:
    """A layer with what follows it up to the next one: its activation, most often."""

    name: str
    last: str


def activation_viewer(
    net: Sequential,
    images: Any,
    labels: Sequence[int] | Array | None = None,
    *,
    picture: int = 0,
    stage: str | None = None,
    active: bool = True,
) -> Demo:
    """Show what a network's layers answer to a picture, and what becomes of it without activations.

    Parameters
    ----------
    net : Sequential that turns pictures into scores (N, classes); the figure keeps a copy as it is now
    images : array (N, 1, H, W) or (N, 3, H, W), at most 100 pictures
    labels : what they are, N whole numbers; None if it is not known
    picture : int, the picture to begin with
    stage : name of the layer to begin with, with its activation; None for the first
    active : False leaves out every ReLU (or whatever activation the network has)

    Returns
    -------
    Demo

    Raises
    ------
    UsageError
        if ``net`` is no Sequential whose end is a row of scores.
    ShapeError
        if ``images`` or ``labels`` have the wrong shape.

    >>> from cnnkit.models import lenet5
    >>> net = lenet5(rng=np.random.default_rng(0))
    >>> demo = activation_viewer(net, np.ones((2, 1, 28, 28), np.float32), stage="s4")
    >>> demo.facts()["shape"], len(demo.facts()["probabilities"])
    ((16, 5, 5), 10)
    """
    images = _pictures(images)
    kept = _network(net, images)
    labels = None if labels is None else np.asarray(labels)
    if labels is not None and labels.shape != (len(images),):
        raise ShapeError(
            f"activation_viewer: labels has shape {labels.shape}, but there are {len(images)} pictures."
        )
    stages = {one.name: one for one in _stages(kept)}
    first = next(iter(stages))
    controls: list[Control] = [
        Slider(
            "picture", "picture", "which picture is shown to the network", 0, len(images) - 1, timeline=True
        ),
        Choice("stage", "layer", "whose answers are shown", tuple(stages)),
    ]
    state: State = {"picture": picture, "stage": first if stage is None else stage}
    used = [layer for layer in kept if isinstance(layer, ACTIVATIONS)]
    if used:
        controls.append(Toggle("active", type(used[0]).__name__, "without it, all activations are left out"))
        state["active"] = active
    caption = "A picture, the answers of one layer, and what the network makes of them in the end."
    draw = partial(_draw, net=kept, images=images, labels=labels, stages=stages)
    return Demo("activation_viewer", draw, controls, state, caption)


def _pictures(images: Any) -> Array:
    array: Array = np.asarray(images)
    if array.ndim != 4 or array.shape[1] not in (1, 3) or not 1 <= len(array) <= 100:
        raise ShapeError(
            f"activation_viewer: images has shape {array.shape}, but it must be (N, 1, H, W) or "
            "(N, 3, H, W), with 1 to 100 pictures."
        )
    return array


def _network(net: Any, images: Array) -> Sequential:
    """Return a copy of the network in evaluation mode, having seen that it ends in scores."""
    if not isinstance(net, Sequential):
        raise UsageError(
            f"activation_viewer: net is a {type(net).__name__}, but it must be a Sequential, layer by layer."
        )
    if len(net.out_shape((1, *images.shape[1:]))) != 2 or not _stages(net):
        raise UsageError("activation_viewer: the network must end in one row of scores for a picture.")
    return deepcopy(net).eval()


def _stages(net: Sequential) -> list[Stage]:
    """Return each layer that computes something new, with the name of the last layer that belongs to it."""
    found: list[Stage] = []
    for name, layer in net.layers.items():
        if isinstance(layer, (*ACTIVATIONS, Dropout, Softmax)) and found:
            found[-1] = Stage(found[-1].name, name)
        elif not isinstance(layer, Flatten):
            found.append(Stage(name, name))
    return found


def _answers(net: Sequential, x: Array, last: str, active: bool) -> tuple[Array, Array]:
    """Return what comes out of layer ``last``, and the scores."""
    maps = x
    for name, layer in net.layers.items():
        x = x if _left_out(layer, active) else layer(x)
        if name == last:
            maps = x
    return maps[0], x[0]


def _left_out(layer: Layer, active: bool) -> bool:
    return not active and isinstance(layer, ACTIVATIONS)


def _draw(
    state: State, net: Sequential, images: Array, labels: Array | None, stages: dict[str, Stage]
) -> Picture:
    stage, picture, active = stages[state["stage"]], state["picture"], state.get("active", True)
    maps, scores = _answers(net, images[picture : picture + 1], stage.last, active)
    probabilities = softmax(scores[None].astype(float))[0]
    label = None if labels is None else int(labels[picture])
    shown = Shown(images[picture], label, stage.name, maps[:MOST], probabilities, active)
    flat = maps.reshape(len(maps), -1)
    facts = {
        "answer": int(scores.argmax()),
        "label": label,
        "probabilities": plain(probabilities),
        "shape": maps.shape,
        "least": float(maps.min()),
        "most": float(maps.max()),
        "zeros": float(np.mean(maps == 0)),
        "silent": int(np.sum(np.all(flat == 0, axis=1))),
    }
    words = _words(facts, shown, picture)
    code = _code(net, stage, picture, active)
    return Picture(viewer_drawing(shown), facts, f"{words} {_colours(maps)}", words, code)


def _words(facts: dict[str, Any], shown: Shown, picture: int) -> str:
    shape, answer, noun = facts["shape"], facts["answer"], "unit" if len(facts["shape"]) == 1 else "map"
    what = several(shape[0], noun) + (f" of {size(shape[1:])}" if len(shape) > 1 else "")
    true = "" if shown.label is None else f", a {shown.label},"
    share = f"{100 * facts['probabilities'][answer]:.0f} %"
    silent = f", {facts['silent']} of them silent" if facts["silent"] else ""
    without = "" if shown.active else " without activations"
    return (
        f"Picture {picture}{true} in layer {shown.stage}{without}: {what}{silent}, from "
        f"{number(round(facts['least'], 2))} to {number(round(facts['most'], 2))}. "
        f"The answer is {answer}, with {share}."
    )


def _colours(maps: Array) -> str:
    below = " and blue below" if maps.min() < 0 else ""
    return f"White is zero, orange above{below}."


def _code(net: Sequential, stage: Stage, picture: int, active: bool) -> str:
    kinds = sorted({type(layer).__name__ for layer in net if isinstance(layer, ACTIVATIONS)})
    kinds_text = kinds[0] if len(kinds) == 1 else f"({', '.join(kinds)})"
    step = "layer(x)" if active else f"x if isinstance(layer, {kinds_text}) else layer(x)"
    needed = "" if active else f"from cnnkit.layers import {', '.join(kinds)}\n"
    return (
        f"from cnnkit.functional import softmax\n{needed}\nx = images[{picture}:{picture + 1}]\nnet.eval()\n"
        f"for name, layer in net.layers.items():\n    x = {step}\n"
        f"    if name == {stage.last!r}:\n        maps = x[0]\n"
        "probabilities = softmax(x.astype(float))[0]\n"
    )
