"""CIFAR-10: 60,000 colour pictures of ten kinds, from a file of your own, as no package brings it along.

Krizhevsky (2009), *Learning multiple layers of features from tiny images*. The file is 170 MB long and called
cifar-10-python.tar.gz. Its parts are pickles, and a pickle can name any function to be called. So here the
three names that describe an array stand for an object that only keeps what the file says, and any other name
is refused: nothing that the file names is ever run.
"""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import AnyPath, damaged
from cnnkit.data.pixels import from_bytes
from cnnkit.data.split import Pairs
from cnnkit.errors import UsageError

Array = npt.NDArray[Any]

CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
TRAINING = tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6))
TEST = "cifar-10-batches-py/test_batch"
LARGEST = 40_000_000  # bytes in one part; the real ones have 31 million
PIXELS = 3 * 32 * 32


def cifar10(path: AnyPath) -> Pairs:
    """Read the CIFAR-10 archive on your disk; label k is of the kind ``CIFAR10_CLASSES[k]``.

    Parameters
    ----------
    path : where your cifar-10-python.tar.gz is

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : 50,000 and 10,000 images (N, 3, 32, 32), float32, red, green, blue
        from 0 to 1, 737 MB in all; and labels (N,), int64, from 0 to 9

    Raises
    ------
    UsageError
        if the file is missing or damaged, is another file, or names what no CIFAR-10 file needs.

    >>> cifar10("cifar-10-python.tar.gz")
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: cifar10: cannot read cifar-10-python.tar.gz: No such file or directory.
    Download it from the CIFAR-10 home page yourself, and give its path.
    """
    batches = _batches(path)
    if missing := [part for part in (*TRAINING, TEST) if part not in batches]:
        raise damaged("cifar10", path, f"it has no {missing[0]}")
    pixels, labels = zip(*(batches[part] for part in TRAINING), strict=True)
    test_pixels, test_labels = batches[TEST]
    training = from_bytes(np.concatenate(pixels)), np.concatenate(labels)
    return training, (from_bytes(test_pixels), test_labels)


def _batches(path: AnyPath) -> dict[str, tuple[Array, Array]]:
    """Return pixels and labels of every part; the archive is packed, so it is read once, in its own order."""
    try:
        with tarfile.open(path) as archive:
            found = {}
            for member in archive:
                if member.isfile() and member.name in (*TRAINING, TEST) and member.size <= LARGEST:
                    raw = archive.extractfile(member).read()  # type: ignore[union-attr]  # it is a file
                    found[member.name] = _batch(path, member.name, raw)
            while archive.fileobj.read(2**20):
                pass  # to the end, where gzip compares its checksum
            return found
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise damaged("cifar10", path, str(error)) from None
    except (OSError, TypeError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UsageError(
            f"cifar10: cannot read {path!s}: {reason}. "
            "Download it from the CIFAR-10 home page yourself, and give its path."
        ) from None


def _batch(path: AnyPath, part: str, raw: bytes) -> tuple[Array, Array]:
    """Return the pixels (N, 3, 32, 32), uint8, and the labels (N,) of one part."""
    try:
        batch = _Reader(io.BytesIO(raw), encoding="bytes").load()
        _, shape, dtype, by_columns, numbers = batch[b"data"].state
        pixels = np.frombuffer(numbers, np.uint8).reshape(shape, order="F" if by_columns else "C")
        labels, letters = np.array(batch[b"labels"], np.int64), dtype.said[0]
    except _Refused as refused:
        raise damaged("cifar10", path, f"{part} names {refused}, which was not run") from None
    except Exception:  # damaged pickles fail in every way there is
        raise damaged("cifar10", path, f"{part} cannot be read") from None
    if letters not in (b"u1", "u1") or labels.ndim != 1 or pixels.shape != (len(labels), PIXELS):
        raise damaged("cifar10", path, f"{part} has no row of {PIXELS} bytes for each of its labels")
    if not np.isin(labels, range(10)).all():
        raise damaged("cifar10", path, f"{part} has labels that are not from 0 to 9")
    return pixels.reshape(-1, 3, 32, 32), labels


class _Refused(Exception):
    """The pickle names something that is not needed to describe pixels and labels."""


class _Described:
    """Stands in for an array or a dtype of the file, and keeps what the file says about it."""

    def __init__(self, *said: Any) -> None:
        self.said = said

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    """Reads a pickle without looking up any name in it."""

    def find_class(self, module: str, name: str) -> type[_Described]:
        if (module, name) not in {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }:
            raise _Refused(f"{module}.{name}")
        return _Described
