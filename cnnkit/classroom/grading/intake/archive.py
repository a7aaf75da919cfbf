"""Unpack a zip that strangers made: regular files only, nothing outside the folder, within limits.

A bad file costs the one who handed it in and nobody else: it is listed with the reason why it is of no
use. Only a zip that is bad as a whole is refused.
"""

from __future__ import annotations

import errno
import lzma
import re
import shutil
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

from cnnkit.classroom.grading.intake import listing
from cnnkit.classroom.grading.intake.listing import Listing, is_shown
from cnnkit.errors import UsageError

MAX_BYTES = 2_000_000_000
MAX_RATIO, RATIO_FROM = 200, 10_000_000  # text that repeats itself may shrink a lot while it is small
OUTSIDE = "leads out of its folder"
TWICE = "is there twice; hand in one"
LOCKED = "is locked with a password"
BOMB = f"unpacks to more than {MAX_RATIO} times its size"
DAMAGED = "is damaged"
UNNAMED = "has a name that no file here can have"
DRIVE = re.compile("[A-Za-z]:")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,  # names that are not in the encoding they claim
)


def unpack(archive: Path, target: Path) -> Listing:
    """Unpack the notebooks and zips of ``archive`` into the folder ``target``, and list all that it holds.

    Raises
    ------
    UsageError
        if it is no zip, is too large, or holds a name that leads out and belongs to no student; then
        nothing was unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpack(archive, opened, target)
    except BROKEN as error:
        raise UsageError(f"{archive} is not a zip that can be unpacked: {_said(error)}.") from None


def _unpack(archive: Path, opened: zipfile.ZipFile, target: Path) -> Listing:
    members = [(member, _path(archive, member)) for member in opened.infolist()]
    shown = [(member, path) for member, path in members if path.parts and all(map(is_shown, path.parts))]
    files = [(member, path) for member, path in shown if not member.is_dir()]
    times = Counter(path for _, path in files)
    problems = {path: TWICE if times[path] > 1 else _problem(member, path) for member, path in files}
    fine = [(member, path) for member, path in files if not problems[path]]
    _refuse_as_a_whole(archive, [member for member, _ in fine], LOCKED in problems.values())
    taken = {path: _unpack_one(opened, member, target / path) for member, path in fine}
    folders = {parent for _, path in shown for parent in path.parents if parent.parts}
    return Listing({**problems, **taken}, folders | {path for member, path in shown if member.is_dir()})


def _refuse_as_a_whole(archive: Path, members: list[zipfile.ZipInfo], some_locked: bool) -> None:
    if len(members) > listing.MAX_FILES or sum(member.file_size for member in members) > MAX_BYTES:
        limit = f"{listing.MAX_FILES} files or {MAX_BYTES / 1e9:g} GB"
        raise UsageError(f"{archive} unpacks to more than {limit}. Unpack it yourself and give the folder.")
    if some_locked and not members:
        raise UsageError(f"{archive} {LOCKED}. Unpack it yourself and give the folder.")


def _path(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    """Return a member's path without steps upwards: the student whose folder it names answers for it."""
    path = PurePosixPath(_decoded(member).replace("\\", "/"))
    stays = PurePosixPath(*(part for part in path.parts if part != ".."))
    if path.is_absolute() or path.parts[:1] == ("..",) or DRIVE.match(str(path)):
        raise UsageError(
            f"{archive} holds {member.filename!r}, which leads out of the folder. Nothing was unpacked."
        )
    return stays


def _decoded(member: zipfile.ZipInfo) -> str:
    """Return a member's name; some programs write UTF-8 and do not say so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _problem(member: zipfile.ZipInfo, path: PurePosixPath) -> str:
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        return listing.LINK
    if ".." in PurePosixPath(member.filename.replace("\\", "/")).parts:
        return OUTSIDE
    if not listing.is_wanted(path):
        return listing.NO_NOTEBOOK
    if member.flag_bits & 0x1:
        return LOCKED
    if member.file_size > max(RATIO_FROM, MAX_RATIO * member.compress_size):
        return BOMB
    return listing.LARGE if member.file_size > listing.MAX_FILE_BYTES else ""


def _unpack_one(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> Path | str:
    """Unpack a file; zipfile reads no more than the size that was declared and counted."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(member) as source, path.open("xb") as target:
            shutil.copyfileobj(source, target)
        return path
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        return UNNAMED if error.errno else DAMAGED
    except BROKEN:
        return DAMAGED


def _said(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
