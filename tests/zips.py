"""Zips for tests, as programs make them and as no program would."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, str | bytes]) -> Path:
    """Write a zip of (name, content) and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two entries with one name
        for name, content in entries:
            made.writestr(name, content)
    return path


def odd_entry(name: str, kind: int) -> zipfile.ZipInfo:
    """Return an entry that claims to be a link, a pipe or a device."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    return entry
