"""Unpack a zip of submissions that strangers made: regular files only, nothing outside, within limits."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from cnnkit.errors import UsageError

MAX_FILES = 50_000
MAX_BYTES = 2_000_000_000


def unpack(archive: Path, target: Path) -> None:
    """Unpack ``archive`` into the folder ``target``.

    Raises
    ------
    UsageError
        if it is no zip, or holds what a zip of notebooks does not hold; then nothing was unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            _refuse_too_much(archive, members)
            for member in members:
                _refuse_odd(archive, member)
            for member in members:
                _unpack_one(opened, member, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{archive} is not a zip that can be unpacked: {error}.") from None


def _refuse_too_much(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_FILES or sum(member.file_size for member in members) > MAX_BYTES:
        limit = f"{MAX_FILES} files or {MAX_BYTES / 1e9:g} GB"
        raise UsageError(f"{archive} unpacks to more than {limit}. Unpack it yourself and give the folder.")


def _refuse_odd(archive: Path, member: zipfile.ZipInfo) -> None:
    path = PurePosixPath(_name(member))
    if path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"):
        raise UsageError(
            f"{archive} holds {member.filename!r}, which leads out of the folder. Nothing was unpacked."
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise UsageError(
            f"{archive} holds {member.filename!r}, which is a link or a device. Nothing was unpacked."
        )


def _unpack_one(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    path = target / _name(member)
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(member) as source:
        path.write_bytes(source.read(member.file_size))  # never more than was declared and counted


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/")
