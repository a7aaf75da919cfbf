"""PNG files from arrays, with the standard library alone."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt


def png(rgb: npt.NDArray[np.uint8]) -> bytes:
    """Encode an array (H, W, 3) of bytes as a PNG file.

    >>> png(np.zeros((2, 3, 3), dtype=np.uint8))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    height, width, _ = rgb.shape
    rows = np.pad(rgb.reshape(height, width * 3), [(0, 0), (1, 0)])  # a row begins with its filter: 0, none
    header = struct.pack(
        ">IIBBBBB", width, height, 8, 2, 0, 0, 0
    )  # 8 bits a channel, kind 2: red, green, blue
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    """Frame one part of the file: length, name, data, check sum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
