"""The checkerboard: how many stamps fall on each output of a transposed convolution, and when it is even."""

from __future__ import annotations

from cnnkit.errors import UsageError
from cnnkit.viz.controls import Choice, Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.enlargement.checkerboard_drawing import checkerboard_drawing
from cnnkit.viz.enlargement.overlap import INPUTS, LINE, PLANE, RESIZED, STAMPED, Overlap
from cnnkit.viz.words import plain, several, size


def checkerboard(k: int = 3, stride: int = 2, *, axes: int = 2, resize: bool = False) -> Demo:
    """Show how many terms each output of an enlarging layer is the sum of: even, or in a pattern.

    Parameters
    ----------
    k : int, size of the kernel, from 1 to 7
    stride : int, from 1 to 4: how many times the map is enlarged
    axes : 1 for a row of numbers, 2 for a map
    resize : bool; True copies every number ``stride`` times first and convolves then, with stride 1

    Returns
    -------
    Demo

    >>> checkerboard(3, 2, axes=1).facts()["counts"]
    [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1]
    >>> [k for k in range(1, 8) if checkerboard(k, 3).facts()["even"]]
    [3, 6]
    """
    if axes not in (1, 2):
        raise UsageError(f"checkerboard: axes is {axes!r}, but it must be 1 or 2.")
    controls: list[Control] = [
        Slider("kernel", "kernel", "how many weights the kernel has along an axis", 1, 7),
        Slider("stride", "stride", "the distance between stamps: how many times the map is enlarged", 1, 4),
        Choice("axes", "axes", "a row of numbers, or a map", (LINE, PLANE)),
        Choice("layer", "layer", "a transposed convolution, or copy and then convolve", (STAMPED, RESIZED)),
    ]
    state = {
        "kernel": k,
        "stride": stride,
        "axes": PLANE if axes == 2 else LINE,
        "layer": RESIZED if resize else STAMPED,
    }
    caption = "How many terms each output is the sum of; equal weights make this pattern of equal inputs."
    return Demo("checkerboard", _draw, controls, state, caption)


def _draw(state: State) -> Picture:
    now = Overlap.at(state)
    facts = {
        "counts": plain(now.table),
        "fewest": now.range[0],
        "most": now.range[1],
        "even": now.even,
        "rest": now.k % now.s,
        "shape": now.table.shape,
    }
    return Picture(checkerboard_drawing(now), facts, _alt(now), _status(now), _code(now))


def _status(now: Overlap) -> str:
    return f"Kernel {now.k}, stride {now.s}: inside the broken line an output gets {now.inner_words}."


def _alt(now: Overlap) -> str:
    fewest, most = now.range
    how = (
        f"copied {now.s} times and then convolved with {several(now.k, 'weight')}"
        if now.resized
        else f"stamped with {several(now.k, 'weight')} at stride {now.s}"
    )
    what = f"{size(now.table.shape)} outputs" if now.plane else f"{len(now.table)} outputs in a row"
    pattern = f"all {fewest}" if now.even else f"between {fewest} and {most}, in a regular pattern"
    inputs = f"{INPUTS} × {INPUTS}" if now.plane else f"{INPUTS}"
    return f"{inputs} equal numbers, {how}, give {what}; the counts of terms inside are {pattern}."


def _code(now: Overlap) -> str:
    start = f"import numpy as np\n\nn, k, s = {INPUTS}, {now.k}, {now.s}\n"
    if now.resized:
        one_axis = (
            "copies = np.pad(np.ones(n * s, dtype=int), (k - 1) // 2)\n"
            "counts = np.array([copies[o : o + k].sum() for o in range(len(copies) - k + 1)])\n"
        )
    else:
        one_axis = (
            "counts = np.zeros((n - 1) * s + k, dtype=int)\n"
            "for i in range(n):\n    counts[i * s : i * s + k] += 1\n"
        )
    return start + one_axis + ("counts = np.outer(counts, counts)\n" if now.plane else "")
