"""Measured times as bars: how much longer one way takes than another."""

from __future__ import annotations

from collections.abc import Mapping

from cnnkit.errors import UsageError
from cnnkit.viz.still import COLOURS, Still, _panels


def timings(seconds: Mapping[str, float], *, title: str = "") -> Still:
    """Draw one bar a name, as long as its time, and say how often it is the shortest one.

    Parameters
    ----------
    seconds : name -> seconds, all above 0

    >>> timings({"loops": 0.5, "im2col": 0.002})
    Bars of measured times. loops: 500 ms, 250 times as long as im2col. im2col: 2 ms.
    """
    if not seconds or not all(0 < time < float("inf") for time in seconds.values()):
        raise UsageError(f"timings: seconds is {dict(seconds)}, but every time must be a number above 0.")
    names, times = list(seconds), list(seconds.values())
    figure, (panel,) = _panels(1, 1, width=7.6, height=0.55 * len(names) + 0.5)
    panel.barh(names, times, color=COLOURS[0], height=0.6)
    for line, time in enumerate(times):
        panel.annotate(
            f" {_said(time)}{_factor(time, seconds)} ",
            (time, line),
            va="center",
            ha="left" if time < 0.6 * max(times) else "right",
            color="black" if time < 0.6 * max(times) else "white",
        )
    panel.invert_yaxis()
    panel.set_xticks([])
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    panel.set_title(title)
    said = " ".join(f"{name}: {_said(time)}{_factor(time, seconds)}." for name, time in seconds.items())
    return Still(figure, f"Bars of measured times. {said}")


def _said(time: float) -> str:
    """Write a time with three digits.

    >>> _said(1.234), _said(0.0321), _said(0.000004)
    ('1.23 s', '32.1 ms', '0.004 ms')
    """
    return f"{time:.3g} s" if time >= 1 else f"{1000 * time:.3g} ms"


def _factor(time: float, seconds: Mapping[str, float]) -> str:
    """Say how often a time is the shortest one, except for the shortest itself."""
    quickest = min(seconds, key=lambda name: seconds[name])
    times = time / seconds[quickest]
    written = f"{times:,.0f}" if times >= 100 else f"{times:.2g}"
    return f", {written} times as long as {quickest}" if times > 1 else ""
