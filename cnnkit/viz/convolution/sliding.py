"""Flip and slide: convolution of two short lists, as a sliding sum and as diagonals of a product table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INPUT, KERNEL, OUTPUT, PADDING, QUIET
from cnnkit.viz.controls import Control, Numbers, Slider, State, Toggle
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.grid import Grid
from cnnkit.viz.options import vector
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import factor, number, plain, several

Array = npt.NDArray[Any]
WIDTH, MARGIN, LABELS = 880, 24, 84


def flip_and_slide(
    a: Any = (1, 2, 0, 3), b: Any = (2, 1, -1), *, flip: bool = True, shift: int | None = None
) -> Demo:
    """Show two lists convolved: one is flipped and slid along the other, products are added at every shift.

    Parameters
    ----------
    a, b : list of at most 8 numbers
    flip : bool; False leaves ``b`` as it is, which gives the cross-correlation
    shift : int, the output to begin with, from 0; by default the first where the overlap is complete

    Returns
    -------
    Demo

    >>> demo = flip_and_slide([1, 2, 3], [1, 10])
    >>> demo.facts()["output"]
    [1, 12, 23, 30]
    >>> demo.set(shift=2).status
    'Shift 2 of 0 to 3: y[2] = 2 × 10 + 3 × 1 = 23. The lists overlap in 2 places.'
    """
    first, second = vector("flip_and_slide", "a", a, 8), vector("flip_and_slide", "b", b, 8)
    start = min(len(first), len(second)) - 1 if shift is None else shift
    controls: list[Control] = [
        Toggle("flip", "flip b", "turn the second list around before it slides"),
        _boxes("a", len(first)),
        _boxes("b", len(second)),
        Slider("shift", "shift", "how far b has been slid", 0, len(first) + len(second) - 2, timeline=True),
    ]
    state = {"flip": flip, "a": plain(first), "b": plain(second), "shift": start}
    caption = "Slide one list along the other, multiply what meets, add up: one number for every shift."
    return Demo("flip_and_slide", _draw, controls, state, caption)


def _boxes(name: str, count: int) -> Numbers:
    return Numbers(
        name, name, f"the numbers of list {name}", tuple(f"{name}[{i}]" for i in range(count)), count
    )


@dataclass(frozen=True)
class Meeting:
    """Two lists at one shift: which entries meet, and what the shifts so far have given."""

    a: Array
    b: Array
    flip: bool
    shift: int

    @property
    def laid(self) -> Array:
        """The second list as it lies under the first."""
        return self.b[::-1] if self.flip else self.b

    @cached_property
    def output(self) -> Array:
        """The sum at every shift: the full convolution, or cross-correlation."""
        return np.convolve(self.a, self.laid[::-1])

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The indices (i, j) of the entries a[i] and b[j] that meet."""
        last = len(self.b) - 1
        places = [(i, i - self.shift + last) for i in range(len(self.a))]
        return [(i, last - c if self.flip else c) for i, c in places if 0 <= c <= last]

    @property
    def sum(self) -> str:
        """The sum of products at this shift in words."""
        return " + ".join(f"{factor(self.a[i])} × {factor(self.b[j])}" for i, j in self.pairs)


def _draw(state: State) -> Picture:
    now = Meeting(np.array(state["a"]), np.array(state["b"]), state["flip"], state["shift"])
    return Picture(_drawing(now), _facts(now), _alt(now), _status(now), _code(now))


