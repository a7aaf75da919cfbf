"""Shift stability: how much features change when a picture moves, and what makes them change less."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.functional import avg_pool2d, conv2d, max_pool2d
from cnnkit.viz.controls import Choice, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.reduction.stability_drawing import Shown, stability_drawing
from cnnkit.viz.words import several

Array = npt.NDArray[Any]

MOST, MARGIN = 6, 6  # the longest move, and the empty border that it needs
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
SLANTED = np.array([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]])
FILTERS = np.array([s * k for k in (SOBEL, SOBEL.T, SLANTED, SLANTED[::-1]) for s in (1.0, -1.0)])[:, None]
WAYS = ("every position", "stride", "max pool", "average pool", "blur, then stride")


def shift_stability(image: Any = None, *, shift: int = 1, factor: int = 2, compare: str = "features") -> Demo:
    """Show how the features of a picture change when it moves to the right, for five ways to reduce them.

    The features are the answers of eight edge filters after a ReLU. They are read at every position, at every
    ``factor``-th one, after max or average pooling, or after a blur at every ``factor``-th one.

    Parameters
    ----------
    image : array (H, W), at most 64 × 64, brighter than its ground; a ring by default
    shift : int, pixels to the right, from 0 to 6
    factor : int, by how much each side shrinks: the stride, and the side of the pooling window
    compare : str, "features", place by place, or "global mean", one number for each filter

    Returns
    -------
    Demo

    >>> demo = shift_stability(compare="global mean")
    >>> demo.facts()["now"]["every position"], demo.facts()["now"]["blur, then stride"]
    (0.0, 0.0)
    >>> demo.facts()["changes"]["stride"][1] > 0.001, demo.facts()["changes"]["stride"][2]
    (True, 0.0)
    """
    state: State = {"shift": shift, "factor": factor, "compare": compare}
    options = ("features", "global mean")
    controls = [
        Choice("compare", "compare", "place by place, or one mean for each filter", options),
        Slider("factor", "factor", "by how much each side shrinks", 2, 4),
        Slider("shift", "shift", "how many pixels the picture moves to the right", 0, MOST, timeline=True),
    ]
    canvas = on_canvas(ring() if image is None else image)
    caption = "How much the features change when a picture moves; 0 is not at all."
    draw = partial(_draw, canvas=canvas, given=image is not None)
    return Demo("shift_stability", draw, controls, state, caption)


def ring() -> Array:
    """Return a picture of 20 × 20 to move: a bright ring.

    >>> ring().shape, ring().max() <= 1
    ((20, 20), np.True_)
    """
    i, j = np.mgrid[:20, :20] - 9.5
    distance = np.abs(np.hypot(i, 1.4 * j) - 7)
    return np.asarray(np.clip(1.6 - 0.7 * distance, 0, 1))


def on_canvas(image: Any) -> Array:
    """Return a picture with so much empty ground around it that no move takes it over the edge.

    The sides are multiples of 12, so that every factor divides them.

    >>> on_canvas(np.ones((28, 28))).shape
    (48, 48)
    """
    image = np.asarray(image)
    sizes = image.ndim == 2 and min(image.shape) >= 1 and max(image.shape) <= 64
    if not sizes or image.dtype.kind not in "fiub":
        raise ShapeError(
            f"shift_stability: image has shape {image.shape} and dtype {image.dtype}, but it must be grey, "
            "(H, W), numbers, at most 64 × 64. Take one picture of a batch, images[0, 0]."
        )
    after = (MARGIN, MARGIN + MOST)
    rests = (-(extent + MARGIN + end) % 12 for extent, end in zip(image.shape, after, strict=True))
    ends = [(MARGIN, end + rest) for end, rest in zip(after, rests, strict=True)]
    return np.pad(image.astype(float), ends)


def features(canvas: Array, shift: int, factor: int) -> dict[str, Array]:
    """Return the features (1, 8, H', W') of a moved picture, by the way in which they are reduced.

    >>> {way: maps.shape for way, maps in features(np.zeros((24, 36)), 1, 3).items()}["max pool"]
    (1, 8, 8, 12)
    """
    moved = np.roll(canvas, shift, axis=1)[None, None]
    maps = np.maximum(conv2d(moved, FILTERS, padding=1), 0)
    slope = np.convolve(np.ones(factor), np.ones(factor)) / factor**2
    blur = np.tile(np.outer(slope, slope), (len(FILTERS), 1, 1, 1))
    blurred = conv2d(maps, blur, padding=factor - 1, groups=len(FILTERS))
    return {
        "every position": maps,
        "stride": maps[..., ::factor, ::factor],
        "max pool": max_pool2d(maps, factor),
        "average pool": avg_pool2d(maps, factor),
        "blur, then stride": blurred[..., ::factor, ::factor],
    }


def change(before: Array, after: Array) -> float:
    """Return how large a difference is, compared with what was there before, to six decimals.

    >>> change(np.array([3.0, 4.0]), np.array([3.0, 3.0]))
    0.2
    """
    size = float(np.linalg.norm(before))
    return round(float(np.linalg.norm(after - before)) / size, 6) if size else 0.0


def _draw(state: State, canvas: Array, given: bool) -> Picture:
    shift, factor, compare = state["shift"], state["factor"], state["compare"]
    moves = [features(canvas, d, factor) for d in range(MOST + 1)]
    means = compare == "global mean"
    read = [{way: maps.mean(axis=(2, 3)) if means else maps for way, maps in move.items()} for move in moves]
    changes = {way: [change(read[0][way], after[way]) for after in read] for way in WAYS}
    now = {way: curve[shift] for way, curve in changes.items()}
    differences = {way: (moves[shift][way] - moves[0][way])[0, 0] for way in WAYS}
    facts = {"changes": changes, "now": now, "numbers": {way: read[0][way].size for way in WAYS}}
    moved = np.roll(canvas, shift, axis=1)
    drawing = stability_drawing(Shown(canvas, moved, shift, factor, compare, changes, differences))
    return Picture(drawing, facts, _alt(state, now), _status(state, now), _code(state, given))


def _status(state: State, now: dict[str, float]) -> str:
    said = ", ".join(f"{way} {now[way]:.2f}" for way in WAYS)
    return f"Moved by {several(state['shift'], 'pixel')}, the {_what(state)} change by: {said}."


def _what(state: State) -> str:
    return "global means" if state["compare"] == "global mean" else "features"


def _alt(state: State, now: dict[str, float]) -> str:
    least, most = min(WAYS, key=now.__getitem__), max(WAYS, key=now.__getitem__)
    return (
        f"A picture, the same picture moved {several(state['shift'], 'pixel')} to the right, and five "
        f"curves: the relative change of its {_what(state)} for moves of 0 to {MOST} pixels, reduced by a "
        f"factor of {state['factor']}. At this move it is smallest for {least}, {now[least]:.2f}, and "
        f"largest for {most}, {now[most]:.2f}. Below, what changed in the first map."
    )


def _code(state: State, given: bool) -> str:
    mean = ".mean(axis=(2, 3))" if state["compare"] == "global mean" else ""
    picture = "image)  # the picture this figure was made with" if given else "ring())"
    return (
        "import numpy as np\nfrom cnnkit.viz.reduction.stability import features, on_canvas, ring\n\n"
        f"canvas = on_canvas({picture}\n"
        f"before = features(canvas, 0, factor={state['factor']})\n"
        f"after = features(canvas, {state['shift']}, factor={state['factor']})\n"
        "now = {}\n"
        "for way in before:\n"
        f"    a, b = before[way]{mean}, after[way]{mean}\n"
        "    now[way] = np.linalg.norm(b - a) / np.linalg.norm(a)\n"
        "now\n"
    )
