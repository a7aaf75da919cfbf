"""Numbers for sandboxes, so that no two at work on this machine share one, whoever started them."""

from __future__ import annotations

import fcntl
import itertools
import os
import tempfile
from pathlib import Path
from typing import IO, Self


class Slot:
    """The lowest number that no other process holds; it is free again when its process ends, however it ends.

    >>> with Slot() as first, Slot() as second:
    ...     0 <= first.number < second.number
    True
    """

    def __init__(self) -> None:
        folder = Path(tempfile.gettempdir(), f"cnnkit-slots-{os.getuid()}")
        folder.mkdir(mode=0o700, exist_ok=True)
        for self.number in itertools.count():
            held = _hold(folder / str(self.number))
            if held:
                self._held = held
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()


def _hold(path: Path) -> IO[str] | None:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
