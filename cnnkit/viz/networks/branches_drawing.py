"""How an Inception module looks: one bar that goes in, four rows, and their bars stacked into one."""

from __future__ import annotations

from dataclasses import dataclass

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, QUIET
from cnnkit.viz.svg import Drawing

WIDTH, TOP, ROW, GAP, LEAST = 880, 62, 100, 18, 46
LEFT, REDUCE, MIDDLE, WINDOW, OUT, STACK = 54, 138, 290, 370, 540, 698
BAR, BOX = 22, 128


@dataclass(frozen=True)
class Step:
    """A window of a branch, the channels that it gives, and its weights."""

    window: str
    channels: int
    weights: int


Branch = list[Step]


def branches_drawing(c_in: int, ways: list[Branch], highest: int, cost: str) -> Drawing:
    """Draw the module; ``highest`` channels are as high as a row.

    >>> branches_drawing(2, [[Step("1 × 1", 3, 6)]] * 4, 3, "24 weights").width
    880
    """
    scale = ROW / highest
    rows = [max(LEAST, ways[0][-1].channels * scale), ROW, ROW, ROW]
    height = TOP + sum(rows) + 3 * GAP + 54
    drawing, total = Drawing(WIDTH, height), sum(way[-1].channels for way in ways)
    _heads(drawing)
    middle = TOP + (sum(rows) + 3 * GAP) / 2
    bottom = _stack_bottom(middle, total, scale)
    top, place = float(TOP), bottom - total * scale
    for way, row in zip(ways, rows, strict=True):
        centre = top + row / 2
        _lead(drawing, middle, centre, way)
        _way(drawing, way, centre, scale)
        _ribbon(drawing, centre, place, way[-1].channels, scale)
        place += way[-1].channels * scale
        top += row + GAP
    _bar(drawing, LEFT, middle, c_in, scale, INPUT.deep, INPUT.ink)
    drawing.words(LEFT + BAR / 2, middle - c_in * scale / 2 - 13, str(c_in), 14, INPUT.ink, bold=True)
    _stack(drawing, ways, bottom, scale)
    drawing.words(WIDTH / 2, height - 22, cost, 14, INK, bold=True)
    return drawing


def _heads(drawing: Drawing) -> None:
    heads = ((LEFT + BAR / 2, "comes in"), (REDUCE + BOX / 2, "first"), (WINDOW + BOX / 2, "then"))
    for x, text in (*heads, (OUT + BAR / 2, "gives"), (STACK + BAR, "concatenated")):
        drawing.words(x, 24, text, 13, QUIET)


def _stack_bottom(middle: float, total: int, scale: float) -> float:
    return middle + total * scale / 2


def _lead(drawing: Drawing, middle: float, centre: float, way: Branch) -> None:
    """Draw the line from the input to the first window of a branch."""
    end = REDUCE if len(way) == 2 else WINDOW
    turn = REDUCE - 20
    drawing.line(LEFT + BAR, middle, turn, centre, INPUT.ink, 1.2)
    drawing.line(turn, centre, end, centre, INPUT.ink, 1.2)


def _way(drawing: Drawing, way: Branch, centre: float, scale: float) -> None:
    """Draw windows and bars of one branch from left to right."""
    if len(way) == 2:
        first = way[0]
        _window(drawing, REDUCE, centre, first)
        drawing.line(REDUCE + BOX, centre, WINDOW, centre, QUIET, 1.2)
        _bar(drawing, MIDDLE, centre, first.channels, scale, INPUT.pale, INPUT.ink)
        drawing.words(MIDDLE + BAR + 6, centre - 12, str(first.channels), 13, INPUT.ink, "start")
    _window(drawing, WINDOW, centre, way[-1])
    drawing.line(WINDOW + BOX, centre, OUT, centre, QUIET, 1.2)
    _bar(drawing, OUT, centre, way[-1].channels, scale, OUTPUT.deep, OUTPUT.ink)
    drawing.words(OUT - 6, centre - 12, str(way[-1].channels), 13, OUTPUT.ink, "end")


def _window(drawing: Drawing, x: float, centre: float, step: Step) -> None:
    """Draw the box of a window, with its weights."""
    drawing.box(x, centre - 21, BOX, 42, KERNEL.pale, KERNEL.ink, 1, round=5)
    drawing.words(x + BOX / 2, centre - 9, step.window, 14, INK, bold=True)
    drawing.words(x + BOX / 2, centre + 9, f"{step.weights:,} weights", 12, KERNEL.ink)


def _bar(drawing: Drawing, x: float, centre: float, channels: int, scale: float, fill: str, ink: str) -> None:
    drawing.box(x, centre - channels * scale / 2, BAR, channels * scale, fill, ink, 1)


def _ribbon(drawing: Drawing, centre: float, place: float, channels: int, scale: float) -> None:
    """Draw how the maps of a branch come to their place among all."""
    left, right, half = OUT + BAR, STACK, channels * scale / 2
    bend = (left + right) / 2
    path = (
        f"M{left} {centre - half:.1f}C{bend} {centre - half:.1f} {bend} {place:.1f} {right} {place:.1f}"
        f"V{place + 2 * half:.1f}C{bend} {place + 2 * half:.1f} {bend} {centre + half:.1f} "
        f"{left} {centre + half:.1f}Z"
    )
    drawing.mark("path", d=path, fill=OUTPUT.pale)


def _stack(drawing: Drawing, ways: list[Branch], bottom: float, scale: float) -> None:
    """Draw the bars of all branches on one another, with their numbers and the sum."""
    counts = [way[-1].channels for way in ways]
    place = bottom - sum(counts) * scale
    free = place
    for count in counts:
        drawing.box(STACK, place, 2 * BAR, count * scale, OUTPUT.deep, OUTPUT.ink, 1)
        y = max(free, place + count * scale / 2)  # numbers of thin bars keep their distance
        drawing.words(STACK + 2 * BAR + 10, y, str(count), 13, OUTPUT.ink, "start")
        place, free = place + count * scale, y + 16
    drawing.words(STACK + BAR, bottom + 16, f"{sum(counts)} channels", 14, OUTPUT.ink, bold=True)
