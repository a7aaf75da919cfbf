"""The student's folder: a copy of the lessons that grows with the course and never loses work.

``FOLDER/.cnnkit/copied.json`` remembers the checksum of each notebook as it was copied. Only a notebook
that still has that checksum, so that nobody has worked in it, is ever replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cnnkit.classroom.exercises.progress_file import MARKER
from cnnkit.errors import UsageError

COPIED = "copied"
UPDATED = "updated"
UNCHANGED = "unchanged"
KEPT = "kept"
KEPT_OLD = "kept, though the course has a newer one"


def fill(folder: Path, lessons: Mapping[str, Path]) -> dict[str, str]:
    """Copy ``lessons`` (unit -> notebook) to ``FOLDER/<unit>/<unit>.ipynb`` and say what was done with each.

    Returns
    -------
    dict
        unit -> one of `COPIED`, `UPDATED`, `UNCHANGED`, `KEPT`, `KEPT_OLD`.

    Raises
    ------
    UsageError
        if ``folder`` is a file, or cannot be written.

    >>> import tempfile
    >>> home = Path(tempfile.mkdtemp())
    >>> _ = (home / "lesson.ipynb").write_text("{}")
    >>> fill(home / "work", {"00_start": home / "lesson.ipynb"})
    {'00_start': 'copied'}
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder, new or old: cnnkit lab FOLDER")
    try:
        return _fill(folder, lessons)
    except OSError as error:
        where = error.filename or folder
        raise UsageError(f"{where} cannot be written: {error.strerror}. Name another folder.") from None


def _fill(folder: Path, lessons: Mapping[str, Path]) -> dict[str, str]:
    memory = folder / MARKER / "copied.json"
    copied = _recall(memory)
    done = {}
    for unit, source in lessons.items():
        target = folder / unit / source.name
        done[unit] = _decide(target, _checksum(source), copied.get(unit))
        if done[unit] in (COPIED, UPDATED):
            _replace(target, source.read_bytes())
        if done[unit] in (COPIED, UPDATED, UNCHANGED):
            copied[unit] = _checksum(source)
    _replace(memory, json.dumps(copied, indent=1, sort_keys=True).encode() + b"\n")
    return done


def _decide(target: Path, newest: str, copied: str | None) -> str:
    if not target.exists():
        return COPIED
    present = _checksum(target)
    if present == newest:
        return UNCHANGED
    if present == copied:
        return UPDATED
    return KEPT if copied in (None, newest) else KEPT_OLD


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _recall(memory: Path) -> dict[str, str]:
    try:
        copied = json.loads(memory.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return copied if isinstance(copied, dict) else {}


def _replace(target: Path, content: bytes) -> None:
    """Write a whole file or nothing: a full disk must not cost the old one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_bytes(content)
    os.replace(fresh, target)
