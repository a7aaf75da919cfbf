"""A grid of numbers on a drawing: rows and columns instead of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cnnkit.viz.colour import INK, PADDING, QUIET, Role
from cnnkit.viz.svg import Drawing
from cnnkit.viz.words import size


@dataclass(frozen=True)
class Grid:
    """Square cells of side ``cell`` on a drawing, the first at (left, top). Indices may leave the grid.

    >>> grid = Grid.centred(Drawing(200, 200), 3, 4, left=10, middle=100, cell=20)
    >>> grid.top, grid.right, grid.at(1, 2)
    (70.0, 90, (50, 90.0))
    """

    drawing: Drawing
    rows: int
    columns: int
    left: float
    top: float
    cell: float

    @classmethod
    def centred(
        cls, drawing: Drawing, rows: int, columns: int, left: float, middle: float, cell: float
    ) -> Grid:
        """Place a grid by its left edge and the height of its middle."""
        return cls(drawing, rows, columns, left, middle - rows * cell / 2, cell)

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.left + self.columns * self.cell

    @property
    def centre(self) -> float:
        """Half-way between left and right."""
        return (self.left + self.right) / 2

    def at(self, i: float, j: float) -> tuple[float, float]:
        """Return the pixel position (x, y) of the top left corner of row ``i``, column ``j``."""
        return self.left + j * self.cell, self.top + i * self.cell

    def put(self, i: float, j: float, text: str, role: Role, **looks: Any) -> None:
        """Draw the cell in row ``i``, column ``j`` with its number; ``looks`` as in `Drawing.cell`."""
        self.drawing.cell(*self.at(i, j), self.cell, text, role, **looks)

    def put_input(self, i: float, j: float, text: str, role: Role, real: bool, deep: bool = False) -> None:
        """Draw a pixel, or with a broken line and grey ink a zero that padding has added."""
        shown = role if real or deep else PADDING
        self.put(i, j, text, shown, deep=deep, dashed=not real, ink=INK if real else PADDING.ink)

    def outline(self, i: float, j: float, rows: float = 1, columns: float = 1) -> None:
        """Draw a thick line around a block of cells: the window, or the number in question."""
        x, y = self.at(i, j)
        self.drawing.box(x, y, columns * self.cell, rows * self.cell, stroke=INK, thick=3)

    def hatch(self, i: float, j: float) -> None:
        """Mark a cell as never read."""
        self.drawing.hatch(*self.at(i, j), self.cell, self.cell)

    def title(self, name: str, ink: str) -> None:
        """Write the grid's name in its role's ink, and its size, above it."""
        self.drawing.words(self.centre, self.top - 30, name, 14, ink, bold=True)
        self.drawing.words(self.centre, self.top - 12, size((self.rows, self.columns)), 12, QUIET)
