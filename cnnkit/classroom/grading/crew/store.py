"""Results on disk, each under the fingerprint of what was graded: whole, or not there at all."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.result import FAILED, Result
from cnnkit.errors import UsageError

UNFINISHED = ".tmp"


class Store:
    """The results of a class, in a folder that one run at a time may write to.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "results") as store:
    ...     store.put(Result("ada", "02_convolution", "f1", "graded"))
    ...     store.get("f1").student, store.get("f2")
    ('ada', None)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            out = folder.parent
            raise UsageError(
                f"another run is grading into {out}. Wait for it, or name another --out."
            ) from None
        for left_over in folder.glob(f"*{UNFINISHED}"):
            left_over.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def get(self, fingerprint: str) -> Result | None:
        """Return the result that was kept under ``fingerprint``; a file that is broken counts as none."""
        try:
            result = Result.from_json(self._path(fingerprint).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return result if result.fingerprint == fingerprint else None

    def put(self, result: Result) -> None:
        """Keep a result, so that it is there even if the machine stops now.

        One that says that grading itself failed is not kept: the next run tries again.
        """
        if result.outcome != FAILED:
            write_whole(self._path(result.fingerprint), result.to_json())

    def _path(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.json"


class Journal:
    """What happened when, one JSON object a line: for a human who wonders; nothing reads it back."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
        self._turn = threading.Lock()
        if path.stat().st_size:
            self._file.write("\n")  # the line before may have broken off

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, event: str, what: Bundle | Result, **more: str | float) -> None:
        """Add a line that says that ``event`` (queued, started, finished, applied) befell a submission."""
        line: dict[str, str | float] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
        }
        line |= {"student": what.student, "chapter": what.chapter, "fingerprint": what.fingerprint}
        line |= {name: round(said, 3) if isinstance(said, float) else said for name, said in more.items()}
        with self._turn:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file so that, whenever the machine stops, it is there as it was before or as it is now."""
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    with unfinished.open("wb") as file:
        file.write(text.encode("utf-8", "backslashreplace"))  # for half a character this is its JSON escape
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
