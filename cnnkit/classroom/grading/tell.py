"""What ``cnnkit grade`` prints: one line a submission while it works, and at the end where everything is."""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from cnnkit.classroom.grading.graded import Graded, points
from cnnkit.classroom.grading.intake.submissions import Submission
from cnnkit.classroom.grading.result import Result

RECENT = 30  # submissions from whose pace the time left is told
SECONDS_APART = 15  # in a log: lines that tell the time left
CLEAR_LINE = "\r\x1b[K"


def teller(
    submissions: Sequence[Submission],
    screen: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[int, Graded], None]:
    """Return a function that prints one line a submission, its columns as wide as this class needs.

    Below them a terminal shows how far grading is and the time left; in a log they are a line now and then.
    """
    total = len(submissions)
    digits, wide = len(str(total)), max(len(submission.student) for submission in submissions)
    progress = Progress(total, screen or sys.stdout, clock)

    def tell(number: int, graded: Graded) -> None:
        result, scores = graded.result, graded.scores
        score = f"{points(scores.score)}/{points(scores.max_score)}"
        remarks = "; ".join(filter(None, [result.reason, *result.flags]))
        what = ": ".join(filter(None, [result.outcome, _lost(result), remarks]))
        line = f"[{number:>{digits}}/{total}] {result.student:<{wide}}  {result.chapter}  {score:>7}  {what}"
        progress.show(number, "".join(c if c.isprintable() else "?" for c in line))

    return tell


class Progress:
    """The lines of a long piece of work, and below them how far it is.

    >>> ticks = iter([0, 1, 1.5, 20])
    >>> progress = Progress(40, sys.stdout, lambda: next(ticks))
    >>> for number in (1, 2, 3):
    ...     progress.show(number, f"submission {number}")
    submission 1
    submission 2
    submission 3
    [ 3/40] about 4:07 left
    """

    def __init__(self, total: int, screen: TextIO, clock: Callable[[], float]) -> None:
        self._total, self._screen, self._clock = total, screen, clock
        self._ticks = deque([clock()], maxlen=RECENT + 1)
        self._told = self._ticks[0]

    def show(self, number: int, line: str) -> None:
        """Print a line, and the time left after ``number`` pieces."""
        self._ticks.append(self._clock())
        left = self._left(number) if number < self._total else ""
        if self._screen.isatty():
            print(f"{CLEAR_LINE}{line}\n{left}", end="", file=self._screen, flush=True)
            return
        print(line, file=self._screen, flush=True)
        if left and self._ticks[-1] - self._told >= SECONDS_APART:
            print(left, file=self._screen, flush=True)
            self._told = self._ticks[-1]

    def _left(self, number: int) -> str:
        pace = (self._ticks[-1] - self._ticks[0]) / (len(self._ticks) - 1)
        digits = len(str(self._total))
        return f"[{number:>{digits}}/{self._total}] about {_clock_time((self._total - number) * pace)} left"


def conclude(graded: Sequence[Graded], out: Path, address: str) -> None:
    """Print how many came out how, and where everything is."""
    outcomes = Counter(one.result.outcome for one in graded).most_common()
    what = "submission" if len(graded) == 1 else "submissions"
    print(f"\n{len(graded)} {what}: {', '.join(f'{count} {outcome}' for outcome, count in outcomes)}.")
    print(f"report     {out / 'report.html'}")
    print(f"gradebook  {address}")
    print(f"feedback   {out / 'feedback'}/STUDENT/CHAPTER/CHAPTER.html")
    print(f"grades     {out / 'grades.csv'}, cell by cell in {out / 'points.csv'}; canvas.csv, moodle.csv")
    print(f"log        {out / 'nbgrader.log'}, {out / 'workers.log'}")


def _clock_time(seconds: float) -> str:
    """Write a time as hours, minutes and seconds.

    >>> _clock_time(20), _clock_time(3725)
    ('0:20', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _lost(result: Result) -> str:
    """Name the exercises that lost points, when only some did."""
    lost = [check.exercise for check in result.checks if check.earned < check.points]
    names = ", ".join(dict.fromkeys(lost))
    return f"points lost in {names}" if 0 < len(lost) < len(result.checks) else ""
