"""A small drawing vocabulary on top of SVG: cells, words, lines, pictures.

A drawing brings its own white ground, so that it reads the same in a dark theme, and uses neither style
sheets nor ids, so that many drawings can stand in one notebook.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.viz.colour import INK, PAPER, QUIET, WARNING, Role
from cnnkit.viz.png import png

SANS = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class Drawing:
    """A sheet of ``width`` by ``height`` pixels to put marks on; ``svg()`` returns it as text.

    >>> drawing = Drawing(60, 40)
    >>> drawing.words(30, 20, "1 < 2")
    >>> drawing.svg("a sum").endswith(">1 &lt; 2</text></svg>")
    True
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.marks: list[str] = []

    def mark(self, tag: str, content: str = "", **attributes: Any) -> None:
        """Add one SVG element; underscores in names become hyphens, and None leaves an attribute out."""
        written = "".join(
            f' {name.replace("_", "-")}="{escape(_tidy(value))}"'
            for name, value in attributes.items()
            if value is not None
        )
        self.marks.append(f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        stroke: str = "none",
        thick: float = 1,
        dashed: bool = False,
        round: float = 0,
    ) -> None:
        """Draw a rectangle with its top left corner at (x, y)."""
        self.mark(
            "rect",
            x=x,
            y=y,
            width=width,
            height=height,
            fill=fill,
            stroke=stroke,
            stroke_width=thick,
            stroke_dasharray="4 3" if dashed else None,
            rx=round or None,
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        stroke: str = QUIET,
        thick: float = 1,
        dashed: bool = False,
    ) -> None:
        """Draw a straight line."""
        self.mark(
            "line",
            x1=x1,
            y1=y1,
            x2=x2,
            y2=y2,
            stroke=stroke,
            stroke_width=thick,
            stroke_dasharray="4 3" if dashed else None,
        )

    def words(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 14,
        ink: str = INK,
        anchor: str = "middle",
        bold: bool = False,
        mono: bool = False,
    ) -> None:
        """Write words centred on height ``y``; ``anchor`` is start, middle or end."""
        self.mark(
            "text",
            escape(text, quote=False),
            x=x,
            y=y + 0.35 * size,
            font_size=size,
            fill=ink,
            text_anchor=anchor,
            font_weight="bold" if bold else None,
            font_family=MONO if mono else None,
        )

    def runs(self, x: float, y: float, parts: Sequence[tuple[str, str]], size: float = 14) -> None:
        """Write a line of coloured parts, (words, ink) each, from ``x`` on, all letters equally wide."""
        spans = "".join(f'<tspan fill="{ink}">{escape(text)}</tspan>' for text, ink in parts)
        self.mark(
            "text", spans, x=x, y=y + 0.35 * size, font_size=size, font_family=MONO, style="white-space: pre"
        )

    def hatch(
        self, x: float, y: float, width: float, height: float, ink: str = WARNING.ink, gap: float = 7
    ) -> None:
        """Draw slanting lines over a rectangle: the mark of what is never read."""
        lines, offset = [], gap / 2
        while offset < width + height:
            start = x + min(offset, width), y + max(0.0, offset - width)
            end = x + max(0.0, offset - height), y + min(offset, height)
            lines.append(f"M{_tidy(start[0])} {_tidy(start[1])}L{_tidy(end[0])} {_tidy(end[1])}")
            offset += gap
        self.mark("path", d="".join(lines), stroke=ink, stroke_width=1, opacity=0.55)

    def picture(self, x: float, y: float, width: float, height: float, rgb: npt.NDArray[np.uint8]) -> None:
        """Place an array (H, W, 3) of bytes as a framed picture; few large pixels keep their edges."""
        self.mark(
            "image",
            x=x,
            y=y,
            width=width,
            height=height,
            href=data_uri("image/png", png(rgb)),
            preserveAspectRatio="none",
            style="image-rendering: pixelated" if width > 4 * rgb.shape[1] else None,
        )
        self.box(x, y, width, height, stroke=QUIET, thick=0.6)

    def cell(
        self,
        x: float,
        y: float,
        size: float,
        text: str,
        role: Role,
        *,
        deep: bool = False,
        ink: str | None = None,
        dashed: bool = False,
        bold: bool = False,
    ) -> None:
        """Draw one square of a grid with its number, in a role's colours."""
        self.box(
            x, y, size, size, fill=role.deep if deep else role.pale, stroke=role.ink, thick=0.6, dashed=dashed
        )
        if text and size >= 14:
            self.words(x + size / 2, y + size / 2, text, fitting(text, size), ink or INK, bold=bold)

    def svg(self, alt: str) -> str:
        """Return the drawing as SVG text, described by ``alt`` for those who do not see it."""
        width, height = _tidy(self.width), _tidy(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label="{escape(alt)}" '
            f'font-family="{SANS}" style="max-width: 100%; height: auto">'
            f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>{"".join(self.marks)}</svg>'
        )


def fitting(text: str, room: float) -> float:
    """Return the font size with which a number fits into a cell of this width.

    >>> fitting("7", 36), fitting("−0.125", 36)
    (16, 9)
    """
    return int(min(0.46 * room, 1.6 * room / max(len(text), 1)))


def data_uri(mime: str, content: bytes) -> str:
    """Return bytes as an address that carries its own content; nothing is fetched from anywhere.

    >>> data_uri("text/plain", b"hello")
    'data:text/plain;base64,aGVsbG8='
    """
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _tidy(value: Any) -> str:
    """Write a coordinate without a tail of digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
