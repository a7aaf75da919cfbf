"""What LeNet-5 of 1998 had and today's networks have not: pools with weights, a sparse table, drawn codes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.functional.arguments import with_axes, with_shape
from cnnkit.layers import Layer, Parameter
from cnnkit.layers.initial import generator, he_normal, zeros
from cnnkit.window import Sizes, Window, window

Array = npt.NDArray[Any]

# Which maps of S2, 0 to 5, each of the 16 maps of C3 sees (table I): no two learn from the same.
TABLE = (
    *("012", "123", "234", "345", "045", "015"),
    *("0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245", "0235"),
    "012345",
)

# The digits, drawn with 7 x 12 points. The paper's drawings (figure 3) are others.
DIGITS = """
..###.. ...#... .#####. ####### ....##. ####### ..####. ####### .#####. .#####.
.#...#. ..##... #.....# .....#. ...#.#. #...... .#..... ......# #.....# #.....#
#.....# .#.#... #.....# ....#.. ...#.#. #...... #...... ......# #.....# #.....#
#.....# #..#... ......# ...#... ..#..#. #...... #...... .....#. #.....# #.....#
#.....# ...#... ......# ..###.. ..#..#. ######. #...... .....#. #.....# #.....#
#.....# ...#... .....#. .....#. .#...#. #.....# ######. ....#.. .#####. #.....#
#.....# ...#... ....#.. ......# #....#. ......# #.....# ....#.. #.....# .######
#.....# ...#... ...#... ......# ####### ......# #.....# ...#... #.....# ......#
#.....# ...#... ..#.... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... .#..... #.....# .....#. ......# #.....# ..#.... #.....# ......#
.#...#. ...#... #...... #.....# .....#. #.....# #.....# ..#.... #.....# .....#.
..###.. ####### ####### .#####. .....#. .#####. .#####. ..#.... .#####. .####..
"""


class ScaledTanh(Layer):
    """1.7159 tanh(2/3 x): 1 stays 1 and -1 stays -1, where the curve bends most (appendix A).

    >>> ScaledTanh()(np.array([1.0, -1.0])).round(4)
    array([ 1., -1.])
    """

    def forward(self, x: Array) -> Array:
        self._kept = x * (2 / 3)
        return np.asarray(1.7159 * F.tanh(self._kept))

    def backward(self, dy: Array) -> Array:
        return np.asarray(1.7159 * 2 / 3 * F.tanh_backward(dy, self.recall()))


class Subsample(Layer):
    """Add up each window of 2 x 2, weigh the sum with one learned number a map, and add another.

    Parameters
    ----------
    channels : number of maps
    dtype : precision of the two numbers a map; the weights start at 1/4, which averages

    >>> layer = Subsample(6)
    >>> layer(np.ones((1, 6, 28, 28))).shape, sum(p.size for p in layer.parameters())
    ((1, 6, 14, 14), 12)
    """

    shown = ("channels",)

    def __init__(self, channels: int, *, dtype: npt.DTypeLike = np.float32) -> None:
        rng = np.random.default_rng(0)  # nothing is drawn
        self.channels = channels
        self.weight = Parameter((channels,), lambda shape, _: np.full(shape, 0.25), rng, dtype)
        self.bias = Parameter((channels,), zeros, rng, dtype)

    def forward(self, x: Array) -> Array:
        self.out_shape(np.shape(x))
        self._kept = x
        return np.asarray(4 * F.avg_pool2d(x, 2) * _each_map(self.weight) + _each_map(self.bias))

    def backward(self, dy: Array) -> Array:
        x = self.recall()
        self.weight.add_grad((4 * F.avg_pool2d(x, 2) * dy).sum(axis=(0, 2, 3)))
        self.bias.add_grad(dy.sum(axis=(0, 2, 3)))
        return F.avg_pool2d_backward(4 * dy * _each_map(self.weight), x, 2)

    def window(self, shape: Sizes) -> Window:
        return window("Subsample", shape[2:], 2, 2)

    def out_shape(self, shape: Sizes) -> Sizes:
        _see_maps("Subsample", shape, self.channels)
        return (*shape[:2], *self.window(shape).out(shape[2:]))


class TableConv2d(Layer):
    """A convolution whose kernels exist only where the table joins a map of the input with one of the output.

    Parameters
    ----------
    kernel_size : height and width of a kernel
    rng, dtype : as in `cnnkit.layers.Conv2d`

    >>> layer = TableConv2d(5, rng=np.random.default_rng(0))
    >>> layer(np.ones((1, 6, 14, 14))).shape, sum(p.size for p in layer.parameters())
    ((1, 16, 10, 10), 1516)
    """

    shown = ("kernel_size",)
    joined = np.array([[str(c) in row for c in range(6)] for row in TABLE])

    def __init__(
        self,
        kernel_size: int,
        *,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        rng = generator(rng)
        self.kernel_size = kernel_size
        self.weight = Parameter((int(self.joined.sum()), kernel_size, kernel_size), self._init, rng, dtype)
        self.bias = Parameter((len(TABLE),), zeros, rng, dtype)

    def _init(self, shape: Sizes, rng: np.random.Generator) -> Array:
        """Draw He normal weights; the more maps an output sees, the smaller they are."""
        seen = np.repeat(self.joined.sum(axis=1), self.joined.sum(axis=1))
        return np.asarray(he_normal(shape, rng) / np.sqrt(seen).reshape(-1, 1, 1))

    def _dense_weight(self) -> Array:
        """Return the weights as those of an ordinary convolution, with zeros where nothing is joined."""
        w = np.zeros((*self.joined.shape, *self.weight.shape[1:]), self.weight.dtype)
        w[self.joined] = self.weight.data
        return w

    def forward(self, x: Array) -> Array:
        self._kept = x
        return F.conv2d(x, self._dense_weight(), self.bias.data)

    def backward(self, dy: Array) -> Array:
        dx, dw, db = F.conv2d_backward(dy, self.recall(), self._dense_weight())
        self.weight.add_grad(dw[self.joined])
        self.bias.add_grad(db)
        return np.asarray(dx)

    def window(self, shape: Sizes) -> Window:
        return window("TableConv2d", shape[2:], self.kernel_size)

    def out_shape(self, shape: Sizes) -> Sizes:
        _see_maps("TableConv2d", shape, self.joined.shape[1])
        return (shape[0], len(TABLE), *self.window(shape).out(shape[2:]))

    def macs(self, shape: Sizes) -> int:
        return prod(self.out_shape(shape)) // len(TABLE) * prod(self.weight.shape)


class DigitCodes(Layer):
    """Compare 84 numbers with the drawing of each digit: minus the squared distance is the digit's score.

    The paper's units give the distance itself, and the smallest wins; with the sign changed the largest does,
    as everywhere else, and the cross-entropy of these scores is the paper's second criterion (equation 9)
    without its class for rubbish. Nothing is learned here.

    >>> DigitCodes()(digit_codes()[[3, 8]]).argmax(axis=1)
    array([3, 8])
    """

    def forward(self, x: Array) -> Array:
        x = self._kept = with_axes("DigitCodes", "x", x, "(N, 84)")
        self.out_shape(x.shape)
        return np.asarray(-((x[:, None] - self._codes(x)) ** 2).sum(axis=2))

    def backward(self, dy: Array) -> Array:
        x = self.recall()
        dy = with_shape("DigitCodes", "dy", dy, (len(x), 10))
        return np.asarray(2 * (dy @ self._codes(x) - dy.sum(axis=1, keepdims=True) * x))

    def _codes(self, x: Array) -> Array:
        return digit_codes().astype(x.dtype)

    def out_shape(self, shape: Sizes) -> Sizes:
        if shape[1:] != (84,):
            raise ShapeError(f"DigitCodes: the input has shape {shape}, but this layer expects (N, 84).")
        return (shape[0], 10)


def digit_codes() -> Array:
    """Return the drawings of the digits, an array (10, 84): 1 where there is ink, -1 elsewhere.

    >>> digit_codes()[7].reshape(12, 7)[:2]
    array([[ 1.,  1.,  1.,  1.,  1.,  1.,  1.],
           [-1., -1., -1., -1., -1., -1.,  1.]])
    """
    lines = [line.split() for line in DIGITS.strip().splitlines()]
    drawings = ["".join(rows) for rows in zip(*lines, strict=True)]
    return np.array([[1.0 if point == "#" else -1.0 for point in drawing] for drawing in drawings])


def _each_map(parameter: Parameter) -> Array:
    return parameter.data.reshape(-1, 1, 1)


def _see_maps(layer: str, shape: Sizes, channels: int) -> None:
    if len(shape) != 4 or shape[1] != channels:
        raise ShapeError(
            f"{layer}: the input has shape {shape}, but this layer expects 4 axes and {channels} channels."
        )
