"""The code blocks of a page of documentation, so that tests can run what a reader is told to run."""

from __future__ import annotations

import re
from pathlib import Path


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return (language, text) of each fenced block, in the order in which a reader meets them."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
