"""A small chart on a drawing: two axes with ticks, curves, and points on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import PAPER, QUIET
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import number

Array = npt.NDArray[Any]
Range = tuple[float, float]
GRID = "#e4e7eb"


@dataclass(frozen=True)
class Chart:
    """A frame on a drawing, its top left corner at (left, top), that shows ``across`` times ``up``.

    >>> Chart(Drawing(200, 100), 10, 10, 100, 50, (0, 1), (0, 2)).at(0.5, 1)
    (60.0, 35.0)
    """

    drawing: Drawing
    left: float
    top: float
    width: float
    height: float
    across: Range
    up: Range

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel position of a point of the chart."""
        (low, high), (bottom, top) = self.across, self.up
        right = self.left + self.width * (x - low) / (high - low)
        return right, self.top + self.height * (top - y) / (top - bottom)

    def axes(self, across: Sequence[float], up: Sequence[float], label: str) -> None:
        """Draw the frame with a line and a number at each tick, the lines at 0 darker, and a label below."""
        bottom = self.top + self.height
        for tick in across:
            x, _ = self.at(tick, 0)
            self.drawing.line(x, self.top, x, bottom, QUIET if tick == 0 else GRID)
            self.drawing.words(x, bottom + 13, number(tick), 12, QUIET)
        for tick in up:
            _, y = self.at(0, tick)
            self.drawing.line(self.left, y, self.left + self.width, y, QUIET if tick == 0 else GRID)
            self.drawing.words(self.left - 8, y, number(tick), 12, QUIET, "end")
        self.drawing.words(self.left + self.width / 2, bottom + 32, label, 13, QUIET)
        self.drawing.box(self.left, self.top, self.width, self.height, stroke=GRID)

    def curve(self, x: Array, y: Array, ink: str, *, dashes: str | None = None, thick: float = 2.4) -> None:
        """Draw a curve through points (N,); where it leaves the chart or is NaN, it is interrupted."""
        low, high = self.up
        inside = (y >= low) & (y <= high)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            points = [self.at(*point) for point in zip(x[start:end], y[start:end], strict=True)]
            path = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
            self.drawing.mark(
                "path", d=path, fill="none", stroke=ink, stroke_width=thick, stroke_dasharray=dashes
            )

    def point(self, x: float, y: float, ink: str, *, hollow: bool = False, radius: float = 5.5) -> None:
        """Draw a dot; a hollow one says: up to here, but not here. What lies outside is left out."""
        low, high = self.up
        if low <= y <= high:
            cx, cy = self.at(x, y)
            fill = PAPER if hollow else ink
            self.drawing.mark("circle", cx=cx, cy=cy, r=radius, fill=fill, stroke=ink, stroke_width=2)

    def upright(self, x: float, ink: str = QUIET) -> None:
        """Draw a broken line from bottom to top: the place in question."""
        px, _ = self.at(x, 0)
        self.drawing.line(px, self.top, px, self.top + self.height, ink, 1, dashed=True)
