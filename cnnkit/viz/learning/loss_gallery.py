"""The loss gallery: six recorded trainings, one with each disease, to be told apart by their curves."""

from __future__ import annotations

from math import log

import numpy as np

from cnnkit.viz.curves import curves
from cnnkit.viz.learning.recorded_runs import RUNS
from cnnkit.viz.still import Still

HIGH = 4.0
ALT = (
    "Six panels, A to F, each with the training loss (solid) and the held-out loss (broken, with dots), "
    "from 0 to 4. "
    "A: training falls to 0, held-out falls to 1.15, then rises to 1.5. "
    "B: both fall together in a nearly straight line from 2.4 to 2.2. "
    "C: training swings up and down in a rhythm between about 0.3 and 4, held-out stays between 3 and 2. "
    "D: training rises steeply from 2.3 and leaves the panel at the top. "
    "E: both jump irregularly between 2 and 1.2 and do not settle lower. "
    "F: both fall to 1 within a quarter of the time and stay there together."
)


def loss_gallery() -> Still:
    """Return the six recorded trainings of `cnnkit.viz.learning.recorded_runs` as one picture.

    >>> loss_gallery().alt[:22]
    'Six panels, A to F, ea'
    """
    panels = {}
    for letter, run in RUNS.items():
        trained = np.linspace(0, 100, len(run.training) + 1)[1:]
        measured = np.linspace(0, 100, len(run.held_out) + 1)[1:]
        panels[letter] = {"training": (trained, run.training), "held out": (measured, run.held_out)}
    return curves(
        panels, alt=ALT, across="per cent of the training", high=HIGH, level=log(10), marked=("held out",)
    )
