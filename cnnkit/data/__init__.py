"""Data to learn from, all of it offline: what packages bring along, and what you have on your own disk."""

from cnnkit.data.cifar import CIFAR10_CLASSES, cifar10
from cnnkit.data.digits import digits
from cnnkit.data.idx import mnist_idx
from cnnkit.data.moving import DIRECTIONS, moving_digits
from cnnkit.data.patches import PICTURES, photo_patches
from cnnkit.data.photographs import photograph, shrink
from cnnkit.data.series import ecg
from cnnkit.data.split import split

__all__ = [
    "CIFAR10_CLASSES",
    "DIRECTIONS",
    "PICTURES",
    "cifar10",
    "digits",
    "ecg",
    "mnist_idx",
    "moving_digits",
    "photo_patches",
    "photograph",
    "shrink",
    "split",
]
