"""The branches of an Inception module: four ways through the same maps, to scale, with what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from cnnkit.errors import ShapeError
from cnnkit.shapes import whole
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.networks.branches_drawing import Branch, Step, branches_drawing

KINDS = ("reduced", "naive")
LARGEST = 1024
PARTS = ("one", "reduce3", "three", "reduce5", "five", "pool")
NAMES = ("1 × 1", "3 × 3", "5 × 5", "pool")


def branches(
    c_in: int = 192,
    spec: Sequence[int] = (64, 96, 128, 16, 32, 32),
    *,
    size: int = 28,
    kind: str = "reduced",
) -> Demo:
    """Show an Inception module to scale: its four branches, what they cost, and how they are concatenated.

    Parameters
    ----------
    c_in : int, channels that come in, at most 1024
    spec : channels of the branches, as in table 1 of the paper: 1 × 1; 3 × 3 reduced and full; 5 × 5 reduced
        and full; behind the pool
    size : int, height and width of the maps
    kind : "reduced", or "naive" for the module without 1 × 1 convolutions in front of the large windows and
        behind the pool

    Returns
    -------
    Demo

    References
    ----------
    Szegedy et al. (2015), *Going deeper with convolutions*, figure 2.

    >>> demo = branches()
    >>> demo.facts()["weights"], demo.facts()["channels"]
    (163328, 256)
    >>> demo.set(kind="naive").facts()["weights"], demo.facts()["channels"]
    (387072, 416)
    """
    c_in, size = _count("c_in", c_in), _count("size", size)
    if len(tuple(spec)) != len(PARTS):
        raise ShapeError(
            f"branches: spec has {len(tuple(spec))} entries, but it must be ({', '.join(PARTS)})."
        )
    widths = {name: _count(name, value) for name, value in zip(PARTS, spec, strict=True)}
    controls: list[Control] = [
        Choice("kind", "module", "with or without 1 × 1 convolutions that reduce", KINDS),
        _reduction("reduce3", "channels in front of the 3 × 3 window", max(c_in, widths["reduce3"])),
        _reduction("reduce5", "channels in front of the 5 × 5 window", max(c_in, widths["reduce5"])),
        _reduction("pool", "channels behind the pool", max(c_in, widths["pool"])),
    ]
    state = {"kind": kind} | {name: widths[name] for name in ("reduce3", "reduce5", "pool")}
    draw = partial(_draw, c_in=c_in, size=size, widths=widths)
    caption = "Four branches read the same maps; bars are as high as they have channels."
    return Demo("branches", draw, controls, state, caption)


def _count(name: str, value: Any) -> int:
    if whole(f"branches: {name}", value, 1) > LARGEST:
        raise ShapeError(f"branches: {name} is {value}, but at most {LARGEST} can be shown.")
    return int(value)


def _reduction(name: str, tip: str, most: int) -> Slider:
    return Slider(name, name, tip, 1, most)


def module(c_in: int, widths: dict[str, int], kind: str) -> list[Branch]:
    """Return the four branches as lists of steps.

    >>> module(2, dict.fromkeys(PARTS, 3), "naive")[1]
    [Step(window='3 × 3', channels=3, weights=54)]
    """
    one, reduce3, three, reduce5, five, pool = (widths[name] for name in PARTS)
    if kind == "naive":
        windows = ((1, one), (3, three), (5, five))
        return [[_conv(k, c_in, f)] for k, f in windows] + [[Step("max 3 × 3", c_in, 0)]]
    return [
        [_conv(1, c_in, one)],
        [_conv(1, c_in, reduce3), _conv(3, reduce3, three)],
        [_conv(1, c_in, reduce5), _conv(5, reduce5, five)],
        [Step("max 3 × 3", c_in, 0), _conv(1, c_in, pool)],
    ]


def _conv(k: int, c_in: int, c_out: int) -> Step:
    return Step(f"{k} × {k}", c_out, k * k * c_in * c_out)


def _totals(ways: list[Branch], size: int) -> dict[str, Any]:
    weights = [sum(step.weights for step in way) for way in ways]
    return {
        "weights": sum(weights),
        "macs": sum(weights) * size * size,
        "channels": sum(way[-1].channels for way in ways),
        "by_branch": dict(zip(NAMES, weights, strict=True)),
        "outputs": [way[-1].channels for way in ways],
    }


def _draw(state: State, c_in: int, size: int, widths: dict[str, int]) -> Picture:
    now = widths | {name: value for name, value in state.items() if name != "kind"}
    both = {kind: _totals(module(c_in, now, kind), size) for kind in KINDS}
    facts = both[state["kind"]] | {f"{kind}_weights": both[kind]["weights"] for kind in KINDS}
    highest = max(c_in, *widths.values())
    drawing = branches_drawing(c_in, module(c_in, now, state["kind"]), highest, _cost(facts, size))
    words = {kind: f"{_cost(both[kind], size)} for {both[kind]['channels']} channels" for kind in KINDS}
    return Picture(
        drawing, facts, _alt(state, c_in, facts), _status(state, words), _code(state, c_in, now, size)
    )


def _cost(facts: dict[str, Any], size: int) -> str:
    return (
        f"{facts['weights']:,} weights, {facts['macs'] / 1e6:,.1f} million multiplications at {size} × {size}"
    )


def _status(state: State, words: dict[str, str]) -> str:
    other = KINDS[1 - KINDS.index(state["kind"])]
    return f"{state['kind'].capitalize()}: {words[state['kind']]}. The {other} module: {words[other]}."


def _alt(state: State, c_in: int, facts: dict[str, Any]) -> str:
    costs = ", ".join(f"{name} {count:,}" for name, count in facts["by_branch"].items())
    outputs = " + ".join(str(count) for count in facts["outputs"])
    through = (
        f"reduced to {state['reduce3']} and {state['reduce5']} channels in front of the large windows"
        if state["kind"] == "reduced"
        else "without any reduction"
    )
    return (
        f"{c_in} channels go into four branches, {through}. Weights by branch: {costs}. "
        f"Their outputs, {outputs} channels, are concatenated to {facts['channels']}."
    )


def _code(state: State, c_in: int, now: dict[str, int], size: int) -> str:
    numbers = ", ".join(str(now[name]) for name in PARTS)
    reduced = (
        "by_branch = [c_in * one, c_in * reduce3 + 9 * reduce3 * three,\n"
        "             c_in * reduce5 + 25 * reduce5 * five, c_in * pool]\n"
        "channels = one + three + five + pool\n"
    )
    naive = (
        "by_branch = [c_in * one, 9 * c_in * three, 25 * c_in * five, 0]\n"
        "channels = one + three + five + c_in  # the pool passes on all that came in\n"
    )
    return (
        f"c_in, size = {c_in}, {size}\none, reduce3, three, reduce5, five, pool = {numbers}\n"
        f"{reduced if state['kind'] == 'reduced' else naive}"
        "weights = sum(by_branch)\nmacs = weights * size**2\n"
    )
