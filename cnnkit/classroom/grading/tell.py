"""What ``cnnkit grade`` prints: one line a submission while it works, and at the end where everything is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from cnnkit.classroom.grading.report import Result, points
from cnnkit.classroom.grading.submissions import Submission


def teller(submissions: Sequence[Submission]) -> Callable[[int, Result], None]:
    """Return a function that prints one line a submission, its columns as wide as this class needs."""
    total = len(submissions)
    digits, wide = len(str(total)), max(len(submission.student) for submission in submissions)

    def tell(number: int, result: Result) -> None:
        score = f"{points(result.score)}/{points(result.max_score)}"
        what = ": ".join(filter(None, [result.outcome, _lost(result), result.reason]))
        line = f"[{number:>{digits}}/{total}] {result.student:<{wide}}  {result.chapter}  {score:>7}  {what}"
        print("".join(c if c.isprintable() else "?" for c in line), flush=True)

    return tell


def conclude(results: list[Result], out: Path, address: str) -> None:
    """Print how many came out how, and where everything is."""
    outcomes = Counter(result.outcome for result in results).most_common()
    what = "submission" if len(results) == 1 else "submissions"
    print(f"\n{len(results)} {what}: {', '.join(f'{count} {outcome}' for outcome, count in outcomes)}.")
    print(f"gradebook  {address}")
    print(f"feedback   {out / 'feedback'}/STUDENT/CHAPTER/CHAPTER.html")
    print(f"grades     {out / 'grades.csv'}, cell by cell in {out / 'points.csv'}")
    print(f"log        {out / 'nbgrader.log'}")


def _lost(result: Result) -> str:
    """Name the exercises that lost points, when only some did."""
    lost = [cell.rpartition("-")[0] or cell for cell, (score, most) in result.cells.items() if score < most]
    return f"points lost in {', '.join(dict.fromkeys(lost))}" if 0 < len(lost) < len(result.cells) else ""
