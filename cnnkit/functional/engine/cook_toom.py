"""Minimal filtering: m outputs of a correlation with k weights from m + k - 1 products instead of m k.

Multiplying polynomials is a convolution of their coefficients, and a polynomial of degree n - 1 is known from
its values at n points. So evaluate both factors at n points, multiply value by value (n products), and read
the coefficients of the product off again. With V(c) the matrix that evaluates c coefficients, row by row
1, t, t^2, ..., at the points t:

    convolution    s = V(n)^-1 [ (V(k) g) * (V(m) y) ]        g has k numbers, y has m, s has n = m + k - 1

Correlation with g is the transpose of convolution with g, as the gradient of a layer is; so transpose it,
which turns the order around:

    correlation    y = V(m)^T [ (V(k) g) * (V(n)^-T d) ]      d has n numbers, y has m
                     = A^T [ (G g) * (B^T d) ]                 in the words of the literature

One of the points is infinity: there a polynomial's value is its last coefficient. Toom (1963) and Cook (1966)
multiplied long numbers so; Winograd (1980) proved that fewer than n products never suffice. Lavin and Gray
(2016), *Fast algorithms for convolutional neural networks*, brought it to images.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

POINTS = (0.0, 1.0, -1.0, 0.5, -2.0, 2.0, -0.5)  # small, and so that their powers round little


@cache
def minimal(m: int, k: int) -> tuple[Array, Array, Array]:
    """Return A^T (m, n), G (n, k) and B^T (n, n) for m outputs of k weights, n = m + k - 1.

    >>> AT, G, BT = minimal(2, 3)
    >>> d, g = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 10.0, 100.0])
    >>> AT @ ((G @ g) * (BT @ d)), np.correlate(d, g)
    (array([421., 842.]), array([421., 842.]))
    """
    n = m + k - 1
    BT = np.linalg.inv(evaluation(n, n)).T
    scale = 2.0 ** np.round(np.log2(np.abs(BT).max(axis=1, keepdims=True)))  # exact, and G takes it back
    return evaluation(n, m).T, evaluation(n, k) * scale, BT / scale


def evaluation(n: int, width: int) -> Array:
    """Return V (n, width), from ``width`` coefficients to the values at n points, infinity being the last.

    >>> evaluation(4, 3)
    array([[ 1.,  0.,  0.],
           [ 1.,  1.,  1.],
           [ 1., -1.,  1.],
           [ 0.,  0.,  1.]])
    """
    return np.vstack([np.vander(POINTS[: n - 1], width, increasing=True), np.eye(width)[-1:]])
