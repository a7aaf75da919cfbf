"""The gradient flow: how large the gradient is in front of each layer, plain, with shortcuts, and dense."""

from __future__ import annotations

from typing import Any

from cnnkit.viz.controls import Control, Slider, State, Toggle
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.networks.flow import EPS, EXAMPLES, GROWTH, KINDS, WIDTH, gradient_norms, times
from cnnkit.viz.networks.gradient_flow_drawing import flow_drawing
from cnnkit.viz.words import several

NAMES = {"plain": "plain", "shortcut": "with shortcuts", "dense": "dense"}
DEEPEST = 40


def gradient_flow(depth: int = 32, *, norm: bool = True, scale: int = 100, seed: int = 0) -> Demo:
    """Show the size of the gradient on its way from the end of a network to its front, before any training.

    Three networks of the same depth: plain, with a shortcut around each layer, and dense. A layer is a random
    matrix, batch norm if switched on, and a ReLU; 64 examples of 24 numbers go through it.

    Parameters
    ----------
    depth : int, how many layers, at most 40
    norm : bool, batch norm in each layer
    scale : int, standard deviation of the weights in percent of He's rule, 50 to 150
    seed : int, 0 to 9

    Returns
    -------
    Demo

    References
    ----------
    He, Zhang, Ren and Sun (2016), *Deep residual learning for image recognition*; Huang, Liu, van der Maaten
    and Weinberger (2017), *Densely connected convolutional networks*.

    >>> demo = gradient_flow()
    >>> factors = demo.facts()["factors"]
    >>> factors["plain"] > 10 * factors["shortcut"] > 10 * factors["dense"]
    True
    >>> demo.set(norm=False, scale=60).facts()["factors"]["plain"] < 1e-3
    True
    """
    controls: list[Control] = [
        Slider("depth", "layers", "how many layers the networks have", 1, DEEPEST, timeline=True),
        Toggle("norm", "batch norm", "norm each unit over the examples, in every layer"),
        Slider("scale", "scale in %", "standard deviation of the weights, in percent of He's rule", 50, 150),
        Slider("seed", "seed", "other examples and other weights", 0, 9),
    ]
    state = {"depth": depth, "norm": norm, "scale": scale, "seed": seed}
    caption = "Size of the gradient in front of each layer, as a multiple of that behind the last layer."
    return Demo("gradient_flow", _draw, controls, state, caption)


def _draw(state: State) -> Picture:
    curves = {
        kind: gradient_norms(kind, state["depth"], state["norm"], state["scale"], state["seed"])
        for kind in KINDS
    }
    factors = {kind: curve[0] for kind, curve in curves.items()}
    facts: dict[str, Any] = {"factors": factors, "norms": {k: list(curve) for k, curve in curves.items()}}
    drawing = flow_drawing(curves, NAMES)
    return Picture(drawing, facts, _alt(state, factors), _status(state, factors), _code(state))


def _what(state: State) -> str:
    return f"{'with' if state['norm'] else 'without'} batch norm, weights at {state['scale']} % of He's rule"


def _status(state: State, factors: dict[str, float]) -> str:
    said = "; ".join(f"{NAMES[kind]} {_fate(factor)}" for kind, factor in factors.items())
    return f"{several(state['depth'], 'layer')}, {_what(state)}: from the end to the front, {said}."


def _fate(factor: float) -> str:
    """Say in words what became of a gradient."""
    if factor > 1000:
        word = "explodes"
    elif factor > 2:
        word = "grows"
    elif factor >= 0.5:
        word = "keeps its size"
    else:
        word = "shrinks" if factor >= 0.001 else "vanishes"
    return f"{word} (× {times(factor)})"


def _alt(state: State, factors: dict[str, float]) -> str:
    order = sorted(factors, key=lambda kind: factors[kind], reverse=True)
    said = ", ".join(f"{NAMES[kind]} × {times(factors[kind])}" for kind in order)
    return (
        "Three curves on a logarithmic scale, of the gradient's size along "
        f"{several(state['depth'], 'layer')}, {_what(state)}, seed {state['seed']}. "
        f"At the front, from the highest to the lowest: {said}."
    )


def _code(state: State) -> str:
    norm, std = state["norm"], f"{state['scale'] / 100} * np.sqrt(2 / x.shape[1])"
    back = "(dz - dz.mean(0) - z * (dz * z).mean(0)) / deviation"
    return (
        "import numpy as np\n\n"
        "def gradient_norms(kind):\n"
        f"    rng, kept = np.random.default_rng({state['seed']}), []\n"
        f"    x = rng.standard_normal(({EXAMPLES}, {WIDTH}))\n"
        f"    for _ in range({state['depth']}):\n"
        f"        w = {std} * rng.standard_normal((x.shape[1], {GROWTH} if kind == 'dense' else {WIDTH}))\n"
        "        z = x @ w\n"
        + (f"        deviation = np.sqrt(z.var(0) + {EPS})\n" if norm else "        deviation = 1\n")
        + ("        z = (z - z.mean(0)) / deviation\n" if norm else "")
        + "        s = z + x if kind == 'shortcut' else z\n"
        "        kept.append((w, z, deviation, s > 0))\n"
        "        x = np.hstack([x, np.maximum(z, 0)]) if kind == 'dense' else np.maximum(s, 0)\n"
        "    dy = rng.standard_normal(x.shape)\n"
        "    sizes = [np.linalg.norm(dy)]\n"
        "    for w, z, deviation, passes in kept[::-1]:\n"
        "        ds = dz = dy[:, -w.shape[1]:] * passes\n"
        + (f"        dz = {back}\n" if norm else "")
        + "        beside = {'plain': 0, 'shortcut': ds, 'dense': dy[:, :len(w)]}[kind]\n"
        "        dy = dz @ w.T + beside\n"
        "        sizes.append(np.linalg.norm(dy))\n"
        "    return np.array(sizes[::-1]) / sizes[0]\n\n"
        f"norms = {{kind: gradient_norms(kind) for kind in {KINDS}}}\n"
        "factors = {kind: curve[0] for kind, curve in norms.items()}\n"
    )
