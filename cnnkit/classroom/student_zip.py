"""The student distribution: one zip with the lessons and cnnkit itself, and nothing of ``solutions/``."""

from __future__ import annotations

import zipfile
from pathlib import Path

from cnnkit.errors import UsageError

FOLDER = "cnnkit-course"
ALONGSIDE = ("LICENSE", "LICENSE-course", "environment.yml", "pyproject.toml")
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")
LONG_AGO = (1980, 1, 1, 0, 0, 0)

README = """\
# The cnnkit course

Convolutional networks from the inside: lessons whose exercises check themselves. You need Python 3.11 or
newer. Unpack this archive, open a terminal in its folder, and run

    python3 -m venv .venv && .venv/bin/pip install -q -e '.[course]' && .venv/bin/cnnkit lab

The first run fetches JupyterLab, so it takes a minute or two and needs the network. It copies the lessons
into the folder `cnnkit-course`, never over your work, and opens the first one in your browser. Later,
`.venv/bin/cnnkit lab` alone brings you back.

Write your answers where a cell says YOUR CODE HERE, and run the check below it. `.venv/bin/cnnkit progress`
shows your points, and `.venv/bin/cnnkit check NOTEBOOK` says what a grader would see. Hand in the notebook
under its own name.
"""


def write_zip(target: Path, root: Path, course: Path) -> None:
    """Pack the release notebooks of ``course`` with cnnkit itself, from the checkout ``root``.

    The bytes depend on the files alone: fixed dates, sorted names, and no compression, as that differs
    between machines.
    """
    files = contents(root, course)
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for name, content in sorted(files.items()):
                archive.writestr(_entry(name), content)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}. Give another --zip FILE.") from None
    print(f"packed: {target} ({len(files)} files)")


def contents(root: Path, course: Path) -> dict[str, bytes]:
    """Return the files of the distribution, by their name inside the folder it unpacks to.

    Raises
    ------
    UsageError
        if ``root`` is no checkout of cnnkit.
    """
    paths = {name: root / name for name in ALONGSIDE}
    paths |= {f"course/{path.parent.name}/{path.name}": path for path in course.glob("*/*.ipynb")}
    paths |= {
        path.relative_to(root).as_posix(): path for path in (root / "cnnkit").rglob("*") if _is_ours(path)
    }
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        raise UsageError(
            f"--zip needs the whole repository around solutions/, but {root} has no {', '.join(missing)}."
        )
    return {"README.md": README.encode()} | {name: path.read_bytes() for name, path in paths.items()}


def _is_ours(path: Path) -> bool:
    return path.is_file() and not any(part in LEFT_OUT or part.startswith(".") for part in path.parts[-4:])


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{FOLDER}/{name}", LONG_AGO)
    entry.create_system = 3  # Unix, whatever the machine
    entry.external_attr = 0o644 << 16
    return entry
