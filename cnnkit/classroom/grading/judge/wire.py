"""Values between the tests and the student's process: plain data by value, everything else as a handle.

A message is one frame: two lengths, a header in JSON, and the bytes of its arrays. Nothing that is read can
run: no pickle, no object arrays, a known list of types, and a limit on the size.

=====================  =============================================
in Python              in the header
=====================  =============================================
None, bool, str        themselves
int, float             themselves; large integers ``["i", hex]``
list, tuple            ``["l", ...]``, ``["t", ...]``
dict                   ``["d", [key, value], ...]``
array, NumPy scalar    ``["a", ...]``, ``["s", ...]`` and bytes
anything else          ``["h", number, type]``, see `Keeper`
=====================  =============================================
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

LENGTHS = struct.Struct("<II")
LARGEST_FRAME = 64_000_000
LARGEST_INTEGER = 4096  # bits
DEEPEST = 50
PLAIN_KINDS = "biufc"
DTYPE = re.compile(r"[<>|=]?[biufcSUVmMO]\d{0,4}(\[\w+\])?")


class WireError(Exception):
    """What came, or should go, over the wire is not what may travel there."""


class Keeper(Protocol):
    """Turns what cannot travel into a number and back."""

    def keep(self, value: Any) -> tuple[int, str]:
        """Return a number for a value, and the name of its type."""

    def found(self, number: int, type_name: str) -> Any:
        """Return what stands for a number that came over the wire."""


def send(channel: socket.socket, message: Any, keeper: Keeper) -> None:
    """Send one message.

    Raises
    ------
    WireError
        if it is too large or too deep.
    """
    blobs: list[bytes] = []
    header = json.dumps(_packed(message, keeper, blobs, 0)).encode()
    frame = b"".join([header, *blobs])
    if len(frame) > LARGEST_FRAME:
        raise WireError(
            f"{len(frame) / 1e6:.0f} MB are more than the {LARGEST_FRAME / 1e6:.0f} MB that may travel"
        )
    channel.sendall(LENGTHS.pack(len(header), len(frame)) + frame)


def receive(channel: socket.socket, keeper: Keeper, until: float | None = None) -> Any:
    """Receive one message; its values are exactly of the types in the table above.

    Raises
    ------
    TimeoutError
        if it is not there at the time ``until`` of the monotonic clock, however slowly its bytes come in.
    WireError
        if it is malformed or too large.
    EOFError
        if the other side is gone.
    """
    header_size, size = LENGTHS.unpack(_exactly(channel, LENGTHS.size, until))
    if not header_size <= size <= LARGEST_FRAME:
        raise WireError("a frame with impossible lengths")
    frame = memoryview(_exactly(channel, size, until))
    try:
        header = json.loads(bytes(frame[:header_size]))
        return _Unpacker(frame[header_size:], keeper).value(header, 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError, MemoryError) as error:
        raise WireError(f"a malformed message ({type(error).__name__})") from None


def _exactly(channel: socket.socket, size: int, until: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if until is not None:
            channel.settimeout(max(until - time.monotonic(), 0.001))
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _packed(value: Any, keeper: Keeper, blobs: list[bytes], depth: int) -> Any:
    if depth > DEEPEST:
        raise WireError(f"a value with more than {DEEPEST} levels")

    def inner(item: Any) -> Any:
        return _packed(item, keeper, blobs, depth + 1)

    if value is None or type(value) in (bool, str, float):
        return value
    if type(value) is int:
        if value.bit_length() > LARGEST_INTEGER:
            raise WireError(f"a whole number of {value.bit_length()} bits")
        return value if value.bit_length() < 64 else ["i", hex(value)]
    if type(value) in (list, tuple):
        return ["l" if type(value) is list else "t", *map(inner, value)]
    if type(value) is dict and all(type(key) in (str, int) for key in value):
        return ["d", *([key, inner(item)] for key, item in value.items())]
    if isinstance(value, np.ndarray | np.generic):
        return _packed_array(value, blobs)
    return ["h", *keeper.keep(value)]


def _packed_array(value: Any, blobs: list[bytes]) -> Any:
    array = np.asarray(value)
    known = array.dtype.kind in PLAIN_KINDS
    dtype = array.dtype.str if array.dtype.names is None else "|V1"
    if known:
        blobs.append(array.tobytes())
    if isinstance(value, np.generic):
        return ["s", dtype]
    steps = [step // max(array.itemsize, 1) for step in array.strides] if known else []
    return ["a", dtype, list(array.shape), steps, bool(array.flags.writeable)]


class _Unpacker:
    def __init__(self, blob: memoryview, keeper: Keeper) -> None:
        self.blob, self.keeper = blob, keeper

    def value(self, packed: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise WireError("a message with too many levels")
        if not isinstance(packed, list):
            if isinstance(packed, dict):
                raise WireError("a message with a bare dictionary")
            return packed
        tag, *rest = packed
        unpack: dict[str, Callable[[], Any]] = {
            "i": lambda: self._integer(rest[0]),
            "l": lambda: [self.value(item, depth + 1) for item in rest],
            "t": lambda: tuple(self.value(item, depth + 1) for item in rest),
            "d": lambda: {self._key(key): self.value(item, depth + 1) for key, item in rest},
            "a": lambda: self._array(*rest),
            "s": lambda: self._array(rest[0], [], [], True)[()],
            "h": lambda: self.keeper.found(int(rest[0]), str(rest[1])[:60]),
        }
        return unpack[tag]()

    @staticmethod
    def _integer(text: str) -> int:
        if len(text) > LARGEST_INTEGER:
            raise WireError("a whole number that is too long")
        return int(text, 16)

    @staticmethod
    def _key(key: Any) -> str | int:
        if isinstance(key, str | int) and not isinstance(key, bool):
            return key
        raise WireError("a dictionary with keys that are neither text nor whole numbers")

    def _array(self, code: str, shape: list[int], steps: list[int], writeable: bool) -> npt.NDArray[Any]:
        if not DTYPE.fullmatch(code) or len(shape) > 32 or any(type(n) is not int or n < 0 for n in shape):
            raise WireError("an array of no known kind")
        dtype, size = np.dtype(code), math.prod(shape)
        if size * max(dtype.itemsize, 8) > LARGEST_FRAME:
            raise WireError("an array that is too large")
        if dtype.kind not in PLAIN_KINDS:
            return np.zeros(shape, dtype)
        values = np.frombuffer(self.blob[: size * dtype.itemsize], dtype).reshape(shape)
        self.blob = self.blob[size * dtype.itemsize :]
        array = _laid_out(values, steps)
        if not writeable:
            array.flags.writeable = False
        return array


def _laid_out(values: npt.NDArray[Any], steps: list[int]) -> npt.NDArray[Any]:
    """Return a copy of ``values`` whose entries lie ``steps`` apart, as they did where it comes from."""
    reach = [(n - 1) * abs(step) for n, step in zip(values.shape, steps, strict=False)]
    extent = 1 + sum(reach) if values.size else 0
    if (
        len(steps) != values.ndim
        or any(type(s) is not int or s < 0 for s in steps)
        or extent > 4 * values.size + 64
    ):
        return values.copy()
    if extent < values.size:  # entries that share memory, as broadcasting leaves them
        return values.copy()
    memory = np.zeros(extent, values.dtype)
    array = np.lib.stride_tricks.as_strided(memory, values.shape, [s * values.itemsize for s in steps])
    array[...] = values
    return array
