"""Who touches whom: a dense layer, windows, and windows that share their weights, line by line."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.shapes import Pair, pair
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.images.connections_drawing import KINDS, Net, draw_net, roman
from cnnkit.viz.words import several, size

Array = npt.NDArray[Any]
LARGEST = 5
PARTS = ("input", "weight", "output")


def connections(
    shape: Pair = (3, 3),
    k: Pair = (2, 2),
    *,
    kind: str = "shared",
    look: str = "input",
    number: int | None = None,
) -> Demo:
    """Show which inputs are connected with which outputs, and through which weight.

    Parameters
    ----------
    shape : (H, W) of the input, at most 5 × 5
    k : (KH, KW) of the window; there are as many outputs as places for it
    kind : "dense", every output sees every input; "local", only its window; "shared", and all use one kernel
    look : what is chosen, "input", "weight" or "output"
    number : which one of them, from 1; None for the one in the middle

    Returns
    -------
    Demo

    >>> facts = connections((3, 3), (2, 2), kind="shared", look="input", number=6).facts()
    >>> facts["weights"], facts["lines"], facts["chosen_outputs"]
    (4, 16, ['B', 'D'])
    >>> connections(kind="dense").facts()["weights"], connections(kind="local").facts()["weights"]
    (36, 16)
    """
    shape, k = pair("shape", shape, 1), pair("k", k, 1)
    if max(shape) > LARGEST or k[0] > shape[0] or k[1] > shape[1]:
        raise ShapeError(
            f"connections: shape is {shape} and k is {k}. At most 5 × 5 inputs can be shown, "
            "and the window must fit on them."
        )
    if kind not in KINDS or look not in PARTS:
        raise UsageError(
            f"connections: kind is {kind!r}, one of {', '.join(KINDS)}; look is {look!r}, "
            f"one of {', '.join(PARTS)}."
        )
    controls: list[Control] = [
        Choice("kind", "layer", "how inputs and outputs are connected", tuple(KINDS)),
        Choice("look", "look at", "what to choose; its partners light up", PARTS),
        Slider("number", "number", "which one, counted from 1", 1, partial(_most, shape=shape, k=k)),
    ]
    state: State = {"kind": kind, "look": look}
    state["number"] = (_most(state, shape, k) + 1) // 2 if number is None else number
    caption = "Who touches whom: choose an input, a weight or an output, and its partners light up."
    return Demo("connections", partial(_draw, shape=shape, k=k), controls, state, caption)


def weight_numbers(shape: Pair, k: Pair, kind: str) -> Array:
    """Return which weight connects each output (row) with each input (column), from 1; 0 is no line.

    >>> weight_numbers((2, 3), (1, 2), "shared")
    array([[1, 2, 0, 0, 0, 0],
           [0, 1, 2, 0, 0, 0],
           [0, 0, 0, 1, 2, 0],
           [0, 0, 0, 0, 1, 2]])
    """
    rows, columns = shape[0] - k[0] + 1, shape[1] - k[1] + 1
    numbers = np.zeros((rows * columns, shape[0] * shape[1]), dtype=int)
    for i, j in np.ndindex(rows, columns):
        for a, b in np.ndindex(k):
            numbers[i * columns + j, (i + a) * shape[1] + j + b] = a * k[1] + b + 1
    if kind == "dense":
        return np.arange(1, numbers.size + 1).reshape(numbers.shape)
    if kind == "local":
        numbers[numbers > 0] = np.arange(1, np.count_nonzero(numbers) + 1)
    return numbers


def _most(state: State, shape: Pair, k: Pair) -> int:
    """How many there are of what can be chosen."""
    numbers = weight_numbers(shape, k, state["kind"])
    outputs, inputs = numbers.shape
    counts: dict[str, int] = {"input": inputs, "weight": int(numbers.max()), "output": outputs}
    return counts[state["look"]]


def _draw(state: State, shape: Pair, k: Pair) -> Picture:
    net = _net(state, shape, k)
    outputs, inputs = np.nonzero(net.lit)
    facts = {
        "weights": int(net.numbers.max()),
        "lines": int(np.count_nonzero(net.numbers)),
        "chosen_inputs": [int(i) + 1 for i in np.unique(inputs)],
        "chosen_outputs": [net.output_names[o] for o in np.unique(outputs)],
        "chosen_weights": [net.weight_names[w] for w in np.unique(net.numbers[net.lit])],
    }
    return Picture(draw_net(net), facts, _alt(net, facts), _status(state, net, facts), _code(state, shape, k))


def _net(state: State, shape: Pair, k: Pair) -> Net:
    """Name everything, and mark the lines that belong to what is chosen."""
    numbers, chosen = weight_numbers(shape, k, state["kind"]), state["number"]
    lit = np.zeros(numbers.shape, dtype=bool)
    if state["look"] == "input":
        lit[:, chosen - 1] = numbers[:, chosen - 1] > 0
    elif state["look"] == "output":
        lit[chosen - 1] = numbers[chosen - 1] > 0
    else:
        lit = numbers == chosen
    letters = [chr(ord("A") + o) for o in range(len(numbers))]
    if state["kind"] == "shared":
        names = {w: roman(w) for w in range(1, numbers.max() + 1)}
    else:
        names = {int(w): f"{letters[o]}{i + 1}" for (o, i), w in np.ndenumerate(numbers) if w}
    return Net(shape, k, state["kind"], state["look"], numbers, lit, letters, names)


def _chosen(state: State, net: Net) -> str:
    look, number = state["look"], state["number"]
    if look == "input":
        return f"Input {number}"
    return (
        f"Weight {net.weight_names[number]}" if look == "weight" else f"Output {net.output_names[number - 1]}"
    )


def _status(state: State, net: Net, facts: dict[str, Any]) -> str:
    inputs, weights = _listed("input", facts["chosen_inputs"]), _listed("weight", facts["chosen_weights"])
    outputs = _listed("output", facts["chosen_outputs"])
    said = {
        "input": f"reaches {outputs} through {weights}" if facts["chosen_outputs"] else "reaches nothing",
        "weight": f"connects {inputs} with {outputs}",
        "output": f"sees {inputs} through {weights}",
    }[state["look"]]
    return (
        f"{_chosen(state, net)} {said}. The layer has {several(facts['weights'], 'different weight')} "
        f"on {several(facts['lines'], 'line')}."
    )


def _listed(noun: str, names: list[Any]) -> str:
    shown = ", ".join(map(str, names[:10])) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"{noun} {shown}" if len(names) == 1 else f"{noun}s {shown}"


def _alt(net: Net, facts: dict[str, Any]) -> str:
    outputs, inputs = net.numbers.shape
    return (
        f"{several(inputs, 'input')} ({size(net.shape)}) and {several(outputs, 'output')}, "
        f"{KINDS[net.kind].format(k=size(net.k))}: {several(facts['weights'], 'different weight')} on "
        f"{several(facts['lines'], 'line')}. Lit up are {_listed('input', facts['chosen_inputs'])}, "
        f"{_listed('weight', facts['chosen_weights'])} and {_listed('output', facts['chosen_outputs'])}."
    )


def _code(state: State, shape: Pair, k: Pair) -> str:
    (height, width), rows, columns = shape, shape[0] - k[0] + 1, shape[1] - k[1] + 1
    which = {
        "dense": f"numbers = np.arange(1, {rows * columns * height * width + 1}).reshape(numbers.shape)\n",
        "local": "numbers[numbers > 0] = np.arange(1, np.count_nonzero(numbers) + 1)\n",
        "shared": "",
    }[state["kind"]]
    lit = {
        "input": f"(numbers > 0) & (np.arange({height * width}) == {state['number'] - 1})",
        "output": f"(numbers > 0) & (np.arange({rows * columns})[:, None] == {state['number'] - 1})",
        "weight": f"numbers == {state['number']}",
    }[state["look"]]
    return (
        "import numpy as np\n\n"
        "# a row for each output, a column for each input: the weight that connects them, 0 for none\n"
        f"numbers = np.zeros(({rows * columns}, {height * width}), dtype=int)\n"
        f"for i, j in np.ndindex({rows}, {columns}):\n    for a, b in np.ndindex({k[0]}, {k[1]}):\n"
        f"        numbers[i * {columns} + j, (i + a) * {width} + j + b] = a * {k[1]} + b + 1\n{which}"
        f"lit = {lit}\nweights, lines = numbers.max(), np.count_nonzero(numbers)\n"
        "inputs = np.flatnonzero(lit.any(axis=0)) + 1\n"
    )
