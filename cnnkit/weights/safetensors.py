"""Safetensors: named arrays in a file that holds nothing but numbers, so that no file can run anything.

Eight bytes say how long the header is, little end first. The header is JSON and tells of every array its
dtype, its shape, and where it begins and ends in the bytes that follow:

    {"bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}

The arrays lie one behind the other, without gaps, rows first. See the format's description in the
documentation of the safetensors library (Hugging Face).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import AnyPath
from cnnkit.errors import UsageError, shown
from cnnkit.weights.atomic import write_whole
from cnnkit.weights.header import DTYPES, Entry, read_header

Array = npt.NDArray[Any]

NAMES = {dtype: name for name, dtype in DTYPES.items() if name != "BF16"}


def save_safetensors(state: Mapping[str, Array], path: AnyPath) -> None:
    """Write named arrays into a file; it appears when it is complete, or stays as it was.

    Parameters
    ----------
    state : arrays by name, of a dtype in `cnnkit.weights.header.DTYPES`, such as from ``net.state_dict()``
    path : of the file, which usually ends in .safetensors

    Raises
    ------
    UsageError
        if an array has no such dtype, or the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_safetensors({"bias": np.float32([1, 2])}, f"{folder}/net.safetensors")
    ...     load_safetensors(f"{folder}/net.safetensors")
    {'bias': array([1., 2.], dtype=float32)}
    """
    if not isinstance(state, Mapping):
        raise UsageError(f"save_safetensors: {shown(state)} is no state. It is a dictionary of arrays.")
    arrays = {name: _writable(name, value) for name, value in state.items()}
    by_width = sorted(arrays, key=lambda name: -arrays[name].itemsize)  # then every array is aligned
    ends = np.cumsum([0, *(arrays[name].nbytes for name in by_width)]).tolist()
    places = dict(zip(by_width, pairwise(ends), strict=True))
    entries = {
        name: {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": places[name]}
        for name, array in arrays.items()
    }
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    write_whole(
        "save_safetensors",
        path,
        [len(header).to_bytes(8, "little"), header, *(arrays[name].tobytes() for name in by_width)],
    )


def load_safetensors(path: AnyPath) -> dict[str, Array]:
    """Read the named arrays of a file; BF16, which NumPy has not, becomes float32.

    Parameters
    ----------
    path : of a file on your disk

    Returns
    -------
    dict from names to arrays, in the order of the header

    Raises
    ------
    UsageError
        if there is no such file, or it is anything but a sound safetensors file.

    >>> load_safetensors("resnet18.safetensors")
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: load_safetensors: cannot read resnet18.safetensors: No such file or directory.
    Give the path of the file on your disk.
    """
    try:
        with open(path, "rb") as file:
            entries, start = read_header(path, file)
            arrays = {}
            for name, entry in entries.items():
                file.seek(start + entry.begin)
                arrays[name] = _array(path, name, entry, file.read(entry.end - entry.begin))
            return arrays
    except (OSError, TypeError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UsageError(
            f"load_safetensors: cannot read {path!s}: {reason}. Give the path of the file on your disk."
        ) from None


def _writable(name: object, value: object) -> Array:
    """Return an array as the file will hold it: the small end of each number first."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.array(None)
    little = array.dtype.newbyteorder("<")
    if not isinstance(name, str) or name == "__metadata__" or little not in NAMES:
        raise UsageError(
            f"save_safetensors: {shown(name)} has dtype {array.dtype}. A file holds arrays of floating or "
            "whole numbers or of True and False, under names of their own (but not __metadata__)."
        )
    return array.astype(little, copy=False)


def _array(path: AnyPath, name: str, entry: Entry, raw: bytes) -> Array:
    """Return an array of the machine's own byte order, which can be written to."""
    flat: Array = np.frombuffer(raw, DTYPES[entry.dtype])
    if entry.dtype == "BF16":  # the upper half of a float32
        flat = (flat.astype(np.uint32) << 16).view(np.float32)
    if entry.dtype == "BOOL":  # any byte may stand here
        flat = flat.view(np.uint8) != 0
    return flat.astype(flat.dtype.newbyteorder("=")).reshape(entry.shape)
