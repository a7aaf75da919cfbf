"""What grading one submission gives: plain data that travels as JSON and lies on disk as it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = 1

GRADED = "graded"
PARTLY = "partly_graded"
NO_ANSWERS = "no_answers"
TIMEOUT = "timeout"
OUT_OF_MEMORY = "out_of_memory"
CRASHED = "crashed"
INVALID = "invalid_notebook"
MISSING = "missing_notebook"
FAILED = "infrastructure_error"
OUTCOMES = (GRADED, PARTLY, NO_ANSWERS, TIMEOUT, OUT_OF_MEMORY, CRASHED, INVALID, MISSING, FAILED)

RIGHT, WRONG, NOT_TRIED = "right", "wrong", "not_tried"


@dataclass(frozen=True)
class Check:
    """One graded cell: ``outcome`` is right, wrong, not_tried, timeout, out_of_memory or crashed.

    ``message`` is what the student may read, also of a hidden check; ``mistake`` the name of a known mistake.
    """

    cell: str
    exercise: str
    visible: bool
    points: float
    earned: float
    outcome: str
    message: str = ""
    mistake: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Result:
    """How one submission came out, whatever it did; ``reason`` is a sentence that a teacher can send on.

    ``flags`` are sentences about what was put right before grading. ``cells`` is the notebook as it was
    graded: cells in order as nbformat has them, with capped outputs; hidden tests stand in it.
    ``cell_seconds`` says how long each cell of the student's ran.
    """

    student: str
    chapter: str
    fingerprint: str
    outcome: str
    reason: str = ""
    flags: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    cells: tuple[dict[str, Any], ...] = ()
    cell_seconds: dict[str, float] = field(default_factory=dict)
    isolation: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0
    grader: str = ""
    schema: int = SCHEMA

    @property
    def score(self) -> float:
        """Return the points that the checks gave."""
        return sum(check.earned for check in self.checks)

    @property
    def max_score(self) -> float:
        """Return the points that the checks could give."""
        return sum(check.points for check in self.checks)

    def to_json(self) -> str:
        """Return the result as JSON text.

        >>> check = Check("a-check", "a", True, 2, 2, RIGHT)
        >>> result = Result("ada", "02_convolution", "f1", GRADED, checks=(check,))
        >>> Result.from_json(result.to_json()) == result
        True
        """
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Result:
        """Read a result; text of another schema is a `ValueError`."""
        plain = json.loads(text)
        if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
            raise ValueError(f"this is no grading result of schema {SCHEMA}.")
        checks = tuple(Check(**check) for check in plain.pop("checks"))
        flags, cells = tuple(plain.pop("flags")), tuple(plain.pop("cells"))
        return Result(**plain, checks=checks, flags=flags, cells=cells)
