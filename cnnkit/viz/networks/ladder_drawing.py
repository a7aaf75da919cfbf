"""How the receptive-field ladder looks: levels above each other, a cone between them, bars below."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from cnnkit.viz.colour import INK, INPUT, KERNEL, OUTPUT, PADDING, QUIET, WARNING
from cnnkit.viz.networks.ladder_stack import Ladder, taps
from cnnkit.viz.svg import Drawing, fitting
from cnnkit.viz.words import several

WIDTH, LEFT, RIGHT, TOP, BARS = 880, 132, 128, 52, 62


@dataclass(frozen=True)
class Sheet:
    """Where things stand: pixel positions across, levels downward, the deepest layer on top."""

    now: Ladder
    drawing: Drawing
    low: int
    cell: float
    gap: float

    @property
    def side(self) -> float:
        """Side of the square that stands for a unit."""
        return min(0.86 * self.cell, 20)

    def across(self, level: int, unit: int) -> float:
        """Return the middle of a unit on the sheet."""
        return LEFT + (self.now.centre(level, unit) - self.low + 0.5) * self.cell

    def down(self, level: int) -> float:
        """Return the height of a level on the sheet."""
        return TOP + (len(self.now.layers) - level) * self.gap


def ladder_drawing(now: Ladder, names: list[str]) -> Drawing:
    """Draw the levels, the cone, the field and the bars.

    >>> ladder_drawing(Ladder(7, ((3, 1, 0, 1),), 2), ["layer 1"]).width
    880
    """
    low, high = _reach(now)
    gap = 92 if len(now.layers) < 4 else 76
    height = TOP + len(now.layers) * gap + 52 + BARS + 52
    sheet = Sheet(now, Drawing(WIDTH, height), low, (WIDTH - LEFT - RIGHT) / (high - low + 1), gap)
    _field(sheet)
    for level in range(len(now.layers), 0, -1):
        _rays(sheet, level)
    for level in range(len(now.layers) + 1):
        _level(sheet, level)
        _names(sheet, level, ["input", *names][level])
    _bars(sheet)
    return sheet.drawing


def _reach(now: Ladder) -> tuple[int, int]:
    """Return the first and the last position to be drawn: all pixels, the padding, and the field."""
    places = [0.0, now.n - 1.0, now.begin, now.begin + now.fields[-1].size - 1.0]
    for level, (_, _, p, _) in enumerate(now.layers):
        places += [now.centre(level, -p), now.centre(level, now.units[level] - 1 + p)]
    return floor(min(places)), ceil(max(places))


def _field(sheet: Sheet) -> None:
    """Frame the field in the input row, down to the bars."""
    now, y = sheet.now, sheet.down(0)
    left = LEFT + (now.begin - sheet.low) * sheet.cell
    width = now.fields[-1].size * sheet.cell
    sheet.drawing.box(left, y - 19, width, 38, KERNEL.pale, KERNEL.ink, 1.6, round=5)


def _rays(sheet: Sheet, level: int) -> None:
    """Draw a line from each unit that takes part to those that it reads."""
    now, half = sheet.now, sheet.side / 2
    for unit in sorted(now.levels[level]):
        if now.real(level, unit):
            for tap in taps(unit, now.layers[level - 1]):
                sheet.drawing.line(
                    sheet.across(level, unit),
                    sheet.down(level) + half,
                    sheet.across(level - 1, tap),
                    sheet.down(level - 1) - half,
                    KERNEL.ink,
                    0.9,
                    dashed=not now.real(level - 1, tap),
                )


def _level(sheet: Sheet, level: int) -> None:
    """Draw the units of a level: those that take part dark, zeros of the padding with a broken line."""
    now, side = sheet.now, sheet.side
    role = INPUT if level == 0 else OUTPUT
    padding = now.layers[level][2] if level < len(now.layers) else 0
    for unit in range(-padding, now.units[level] + padding):
        real, used = now.real(level, unit), unit in now.levels[level]
        look = role if real else PADDING
        x, y = sheet.across(level, unit) - side / 2, sheet.down(level) - side / 2
        chosen = level == len(now.layers) and used
        sheet.drawing.box(
            x,
            y,
            side,
            side,
            look.deep if used else look.pale,
            INK if chosen else look.ink,
            2.4 if chosen else 0.7,
            dashed=not real,
            round=2,
        )
        gap = level == 0 and real and not used and now.first <= unit <= now.last
        if gap:
            sheet.drawing.hatch(x, y, side, side, gap=5)


def _names(sheet: Sheet, level: int, name: str) -> None:
    """Name a level on the left, and say on the right what its units see."""
    now, y = sheet.now, sheet.down(level)
    ink = INPUT.ink if level == 0 else OUTPUT.ink
    sheet.drawing.words(18, y - 9, name, 14, ink, "start", bold=True)
    count = several(now.units[level], "pixel" if level == 0 else "unit")
    sheet.drawing.words(18, y + 9, count, 12, QUIET, "start")
    if level:
        k, s, p, d = now.layers[level - 1]
        made = f"k {k}" + f", s {s}" * (s > 1) + f", p {p}" * (p > 0) + f", d {d}" * (d > 1)
        field = now.fields[level]
        right = WIDTH - RIGHT + 16
        sheet.drawing.words(right, y - 9, f"field {field.size}", 14, KERNEL.ink, "start", bold=True)
        sheet.drawing.words(right, y + 9, f"{field.stride} apart", 12, QUIET, "start")
        sheet.drawing.words(18, y + 26, made, 12, QUIET, "start")


def _bars(sheet: Sheet) -> None:
    """Draw under each pixel in how many ways it reaches the unit."""
    now, top = sheet.now, sheet.down(0) + 46
    most = max(*now.ways, 1)
    sheet.drawing.words(18, top + 12, "ways from a", 12, QUIET, "start")
    sheet.drawing.words(18, top + 28, "pixel to the unit", 12, QUIET, "start")
    if not all(now.ways[now.first : now.last + 1]):
        sheet.drawing.words(WIDTH - 18, top + 12, "hatched: never read", 12, WARNING.ink, "end")
    for pixel, ways in enumerate(now.ways):
        x, height = sheet.across(0, pixel), BARS * ways / most
        if ways:
            sheet.drawing.box(
                x - 0.38 * sheet.cell, top, 0.76 * sheet.cell, height, KERNEL.deep, KERNEL.ink, 0.7
            )
            size = max(9.0, fitting(str(ways), 0.9 * sheet.cell))
            if sheet.cell >= 16 and len(str(ways)) <= 3:
                sheet.drawing.words(x, top + height + 9, str(ways), size, KERNEL.ink)
        if pixel % 5 == 0 or (pixel == now.n - 1 and pixel % 5 > 1):
            sheet.drawing.words(x, sheet.down(0) + 30, str(pixel), 11, QUIET)