def _drawing(now: Meeting) -> Drawing:
    """The sliding lists on the left, the product table on the right, the sum below."""
    n, m = len(now.a), len(now.b)
    cell = min(40, (WIDTH - 2 * MARGIN - LABELS - 90) // (2 * n + 2 * m - 1))
    drawing = Drawing(WIDTH, max(80 + 5.5 * cell, 60 + (m + 1) * cell) + 60)
    _lists(Grid(drawing, 6, n + 2 * m - 2, MARGIN + LABELS, 36, cell), now)
    _table(Grid(drawing, m + 1, n + 1, WIDTH - MARGIN - (n + 1) * cell, 60, cell), now)
    result = f"y[{now.shift}] = {now.sum} = {number(now.output[now.shift])}"
    drawing.words(MARGIN, drawing.height - 26, result, 16, OUTPUT.ink, "start", bold=True, mono=True)
    return drawing


def _lists(grid: Grid, now: Meeting) -> None:
    """Draw a, b under it, the products of what meets, and the outputs so far."""
    reach, met = len(now.b) - 1, [i for i, _ in now.pairs]
    _labels(grid, now.flip)
    for i, value in enumerate(now.a):
        grid.put(0, reach + i, number(value), INPUT, deep=i in met)
    for c, value in enumerate(now.laid):
        grid.put(1, now.shift + c, number(value), KERNEL, deep=0 <= now.shift + c - reach < len(now.a))
    for i, j in now.pairs:
        grid.put(2.5, reach + i, number(now.a[i] * now.b[j]), PADDING)
        x, y = grid.at(2, reach + i + 0.5)
        grid.drawing.line(x, y + 4, x, y + grid.cell / 2 - 4)
    _outputs(grid, now, reach / 2)


def _labels(grid: Grid, flip: bool) -> None:
    """Name the rows."""
    rows = (
        ("a", 0.5, INPUT),
        ("b flipped" if flip else "b", 1.5, KERNEL),
        ("products", 3, PADDING),
        ("y", 5, OUTPUT),
    )
    for name, row, role in rows:
        x, y = grid.at(row, 0)
        grid.drawing.words(x - 14, y, name, 14, role.ink, "end", bold=role is not PADDING)


def _outputs(grid: Grid, now: Meeting, first: float) -> None:
    """Draw the outputs up to this shift, and under them the stretch where the lists overlap completely."""
    for shift, value in enumerate(now.output):
        known, current = shift <= now.shift, shift == now.shift
        text = number(value) if known else ""
        grid.put(4.5, first + shift, text, OUTPUT, deep=current, bold=current, dashed=not known)
    grid.outline(4.5, first + now.shift)
    short, long = sorted((len(now.a), len(now.b)))
    (start, y), (end, _) = grid.at(5.5, first + short - 1), grid.at(5.5, first + long)
    grid.drawing.line(start + 2, y + 10, end - 2, y + 10, OUTPUT.ink, 2)
    words = f"valid: {long - short + 1} of {len(now.output)}"
    grid.drawing.words((start + end) / 2, y + 24, words, 12, OUTPUT.ink)


def _table(grid: Grid, now: Meeting) -> None:
    """Draw every product a[i] b[j]; those of this shift lie on one diagonal."""
    grid.drawing.words(grid.centre, grid.top - 24, "every product, a across, b down", 13, QUIET)
    for i, value in enumerate(now.a):
        grid.put(0, i + 1, number(value), INPUT)
    for j, value in enumerate(now.b):
        grid.put(j + 1, 0, number(value), KERNEL)
    for (j, i), product in np.ndenumerate(np.outer(now.b, now.a)):
        met = (i, j) in now.pairs
        grid.put(j + 1, i + 1, number(product), OUTPUT if met else PADDING, deep=met, bold=met)


def _facts(now: Meeting) -> dict[str, Any]:
    short, long = sorted((len(now.a), len(now.b)))
    return {
        "shift": now.shift,
        "products": [plain(now.a[i] * now.b[j]) for i, j in now.pairs],
        "sum": plain(now.output[now.shift]),
        "output": plain(now.output),
        "lengths": {"full": len(now.output), "same": long, "valid": long - short + 1},
    }


def _status(now: Meeting) -> str:
    return (
        f"Shift {now.shift} of 0 to {len(now.output) - 1}: y[{now.shift}] = {now.sum} = "
        f"{number(now.output[now.shift])}. The lists overlap in {several(len(now.pairs), 'place')}."
    )


def _alt(now: Meeting) -> str:
    manner = "flipped and laid" if now.flip else "laid as it is"
    return (
        f"List b, {manner} under list a at shift {now.shift}, meets it "
        f"in {several(len(now.pairs), 'place')}; the products add up to {number(now.output[now.shift])}. "
        "In the table of all products these lie on one diagonal."
    )


def _code(now: Meeting) -> str:
    function = "convolve1d" if now.flip else "correlate1d"
    return (
        f"import numpy as np\nfrom cnnkit.functional import {function}\n\n"
        f"a, b = np.array({plain(now.a)}), np.array({plain(now.b)})\n"
        f"y = {function}(np.pad(a, len(b) - 1), b)  # zeros on both sides: every shift at which they touch\n"
        f"y[{now.shift}]\n"
    )
