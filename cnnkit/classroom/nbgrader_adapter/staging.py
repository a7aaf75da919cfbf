"""What was handed in, put where nbgrader looks for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from nbgrader.utils import parse_utc


def put_in(course: Path, student: str, chapter: str, notebook: str, time: str = "") -> None:
    """Put a submission's text, and the time when it was handed in, into ``collected``, alone."""
    folder = course / "collected" / student / chapter
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / f"{chapter}.ipynb").write_text(notebook, encoding="utf-8", errors="surrogatepass")
    if time:
        (folder / "timestamp.txt").write_text(time, encoding="utf-8")


def is_time(text: str) -> bool:
    """Tell whether nbgrader can read ``text`` as the time of a submission.

    >>> is_time("2026-01-12 17:30:00 UTC"), is_time("yesterday, honestly")
    (True, False)
    """
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        return False
    return bool(text)
