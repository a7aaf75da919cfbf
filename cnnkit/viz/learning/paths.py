"""The paths of a small convolution: each leads from one pixel through one weight to one output, and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.shapes import Pair, out_size
from cnnkit.viz.controls import State
from cnnkit.viz.options import both

Array = npt.NDArray[Any]
LOOKS = ("output", "weight", "pixel")
NUDGE = 0.001


@dataclass(frozen=True)
class Path:
    """One product: the pixel (in the padded picture), the weight that it meets, the output it goes to."""

    pixel: Pair
    weight: Pair
    output: Pair


@dataclass(frozen=True)
class Paths:
    """A picture, a kernel, an upstream gradient, the options, what is looked at: the rest follows."""

    x: Array
    w: Array
    dy: Array
    stride: Pair
    padding: Pair
    dilation: Pair
    look: str
    step: int

    @classmethod
    def at(cls, state: State, x: Array, w: Array, dy: Array | None) -> Paths:
        """Read the options from a figure's state; without ``dy`` the upstream gradient counts 1, 2, 3, -1 ...

        >>> state = {"stride": 1, "padding": 0, "dilation": 1, "look": "weight", "step": 1}
        >>> seen = Paths.at(state, np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2), None)
        >>> seen.place, len(seen.now), seen.slope
        ((0, 1), 4, np.int64(12))
        """
        stride, padding, dilation = (both(state, name) for name in ("stride", "padding", "dilation"))
        upstream = upstream_for(output_shape(x, w, stride, padding, dilation)) if dy is None else dy
        return cls(x, w, upstream, stride, padding, dilation, state["look"], state["step"])

    @cached_property
    def padded(self) -> Array:
        """The picture with its border of zeros."""
        (p, q) = self.padding
        return np.pad(self.x, ((p, p), (q, q)))

    @property
    def subject(self) -> Array:
        """The array that the steps walk through."""
        return {"output": self.dy, "weight": self.w, "pixel": self.x}[self.look]

    @property
    def place(self) -> Pair:
        """Row and column, in that array, of what is looked at."""
        row, column = divmod(self.step, self.subject.shape[1])
        return row, column

    @cached_property
    def all(self) -> list[Path]:
        """Every path of the convolution, output by output."""
        (s, t), (d, e) = self.stride, self.dilation
        return [
            Path((i * s + a * d, j * t + b * e), (a, b), (i, j))
            for i, j in np.ndindex(self.dy.shape)
            for a, b in np.ndindex(self.w.shape)
        ]

    @cached_property
    def now(self) -> list[Path]:
        """The paths through what is looked at."""
        place = self.place
        if self.look == "pixel":
            place = place[0] + self.padding[0], place[1] + self.padding[1]
        return [path for path in self.all if getattr(path, self.look) == place]

    @cached_property
    def upstream(self) -> Array:
        """The upstream gradient that has flowed back so far: output by output, else all of it."""
        if self.look != "output":
            return self.dy
        seen = np.arange(self.dy.size).reshape(self.dy.shape) <= self.step
        return np.where(seen, self.dy, 0)

    @cached_property
    def gradients(self) -> tuple[Array, Array]:
        """What ``upstream`` sends back: (dx with its border, dw), one product a path."""
        kind = np.result_type(self.x, self.w, self.dy)
        dx, dw = np.zeros(self.padded.shape, kind), np.zeros(self.w.shape, kind)
        for path in self.all:
            dx[path.pixel] += self.upstream[path.output] * self.w[path.weight]
            dw[path.weight] += self.upstream[path.output] * self.padded[path.pixel]
        return dx, dw

    @property
    def dx(self) -> Array:
        """The gradient for the picture, its border cut off."""
        (p, q), (height, width) = self.padding, self.x.shape
        return self.gradients[0][p : p + height, q : q + width]

    @property
    def slope(self) -> Any:
        """The slope of the loss for what is looked at."""
        dw, dx = self.gradients[1], self.dx
        return {"output": self.dy, "weight": dw, "pixel": dx}[self.look][self.place]

    @cached_property
    def _ends(self) -> tuple[Any, Any, Any]:
        """Indices of the pixels, weights and outputs of all paths, for products of all of them at once."""
        pixels, weights, outputs = zip(
            *((path.pixel, path.weight, path.output) for path in self.all), strict=True
        )
        return tuple(np.transpose(pixels)), tuple(np.transpose(weights)), tuple(np.transpose(outputs))

    def weighted(self, x: Array, w: Array) -> float:
        """Return s, the sum of upstream gradient times output, for another picture or kernel."""
        pixels, weights, outputs = self._ends
        padded = np.pad(x, [(p, p) for p in self.padding])
        return float(np.sum(self.upstream[outputs] * padded[pixels] * w[weights]))

    def nudge(self, look: str, place: Pair) -> tuple[float, float]:
        """Return s with one entry of the picture or the kernel raised, and lowered, by `NUDGE`."""
        change = np.zeros((self.w if look == "weight" else self.x).shape)
        change[place] = NUDGE
        if look == "weight":
            return self.weighted(self.x, self.w + change), self.weighted(self.x, self.w - change)
        return self.weighted(self.x + change, self.w), self.weighted(self.x - change, self.w)

    @cached_property
    def twins(self) -> tuple[Array, Array]:
        """The gradients found by nudging every entry: (dx, dw)."""
        return self._by_nudging("pixel", self.x), self._by_nudging("weight", self.w)

    def _by_nudging(self, look: str, array: Array) -> Array:
        slopes = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            raised, lowered = self.nudge(look, (place[0], place[1]))
            slopes[place] = (raised - lowered) / (2 * NUDGE)
        return slopes

    @property
    def gap(self) -> float:
        """The largest difference between the gradients so far and those found by nudging."""
        pairs = zip((self.dx, self.gradients[1]), self.twins, strict=True)
        return max(float(np.max(np.abs(ours - theirs))) for ours, theirs in pairs)


def output_shape(x: Array, w: Array, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    """Return the size of the output of a picture and a kernel."""
    down, across = (out_size(x.shape[i], w.shape[i], stride[i], padding[i], dilation[i]) for i in (0, 1))
    return down, across


def upstream_for(shape: Pair) -> Array:
    """Return an upstream gradient of this shape, of small numbers that differ.

    >>> upstream_for((3, 2))
    array([[ 1,  2],
           [ 3, -1],
           [ 4, -2]])
    """
    return np.resize([1, 2, 3, -1, 4, -2, 5, -3, 2, -4, 1], shape)
