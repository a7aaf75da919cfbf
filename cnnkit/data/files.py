"""Where data lie: in an installed package, or in a file of the reader's own. Nothing is ever downloaded."""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from os import PathLike
from pathlib import Path

from cnnkit.errors import UsageError

AnyPath = str | PathLike[str]


def packaged(function: str, package: str, file: str, install: str) -> Path:
    """Return the path of a file that a package brings along; the package itself is not imported.

    Parameters
    ----------
    function : who asks, for messages
    package : name under which the package is imported
    file : path inside the package
    install : name under which pip installs it

    Raises
    ------
    UsageError
        if the package is not installed, or has no such file.

    >>> packaged("ecg", "pywt", "data/ecg.npz", install="PyWavelets").name
    'ecg.npz'
    """
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise UsageError(
            f"{function}: this data comes with {install}, which is not installed. "
            f"Install it: pip install {install}"
        )
    for folder in spec.submodule_search_locations or ():
        if (path := Path(folder, file)).is_file():
            return path
    raise UsageError(
        f"{function}: the {install} that is installed has no file {file}. "
        f"Get a complete one: pip install --upgrade --force-reinstall {install}"
    )


def contents(function: str, path: AnyPath) -> bytes:
    """Return the bytes of a file, unpacked if they are packed with gzip.

    Raises
    ------
    UsageError
        if there is no such file, or it cannot be read or unpacked.

    >>> contents("ecg", packaged("ecg", "pywt", "data/ecg.npz", install="PyWavelets"))[:2]
    b'PK'
    """
    try:
        raw = Path(path).read_bytes()
    except (OSError, TypeError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise UsageError(
            f"{function}: cannot read {path!s}: {reason}. Give the path of the file on your disk."
        ) from None
    try:
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (EOFError, OSError, zlib.error) as error:
        raise damaged(function, path, str(error)) from None


def damaged(function: str, path: AnyPath, reason: str) -> UsageError:
    """Return the error for a file that is there but is not what it should be; ``reason`` says how.

    >>> str(damaged("cifar10", "cifar.tar.gz", "it has no test_batch"))
    'cifar10: cifar.tar.gz is damaged or another file: it has no test_batch. Get a new copy of it.'
    """
    return UsageError(
        f"{function}: {path!s} is damaged or another file: {reason.rstrip('.')}. Get a new copy of it."
    )
