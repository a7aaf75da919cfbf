"""Tell which chapter a notebook belongs to by the cells in it, whatever its file is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from cnnkit.classroom.notebooks import canonical, examine

NAMES = re.compile(r'"(?:grade_id|id)"\s*:\s*"([^"]+)"')
ENOUGH = 0.5  # of a chapter's cells; lessons share the names of a few


class Recogniser:
    """Knows the cells of some chapters, given by the notebook of each, master or release."""

    def __init__(self, chapters: Mapping[str, Path]) -> None:
        self.chapters = chapters
        self._seen: dict[Path, str] = {}

    def chapter_of(self, notebook: Path | str) -> str:
        """Return the chapter that a notebook has most cells of, or "" if it has few of any.

        A `str` is the reason why there is no notebook. The text is searched, not parsed: a stranger wrote it.
        """
        if isinstance(notebook, str):
            return ""
        if notebook not in self._seen:
            self._seen[notebook] = self._recognise(notebook)
        return self._seen[notebook]

    @cached_property
    def _cells(self) -> dict[str, set[str]]:
        return {
            chapter: set(examine.known_cells(canonical.read(path))) for chapter, path in self.chapters.items()
        }

    def _recognise(self, notebook: Path) -> str:
        try:
            names = set(NAMES.findall(notebook.read_text(encoding="utf-8", errors="replace")))
        except OSError:
            return ""
        shares = {name: len(cells & names) / len(cells) for name, cells in self._cells.items() if cells}
        best = max(shares, key=shares.__getitem__, default="")
        return best if best and shares[best] >= ENOUGH else ""
