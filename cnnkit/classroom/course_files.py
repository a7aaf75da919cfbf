"""Where the course's release notebooks are, and which of them a name means.

In a checkout they stand in ``course/`` beside ``pyproject.toml``; an installed cnnkit carries its own copy.
"""

from __future__ import annotations

from pathlib import Path

from cnnkit.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1]


def course_folder(package: Path = PACKAGE) -> Path:
    """Return the folder that holds the release notebooks.

    Raises
    ------
    UsageError
        if this installation has none.
    """
    checkout = package.parent
    candidates = [checkout / "course"] if (checkout / "pyproject.toml").is_file() else []
    for folder in [*candidates, package / "course"]:
        if folder.is_dir():
            return folder
    raise UsageError(
        "this installation has no lessons. Install cnnkit again, from its repository or its wheel."
    )


def lessons(course: Path | None = None) -> dict[str, Path]:
    """Return the notebook of each unit, in the order in which they are taught.

    >>> next(iter(lessons()))
    '00_start'
    """
    folder = course or course_folder()
    found = {path.stem: path for path in sorted(folder.glob("*/*.ipynb")) if path.stem == path.parent.name}
    if not found:
        raise UsageError(f"{folder} holds no lesson. Build the lessons with: cnnkit release")
    return found
