"""A file that is written as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from cnnkit.data.files import AnyPath
from cnnkit.errors import UsageError


def write_whole(function: str, path: AnyPath, parts: Iterable[bytes]) -> None:
    """Write a file beside its place first, then move it there in one step.

    Whoever reads meanwhile, and whatever breaks off, there is the old file or the new one and never a half.

    Parameters
    ----------
    function : who asks, for messages
    path : of the file
    parts : its bytes, one part after the other

    Raises
    ------
    UsageError
        if it cannot be written; an older file is still there then.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole("save", f"{folder}/file", [b"one", b"two"])
    ...     Path(folder, "file").read_bytes(), len(os.listdir(folder))
    (b'onetwo', 1)
    """
    try:
        place = Path(path)
        beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        try:
            with beside.open("xb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, TypeError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UsageError(
            f"{function}: cannot write {path!s}: {reason}. Give the path of a file in a folder of yours."
        ) from None
