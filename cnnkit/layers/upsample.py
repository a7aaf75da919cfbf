"""A layer that enlarges maps without weights."""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.layers.base import Layer, Record
from cnnkit.layers.signal import Signal
from cnnkit.window import Sizes

Array = npt.NDArray[Any]


class Upsample(Layer):
    """Enlarge the maps ``scale_factor`` times, by repeating pixels or, with mode "bilinear", smoothly.

    >>> Upsample(2)(np.array([[[[1.0, 2.0]]]]))
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]])
    """

    shown = ("scale_factor", "mode")

    def __init__(self, scale_factor: int, *, mode: str = "nearest") -> None:
        if mode not in ("nearest", "bilinear"):
            raise ValueError(f"Upsample: mode is {mode!r}, but it must be 'nearest' or 'bilinear'.")
        self.scale_factor = scale_factor
        self.mode = mode

    def forward(self, x: Array) -> Array:
        self._kept = x
        enlarge = F.upsample_nearest if self.mode == "nearest" else F.upsample_bilinear
        return enlarge(x, self.scale_factor)

    def backward(self, dy: Array) -> Array:
        back = F.upsample_nearest_backward if self.mode == "nearest" else F.upsample_bilinear_backward
        return back(dy, self.recall(), self.scale_factor)

    def out_shape(self, shape: Sizes) -> Sizes:
        return (*shape[:2], *(n * self.scale_factor for n in shape[2:]))

    def trace(self, signal: Signal, record: Record, path: str = "") -> Signal:
        out = Signal(self.out_shape(signal.shape))
        record(path, self, signal, out)
        return out
