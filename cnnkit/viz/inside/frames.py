"""Style frames: pictures kept on the way of several style transfers, a row a weight, a column a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET
from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number, several

Array = npt.NDArray[Any]
MOST_ROWS, MOST_COLUMNS = 5, 9
LARGE, SMALL, TOP = 300, 220, 54  # width of the picture on show, of the other two, and where they begin
STRIP = 84  # most pixels that a picture of the film strip is wide


@dataclass(frozen=True)
class Film:
    """All pictures (R, T, H, W, 3) with the weight of each row and the step of each column."""

    frames: Array
    weights: tuple[float, ...]
    steps: tuple[int, ...]
    content: Array
    style: Array | None


def style_frames(
    frames: Any,
    *,
    weights: Sequence[float],
    steps: Sequence[int],
    content: Any = None,
    style: Any = None,
    weight: int | None = None,
    step: int | None = None,
) -> Demo:
    """Show how a picture changes in style transfers with several weights, step by step.

    Parameters
    ----------
    frames : array (R, T, H, W, 3), or lists of it, from 0 to 1: T pictures of each of R runs
    weights : the style weight of each run, at most 5
    steps : after how many steps the pictures were kept, at most 9, the same for all runs
    content : array (H, W, 3), the photograph; by default the first frame
    style : array (H, W, 3) of any size, the painting; None leaves it out
    weight : int, the row to begin with; by default the middle one
    step : int, the column to begin with; by default the last one

    Returns
    -------
    Demo

    Raises
    ------
    ShapeError
        if frames, weights and steps do not fit together.

    >>> run = np.linspace(0, 1, 3)[:, None, None, None] * np.ones((1, 3, 4, 4, 3))
    >>> demo = style_frames(run, weights=[1], steps=[0, 10, 20])
    >>> demo.facts()["step"], demo.facts()["changed"]
    (20, 1.0)
    """
    film = _film(frames, weights, steps, content, style)
    rows, columns = film.frames.shape[:2]
    controls: list[Control] = [
        Slider(
            "weight", "style weight", "which run is shown, from the smallest style weight on", 0, rows - 1
        ),
        Slider("step", "kept picture", "how far this run has gone", 0, columns - 1, timeline=True),
    ]
    state = {
        "weight": rows // 2 if weight is None else weight,
        "step": columns - 1 if step is None else step,
    }
    caption = "A photograph on its way into another style: one row of the strip a weight, one column a step."
    return Demo("style_frames", partial(_draw, film=film), controls, state, caption)


def _film(frames: Any, weights: Sequence[float], steps: Sequence[int], content: Any, style: Any) -> Film:
    try:
        array = np.array(frames, dtype=float)
    except (ValueError, TypeError):
        raise ShapeError("style_frames: the frames differ in size. All runs keep the same steps.") from None
    if array.ndim != 5 or array.shape[4] != 3 or 0 in array.shape:
        raise ShapeError(f"style_frames: frames has shape {array.shape}, but it must be (R, T, H, W, 3).")
    if array.shape[:2] != (len(weights), len(steps)):
        raise ShapeError(
            f"style_frames: there are {len(weights)} weights and {len(steps)} steps, but frames has shape "
            f"{array.shape}, which are {array.shape[0]} runs of {array.shape[1]} pictures."
        )
    if len(weights) > MOST_ROWS or len(steps) > MOST_COLUMNS:
        raise UsageError(
            f"style_frames: {len(weights)} weights and {len(steps)} steps, but at most {MOST_ROWS} and "
            f"{MOST_COLUMNS} fit."
        )
    first = array[0, 0] if content is None else _picture("content", content)
    painting = None if style is None else _picture("style", style)
    return Film(array, tuple(weights), tuple(steps), first, painting)


def _picture(name: str, value: Any) -> Array:
    picture: Array = np.asarray(value, dtype=float)
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise ShapeError(f"style_frames: {name} has shape {picture.shape}, but it must be (H, W, 3).")
    return picture


def _draw(state: State, film: Film) -> Picture:
    row, column = state["weight"], state["step"]
    frame, first = film.frames[row, column], film.frames[row, 0]
    colour = [float(value) for value in frame.mean(axis=(0, 1))]
    facts = {
        "weight": film.weights[row],
        "step": film.steps[column],
        "changed": float(np.abs(frame - first).mean()),
        "colour": colour,
    }
    words = (
        f"Style weight {number(film.weights[row])}, after {several(film.steps[column], 'step')}: "
        f"a number of the picture, from 0 to 1, has changed by {facts['changed']:.2f} on average."
    )
    alt = (
        f"{words} Red, green and blue are {', '.join(f'{value:.2f}' for value in colour)} "
        f"on average. Below, the strip of {several(len(film.weights), 'run')}."
    )
    code = (
        "import numpy as np\n\n"
        f"frame, first = np.asarray(frames[{row}][{column}]), np.asarray(frames[{row}][0])\n"
        "changed = np.abs(frame - first).mean()\ncolour = frame.mean(axis=(0, 1))\n"
    )
    return Picture(_drawing(film, row, column), facts, alt, words, code)


def _drawing(film: Film, row: int, column: int) -> Drawing:
    """Draw photograph, picture and painting, and below them the strip with the picture outlined."""
    slope = _slope(film.frames[0, 0])
    sides = [(LARGE, slope), (SMALL, _slope(film.content))]
    sides += [] if film.style is None else [(SMALL, _slope(film.style))]
    rows, columns = film.frames.shape[:2]
    tile = min(STRIP, (880 - 130) / columns - 8)
    height = tile * slope
    strip_top = TOP + max(side * slope for side, slope in sides) + 62
    drawing = Drawing(880, strip_top + rows * (height + 8) + 14)
    _title(drawing, 24, "photograph", INPUT.ink)
    _place(drawing, film.content, 24, SMALL)
    _title(drawing, 290, f"style weight {number(film.weights[row])}, step {film.steps[column]}", OUTPUT.ink)
    _place(drawing, film.frames[row, column], 290, LARGE)
    if film.style is not None:
        _title(drawing, 636, "painting", KERNEL.ink)
        _place(drawing, film.style, 636, SMALL)
    for t, step in enumerate(film.steps):
        drawing.words(
            130 + t * (tile + 8) + tile / 2,
            strip_top - 14,
            f"step {step}" if t == 0 else str(step),
            12,
            QUIET,
        )
    for r, weight in enumerate(film.weights):
        y = strip_top + r * (height + 8)
        drawing.words(114, y + height / 2, f"weight {number(weight)}", 12, INK, "end", bold=r == row)
        for t in range(columns):
            x = 130 + t * (tile + 8)
            drawing.picture(x, y, tile, height, _bytes(film.frames[r, t]))
            if (r, t) == (row, column):
                drawing.box(x - 2, y - 2, tile + 4, height + 4, stroke=OUTPUT.ink, thick=3)
    return drawing


def _title(drawing: Drawing, x: float, text: str, ink: str) -> None:
    drawing.words(x, 28, text, 14, ink, "start", bold=True)


def _place(drawing: Drawing, picture: Array, x: float, width: float) -> None:
    """Place a picture ``width`` wide; one that is very tall is pressed together."""
    drawing.picture(x, TOP, width, width * _slope(picture), _bytes(picture))


def _slope(picture: Array) -> float:
    return float(min(picture.shape[0] / picture.shape[1], 1.5))


def _bytes(picture: Array) -> npt.NDArray[np.uint8]:
    return np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)
