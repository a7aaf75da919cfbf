"""Still figures carry their description, and colour by the rule they print."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkit import viz
from cnnkit.errors import UsageError


def test_a_still_figure_needs_a_description_and_shows_it() -> None:
    with pytest.raises(UsageError, match="needs alt"):
        viz.lines({"y": np.arange(3)}, alt=" ")
    shown = viz.lines({"y": np.arange(3)}, alt='a "line" < 3')._repr_mimebundle_()
    assert shown["text/plain"] == 'a "line" < 3'
    assert 'alt="a &quot;line&quot; &lt; 3"' in shown["text/html"]
    assert "data:image/png;base64," in shown["text/html"]


def test_signed_pictures_are_coloured_and_unsigned_ones_grey() -> None:
    from io import BytesIO

    from matplotlib.image import imread

    ramp = np.linspace(-1, 1, 100).reshape(10, 10)
    coloured = {
        signed: np.ptp(
            imread(BytesIO(viz.pictures({"x": ramp}, alt="a ramp", signed=signed).png))[..., :3], axis=2
        ).max()
        for signed in (True, False)
    }
    assert coloured[True] > 0.5 and coloured[False] < 0.01
