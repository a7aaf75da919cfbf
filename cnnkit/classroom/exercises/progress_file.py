"""Where a student's progress is kept: ``.cnnkit/progress.json`` in the folder that `cnnkit lab` made.

It is only ever written there: not in a checkout, not while a notebook is graded or examined.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

MARKER = ".cnnkit"
WATCHED = ("NBGRADER_EXECUTION", "CNNKIT_NO_PROGRESS")


def course_folder(start: Path) -> Path | None:
    """Return the nearest folder from ``start`` upwards that `cnnkit lab` made, or None."""
    return next((folder for folder in (start, *start.parents) if (folder / MARKER).is_dir()), None)


def read(folder: Path) -> dict[str, dict[str, bool]]:
    """Return {chapter: {exercise: did its check pass the last time}}; a damaged file counts as empty."""
    try:
        kept = json.loads((folder / MARKER / "progress.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def remember(chapter: str, exercise: str, passed: bool) -> None:
    """Keep the result of a visible check; do nothing where no progress is kept."""
    folder = course_folder(Path.cwd())
    if folder is None or any(os.environ.get(name) for name in WATCHED):
        return
    kept = read(folder)
    kept.setdefault(chapter, {})[exercise] = passed
    temporary = folder / MARKER / f"progress.{os.getpid()}.tmp"
    try:
        temporary.write_text(json.dumps(kept, indent=1, sort_keys=True), "utf-8")
        temporary.replace(folder / MARKER / "progress.json")
    except OSError:  # a full or read-only disk must not stop a check
        return
