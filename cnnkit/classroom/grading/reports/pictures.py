"""The two pictures of the class report, as SVG; their colours differ for everybody, and in print."""

from __future__ import annotations

from collections.abc import Sequence

RIGHT, WRONG, NOT_TRIED, INK = "#0072b2", "#e69f00", "#ffffff", "#333333"
WIDTH, HEIGHT, FLOOR, ROOM = 520, 190, 156, 134  # the longest bar is ROOM high and stands on FLOOR
LENGTH = 120  # of a bar of shares
STRIPES = (
    '<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="{WRONG}"/><path d="M0 0V6" stroke="{INK}" stroke-width="2"/></pattern>'
)


def definitions() -> str:
    """Return what the pictures share; it stands once on the page."""
    return f'<svg class="nothing" width="0" height="0" aria-hidden="true"><defs>{STRIPES}</defs></svg>'


def histogram(counts: Sequence[int], number: int) -> str:
    """Return the picture of how many scores lie in each tenth of the points; ``number`` makes ids unique."""
    title, told = f"scores-{number}", f"scores-{number}-told"
    most = max(*counts, 1)
    bars = "".join(_bar(n, count, ROOM * count / most) for n, count in enumerate(counts) if count)
    told_counts = "; ".join(
        f"{10 * n} to {10 * n + 10} %: {count}" for n, count in enumerate(counts) if count
    )
    return (
        f'<svg class="histogram" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{title} {told}">'
        f'<title id="{title}">Histogram of the scores</title>'
        f'<desc id="{told}">{told_counts or "no scores"}.</desc>'
        f'{bars}<path d="M0 {FLOOR}H{WIDTH}" stroke="{INK}"/>{_scale()}</svg>'
    )


def shares(right: int, wrong: int, not_tried: int) -> str:
    """Return a bar divided by how students did; the numbers stand beside it, so screen readers skip it."""
    total = max(right + wrong + not_tried, 1)
    blue, striped = LENGTH * right / total, LENGTH * wrong / total
    return (
        f'<svg class="shares" viewBox="0 0 {LENGTH} 12" aria-hidden="true">'
        f'<rect width="{LENGTH}" height="12" fill="{NOT_TRIED}"/>'
        f'<rect width="{blue:.1f}" height="12" fill="{RIGHT}"/>'
        f'<rect x="{blue:.1f}" width="{striped:.1f}" height="12" fill="url(#stripes)"/>'
        f'<rect x=".5" y=".5" width="{LENGTH - 1}" height="11" fill="none" stroke="{INK}"/></svg>'
    )


def _bar(n: int, count: int, height: float) -> str:
    wide = WIDTH / 10
    left, top = wide * n + 2, FLOOR - height
    box = f'x="{left:.0f}" y="{top:.1f}" width="{wide - 4:.0f}" height="{height:.1f}"'
    return f'<rect {box} fill="{RIGHT}"/>{_label(wide * (n + 0.5), top - 5, "middle", str(count))}'


def _scale() -> str:
    ends = {0: "start", 10: "end"}
    return "".join(
        _label(WIDTH * n / 10, FLOOR + 18, ends.get(n, "middle"), f"{10 * n} %") for n in range(0, 11, 2)
    )


def _label(x: float, y: float, anchor: str, content: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{content}</text>'
