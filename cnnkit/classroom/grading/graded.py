"""A submission that was graded and entered: what grading found, and what the gradebook says of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnkit.classroom.grading.result import FAILED, INVALID, MISSING, Result

if TYPE_CHECKING:
    from cnnkit.classroom.nbgrader_adapter.gradebook import Scores

WITHOUT_GRADE = (INVALID, MISSING, FAILED)
ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Graded:
    """One submission in the reports; marks by hand and late penalties count in its scores alone."""

    result: Result
    scores: Scores

    @property
    def has_grade(self) -> bool:
        """Tell whether there was work that could be graded."""
        return self.result.outcome not in WITHOUT_GRADE


def in_order(graded: Iterable[Graded]) -> list[Graded]:
    """Return ``graded`` sorted by student and chapter."""
    return sorted(graded, key=lambda one: (one.result.student, one.result.chapter))


def points(number: float) -> str:
    """Write a number of points without needless zeros.

    >>> points(3.0), points(2.5), points(0.0)
    ('3', '2.5', '0')
    """
    return f"{number:.2f}".rstrip("0").rstrip(".")


def clean(text: str, longest: int = 10_000) -> str:
    """Return a student's text without what a terminal, a browser or an XML reader could take for more.

    >>> clean("\\x1b[31mred\\x1b[0m, \\x00, \\u202ebackwards")
    'red, \\ufffd, \\ufffdbackwards'
    """
    text = "".join(c if c in "\n\t" or _is_harmless(c) else "\ufffd" for c in ANSI.sub("", text))
    return text if len(text) <= longest else text[:longest] + " ..."


def _is_harmless(character: str) -> bool:
    joins_letters = character in "\u200c\u200d"
    return joins_letters or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
