"""How the training cockpit looks: two charts, the numbers of one epoch, and two rows of kernels."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.train.history import History
from cnnkit.viz.clipped import ClippedChart
from cnnkit.viz.colour import INK, INPUT, KERNEL, QUIET, WARNING, diverging
from cnnkit.viz.svg import Drawing

Array = npt.NDArray[Any]
WIDTH, TOP, HEIGHT = 880, 56, 220
BELOW = TOP + HEIGHT + 34
BROKEN = "7 4"


def drawing_of(history: History, filters: Array | None, epoch: int) -> Drawing:
    """Draw a training with one epoch marked.

    >>> drawing_of(History(train_loss=[2.0], train_accuracy=[0.5]), None, 1).height
    364.0
    """
    side = 0.0 if filters is None else min(72.0, (WIDTH - 140) / filters.shape[1] - 10)
    rows = 0.0 if filters is None else 2 * side * filters.shape[2] / filters.shape[3] + 62
    drawing = Drawing(WIDTH, BELOW + 54 + (rows and rows + 8))
    _curves(drawing, "loss", history.train_loss, history.validation_loss, epoch, 56)
    _curves(drawing, "accuracy", history.train_accuracy, history.validation_accuracy, epoch, 496)
    _legend(drawing, history)
    if filters is not None:
        _kernels(drawing, filters, epoch, side)
    return drawing


def _curves(
    drawing: Drawing, name: str, train: Sequence[float], held: Sequence[float], epoch: int, left: float
) -> None:
    most = _top(name, [*train, *held])
    chart = ClippedChart(drawing, left, TOP, 330, HEIGHT, (0.5, max(len(train), 2) + 0.5), (0, most))
    ticks = range(1, len(train) + 1, max(1, ceil(len(train) / 10)))
    step = 0.25 if most <= 1 else 0.5 if most <= 3 else 1.0
    chart.axes(list(ticks), list(np.arange(0, most + 0.01, step)), "epoch")
    drawing.words(left, TOP - 20, name, 15, INK, "start", bold=True)
    for values, ink, dashes in ((train, INPUT.ink, ""), (held, WARNING.ink, BROKEN)):
        points = [(float(number), value) for number, value in enumerate(values, 1)]
        chart.way(points, ink, 1.6, dashes, opacity=0.35)
        chart.way(points[:epoch], ink, 2.4, dashes)
        if points:
            chart.dot(*points[epoch - 1], ink)
    chart.upright(epoch)
    said = [f"{values[epoch - 1]:.3f}" for values in (train, held) if values]
    place = left + 330
    for value, ink in zip(said[::-1], (INPUT.ink, WARNING.ink)[: len(said)][::-1], strict=True):
        drawing.words(place, TOP - 20, value, 15, ink, "end", bold=True)
        place -= 64


def _top(name: str, values: list[float]) -> float:
    """Return the end of the scale: 1 for shares, else the next half above the largest loss, at most 6."""
    if name == "accuracy":
        return 1.0
    finite = [value for value in values if isfinite(value)] or [1.0]
    return min(6.0, ceil(2 * max(finite)) / 2) or 0.5


def _legend(drawing: Drawing, history: History) -> None:
    looks = [("training examples", INPUT.ink, "")]
    if history.validation_loss:
        looks.append(("held-out examples", WARNING.ink, BROKEN))
    for column, (words, ink, dashes) in enumerate(looks):
        x = 56 + 220 * column
        route, dashed = f"M{x} {BELOW + 26}h36", dashes or None
        drawing.mark("path", d=route, stroke=ink, stroke_width=2.4, stroke_dasharray=dashed)
        drawing.words(x + 46, BELOW + 26, words, 13, ink, "start")


def _kernels(drawing: Drawing, filters: Array, epoch: int, side: float) -> None:
    """Draw the kernels at the start and now, on one scale: blue negative, white zero, orange positive."""
    most = float(np.abs(filters[[0, epoch]]).max())
    tall, top = side * filters.shape[2] / filters.shape[3], BELOW + 84
    said = f"first layer's kernels, full colour at ±{most:.2g}: blue negative, white zero, orange positive"
    drawing.words(56, top - 20, said, 13, KERNEL.ink, "start", bold=True)
    for row, (name, kernels) in enumerate((("start", filters[0]), (f"epoch {epoch}", filters[epoch]))):
        y = top + row * (tall + 12)
        drawing.words(116, y + tall / 2, name, 13, QUIET, "end")
        for column, kernel in enumerate(kernels):
            drawing.picture(128 + column * (side + 10), y, side, tall, diverging(kernel, most))
