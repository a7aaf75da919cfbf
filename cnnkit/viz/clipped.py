"""A chart whose curves may leave it: they are cut off at its edge, and its height may be logarithmic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log10

from cnnkit.viz.chart import Chart

Point = tuple[float, float]
FAR = 9000.0  # pixels: a place so far outside is as good as any other


@dataclass(frozen=True)
class ClippedChart(Chart):
    """A chart for ways that may run away; with ``log``, equal distances upward are equal factors.

    >>> from cnnkit.viz.svg import Drawing
    >>> chart = ClippedChart(Drawing(300, 200), 50, 20, 200, 100, (0, 10), (0.01, 100), log=True)
    >>> chart.at(5, 1)
    (150.0, 70.0)
    """

    log: bool = False

    def at(self, x: float, y: float) -> Point:
        """Return the pixel position of a point, which may lie outside the chart."""
        share = (x - self.across[0]) / (self.across[1] - self.across[0])
        low, high, height = (self._height(value) for value in (*self.up, y))
        return self.left + share * self.width, self.top + (high - height) / (high - low) * self.height

    def _height(self, y: float) -> float:
        return log10(max(y, 1e-300)) if self.log else y

    def way(
        self, points: Sequence[Point], ink: str, thick: float = 2, dashes: str = "", opacity: float = 1
    ) -> None:
        """Draw a line through points, cut off at the edge; it ends before a number that is not finite."""
        known: list[Point] = []
        for x, y in points:
            if not isfinite(y):
                break
            known.append(self.at(x, y))
        if len(known) < 2:
            return
        route = "L".join(f"{_near(x - self.left):.1f} {_near(y - self.top):.1f}" for x, y in known)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.inside(
            f'<path d="M{route}" fill="none" stroke="{ink}" stroke-width="{thick}" '
            f'stroke-linejoin="round" opacity="{opacity}"{dashed}/>'
        )

    def inside(self, content: str) -> None:
        """Add SVG whose coordinates count from the chart's top left corner; what sticks out is cut off."""
        self.drawing.mark(
            "svg", content, x=self.left, y=self.top, width=self.width, height=self.height, overflow="hidden"
        )

    def dot(self, x: float, y: float, ink: str, radius: float = 4.5) -> None:
        """Mark a point, unless it lies outside."""
        (low, high), (bottom, top) = self.across, self.up
        if low <= x <= high and bottom <= y <= top:
            cx, cy = self.at(x, y)
            self.drawing.mark("circle", cx=cx, cy=cy, r=radius, fill=ink)


def _near(value: float) -> float:
    """Keep a coordinate in a range that every renderer draws."""
    return min(max(value, -FAR), FAR)
