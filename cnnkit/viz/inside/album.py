"""An album: pictures in rows, in colour or grey, and heat over them, with a line that says how to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.viz.still import Still

Array = npt.NDArray[Any]
HEAT = "orange: the map; strongest orange: its largest value"
GLOW = np.array([1.0, 0.5, 0.1])  # the orange of the heat


def heated(picture: Array, heat: Array) -> Array:
    """Return a picture (C, H, W), dimmed and without its colours, and orange where ``heat`` (H, W) is large.

    >>> heated(np.ones((3, 1, 2)), np.array([[0.0, 8.0]]))
    array([[[0.6, 0.6, 0.6],
            [1. , 0.5, 0.1]]])
    """
    if picture.ndim != 3 or heat.shape != picture.shape[1:]:
        raise ShapeError(
            f"heated: picture {picture.shape} must be (C, H, W), and heat {heat.shape} its (H, W)."
        )
    share = (np.clip(heat, 0, None) / (heat.max() if heat.max() > 0 else 1))[..., None]
    return np.asarray(0.6 * (1 - share) * picture.mean(axis=0)[..., None] + share * GLOW)


def album(rows: Mapping[str, Array] | Sequence[Mapping[str, Array]], *, alt: str, reading: str = "") -> Still:
    """Show pictures in one row or several, each with its title.

    Parameters
    ----------
    rows : title -> array (H, W) or (H, W, 3), from 0 to 1; or a list of such rows
    alt : what is to be seen, for those who do not see it
    reading : a line below the pictures that says what the colours mean; none by default

    Raises
    ------
    UsageError
        if there is no picture, or matplotlib is not installed.

    >>> album([{"black": np.zeros((2, 2))}, {"red": np.ones((2, 2, 3)) * [1, 0, 0]}], alt="Two squares.")
    Two squares.
    """
    listed = [rows] if isinstance(rows, Mapping) else list(rows)
    if not listed or not all(listed):
        raise UsageError("album: every row needs at least one picture.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "this figure is drawn by matplotlib. Install it: pip install 'cnnkit[course]'"
        ) from None
    columns = max(len(row) for row in listed)
    side = 9.0 / columns
    tallest = [max(np.shape(picture)[0] / np.shape(picture)[1] for picture in row.values()) for row in listed]
    height = sum(side * slope + 0.5 for slope in tallest) + 0.1 + (0.3 if reading else 0)
    figure = Figure(figsize=(9.0, height), layout="constrained")
    panels = figure.subplots(len(listed), columns, squeeze=False, height_ratios=tallest)
    for line, row in zip(panels, listed, strict=True):
        for panel in line[len(row) :]:
            panel.set_axis_off()
        for panel, (name, picture) in zip(line, row.items(), strict=False):
            panel.imshow(np.clip(picture, 0, 1), cmap="gray", vmin=0, vmax=1)
            panel.set_title(name, fontsize=11 if columns < 8 else 9)
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set(color="#999999", linewidth=0.6)
    if reading:
        figure.supxlabel(reading, fontsize=9)
    return Still(figure, alt)
