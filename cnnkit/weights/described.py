"""Arrays out of a pickle, without running anything that the pickle names.

A pickle can name any function to be called. Here the three names with which it describes arrays stand for an
object that only keeps what the file says; any other name is refused.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

NAMES = frozenset(
    (module, name)
    for module, name in [
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
    ]
)
DTYPES = {"f4": "<f4", "f8": "<f8"}


class Refused(Exception):
    """The pickle names something that is not needed to describe arrays."""


class Described:
    """Stands for what the pickle would have built, and keeps what the pickle says of it.

    >>> Described("f4").said
    ('f4',)
    """

    state: tuple[Any, ...] = ()

    def __init__(self, *said: Any) -> None:
        self.said = said

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[Described]:
        if (module, name) not in NAMES:
            raise Refused(f"{module}.{name}")
        return Described


def described(raw: bytes) -> Any:
    """Return the lists and dictionaries of a pickle, with a `Described` for each array.

    Raises
    ------
    Refused
        if the pickle names anything but arrays; nothing of it has been run then.

    >>> import os
    >>> described(pickle.dumps({"call me": os.getcwd}))
    Traceback (most recent call last):
    ...
    cnnkit.weights.described.Refused: ...getcwd
    """
    return _Reader(io.BytesIO(raw)).load()


def array(found: Described) -> Array:
    """Return the array of floating numbers that was described.

    >>> array(described(pickle.dumps(np.float32([[1, 2], [3, 4]]).T)))
    array([[1., 3.],
           [2., 4.]], dtype=float32)
    """
    _, shape, dtype, by_columns, numbers = found.state
    (letters, *_), (_, order, *_) = dtype.said, dtype.state
    if order != "<":
        raise ValueError(f"the numbers are in the byte order {order!r}")
    flat = np.frombuffer(numbers, DTYPES[letters])
    return np.array(flat.reshape(shape, order="F" if by_columns else "C"))
