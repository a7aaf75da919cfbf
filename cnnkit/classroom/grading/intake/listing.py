"""What a folder or a zip of submissions holds: each file by name, with where it is or why it is of no use.

Nothing is opened here, and links are never followed.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cnnkit.errors import UsageError

MAX_FILES = 50_000
MAX_FILE_BYTES = 50_000_000
TIME = "timestamp.txt"
LINK = "is a link or a device; hand in the file itself"
LARGE = f"is larger than {MAX_FILE_BYTES // 10**6} MB; clear its outputs first"
NO_NOTEBOOK = "is no notebook"
UNREADABLE = "cannot be read"

Files = dict[PurePosixPath, Path | str]


@dataclass(frozen=True)
class Listing:
    """``files`` tells of each file where it is, as a `Path`, or why it is of no use, as a `str`."""

    files: Files = field(default_factory=dict)
    folders: set[PurePosixPath] = field(default_factory=set)

    def below(self, folder: str) -> Listing:
        """Return what is inside one of the top folders, named from there."""
        inside = PurePosixPath(folder)
        return Listing(
            {path.relative_to(inside): it for path, it in self.files.items() if _is_below(path, inside)},
            {path.relative_to(inside) for path in self.folders if _is_below(path, inside)},
        )

    def under(self, folder: str) -> Listing:
        """Return the same inside a new folder."""
        above = PurePosixPath(folder)
        files = {above / path: it for path, it in self.files.items()}
        return Listing(files, {above, *(above / path for path in self.folders)})

    def top(self) -> set[str]:
        """Return the names of the files and folders on top."""
        return {path.parts[0] for path in (*self.files, *self.folders)}


def of_folder(folder: Path) -> Listing:
    """List a folder and all below it, hidden ones left out.

    Raises
    ------
    UsageError
        if it holds too much to be a class's work.
    """
    found = Listing()

    def cannot_read(error: OSError) -> None:
        found.files[_name(folder, Path(error.filename))] = UNREADABLE

    for place, folders, files in os.walk(folder, onerror=cannot_read):
        folders[:] = sorted(filter(is_shown, folders))
        for name in folders:
            path = Path(place, name)
            if path.is_symlink():
                found.files[_name(folder, path)] = LINK
            else:
                found.folders.add(_name(folder, path))
        for name in filter(is_shown, files):
            found.files[_name(folder, Path(place, name))] = _look_at(Path(place, name))
        if len(found.files) > MAX_FILES:
            raise UsageError(
                f"{folder} holds more than {MAX_FILES} files. Give a folder of submissions only."
            )
    return found


def is_shown(name: str) -> bool:
    """Tell whether a name is a person's, not a program's, such as ``.ipynb_checkpoints``, ``__MACOSX``."""
    return not name.startswith((".", "__"))


def is_wanted(path: PurePosixPath) -> bool:
    """Tell whether grading has a use for a file of this name."""
    return path.suffix.lower() in (".ipynb", ".zip") or path.name == TIME


def _look_at(path: Path) -> Path | str:
    try:
        about = path.lstat()
    except OSError:
        return UNREADABLE
    if not stat.S_ISREG(about.st_mode):
        return LINK
    if not is_wanted(PurePosixPath(path.name)):
        return NO_NOTEBOOK
    return path if about.st_size <= MAX_FILE_BYTES else LARGE


def _name(folder: Path, path: Path) -> PurePosixPath:
    """Return a path as seen from ``folder``; bytes that are no UTF-8 show as question marks in a diamond."""
    name = path.relative_to(folder).as_posix()
    return PurePosixPath(name.encode(errors="surrogateescape").decode(errors="replace"))


def _is_below(path: PurePosixPath, folder: PurePosixPath) -> bool:
    return path != folder and path.is_relative_to(folder)
