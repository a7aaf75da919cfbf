"""What a teacher wants to know of a class's work on one chapter: pure, from graded submissions to numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from cnnkit.classroom.grading.graded import Graded, in_order
from cnnkit.classroom.grading.result import NOT_TRIED, OUTCOMES, RIGHT, WRONG, Check

STOPPED = "stopped"
BARS = 10
SLOWEST = 5
LOW = 2 / 3  # an exercise that fewer have right is worth another look
SHARED = 0.2  # and so is a mistake that more than this part of the class made


@dataclass(frozen=True)
class Mistake:
    """A mistake of several students; ``name`` is "" where it is none that the course knows."""

    name: str
    message: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """How the class did in one exercise; each student counts once, by the worst of its checks."""

    name: str
    points: float
    right: int
    wrong: int
    not_tried: int
    stopped: int
    mean: float
    mistakes: tuple[Mistake, ...]

    @property
    def students(self) -> int:
        """Return how many students' work was checked."""
        return self.right + self.wrong + self.not_tried + self.stopped

    @property
    def pass_rate(self) -> float:
        """Return the part of the students who have it all right."""
        return self.right / self.students


@dataclass(frozen=True)
class SlowCell:
    """A cell that took long: seconds in the middle of the class, and at most."""

    cell: str
    median: float
    longest: float
    student: str


@dataclass(frozen=True)
class ClassView:
    """One chapter's submissions, and what they have in common."""

    chapter: str
    submissions: tuple[Graded, ...]
    outcomes: dict[str, int]
    exercises: tuple[Exercise, ...]
    slowest: tuple[SlowCell, ...]

    @property
    def scores(self) -> list[float]:
        """Return the scores of those whose work could be graded."""
        return [one.scores.score for one in self.submissions if one.has_grade]

    @property
    def max_score(self) -> float:
        """Return the points of the chapter."""
        return max(one.scores.max_score for one in self.submissions)

    @property
    def mean(self) -> float | None:
        """Return the mean score, or None if nobody has one."""
        return mean(self.scores) if self.scores else None

    @property
    def median(self) -> float | None:
        """Return the median score, or None if nobody has one."""
        return median(self.scores) if self.scores else None

    @property
    def histogram(self) -> list[int]:
        """Return how many scores lie in each tenth of the points; the last tenth includes all points."""
        tenths = [int(BARS * score / self.max_score) if self.max_score else 0 for score in self.scores]
        counts = Counter(min(max(tenth, 0), BARS - 1) for tenth in tenths)
        return [counts[tenth] for tenth in range(BARS)]

    @property
    def reteach(self) -> list[Exercise]:
        """Return the exercises worth another look in class, the worst first."""
        worth = [exercise for exercise in self.exercises if is_worth_a_look(exercise)]
        return sorted(worth, key=lambda exercise: exercise.pass_rate)


def is_worth_a_look(exercise: Exercise) -> bool:
    """Tell whether few have an exercise right, or many made one and the same mistake."""
    commonest = max((len(mistake.students) for mistake in exercise.mistakes if mistake.name), default=0)
    return exercise.pass_rate < LOW or commonest > max(2, SHARED * exercise.students)


def class_views(graded: Iterable[Graded]) -> list[ClassView]:
    """Return a view of each chapter."""
    chapters: dict[str, list[Graded]] = {}
    for one in in_order(graded):
        chapters.setdefault(one.result.chapter, []).append(one)
    return [_view(chapter, of_it) for chapter, of_it in sorted(chapters.items())]


def _view(chapter: str, graded: Sequence[Graded]) -> ClassView:
    counts = Counter(one.result.outcome for one in graded)
    outcomes = {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}
    judged = [one for one in graded if one.has_grade]
    names = dict.fromkeys(check.exercise for one in judged for check in one.result.checks)
    exercises = tuple(_exercise(name, judged) for name in names)
    return ClassView(chapter, tuple(graded), outcomes, exercises, tuple(_slowest(graded)))


def _exercise(name: str, graded: Sequence[Graded]) -> Exercise:
    checks = {
        one.result.student: mine
        for one in graded
        if (mine := [check for check in one.result.checks if check.exercise == name])
    }
    how = Counter(map(_worst, checks.values()))
    most = max(sum(check.points for check in mine) for mine in checks.values())
    earned = mean(sum(check.earned for check in mine) for mine in checks.values())
    counts = (how[RIGHT], how[WRONG], how[NOT_TRIED], how[STOPPED])
    return Exercise(name, most, *counts, earned, tuple(_mistakes(checks)))


def _worst(checks: Sequence[Check]) -> str:
    outcomes = {check.outcome for check in checks}
    if outcomes - {RIGHT, WRONG, NOT_TRIED}:
        return STOPPED
    return next((outcome for outcome in (WRONG, NOT_TRIED) if outcome in outcomes), RIGHT)


def _mistakes(checks: dict[str, list[Check]]) -> list[Mistake]:
    """Return what went wrong, the commonest first, each with the message that most students got."""
    students: dict[str, dict[str, None]] = {}
    messages: dict[str, Counter[str]] = {}
    for student, mine in checks.items():
        for check in mine:
            if check.outcome == WRONG:
                students.setdefault(check.mistake, {})[student] = None
                messages.setdefault(check.mistake, Counter())[check.message] += 100 if check.visible else 1
    found = [Mistake(name, messages[name].most_common(1)[0][0], tuple(who)) for name, who in students.items()]
    return sorted(found, key=lambda mistake: (-len(mistake.students), not mistake.name, mistake.name))


def _slowest(graded: Sequence[Graded]) -> list[SlowCell]:
    times: dict[str, list[tuple[float, str]]] = {}
    for one in graded:
        checks = {check.cell: check.seconds for check in one.result.checks}
        for cell, seconds in {**checks, **one.result.cell_seconds}.items():
            times.setdefault(cell, []).append((seconds, one.result.student))
    slow = [SlowCell(cell, median(s for s, _ in all_), *max(all_)) for cell, all_ in times.items()]
    return sorted(slow, key=lambda cell: -cell.longest)[:SLOWEST]
