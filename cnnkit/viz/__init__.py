"""Figures that a learner moves: each shows real arithmetic, says it in words, and prints its code."""

from cnnkit.viz.activations import activations
from cnnkit.viz.backward_pass import backward
from cnnkit.viz.bench import kernel_bench
from cnnkit.viz.border import border_influence
from cnnkit.viz.channels import channels
from cnnkit.viz.checkerboard import checkerboard
from cnnkit.viz.cockpit import cockpit
from cnnkit.viz.columns import im2col
from cnnkit.viz.connections import connections
from cnnkit.viz.cost import cost_curve
from cnnkit.viz.curves import curves
from cnnkit.viz.demo import Demo
from cnnkit.viz.ladder import receptive_field_ladder
from cnnkit.viz.learning_rate import learning_rate
from cnnkit.viz.loss_curves import loss_curves
from cnnkit.viz.loss_gallery import loss_gallery
from cnnkit.viz.matrix_view import convolution_matrix
from cnnkit.viz.mixer import channel_mixer
from cnnkit.viz.modes import padding_modes
from cnnkit.viz.pool import pooling
from cnnkit.viz.pool_route import pool_route
from cnnkit.viz.rank import kernel_rank
from cnnkit.viz.ruler import window_ruler
from cnnkit.viz.sliding import flip_and_slide
from cnnkit.viz.stability import shift_stability
from cnnkit.viz.stamp import stamp_and_add
from cnnkit.viz.stepper import conv_stepper
from cnnkit.viz.still import Still, lines, pictures
from cnnkit.viz.timings import timings
from cnnkit.viz.viewer import activation_viewer
from cnnkit.viz.volume import volume_walk

__all__ = [
    "Demo",
    "Still",
    "activation_viewer",
    "activations",
    "backward",
    "border_influence",
    "channel_mixer",
    "channels",
    "checkerboard",
    "cockpit",
    "connections",
    "conv_stepper",
    "convolution_matrix",
    "cost_curve",
    "curves",
    "flip_and_slide",
    "im2col",
    "kernel_bench",
    "kernel_rank",
    "learning_rate",
    "lines",
    "loss_curves",
    "loss_gallery",
    "padding_modes",
    "pictures",
    "pool_route",
    "pooling",
    "receptive_field_ladder",
    "shift_stability",
    "stamp_and_add",
    "timings",
    "volume_walk",
    "window_ruler",
]
