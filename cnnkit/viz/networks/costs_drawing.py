"""How parameters and MACs look: two bars of the same length, cut into layers, and ribbons between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from cnnkit.viz.colour import INK, INPUT, KERNEL, PAPER, QUIET, Role
from cnnkit.viz.networks.census import Line
from cnnkit.viz.svg import Drawing

WIDTH, HEIGHT, LEFT, BAR = 880, 402, 20, 46
ABOVE, BELOW = 84, 266  # upper edges of the two bars
Span = tuple[float, float]


def costs_drawing(lines: Sequence[Line], chosen: int, title: str) -> Drawing:
    """Draw both bars with their ribbons; the chosen layer is outlined.

    >>> lines = [Line("a", "Conv2d", "", (1,), 3, 9), Line("b", "Linear", "", (1,), 1, 1)]
    >>> costs_drawing(lines, 0, "a net").height
    402
    """
    drawing = Drawing(WIDTH, HEIGHT)
    parameters, macs = [line.parameters for line in lines], [line.macs for line in lines]
    upper, lower = spans(parameters), spans(macs)
    drawing.words(LEFT, 24, title, 15, INK, "start", bold=True)
    _legend(drawing)
    drawing.words(LEFT, ABOVE - 20, f"parameters: {sum(parameters):,}", 14, INK, "start")
    order = [i for i in range(len(lines)) if i != chosen] + [chosen]
    for i in order:
        _ribbon(drawing, upper[i], lower[i], _role(lines[i]), i == chosen)
    for i in order:
        for span, y in ((upper[i], ABOVE), (lower[i], BELOW)):
            _piece(drawing, span, y, lines[i], i == chosen)
    drawing.words(LEFT, BELOW + BAR + 18, f"MACs: {sum(macs):,}", 14, INK, "start")
    line = lines[chosen]
    share = line.parameters / sum(parameters), line.macs / sum(macs)
    drawing.words(LEFT, HEIGHT - 46, line.text, 14, INK, "start", bold=True)
    drawing.words(
        LEFT,
        HEIGHT - 24,
        f"{line.parameters:,} parameters ({percent(share[0])}), {line.macs:,} MACs ({percent(share[1])})",
        14,
        INK,
        "start",
    )
    return drawing


def spans(counts: Sequence[int]) -> list[Span]:
    """Return where each piece of a bar begins and ends.

    >>> spans([1, 3])
    [(20.0, 230.0), (230.0, 860.0)]
    """
    ends = [0, *accumulate(counts)]
    places = [LEFT + (WIDTH - 2 * LEFT) * end / ends[-1] for end in ends]
    return list(pairwise(places))


def percent(share: float) -> str:
    """Say a share in whole percent: more digits are for the reader to compute.

    >>> percent(0.743), percent(0.0004), percent(0.998)
    ('74%', 'under 1%', 'over 99%')
    """
    if 0 < share < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 < share < 1 else f"{share:.0%}"


def _role(line: Line) -> Role:
    return KERNEL if line.kind == "Conv2d" else INPUT


def _ribbon(drawing: Drawing, upper: Span, lower: Span, role: Role, chosen: bool) -> None:
    top, bottom = ABOVE + BAR, BELOW
    bend = (top + bottom) / 2
    (a, b), (c, d) = upper, lower
    path = (
        f"M{a:.1f} {top}C{a:.1f} {bend} {c:.1f} {bend} {c:.1f} {bottom}"
        f"L{d:.1f} {bottom}C{d:.1f} {bend} {b:.1f} {bend} {b:.1f} {top}Z"
    )
    drawing.mark(
        "path",
        d=path,
        fill=role.deep if chosen else role.pale,
        stroke=role.ink,
        stroke_width=1.6 if chosen else 0.4,
        opacity=0.95 if chosen else 0.7,
    )


def _piece(drawing: Drawing, span: Span, y: float, line: Line, chosen: bool) -> None:
    role, (left, right) = _role(line), span
    width = right - left
    fill, ink = (role.ink, PAPER) if chosen else (role.deep, INK)
    drawing.box(left, y, width, BAR, fill, INK if chosen else PAPER, 1.6 if chosen else 0.8)
    room = 8.0 * len(line.name)
    if width > room:
        drawing.words((left + right) / 2, y + BAR / 2, line.name, 13, ink, bold=chosen)
    elif width > 16 and 6.6 * len(line.name) < BAR:  # upright
        x, middle = (left + right) / 2, y + BAR / 2
        drawing.mark(
            "text",
            line.name,
            x=x,
            y=middle + 4,
            font_size=11,
            fill=ink,
            text_anchor="middle",
            transform=f"rotate(-90 {x:.1f} {middle:.1f})",
        )


def _legend(drawing: Drawing) -> None:
    x = WIDTH - 250
    for role, name in ((KERNEL, "convolutions"), (INPUT, "dense layers")):
        drawing.box(x, 16, 16, 16, role.deep, role.ink, 0.8, round=2)
        drawing.words(x + 23, 24, name, 13, QUIET, "start")
        x += 125
