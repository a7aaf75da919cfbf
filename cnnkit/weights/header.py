"""The header of a safetensors file, believed only as far as it is sound.

A file can come from anywhere. What its header claims is compared with the length of the file before anything
is read or reserved, so that no claim can make the reader look elsewhere, or ask for more memory than the file
is long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from os import SEEK_END
from typing import Any, BinaryIO

import numpy as np

from cnnkit.data.files import AnyPath, damaged
from cnnkit.errors import shown

DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
LONGEST = 100_000_000  # bytes in a header, as in the format's own library
MOST_AXES = 32


@dataclass(frozen=True)
class Entry:
    """What the header says of one array: begin and end count from the end of the header.

    >>> Entry("F32", (2, 3), 0, 24).claimed
    24
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def claimed(self) -> int:
        """How many bytes dtype and shape ask for."""
        return prod(self.shape) * DTYPES[self.dtype].itemsize


class _Unsound(Exception):
    """The header says what cannot be; the text says how."""


def read_header(path: AnyPath, file: BinaryIO) -> tuple[dict[str, Entry], int]:
    """Return the entries by name, and where in the file their bytes begin.

    Parameters
    ----------
    path : of the file, for messages
    file : open at its beginning

    Raises
    ------
    UsageError
        if anything in the header is not as the format has it, or the file is cut off or too long.

    >>> import io
    >>> read_header("net.safetensors", io.BytesIO(b"PK, an archive"))
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: load_safetensors: net.safetensors is damaged or another file: it claims a header
    of 6998715184364407632 bytes. Get a new copy of it.
    """
    try:
        length = file.seek(0, SEEK_END)
        file.seek(0)
        size = int.from_bytes(file.read(8), "little")
        if length < 8:
            raise _Unsound(f"it has only {length} bytes")
        if size > min(LONGEST, length - 8):
            raise _Unsound(f"it claims a header of {size} bytes")
        entries = {name: _entry(name, said) for name, said in _described(file.read(size)).items()}
        _see_filled(entries, length - 8 - size)
    except _Unsound as error:
        raise damaged("load_safetensors", path, str(error)) from None
    return entries, 8 + size


def _described(header: bytes) -> dict[str, Any]:
    """Return what the JSON says of each array; what it says of the file as a whole is left out."""
    try:
        found = json.loads(header.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _Unsound("its header is not JSON") from None
    if not isinstance(found, dict):
        raise _Unsound("its header has no names")
    found.pop("__metadata__", None)
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Unsound(f"{shown(name)} stands in its header twice")
        found[name] = value
    return found


def _entry(name: str, said: Any) -> Entry:
    if not isinstance(said, dict) or set(said) != {"dtype", "shape", "data_offsets"}:
        raise _Unsound(f"of {shown(name)} it does not say dtype, shape and data_offsets")
    dtype, shape, offsets = said["dtype"], said["shape"], said["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise _Unsound(f"{shown(name)} has dtype {shown(dtype)}, but those known are {', '.join(DTYPES)}")
    if not _counts(shape) or len(shape) > MOST_AXES or prod(max(1, n) for n in shape) >= 2**60:
        raise _Unsound(f"{shown(name)} has shape {shown(shape)}")
    if not _counts(offsets) or len(offsets) != 2:
        raise _Unsound(f"{shown(name)} has data_offsets {shown(offsets)}")
    entry = Entry(dtype, tuple(shape), *offsets)
    if entry.end - entry.begin != entry.claimed:
        raise _Unsound(
            f"{shown(name)} has {entry.end - entry.begin} bytes, but {dtype} {entry.shape} needs "
            f"{entry.claimed}"
        )
    return entry


def _counts(value: Any) -> bool:
    """Tell whether a value is a list of numbers with which one can count and index."""
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**63 for n in value)


def _see_filled(entries: dict[str, Entry], length: int) -> None:
    """See that the arrays lie one behind the other and fill all the bytes after the header."""
    places = sorted((entry.begin, entry.end) for entry in entries.values())
    if any(end != begin for (_, end), (begin, _) in pairwise([(0, 0), *places, (length, length)])):
        raise _Unsound(
            f"its arrays overlap, leave gaps, or do not end where its {length} bytes of numbers do"
        )
