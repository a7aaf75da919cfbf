"""Grade a class: what is missing, on all cores or a cluster, into the gradebook by one writer.

A run may be stopped at any moment. Each result is on disk as soon as it is there, and the gradebook takes a
submission whole or not at all, so the next run goes on where this one ended.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from cnnkit.classroom import nbgrader_adapter as nbgrader
from cnnkit.classroom.exercises.texts import language
from cnnkit.classroom.grading.bundle import Bundle, Limits, version_of_checks
from cnnkit.classroom.grading.crew.cluster import Cluster
from cnnkit.classroom.grading.crew.pool import Pool
from cnnkit.classroom.grading.crew.store import Journal, Store, write_whole
from cnnkit.classroom.grading.crew.worker import GRADER
from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.intake.prepare import absolute, filled, keep_copy
from cnnkit.classroom.grading.intake.submissions import Submission
from cnnkit.classroom.grading.result import FAILED, Result
from cnnkit.classroom.nbgrader_adapter.gradebook import has_submission
from cnnkit.errors import UsageError

Report = Callable[[int, Graded], None]
Apply = Callable[[Result], nbgrader.Scores]


@dataclass(frozen=True)
class Desk:
    """Where a class is graded, and how.

    ``course`` is the folder of grades, ``jobs`` the number of worker processes, ``scheduler`` the address of
    a Dask cluster that is used instead of them; with ``force`` what was graded before is graded anew.
    """

    course: Path
    db_url: str
    limits: Limits = field(default_factory=Limits)
    sandbox: str = "bwrap"
    jobs: int = 1
    scheduler: str = ""
    force: bool = False
    salt: str = field(default_factory=lambda: os.environ.get("CNNKIT_SALT", ""))
    language: str = field(default_factory=language)
    grader: str = GRADER


def grade(
    submissions: Sequence[Submission], masters: Mapping[str, Path], desk: Desk, report: Report
) -> list[Graded]:
    """Grade ``submissions`` and call ``report(n, graded)`` after each; return all, without their notebooks.

    What was graded before is not graded again; the gradebook is only made to show it.
    """
    chapters = sorted({submission.chapter for submission in submissions})
    with ExitStack() as stack:
        store = stack.enter_context(Store(desk.course / "results"))
        journal = stack.enter_context(Journal(desk.course / "journal.jsonl"))
        crew = _crew(desk, len(submissions))
        stack.callback(crew.close)
        texts = {chapter: _with_tests(masters[chapter], desk.course) for chapter in chapters}
        run = _Run([absolute(submission) for submission in submissions], texts, desk, store, journal)
        results = run.results(crew)  # the crew is at work from here on
        for chapter in chapters:
            _register(masters[chapter], desk)
        apply = stack.enter_context(nbgrader.writer(desk.course, desk.db_url))
        graded = []
        for number, result in enumerate(results, start=1):
            graded.append(run.settle(result, apply))
            report(number, graded[-1])
        return graded


def only(students: Sequence[str], submissions: Sequence[Submission]) -> list[Submission]:
    """Return the submissions of the students who are named; all of them for no names.

    >>> [found.student for found in only(["bo"], [Submission("ann", "02"), Submission("bo", "02")])]
    ['bo']
    """
    unknown = sorted(set(students) - {submission.student for submission in submissions})
    if unknown:
        raise UsageError(f"--only {unknown[0]}: no such student here. Names must match the folders exactly.")
    return [submission for submission in submissions if not students or submission.student in students]


@dataclass
class _Run:
    submissions: Sequence[Submission]
    masters: Mapping[str, str]
    desk: Desk
    store: Store
    journal: Journal

    def __post_init__(self) -> None:
        self._by_name = {(found.student, found.chapter): found for found in self.submissions}

    def results(self, crew: Pool | Cluster) -> Iterator[Result]:
        """Return a result for each submission: those that are kept already while the crew is at work."""
        kept, missing = [], []
        for submission in self.submissions:
            bundle = self._bundle(submission)
            if self.desk.force or not self.store.get(bundle.fingerprint):
                missing.append(submission)
            else:
                kept.append(bundle.fingerprint)
        fresh = crew.grade(self._queue(missing), lambda bundle: self.journal.write("started", bundle))
        return chain(filter(None, map(self.store.get, kept)), map(self._finished, fresh))

    def settle(self, result: Result, apply: Apply) -> Graded:
        """Bring a result into the gradebook, and its page into the student's folder."""
        course, student, chapter = self.desk.course, result.student, result.chapter
        submission, begun = self._by_name[student, chapter], time.monotonic()
        if not submission.tried and not has_submission(self.desk.db_url, student, chapter):
            return Graded(
                result, _nothing(result)
            )  # the gradebook does not tell of absence, and no page does
        keep_copy(submission, course)
        try:
            scores = apply(result)
        except nbgrader.StepFailed as error:
            reason = f"nbgrader gave up: {error}"
            result = replace(result, outcome=FAILED, reason=reason, checks=(), cells=())
            scores = apply(result)
        applied = time.monotonic()
        nbgrader.feedback_page(course, student, chapter, scores)
        seconds = {"apply_seconds": applied - begun, "page_seconds": time.monotonic() - applied}
        self.journal.write("applied", result, outcome=result.outcome, **seconds)
        return Graded(replace(result, cells=()), scores)

    def _queue(self, submissions: Sequence[Submission]) -> Iterator[Bundle]:
        for submission in submissions:
            bundle = self._bundle(submission)
            self.journal.write("queued", bundle)
            yield bundle

    def _finished(self, result: Result) -> Result:
        self.store.put(result)
        self.journal.write("finished", result, outcome=result.outcome)
        return result

    def _bundle(self, submission: Submission) -> Bundle:
        desk, master = self.desk, self.masters[submission.chapter]
        blank = Bundle("", "", "", master, desk.limits, desk.sandbox, desk.salt, desk.language)
        blank = replace(blank, checks=version_of_checks())
        return filled(blank, submission)


def _nothing(result: Result) -> nbgrader.Scores:
    return nbgrader.Scores(
        0.0, result.max_score, 0.0, {check.cell: (0.0, check.points) for check in result.checks}
    )


def _crew(desk: Desk, submissions: int) -> Pool | Cluster:
    if desk.scheduler:
        return Cluster(desk.scheduler, desk.grader)
    return Pool(min(desk.jobs, submissions), desk.sandbox, desk.grader, desk.course / "workers.log")


def _with_tests(master: Path, course: Path) -> str:
    """Return a master without solutions, and leave a copy of it for nbgrader."""
    path = course / "source_with_tests" / master.stem / master.name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        text = nbgrader.source_with_tests(master)
    except nbgrader.StepFailed as error:
        raise UsageError(f"nbgrader refuses the master of {master.stem}: {error} Mend the master.") from None
    write_whole(path, text)
    return text


def _register(master: Path, desk: Desk) -> None:
    """Tell the gradebook about a chapter."""
    (desk.course / "solutions" / master.stem).mkdir(parents=True, exist_ok=True)  # so the formgrader lists it
    with tempfile.TemporaryDirectory() as work:
        try:
            nbgrader.build_release(master, Path(work).resolve(), desk.db_url)
        except nbgrader.StepFailed as error:
            older = "submissions associated" in str(error)
            remedy = "Grade into a new --out and --db." if older else "Mend the master."
            raise UsageError(f"nbgrader refuses the master of {master.stem}: {error} {remedy}") from None
