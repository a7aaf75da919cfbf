"""The cost curve: the multiplications of three ways to slide the same kernels over the same picture."""

from __future__ import annotations

from typing import Any

from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.family.cost_drawing import cost_drawing

KINDS = {"full": "ordinary layer", "separable": "columns and rows", "depthwise": "depthwise separable"}
SIZE, KERNEL, CHANNELS, FILTERS = 64, 11, 64, 128  # how far the sliders go
ALONG = ("kernel", "size", "channels", "filters")


def cost_curve(
    size: int = 32,
    kernel: int = 3,
    *,
    channels: int = 16,
    filters: int = 32,
    along: str = "kernel",
    show: str = "count",
) -> Demo:
    """Compare the multiplications of three ways to slide the same kernels; no padding, stride 1.

    Parameters
    ----------
    size : int, height and width of the picture, at most 64
    kernel : int, height and width of the kernels, at most 11
    channels, filters : int, at most 64 and 128
    along : what the curves run along: "kernel", "size", "channels" or "filters"
    show : "count", or "share" for the part of what the ordinary layer needs

    Returns
    -------
    Demo

    >>> facts = cost_curve(8, 3, channels=3, filters=72).facts()
    >>> facts["full"], facts["depthwise"], facts["depthwise_share"]
    (69984, 8748, 0.125)
    >>> cost_curve(6, 3, channels=1, filters=1).facts()["separable"]
    120
    """
    controls: list[Control] = [
        Choice("along", "curves along", "what changes from left to right", ALONG),
        Choice("show", "show", "multiplications, or their share of the ordinary layer's", ("count", "share")),
        Slider("size", "size", "height and width of the picture", lambda state: state["kernel"], SIZE),
        Slider("kernel", "kernel", "height and width of the kernels", 1, lambda s: min(s["size"], KERNEL)),
        Slider("channels", "channels", "channels that go in", 1, CHANNELS),
        Slider("filters", "filters", "channels that come out", 1, FILTERS),
    ]
    state = {"along": along, "show": show, "size": size, "kernel": kernel}
    state |= {"channels": channels, "filters": filters}
    caption = (
        "Multiplications of a layer, done at once, as columns and rows, or depthwise and then pointwise."
    )
    return Demo("cost_curve", _draw, controls, state, caption)


def counts(state: State) -> dict[str, int]:
    """Return the multiplications of each kind of layer.

    >>> counts({"size": 8, "kernel": 3, "channels": 3, "filters": 72})
    {'full': 69984, 'separable': 54432, 'depthwise': 8748}
    """
    n, k, c, f = (state[name] for name in ("size", "kernel", "channels", "filters"))
    m = n - k + 1
    return {
        "full": f * c * k * k * m * m,
        "separable": f * c * (k * m * n + k * m * m),
        "depthwise": c * k * k * m * m + f * c * m * m,
    }


def positions(state: State) -> list[int]:
    """Return the values that the horizontal axis runs through."""
    first, last = {
        "kernel": (1, min(state["size"], KERNEL)),
        "size": (state["kernel"], SIZE),
        "channels": (1, CHANNELS),
        "filters": (1, FILTERS),
    }[state["along"]]
    return list(range(first, last + 1))


def _draw(state: State) -> Picture:
    now, places = counts(state), positions(state)
    curves = {kind: [counts(state | {state["along"]: place})[kind] for place in places] for kind in KINDS}
    shares = {f"{kind}_share": now[kind] / now["full"] for kind in ("separable", "depthwise")}
    facts: dict[str, Any] = now | shares | {"weights": _weights(state), "along": places, "curves": curves}
    drawing = cost_drawing(state, places, curves, KINDS)
    return Picture(drawing, facts, _alt(state, now), _status(state, now), _code(state))


def _weights(state: State) -> dict[str, int]:
    """The weights that each kind of layer keeps."""
    k, c, f = (state[name] for name in ("kernel", "channels", "filters"))
    return {"full": f * c * k * k, "separable": f * c * 2 * k, "depthwise": c * k * k + f * c}


def _status(state: State, now: dict[str, int]) -> str:
    f, k = state["filters"], state["kernel"]
    return (
        f"Ordinary {now['full']:,}; columns and rows {now['separable']:,} "
        f"({now['separable'] / now['full']:.3f} of it); depthwise separable {now['depthwise']:,} "
        f"({now['depthwise'] / now['full']:.3f} = 1/{f} + 1/{k * k} of it)."
    )


def _alt(state: State, now: dict[str, int]) -> str:
    cheapest = min(now, key=lambda kind: now[kind])
    what = (
        "multiplications" if state["show"] == "count" else "multiplications as a share of the ordinary layer"
    )
    others = ", ".join(f"{name} {state[name]}" for name in ("size", "kernel", "channels", "filters"))
    return (
        f"Three curves of {what} along the {state['along']}, a line at the present values ({others}): "
        f"{', '.join(f'{KINDS[kind]} {count:,}' for kind, count in now.items())}. "
        f"The least is {KINDS[cheapest]}."
    )


def _code(state: State) -> str:
    return (
        f"n, k, c, f = {state['size']}, {state['kernel']}, {state['channels']}, {state['filters']}\n"
        "m = n - k + 1  # places along each axis\n"
        "full = f * c * k * k * m * m\n"
        "separable = f * c * (k * m * n + k * m * m)  # columns first, over all n columns of the picture\n"
        "depthwise = c * k * k * m * m + f * c * m * m\n"
    )
