"""A network's weights into a file, and back into a network of the same build."""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit.data.files import AnyPath
from cnnkit.errors import UsageError
from cnnkit.layers.base import Layer, join
from cnnkit.layers.state import fitting
from cnnkit.weights.safetensors import load_safetensors, save_safetensors

Array = npt.NDArray[Any]


def save(net: Layer, path: AnyPath) -> None:
    """Write all parameters and buffers of a network into a safetensors file.

    Raises
    ------
    UsageError
        if the file cannot be written.

    >>> import tempfile
    >>> from cnnkit.layers import Linear
    >>> net, twin = Linear(3, 2), Linear(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(net, f"{folder}/net.safetensors")
    ...     load(twin, f"{folder}/net.safetensors")
    >>> bool((net.weight.data == twin.weight.data).all())
    True
    """
    save_safetensors(net.state_dict(), path)


def load(net: Layer, path: AnyPath) -> None:
    """Take over all parameters and buffers from a safetensors file; all of them, or none if any does not fit.

    The names are PyTorch's, so torchvision's own weights fit where the network is built alike. Floating
    numbers of another precision are converted.

    Parameters
    ----------
    net : Layer
    path : of a safetensors file on your disk

    Raises
    ------
    UsageError
        if the file is not sound, or with a list of what is missing, left over, of wrong shape or dtype.

    >>> import tempfile
    >>> from cnnkit.layers import Linear
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_safetensors({"weight": np.ones((4, 2))}, f"{folder}/net.safetensors")
    ...     try:
    ...         load(Linear(3, 2), f"{folder}/net.safetensors")
    ...     except UsageError as error:
    ...         print(str(error).replace(folder, "..."))
    load: .../net.safetensors does not fit: missing: bias; wrong shape: weight (4, 2) instead of (2, 3).
    Is it the state of another network?
    """
    state = load_safetensors(path)
    wrong = _misfits(net, state) + _wrong_dtypes(net, state)
    if wrong:
        raise UsageError(
            f"load: {path!s} does not fit: {'; '.join(wrong)}.\nIs it the state of another network?"
        )
    net.load_state_dict(state)


def _misfits(net: Layer, state: dict[str, Array]) -> list[str]:
    """Return in words what is missing, left over or of the wrong shape."""
    expected = {
        join(path, name): held.shape
        for path, layer in net.named_layers()
        for name, held in layer.held().items()
    }
    try:
        fitting(state, expected)
    except UsageError as error:
        _, _, what = str(error).splitlines()[0].partition(": ")
        return [what.rstrip(".")]
    return []


def _wrong_dtypes(net: Layer, state: dict[str, Array]) -> list[str]:
    """Return in words which parameters would come from whole numbers: those of a compressed network, say."""
    wrong = [
        f"{name} {state[name].dtype} instead of {parameter.dtype}"
        for name, parameter in net.named_parameters()
        if name in state and state[name].dtype.kind != "f"
    ]
    more = [f"and {len(wrong) - 3} more"] if len(wrong) > 3 else []
    return [f"wrong dtype: {', '.join(wrong[:3] + more)}"] if wrong else []
