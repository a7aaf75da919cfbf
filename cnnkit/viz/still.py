"""Still figures, drawn by matplotlib: curves, and photographs in a row. Each carries its description."""

from __future__ import annotations

import io
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import UsageError
from cnnkit.viz.colour import diverging
from cnnkit.viz.svg import data_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = npt.NDArray[Any]
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
)  # Okabe and Ito (2008): apart for colour-blind eyes too
STYLES = ("-", "--", "-.", ":")  # and apart in print


class Still:
    """A finished picture (PNG) with the sentences that describe it."""

    def __init__(self, figure: Figure, alt: str) -> None:
        if not alt.strip():
            raise UsageError("a figure needs alt: one or two sentences that say what is to be seen.")
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=110, bbox_inches="tight", facecolor="white")
        self.png, self.alt = file.getvalue(), alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        source = data_uri("image/png", self.png)
        image = f'<img alt="{escape(self.alt)}" src="{source}" style="max-width: 100%">'
        html = f'<figure style="margin: 0">{image}</figure>'
        return {"text/html": html, "text/plain": self.alt}

    def __repr__(self) -> str:
        return self.alt


def lines(curves: Mapping[str, Array], *, alt: str, title: str = "", across: str = "position") -> Still:
    """Draw one curve a name, each in a panel of its own, over one common axis.

    Parameters
    ----------
    curves : name -> array (N,)
    alt : what is to be seen, for those who do not see it

    >>> lines({"a line": np.arange(3)}, alt="A line that rises from 0 to 2.")
    A line that rises from 0 to 2.
    """
    figure, panels = _panels(len(curves), 1, width=7.6, height=1.35 * len(curves) + 0.7, share=True)
    for panel, (name, curve), colour, style in zip(panels, curves.items(), COLOURS, STYLES, strict=False):
        panel.axhline(0, color="#999999", linewidth=0.8)
        panel.plot(np.asarray(curve), style, color=colour, linewidth=1.6)
        panel.set_ylabel(name)
    panels[-1].set_xlabel(across)
    panels[0].set_title(title)
    return Still(figure, alt)


def pictures(named: Mapping[str, Array], *, alt: str, signed: bool = False) -> Still:
    """Show arrays as pictures side by side, on one common scale that is printed below.

    Parameters
    ----------
    named : title -> array (H, W)
    alt : what is to be seen, for those who do not see it
    signed : False for brightness from 0 black to 1 white; True for answers with a sign: negative blue, zero
        white, positive orange; full colour where only the strongest two in a hundred of all answers are

    >>> pictures({"half": np.full((2, 2), 0.5)}, alt="A grey square.")
    A grey square.
    """
    tallest = max(np.shape(picture)[0] / np.shape(picture)[1] for picture in named.values())
    figure, panels = _panels(1, len(named), width=9.0, height=9.0 / len(named) * tallest + 0.7)
    most = float(np.percentile(np.concatenate([np.abs(picture).ravel() for picture in named.values()]), 98))
    for panel, (name, picture) in zip(panels, named.items(), strict=True):
        shown = diverging(picture, most) if signed else np.clip(picture, 0, 1)
        panel.imshow(shown, cmap="gray", vmin=0, vmax=1)
        panel.set_title(name, fontsize=11)
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set(color="#999999", linewidth=0.6)  # so that white borders are seen
    scale = (
        f"dark blue −{most:.2g} or less, white 0, dark orange +{most:.2g} or more"
        if signed
        else "black 0, white 1"
    )
    figure.supxlabel(scale, fontsize=9)
    return Still(figure, alt)


def _panels(
    rows: int, columns: int, width: float, height: float, share: bool = False
) -> tuple[Figure, list[Any]]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "this figure is drawn by matplotlib. Install it: pip install 'cnnkit[course]'"
        ) from None
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns, sharex=share)))
