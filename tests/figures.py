"""What holds for every figure, in every state."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from cnnkit.viz import Demo


def stays_on_the_sheet(demo: Demo) -> None:
    """The picture is well-formed, described, not too wide, and nothing sticks out."""
    root = ElementTree.fromstring(demo.svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert width <= 900 and root.attrib["role"] == "img" and root.attrib["aria-label"] == demo.alt
    for mark in root.iter():
        if "x" in mark.attrib:
            x, y = float(mark.attrib["x"]), float(mark.attrib["y"])
            right, bottom = (float(mark.attrib.get(side, 0)) for side in ("width", "height"))
            assert x >= 0 and y >= 0 and x + right <= width + 0.5 and y + bottom <= height + 0.5, (
                demo.state
            )


def speaks_in_sentences(demo: Demo) -> None:
    """What is said of it is a sentence with all its gaps filled."""
    for words in (demo.alt, demo.status, demo.caption):
        assert re.fullmatch(r"[A-Z0-9].*\.", words) and "None" not in words and "  " not in words


def comes_back(fresh: Demo, demo: Demo) -> None:
    """The state brings a fresh figure to the same picture."""
    twin = fresh.set(**demo.state)
    assert (twin.state, twin.svg) == (demo.state, demo.svg)
