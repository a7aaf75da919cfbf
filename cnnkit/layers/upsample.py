"""A layer that enlarges maps without weights."""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import shown
from cnnkit.functional.arguments import images
from cnnkit.layers.base import Layer
from cnnkit.layers.signal import stand_in
from cnnkit.window import Sizes, each

Array = npt.NDArray[Any]


class Upsample(Layer):
    """Enlarge the maps ``scale_factor`` times, by repeating pixels or, with mode "bilinear", smoothly.

    Parameters
    ----------
    scale_factor : whole number for all spatial axes, or one for each
    mode : "nearest" for (N, C, L) to (N, C, D, H, W), or "bilinear" for (N, C, H, W)
    align_corners : as in `cnnkit.functional.upsample_bilinear`

    >>> Upsample(2)(np.array([[[[1.0, 2.0]]]]))
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]])
    """

    enlarges = True
    shown = ("scale_factor", "mode", "align_corners")

    def __init__(
        self, scale_factor: int | Sizes, *, mode: str = "nearest", align_corners: bool = False
    ) -> None:
        if mode not in ("nearest", "bilinear"):
            raise ValueError(f"Upsample: mode is {shown(mode)}, but it must be 'nearest' or 'bilinear'.")
        if align_corners and mode == "nearest":
            raise ValueError("Upsample: align_corners is for the mode 'bilinear'; repeated pixels have none.")
        axes = len(scale_factor) if isinstance(scale_factor, list | tuple) else 2
        each("Upsample: scale_factor", scale_factor, axes, least=1)
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners

    def forward(self, x: Array) -> Array:
        self.out_shape(x.shape)
        self._kept = x
        if self.mode == "nearest":
            return F.upsample_nearest(x, self.scale_factor)
        return F.upsample_bilinear(x, self.scale_factor, align_corners=self.align_corners)

    def backward(self, dy: Array) -> Array:
        x = self.recall()
        if self.mode == "nearest":
            return F.upsample_nearest_backward(dy, x, self.scale_factor)
        return F.upsample_bilinear_backward(dy, x, self.scale_factor, align_corners=self.align_corners)

    def out_shape(self, shape: Sizes) -> Sizes:
        axes = 2 if self.mode == "bilinear" else min(max(1, len(shape) - 2), 3)
        images("Upsample", "x", stand_in(shape), axes)
        scale = each("Upsample: scale_factor", self.scale_factor, axes, least=1)
        return (*shape[:2], *(n * times for n, times in zip(shape[2:], scale, strict=True)))
