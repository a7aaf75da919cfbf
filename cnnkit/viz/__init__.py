"""Figures that a learner moves: each shows real arithmetic, says it in words, and prints its code."""

from cnnkit.viz.convolution.bench import kernel_bench
from cnnkit.viz.convolution.border import border_influence
from cnnkit.viz.convolution.modes import padding_modes
from cnnkit.viz.convolution.ruler import window_ruler
from cnnkit.viz.convolution.sliding import flip_and_slide
from cnnkit.viz.convolution.stepper import conv_stepper
from cnnkit.viz.curves import curves
from cnnkit.viz.demo import Demo
from cnnkit.viz.enlargement.checkerboard import checkerboard
from cnnkit.viz.enlargement.matrix_view import convolution_matrix
from cnnkit.viz.enlargement.stamp import stamp_and_add
from cnnkit.viz.family.cost import cost_curve
from cnnkit.viz.family.rank import kernel_rank
from cnnkit.viz.family.volume import volume_walk
from cnnkit.viz.images.connections import connections
from cnnkit.viz.images.mixer import channel_mixer
from cnnkit.viz.inside.explorer import activations_explorer
from cnnkit.viz.inside.frames import style_frames
from cnnkit.viz.layer.channels import channels
from cnnkit.viz.layer.columns import im2col
from cnnkit.viz.layer.timings import timings
from cnnkit.viz.learning.activations import activations
from cnnkit.viz.learning.backward_pass import backward
from cnnkit.viz.learning.cockpit import cockpit
from cnnkit.viz.learning.learning_rate import learning_rate
from cnnkit.viz.learning.loss_curves import loss_curves
from cnnkit.viz.learning.loss_gallery import loss_gallery
from cnnkit.viz.learning.pool_route import pool_route
from cnnkit.viz.networks.architecture import architecture
from cnnkit.viz.networks.branches import branches
from cnnkit.viz.networks.costs import parameters_and_macs
from cnnkit.viz.networks.gradient_flow import gradient_flow
from cnnkit.viz.networks.ladder import receptive_field_ladder
from cnnkit.viz.networks.viewer import activation_viewer
from cnnkit.viz.reduction.pool import pooling
from cnnkit.viz.reduction.stability import shift_stability
from cnnkit.viz.still import Still, lines, pictures

__all__ = [
    "Demo",
    "Still",
    "activation_viewer",
    "activations",
    "activations_explorer",
    "architecture",
    "backward",
    "border_influence",
    "branches",
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
    "gradient_flow",
    "im2col",
    "kernel_bench",
    "kernel_rank",
    "learning_rate",
    "lines",
    "loss_curves",
    "loss_gallery",
    "padding_modes",
    "parameters_and_macs",
    "pictures",
    "pool_route",
    "pooling",
    "receptive_field_ladder",
    "shift_stability",
    "stamp_and_add",
    "style_frames",
    "timings",
    "volume_walk",
    "window_ruler",
]
