"""The drawing of `connections`: a layer as pictures, as lines between two rows, and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.shapes import Pair
from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, PADDING, PAPER, QUIET, Role
from cnnkit.viz.grid import Grid
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import several, size

KINDS = {"dense": "a dense layer", "local": "windows of {k}", "shared": "a shared window of {k}"}
WIDTH, FAINT = 880, "#d3d8dd"
MIDDLE, TOP = 122, 236  # the middle of the grids, and where the row of inputs begins
DEPTH, LABELS = 190, 12  # from the inputs to the outputs; so many names fit on lines


@dataclass(frozen=True)
class Net:
    """A layer with everything named; ``lit`` marks the lines of what is chosen."""

    shape: Pair
    k: Pair
    kind: str
    look: str
    numbers: npt.NDArray[Any]
    lit: npt.NDArray[np.bool_]
    output_names: list[str]
    weight_names: dict[int, str]

    @property
    def outputs(self) -> Pair:
        """Rows and columns of the output."""
        return self.shape[0] - self.k[0] + 1, self.shape[1] - self.k[1] + 1

    def input_lit(self, i: int) -> bool:
        """Say whether a lit line begins at this input."""
        return bool(self.lit[:, i].any())

    def output_lit(self, o: int) -> bool:
        """Say whether a lit line ends at this output."""
        return bool(self.lit[o].any())


def roman(n: int) -> str:
    """Write a small number in Roman numerals.

    >>> [roman(n) for n in (1, 4, 9, 14, 25)]
    ['I', 'IV', 'IX', 'XIV', 'XXV']
    """
    return "X" * (n // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[n % 10]


def draw_net(net: Net) -> Drawing:
    """Draw the layer three times: as pictures, as lines, as a table."""
    outputs, inputs = net.numbers.shape
    cell = min(34.0, 560 / inputs, 210 / outputs)
    table_top = TOP + DEPTH + 92
    drawing = Drawing(WIDTH, table_top + outputs * cell + 26)
    _pictures(drawing, net)
    _lines(drawing, net)
    _table(drawing, net, cell, table_top)
    return drawing


def _pictures(drawing: Drawing, net: Net) -> None:
    """Draw the input, the kernel where there is one for all, and the output as grids."""
    side = min(38.0, 150 / net.shape[0])
    x = Grid.centred(drawing, *net.shape, 60, MIDDLE, side)
    x.title("input x", INPUT.ink)
    for i in range(net.numbers.shape[1]):
        lit = net.input_lit(i)
        x.put(*divmod(i, net.shape[1]), str(i + 1), INPUT, deep=lit, bold=lit)
    y = Grid.centred(drawing, *net.outputs, WIDTH - 60 - net.outputs[1] * side, MIDDLE, side)
    y.title("output y", OUTPUT.ink)
    for o, name in enumerate(net.output_names):
        y.put(*divmod(o, net.outputs[1]), name, OUTPUT, deep=net.output_lit(o), bold=net.output_lit(o))
    if net.kind == "shared":
        kernel = Grid.centred(drawing, *net.k, (WIDTH - net.k[1] * side) / 2, MIDDLE, side)
        kernel.title("one kernel for all windows", KERNEL.ink)
        lit_weights = set(net.numbers[net.lit].tolist())
        for w, name in net.weight_names.items():
            kernel.put(*divmod(w - 1, net.k[1]), name, KERNEL, deep=w in lit_weights, bold=w in lit_weights)
        return
    count = several(len(net.weight_names), "weight")
    drawing.words(WIDTH / 2, MIDDLE - 12, count, 20, KERNEL.ink, bold=True)
    drawing.words(WIDTH / 2, MIDDLE + 14, "each with a line of its own", 14, QUIET)


def _lines(drawing: Drawing, net: Net) -> None:
    """Draw the inputs in a row, the outputs in a row below, and a line for each pair that is connected."""
    outputs, inputs = net.numbers.shape
    side = min(34.0, 800 / (1.3 * inputs))
    tops, ends = _spread(inputs, side, 1.3 * side), _spread(outputs, side, min(90, 800 / outputs))
    drawing.words(24, TOP - 18, "the same, laid in rows", 13, QUIET, "start")
    start, end = TOP + side, TOP + DEPTH
    for wanted in (False, True):
        for (o, i), w in np.ndenumerate(net.numbers):
            if w and bool(net.lit[o, i]) == wanted:
                ink, thick = (KERNEL.ink, 2.2) if wanted else (FAINT, 1)
                drawing.line(tops[i] + side / 2, start, ends[o] + side / 2, end, ink, thick)
    for i in range(inputs):
        _node(drawing, tops[i], TOP, side, str(i + 1), INPUT, net.input_lit(i))
    for o, name in enumerate(net.output_names):
        _node(drawing, ends[o], TOP + DEPTH, side, name, OUTPUT, net.output_lit(o))
    if net.lit.sum() <= LABELS:
        for number, (o, i) in enumerate(np.argwhere(net.lit)):
            narrow = net.look == "output" and inputs > 9
            lower = 0.16 * (number % 2) if narrow else 0  # in turns, so that names do not touch
            share = {"input": 0.72, "output": 0.24, "weight": 0.5}[net.look] + lower
            x = tops[i] + share * (ends[o] - tops[i]) + side / 2
            _tag(drawing, x, start + share * (end - start), net.weight_names[int(net.numbers[o, i])])


def _spread(count: int, side: float, step: float) -> list[float]:
    """Return the left edges of a row of cells around the middle of the sheet, ``step`` apart."""
    return [WIDTH / 2 + (number - count / 2) * step + (step - side) / 2 for number in range(count)]


def _node(drawing: Drawing, x: float, y: float, side: float, text: str, role: Role, lit: bool) -> None:
    drawing.cell(x, y, side, text, role, deep=lit, bold=lit)
    if lit:
        drawing.box(x, y, side, side, stroke=INK, thick=2)


def _tag(drawing: Drawing, x: float, y: float, name: str) -> None:
    """Write the name of a weight on its line."""
    width = 9 + 7.5 * len(name)
    drawing.box(x - width / 2, y - 9, width, 18, PAPER, KERNEL.ink, 0.8, round=4)
    drawing.words(x, y, name, 12, KERNEL.ink, bold=True)


def _table(drawing: Drawing, net: Net, cell: float, top: float) -> None:
    """Draw the weights, a row for each output, a column for each input, empty where there is no line."""
    outputs, inputs = net.numbers.shape
    left = (WIDTH - inputs * cell) / 2
    words = f"the same as a table, outputs × inputs, {size((outputs, inputs))}"
    drawing.words(24, top - 42, words, 13, QUIET, "start")
    for i in range(inputs):
        ink = INK if net.input_lit(i) else INPUT.ink
        drawing.words(left + (i + 0.5) * cell, top - 12, str(i + 1), 12, ink, bold=net.input_lit(i))
    for o, name in enumerate(net.output_names):
        ink = INK if net.output_lit(o) else OUTPUT.ink
        drawing.words(left - 16, top + (o + 0.5) * cell, name, 12, ink, bold=net.output_lit(o))
        for i in range(inputs):
            w, lit = int(net.numbers[o, i]), bool(net.lit[o, i])
            role = KERNEL if w else PADDING
            drawing.cell(
                left + i * cell,
                top + o * cell,
                cell,
                net.weight_names.get(w, ""),
                role,
                deep=lit,
                bold=lit,
                ink=None if lit else KERNEL.ink,
            )
            if lit:
                drawing.box(left + i * cell, top + o * cell, cell, cell, stroke=INK, thick=2)
