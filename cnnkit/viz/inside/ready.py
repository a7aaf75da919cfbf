"""What chapter 14 goes on with, so that no cell after an exercise holds its answer.

Each function does what an exercise asks for, or is the part of a run that would give it away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
PIXELS_AT_ONCE = 300_000  # large pictures go through a network one after the other, small ones together


def saliency(dx: Array) -> Array:
    """Return the saliency maps (N, H, W) of a gradient (N, C, H, W).

    >>> saliency(np.array([[[[3.0]], [[-5.0]]]]))
    array([[[5.]]])
    """
    return np.asarray(np.abs(dx).max(axis=1))


def grad_cam(a: Array, da: Array) -> Array:
    """Return the Grad-CAM map (H, W) of maps and their gradient, both (C, H, W).

    >>> grad_cam(np.array([[[2.0, 0.0]], [[1.0, 3.0]]]), np.array([[[4.0, 2.0]], [[-1.0, -3.0]]]))
    array([[4., 0.]])
    """
    return np.maximum(np.tensordot(da.mean((1, 2)), a, 1), 0)


def occlusion(
    scores: Callable[[Array], Array], x: Array, k: int, size: int, stride: int, cover: float = 0.0
) -> Array:
    """Return how far the score of class k falls when a square of one picture (1, C, H, W) is covered.

    ``scores`` turns pictures (N, C, H, W) into scores (N, K).

    >>> occlusion(lambda x: x.sum(axis=(2, 3)), np.array([[[[1.0, 2.0, 4.0], [1.0, 1.0, 1.0]]]]), 0, 2, 1)
    array([[5., 8.]])
    """
    tops, lefts = (range(0, extent - size + 1, stride) for extent in x.shape[2:])
    covered = np.repeat(x, len(tops) * len(lefts), axis=0)
    for n, (top, left) in enumerate((top, left) for top in tops for left in lefts):
        covered[n, :, top : top + size, left : left + size] = cover
    batch = max(1, PIXELS_AT_ONCE // x.size)
    after = [scores(covered[start : start + batch])[:, k] for start in range(0, len(covered), batch)]
    return np.asarray(scores(x)[0, k] - np.concatenate(after)).reshape(len(tops), len(lefts))


def similarity(a: Array, b: Array) -> float:
    """Return the correlation of two maps, and 0 if one of them is constant.

    >>> round(similarity(np.array([1.0, 2.0]), np.array([7.0, 5.0])), 9)
    -1.0
    >>> similarity(np.ones(3), np.arange(3.0))
    0.0
    """
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / size) if size > 0 else 0.0


def jittered(gradient: Callable[[Array], Array], x: Array, down: int, right: int) -> Array:
    """Return the gradient for pictures (..., H, W), taken while they are moved; it fits them where they are.

    >>> jittered(lambda x: x * [[1.0, 0.0, 0.0]], np.array([[5.0, 6.0, 7.0]]), 0, 1)
    array([[0., 0., 7.]])
    """
    axes = (-2, -1)
    return np.roll(gradient(np.roll(x, (down, right), axes)), (-down, -right), axes)


def gram(f: Array) -> Array:
    """Return the Gram matrices (N, C, C) of maps (N, C, H, W), divided by C * H * W.

    >>> gram(np.array([[[[1.0, 2.0]], [[3.0, -1.0]]]]))
    array([[[1.25, 0.25],
            [0.25, 2.5 ]]])
    """
    return np.asarray(np.einsum("nahw,nbhw->nab", f, f, optimize=True) / f[0].size)


def gram_gradient(dg: Array, f: Array) -> Array:
    """Return the gradient for the maps, from that for their Gram matrices."""
    both = dg + np.swapaxes(dg, 1, 2)
    return np.asarray(np.einsum("nab,nbhw->nahw", both, f, optimize=True) / f[0].size)


def content_loss(f: Array, target: Array) -> tuple[float, Array]:
    """Return the mean of the squared differences, and its gradient for f.

    >>> content_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    (2.0, array([ 0., -2.]))
    """
    e = f - target
    return float(np.vdot(e, e)) / e.size, e * (2 / e.size)


def style_loss(f: Array, target: Array) -> tuple[float, Array]:
    """Return the mean of the squared differences of Gram matrices, and its gradient for the maps f."""
    loss, dg = content_loss(gram(f), target)
    return loss, gram_gradient(dg, f)


def tv_backward(x: Array) -> Array:
    """Return the gradient of the squared differences of neighbours, divided by the number of values.

    >>> tv_backward(np.array([[[[1.0, 4.0]]]]))
    array([[[[-3.,  3.]]]])
    """
    edged = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)], mode="edge")
    curved = np.diff(edged[:, :, :, 1:-1], 2, axis=2) + np.diff(edged[:, :, 1:-1], 2, axis=3)
    return np.asarray(-2 * curved / x.size)


def picture_step(
    x: Array, dx: Array, mean: Array, square: Array, t: int, lr: float, low: float, high: float
) -> tuple[Array, Array, Array]:
    """Return picture, mean and square after one step of Adam; the picture is cut to low ... high.

    >>> picture_step(*(np.array([value]) for value in (0.5, 2.0, 0.0, 0.0)), 1, 0.25, 0, 1)[0].round(6)
    array([0.25])
    """
    mean, square = mean + 0.1 * (dx - mean), square + 0.001 * (dx * dx - square)
    size = np.sqrt(square) / (1 - 0.999**t) ** 0.5 + 1e-8
    return (x - lr / (1 - 0.9**t) * mean / size).clip(low, high), mean, square


def gather(layers: Sequence[Any], gradients: Mapping[int, Array]) -> Array:
    """Return the gradient for the picture; ``gradients[k]`` is that of a loss for the output of layer k.

    The layers have been forward before. Those behind the last loss are left out.

    >>> from cnnkit.layers import ReLU
    >>> layers = [ReLU(), ReLU()]
    >>> y = layers[1](layers[0](np.array([3.0, -1.0])))
    >>> gather(layers, {0: np.array([1.0, 1.0]), 1: np.array([10.0, 10.0])})
    array([11.,  0.])
    """
    last = max(gradients)
    dx = np.zeros_like(gradients[last], dtype=np.result_type(gradients[last], np.float32))
    for k in range(last, -1, -1):
        dx = layers[k].backward(np.asarray(dx + gradients.get(k, 0), dtype=dx.dtype))
    return dx
