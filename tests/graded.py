"""A small class of graded submissions for tests of the reports; some of it as hostile students write."""

from __future__ import annotations

from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.result import (
    GRADED,
    INVALID,
    MISSING,
    NOT_TRIED,
    PARTLY,
    RIGHT,
    TIMEOUT,
    WRONG,
    Check,
    Result,
)
from cnnkit.classroom.nbgrader_adapter.gradebook import Scores

CHAPTER = "02_convolution"
SCRIPT = "<script>alert(1)</script>"
ODD = f"Zoë O'Brien, {SCRIPT}"
NASTY = f'\x1b[31m"{SCRIPT}"\x00\x1b]0;x\x07\u202e\ud800'


def check(name: str, outcome: str, mistake: str = "", message: str = "", visible: bool = True) -> Check:
    """Return the check of an exercise: 2 points where it is visible, 3 where it is hidden."""
    cell, points = (f"{name}-check", 2.0) if visible else (f"{name}-hidden", 3.0)
    earned = points if outcome == RIGHT else 0.0
    return Check(cell, name, visible, points, earned, outcome, message, mistake, seconds=0.5)


def work(
    student: str,
    *checks: Check,
    outcome: str = GRADED,
    chapter: str = CHAPTER,
    penalty: float = 0.0,
    **more: object,
) -> Graded:
    """Return a submission as it comes out of the gradebook."""
    result = Result(student, chapter, f"print of {student}", outcome, checks=checks, **more)  # type: ignore[arg-type]
    cells = {check.cell: (check.earned, check.points) for check in checks}
    return Graded(result, Scores(result.score - penalty, 7.0, penalty, cells))


FLIPPED = check("slide", WRONG, "flipped", "Not yet: slide.\nYou flipped the kernel.")
FLIPPED_TOO = check("slide", WRONG, "flipped", "Not right on the hidden cases: slide.", visible=False)
UNKNOWN = check("pad", WRONG, "", NASTY)
FLAG = f"The file is called {SCRIPT}."
HIDDEN = check("slide", RIGHT, visible=False)
RIGHT_WORK = (check("slide", RIGHT), HIDDEN, check("pad", RIGHT))
CLASS = (
    work("ann", *RIGHT_WORK, cell_seconds={"figure": 4.0}, isolation="bwrap"),
    work("bob", FLIPPED, FLIPPED_TOO, check("pad", RIGHT), cell_seconds={"figure": 2.0}, isolation="bwrap"),
    work("cem", FLIPPED, HIDDEN, check("pad", NOT_TRIED), penalty=1.0, flags=(FLAG,)),
    work("dan", check("slide", TIMEOUT), HIDDEN, UNKNOWN, outcome=PARTLY, reason="slide ran too long"),
    work("eva", FLIPPED, HIDDEN, check("pad", RIGHT)),
    work("fay", outcome=MISSING, reason="nothing was handed in."),
    work(ODD, outcome=INVALID, reason=f"{SCRIPT} is not a notebook."),
    work("ann", check("fold", RIGHT), chapter="03_shapes"),
)
