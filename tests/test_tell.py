"""What ``cnnkit grade`` prints while it works: a line a submission, and the time that is left."""

from __future__ import annotations

import io

import pytest

from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.intake.submissions import Submission
from cnnkit.classroom.grading.result import GRADED, RIGHT, WRONG, Check, Result
from cnnkit.classroom.grading.tell import CLEAR_LINE, Progress, teller
from cnnkit.classroom.nbgrader_adapter import Scores


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(screen: io.StringIO, ticks: list[float], total: int = 4) -> str:
    progress = Progress(total, screen, iter([0.0, *ticks]).__next__)
    for number in range(1, len(ticks) + 1):
        progress.show(number, f"line {number}")
    return screen.getvalue()


def test_in_a_log_the_time_left_is_told_now_and_then() -> None:
    said = shown(io.StringIO(), [10, 20, 30, 40])
    assert said == "line 1\nline 2\n[2/4] about 0:20 left\nline 3\nline 4\n"


def test_a_terminal_has_one_status_line_that_goes_away() -> None:
    assert shown(Terminal(), [10, 3610, 3620]).split(CLEAR_LINE) == [
        "",
        "line 1\n[1/4] about 0:30 left",
        "line 2\n[2/4] about 1:00:10 left",
        "line 3\n[3/4] about 20:07 left",
    ]
    assert shown(Terminal(), [1, 2], total=2).endswith(f"{CLEAR_LINE}line 2\n")


def test_only_the_recent_pace_counts() -> None:
    said = shown(Terminal(), [0.0] * 500 + [2.0 * n for n in range(1, 41)], total=550)
    assert said.endswith("[540/550] about 0:20 left")


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (Result("ann", "02_convolution", "f", GRADED), "[1/2] ann     02_convolution      4/4  graded"),
        (
            Result(
                "ann",
                "02_convolution",
                "f",
                GRADED,
                checks=(Check("a-check", "a", True, 2, 0, WRONG), Check("b-check", "b", True, 2, 2, RIGHT)),
            ),
            "[1/2] ann     02_convolution      4/4  graded: points lost in a",
        ),
        (
            Result("ann", "02_convolution", "f", GRADED, "\x1b[2J\nodd", ("copied.", "renamed.")),
            "[1/2] ann     02_convolution      4/4  graded: ?[2J?odd; copied.; renamed.",
        ),
    ],
)
def test_a_line_says_what_a_teacher_needs(result: Result, line: str) -> None:
    screen = io.StringIO()
    tell = teller([Submission("ann", "02_convolution"), Submission("robert", "02_convolution")], screen)
    tell(1, Graded(result, Scores(4.0, 4.0, 0.0, {})))
    assert screen.getvalue() == f"{line}\n"
