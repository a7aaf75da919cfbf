"""The whole of MNIST, and all that is kept as it is (Fashion-MNIST, KMNIST), from files of your own.

The files are in the IDX format, packed with gzip or not: two zeros, a byte for the type (8 for bytes), the
number of axes, their lengths as four bytes each (the highest first), and then the numbers.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import AnyPath, contents, damaged
from cnnkit.data.pixels import from_bytes
from cnnkit.errors import UsageError

Array = npt.NDArray[Any]


def mnist_idx(images_path: AnyPath, labels_path: AnyPath) -> tuple[Array, Array]:
    """Read images and their labels from two IDX files on your disk.

    Parameters
    ----------
    images_path, labels_path : paths such as "train-images-idx3-ubyte.gz" and "train-labels-idx1-ubyte.gz"

    Returns
    -------
    images : array (N, 1, H, W), float32, from 0 to 1
    labels : array (N,), int64

    Raises
    ------
    UsageError
        if a file is missing, damaged, of another kind, or the two do not belong together.

    >>> mnist_idx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: mnist_idx: cannot read train-images-idx3-ubyte.gz: No such file or directory.
    Give the path of the file on your disk.
    """
    images, labels = _read(images_path, axes=3), _read(labels_path, axes=1)
    if len(images) != len(labels):
        raise UsageError(
            f"mnist_idx: {images_path} has {len(images)} images but {labels_path} has {len(labels)} labels. "
            "Give two files of the same set, both of training or both of test."
        )
    return from_bytes(images[:, None]), labels.astype(np.int64)


def _read(path: AnyPath, axes: int) -> Array:
    """Return the bytes of an IDX file as an array with this many axes."""
    raw, start = contents("mnist_idx", path), 4 + 4 * axes
    if len(raw) < start or raw[:4] != bytes([0, 0, 8, axes]):
        kind = "images" if axes == 3 else "labels"
        raise damaged("mnist_idx", path, f"it does not begin as an IDX file of {kind} does")
    shape = tuple(int(n) for n in np.frombuffer(raw, ">u4", count=axes, offset=4))
    if len(raw) - start != prod(shape):
        reason = f"it has {len(raw) - start} numbers, but says that its shape is {shape}"
        raise damaged("mnist_idx", path, reason)
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
