"""Weights on disk: safetensors files, into networks and out of them, and one trained network."""

from cnnkit.weights.loading import load, save
from cnnkit.weights.pretrained import imagenet_class_names, squeezenet1_1_weights, squeezenet_input
from cnnkit.weights.safetensors import load_safetensors, save_safetensors

__all__ = [
    "imagenet_class_names",
    "load",
    "load_safetensors",
    "save",
    "save_safetensors",
    "squeezenet1_1_weights",
    "squeezenet_input",
]
