"""Still panels side by side, each with one curve or more over a common scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import UsageError
from cnnkit.viz.still import COLOURS, STYLES, Still

Curve = npt.NDArray[Any] | tuple[Any, Any]


def curves(
    panels: Mapping[str, Mapping[str, Curve]],
    *,
    alt: str,
    across: str = "step",
    log: bool = False,
    columns: int = 3,
    high: float | None = None,
    level: float | None = None,
    marked: tuple[str, ...] = (),
) -> Still:
    """Draw panels of the same height, with a legend of curve names below.

    Parameters
    ----------
    panels : title -> (name -> curve), a curve being an array (N,) or a pair (x, y) of them; a name looks the
        same in every panel
    alt : what is to be seen, for those who do not see it
    across : what the x axis counts
    log : True for a logarithmic height
    columns : panels in a row
    high : where the scale ends; None to fit
    level : where to draw a dotted line across
    marked : names whose points get a dot

    >>> curves({"one": {"a": np.arange(3)}}, alt="A line that rises from 0 to 2.")
    A line that rises from 0 to 2.
    """
    if not panels or not all(panels.values()):
        raise UsageError("curves: every panel needs a curve, and there must be a panel.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "this figure is drawn by matplotlib. Install it: pip install 'cnnkit[course]'"
        ) from None
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(8.6, 2.5 * rows + 0.5), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    looks = _looks(panels)
    for place, (title, named) in zip(grid.ravel(), panels.items(), strict=False):
        for name, curve in named.items():
            x, y = curve if isinstance(curve, tuple) else (np.arange(len(curve)), curve)
            dots = {"marker": "o", "markersize": 3.5} if name in marked else {}
            place.plot(x, y, label=name, **looks[name], **dots)
        _finish(place, title, across, log, high, level)
    drawn = {
        line.get_label(): line for place in grid.ravel() for line in place.lines if line.get_label() in looks
    }
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=len(drawn), frameon=False)
    return Still(figure, alt)


def _looks(panels: Mapping[str, Mapping[str, Curve]]) -> dict[str, dict[str, Any]]:
    """Return a colour and a line style for each name, in the order of their first use."""
    names = list(dict.fromkeys(name for named in panels.values() for name in named))
    return {
        name: {"color": COLOURS[i % 4], "linestyle": STYLES[i % 4], "linewidth": 1.6}
        for i, name in enumerate(names)
    }


def _finish(place: Any, title: str, across: str, log: bool, high: float | None, level: float | None) -> None:
    """Set scale, words and the dotted line of one panel."""
    place.set_title(title, fontsize=11)
    place.set_xlabel(across)
    place.spines[["top", "right"]].set_visible(False)
    place.tick_params(labelleft=True, labelbottom=True)
    if log:
        place.set_yscale("log")
    if high is not None:
        place.set_ylim(0, high)
    if level is not None:
        place.axhline(level, color="#666666", linewidth=1, linestyle=":")
