"""The window ruler: every window of one axis laid over a ruler, and the last one, which falls off the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cnnkit.shapes import out_size, span
from cnnkit.viz.colour import INPUT, KERNEL, PADDING, QUIET, WARNING, Role
from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.options import kernel_sliders, window_sliders
from cnnkit.viz.svg import Drawing
from cnnkit.viz.windows import reads, taps
from cnnkit.viz.words import several, size_formula

WIDTH, LEFT, RIGHT, TOP = 880, 96, 24, 70


def window_ruler(n: int = 10, k: int = 3, *, stride: int = 2, padding: int = 0, dilation: int = 1) -> Demo:
    """Show every window of a kernel along one axis, and which positions no window reads.

    Parameters
    ----------
    n : int, size of the input, at most 240
    k : int, size of the kernel
    stride, padding, dilation : int

    Returns
    -------
    Demo

    >>> demo = window_ruler(10, 3, stride=2)
    >>> demo.facts()["outputs"], demo.facts()["unread"], demo.facts()["formula"]
    (4, [9], '⌊(10 − 3) / 2⌋ + 1 = 4')
    """
    state = {"n": n, "kernel": k, "stride": stride, "padding": padding, "dilation": dilation}
    largest = min(240, max(16, n)) if isinstance(n, int) else 16
    controls: list[Control] = [
        Slider("n", "input size", "how many positions the input has", _least_input, largest),
        *kernel_sliders(state, lambda s: (s["n"],)),
        *window_sliders(state, lambda s: (s["n"],), lambda s: (s["kernel"],)),
    ]
    caption = "Windows laid over a ruler: a window that would stick out at the end gives no output."
    return Demo("window_ruler", _draw, controls, state, caption)


def _least_input(state: State) -> int:
    """The shortest input into which the kernel still fits."""
    return max(1, int(state["dilation"] * (state["kernel"] - 1) + 1 - 2 * state["padding"]))


@dataclass(frozen=True)
class Axis:
    """One axis with its windows. Positions count from the first padded one."""

    n: int
    k: int
    s: int
    p: int
    d: int

    @property
    def padded(self) -> int:
        """Length with the padding on both sides."""
        return self.n + 2 * self.p

    @cached_property
    def outputs(self) -> int:
        """How many windows fit."""
        return out_size(self.n, self.k, self.s, self.p, self.d)

    @property
    def overhang(self) -> int:
        """By how many positions the next window would stick out."""
        return self.outputs * self.s + span(self.k, self.d) - self.padded

    @cached_property
    def unread(self) -> list[int]:
        """The input positions, from 0 and without padding, that no window reads."""
        counts = reads(self.n, self.k, self.s, self.p, self.d)
        return [position for position, count in enumerate(counts) if not count]


def _draw(state: State) -> Picture:
    axis = Axis(state["n"], state["kernel"], state["stride"], state["padding"], state["dilation"])
    formula = size_formula(axis.n, axis.k, axis.s, axis.p, axis.d)
    facts = {"outputs": axis.outputs, "overhang": axis.overhang, "unread": axis.unread, "formula": formula}
    return Picture(_drawing(axis, formula), facts, _alt(axis), _status(axis, formula), _code(axis))


def _drawing(axis: Axis, formula: str) -> Drawing:
    """The ruler on top, a row for every window, the one that falls off last."""
    cell = min(40.0, (WIDTH - LEFT - RIGHT) / (axis.padded + axis.overhang))
    row = max(6.0, min(30.0, 420 / (axis.outputs + 1)))
    drawing = Drawing(WIDTH, TOP + cell + 20 + row * (axis.outputs + 1) + 56)
    _ruler(drawing, axis, cell)
    top = TOP + cell + 16
    for o in range(axis.outputs + 1):
        _window(drawing, axis, o, top + o * row, cell, row)
    end, bottom = LEFT + axis.padded * cell, top + (axis.outputs + 1) * row
    drawing.line(end, TOP - 12, end, bottom + 4, WARNING.ink, 2, dashed=True)
    drawing.words(LEFT, bottom + 26, f"outputs: {formula}", 14, QUIET, "start")
    return drawing


def _ruler(drawing: Drawing, axis: Axis, cell: float) -> None:
    """Draw the positions, numbered where there is room, the padding apart, the unread ones hatched."""
    drawing.words(LEFT, 24, f"input, {several(axis.n, 'position')}", 14, INPUT.ink, "start", bold=True)
    if axis.p:
        drawing.words(LEFT + 180, 24, f"and {axis.p} of padding on each side", 13, PADDING.ink, "start")
    if axis.unread:
        drawing.words(WIDTH - RIGHT, 24, "hatched: never read", 13, WARNING.ink, "end")
    for position in range(axis.padded):
        x, index = LEFT + position * cell, position - axis.p
        real = 0 <= index < axis.n
        label = "" if cell < 20 else str(index) if real else "0"
        drawing.cell(
            x,
            TOP,
            cell,
            label,
            INPUT if real else PADDING,
            dashed=not real,
            ink=None if real else PADDING.ink,
        )
        if index in axis.unread:
            drawing.hatch(x, TOP, cell, cell)
        if real and cell < 20 and index % 10 == 0:
            drawing.words(x + cell / 2, TOP - 12, str(index), 11, QUIET)


def _window(drawing: Drawing, axis: Axis, o: int, y: float, cell: float, row: float) -> None:
    """Draw one window: a line over its span, a block on every position that it reads."""
    falls = o == axis.outputs
    role: Role = WARNING if falls else KERNEL
    positions, height = taps(o, axis.k, axis.s, axis.d), 0.64 * row
    start, end = LEFT + (positions[0] + 0.5) * cell, LEFT + (positions[-1] + 0.5) * cell
    drawing.line(start, y + row / 2, end, y + row / 2, role.ink, 1.5, dashed=falls)
    for position in positions:
        drawing.box(
            LEFT + position * cell + 0.06 * cell,
            y + (row - height) / 2,
            0.88 * cell,
            height,
            role.deep,
            role.ink,
            min(1.0, cell / 10),
            dashed=falls,
            round=min(3.0, cell / 5),
        )
    if row >= 12 or falls:
        drawing.words(
            LEFT - 14, y + row / 2, "falls off" if falls else f"y[{o}]", 13, role.ink, "end", bold=falls
        )


def _status(axis: Axis, formula: str) -> str:
    unread = f"never read: {_listed(axis.unread)}" if axis.unread else "every position is read"
    return (
        f"{several(axis.outputs, 'output')}: {formula}. The next window would stick out by "
        f"{several(axis.overhang, 'position')}; {unread}."
    )


def _alt(axis: Axis) -> str:
    unread = f"Never read: {_listed(axis.unread)}." if axis.unread else "Every position is read."
    return (
        f"A ruler of {several(axis.n, 'position')} with padding {axis.p}; "
        f"{several(axis.outputs, 'window')} of {several(axis.k, 'weight')}, dilation {axis.d}, "
        f"start {axis.s} apart, and one more falls off the end. {unread}"
    )


def _listed(positions: list[int]) -> str:
    """Write some positions, the many shortened."""
    shown = ", ".join(str(position) for position in positions[:8])
    return f"{shown} and {len(positions) - 8} more" if len(positions) > 8 else shown


def _code(axis: Axis) -> str:
    return (
        "from cnnkit.shapes import out_size\n\n"
        f"n, k, s, p, d = {axis.n}, {axis.k}, {axis.s}, {axis.p}, {axis.d}\n"
        "outputs = out_size(n, k, s, p, d)\n"
        "read = {o * s + a * d - p for o in range(outputs) for a in range(k)}\n"
        "unread = [position for position in range(n) if position not in read]\n"
    )
