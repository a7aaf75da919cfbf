"""The kernel bench: nine numbers, a photograph, and what the one makes of the other."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.photographs import photograph, shrink
from cnnkit.errors import ShapeError
from cnnkit.functional import correlate2d
from cnnkit.viz.colour import INPUT, KERNEL, OUTPUT, QUIET, diverging, grey, hexadecimal
from cnnkit.viz.controls import Choice, Control, Numbers, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, plain, size

Array = npt.NDArray[Any]
WIDTH, TOP, SIDE, LONGEST = 880, 56, 320, 256

PRESETS: dict[str, tuple[float, ...]] = {
    "identity": (0, 0, 0, 0, 1, 0, 0, 0, 0),
    "mean": (1 / 9,) * 9,
    "gaussian": (1 / 16, 1 / 8, 1 / 16, 1 / 8, 1 / 4, 1 / 8, 1 / 16, 1 / 8, 1 / 16),
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
    "sobel_x": (-1, 0, 1, -2, 0, 2, -1, 0, 1),
    "sobel_y": (-1, -2, -1, 0, 0, 0, 1, 2, 1),
    "laplacian": (0, 1, 0, 1, -4, 1, 0, 1, 0),
}
OWN = "your own"


def kernel_bench(image: Any = "camera", kernel: Any = "sobel_x", *, view: str = "signed") -> Demo:
    """Try 3 × 3 kernels on a photograph.

    Parameters
    ----------
    image : str, the name of a photograph, or array (H, W), grey, 0 black to 1 white; shrunk where larger
        than 256 × 256
    kernel : str, one of the presets, or array (3, 3)
    view : "signed" shows zero white, negative blue, positive orange; "clamped" cuts off below 0 and above 1

    Returns
    -------
    Demo

    >>> demo = kernel_bench([[0, 0, 1, 1]] * 4, "sobel_x")
    >>> demo.facts()["kernel_sum"], demo.facts()["most"]
    (0, 4)
    >>> demo.set(kernel="mean").facts()["kernel_sum"]
    1
    """
    x, source = _read(image)
    state: State = {"kernel": OWN, "weights": [0] * 9, "view": view}
    state |= _couple(state, {"kernel": kernel} if isinstance(kernel, str) else {"weights": kernel})
    places = tuple(f"k[{i}, {j}]" for i in range(3) for j in range(3))
    controls: list[Control] = [
        Choice("kernel", "kernel", "nine numbers to begin with", (*PRESETS, OWN)),
        Choice("view", "show", "the whole answer, or only what a screen can show", ("signed", "clamped")),
        Numbers("weights", "weights", "one weight of the kernel", places, 3),
    ]
    caption = "Nine numbers decide what comes out: the correlation of a photograph with a 3 × 3 kernel."
    return Demo("kernel_bench", partial(_draw, x=x, source=source), controls, state, caption, _couple)


def _read(image: Any) -> tuple[Array, str]:
    """Return the picture to work on, and the line of code that gives it."""
    if isinstance(image, str):
        picture, source = photograph(image, LONGEST), f"photograph({image!r}, longest={LONGEST})"
    else:
        picture, source = np.asarray(image, dtype=float), "image  # the picture this figure was made with"
    if picture.ndim != 2 or min(picture.shape) < 3:
        raise ShapeError(
            f"kernel_bench: image has shape {picture.shape}, but it must be grey, (H, W), at least 3 × 3. "
            "Take one channel, image[..., 0], or their mean, image.mean(axis=-1)."
        )
    if max(picture.shape) > LONGEST:
        picture, source = shrink(picture, LONGEST), f"shrink(image, longest={LONGEST})"
    return picture, source


def _couple(state: State, changes: State) -> State:
    """Let a preset bring its weights, and weights the name of their preset; given both, weights decide."""
    if "weights" in changes:
        weights = _flat(changes["weights"])
        names = [name for name, preset in PRESETS.items() if weights == list(preset)]
        return changes | {"weights": weights, "kernel": names[0] if names else OWN}
    if changes.get("kernel") in PRESETS:
        return changes | {"weights": list(PRESETS[changes["kernel"]])}
    return changes


def _flat(weights: Any) -> Any:
    """Return a table of numbers as one list; what is no such table is left for the figure to refuse."""
    try:
        return np.asarray(weights, dtype=float).ravel().tolist()
    except (TypeError, ValueError):
        return weights


def _draw(state: State, x: Array, source: str) -> Picture:
    k = np.array(state["weights"], dtype=float).reshape(3, 3)
    y = correlate2d(x, k)
    facts = {
        "kernel_sum": plain(np.round(k.sum(), 9)),
        "least": plain(y.min()),
        "most": plain(y.max()),
        "negative": float(np.mean(y < 0)),
        "above_one": float(np.mean(y > 1)),
    }
    drawing = _drawing(x, k, y, state["view"])
    return Picture(drawing, facts, _alt(state, facts), _status(state, facts), _code(k, source))


def _drawing(x: Array, k: Array, y: Array, view: str) -> Drawing:
    """Photograph, kernel, response, and the scale of the response."""
    scale = SIDE / max(x.shape)
    height, cell, right = x.shape[0] * scale, 40, WIDTH - 24 - SIDE
    drawing = Drawing(WIDTH, TOP + height + 66)
    middle, kernel_left = TOP + height / 2, (WIDTH - 3 * cell) / 2
    drawing.words(24, 30, f"photograph x, {size(x.shape)}", 14, INPUT.ink, "start", bold=True)
    drawing.picture(24, TOP, x.shape[1] * scale, height, grey(x))
    drawing.words(WIDTH / 2, middle - 1.5 * cell - 18, "kernel k", 14, KERNEL.ink, bold=True)
    for (i, j), value in np.ndenumerate(k):
        drawing.cell(kernel_left + j * cell, middle + (i - 1.5) * cell, cell, number(value), KERNEL)
    drawing.words(WIDTH / 2, middle + 1.5 * cell + 20, f"sum {number(round(k.sum(), 3))}", 13, QUIET)
    drawing.words(right, 30, f"response y, {size(y.shape)}", 14, OUTPUT.ink, "start", bold=True)
    reach = float(np.abs(y).max())
    colours = diverging(y, reach) if view == "signed" else grey(y)
    drawing.picture(right, TOP, y.shape[1] * scale, y.shape[0] * scale, colours)
    low, high = (-reach, reach) if view == "signed" else (0.0, 1.0)
    _scale(drawing, low, high, right, TOP + height + 14, y.shape[1] * scale)
    return drawing


def _scale(drawing: Drawing, low: float, high: float, left: float, top: float, width: float) -> None:
    """Draw the colours of the response from lowest to highest with three numbers below them."""
    levels = np.linspace(low, high, 65)
    colours = diverging(levels, high) if low < 0 else grey(levels)
    for step, colour in enumerate(colours):
        drawing.box(left + step * width / 65, top, width / 65 + 0.3, 12, hexadecimal(colour))
    drawing.box(left, top, width, 12, stroke=QUIET, thick=0.6)
    for value, where, anchor in ((low, 0.0, "start"), ((low + high) / 2, 0.5, "middle"), (high, 1.0, "end")):
        drawing.words(left + where * width, top + 25, number(value), 12, QUIET, anchor)


def _status(state: State, facts: dict[str, Any]) -> str:
    lost = ""
    if state["view"] == "clamped":
        lost = f" Clamped: {facts['negative']:.0%} of it is cut off at 0, {facts['above_one']:.0%} at 1."
    return (
        f"{_named(state)} add up to {number(facts['kernel_sum'])}. The response goes from "
        f"{number(facts['least'])} to {number(facts['most'])}; "
        f"{facts['negative']:.0%} of it is negative.{lost}"
    )


def _named(state: State) -> str:
    """Name the weights at the start of a sentence."""
    return "Your own weights" if state["kernel"] == OWN else f"The weights of {state['kernel']}"


def _alt(state: State, facts: dict[str, Any]) -> str:
    weights = ", ".join(map(number, state["weights"]))
    shown = "blue where negative, white at zero, orange where positive"
    if state["view"] == "clamped":
        shown = "in grey, everything below 0 black and everything above 1 white"
    return (
        f"A photograph, a 3 × 3 kernel ({state['kernel']}) with weights {weights}, and the response, "
        f"from {number(facts['least'])} to {number(facts['most'])}, shown {shown}."
    )


def _code(k: Array, source: str) -> str:
    return (
        "import numpy as np\nfrom cnnkit.data import photograph, shrink\n"
        "from cnnkit.functional import correlate2d\n\n"
        f"x = {source}\nk = np.array({plain(k)})\ny = correlate2d(x, k)\n"
        "k.sum(), y.min(), y.max(), (y < 0).mean()\n"
    )
