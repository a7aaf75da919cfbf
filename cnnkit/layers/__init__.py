"""Layers with parameters around the pure functions, and networks made of them; names as in PyTorch."""

from cnnkit.layers.activation import ELU, Identity, LeakyReLU, PReLU, ReLU, Sigmoid, Softmax, Tanh
from cnnkit.layers.base import Layer
from cnnkit.layers.containers import Parallel, Residual, Sequential
from cnnkit.layers.convolution import Conv1d, Conv2d, Conv3d
from cnnkit.layers.dense import Flatten, Linear
from cnnkit.layers.global_pool import GlobalAvgPool1d, GlobalAvgPool2d, GlobalAvgPool3d
from cnnkit.layers.norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, Dropout, LocalResponseNorm
from cnnkit.layers.parameter import Parameter
from cnnkit.layers.pool import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)
from cnnkit.layers.signal import Signal
from cnnkit.layers.transposed import ConvTranspose1d, ConvTranspose2d
from cnnkit.layers.upsample import Upsample

__all__ = [
    "ELU",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool1d",
    "GlobalAvgPool2d",
    "GlobalAvgPool3d",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "PReLU",
    "Parallel",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Signal",
    "Softmax",
    "Tanh",
    "Upsample",
]
