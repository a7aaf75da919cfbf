"""Figures that a learner moves: each shows real arithmetic, says it in words, and prints its code."""

from cnnkit.viz.bench import kernel_bench
from cnnkit.viz.border import border_influence
from cnnkit.viz.demo import Demo
from cnnkit.viz.modes import padding_modes
from cnnkit.viz.ruler import window_ruler
from cnnkit.viz.sliding import flip_and_slide
from cnnkit.viz.stepper import conv_stepper
from cnnkit.viz.still import Still, lines, pictures

__all__ = [
    "Demo",
    "Still",
    "border_influence",
    "conv_stepper",
    "flip_and_slide",
    "kernel_bench",
    "lines",
    "padding_modes",
    "pictures",
    "window_ruler",
]
