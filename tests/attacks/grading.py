"""Grade a class as ``cnnkit grade`` does, with short limits, and keep all there is to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnnkit.classroom import nbgrader_adapter as nbgrader
from cnnkit.classroom.grading import run
from cnnkit.classroom.grading.bundle import Bundle, Limits
from cnnkit.classroom.grading.crew.pool import Pool
from cnnkit.classroom.grading.crew.store import Store
from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.intake.submissions import find
from cnnkit.classroom.grading.result import Result
from cnnkit.classroom.grading.sandbox.box import why_not
from tests.attacks.attack import UNIT
from tests.attacks.hall import Hall

JOBS = 4  # many attacks only wait for a limit
LIMITS = Limits(call_seconds=1.5, cell_seconds=3, notebook_seconds=30, memory_mb=1500, output_kb=64)


def sandbox() -> str:
    """Return the best isolation that works here."""
    return "limits" if why_not("bwrap") else "bwrap"


def grade(bundles: Sequence[Bundle]) -> list[Result]:
    """Return the result of each bundle, in their order."""
    with Pool(2, bundles[0].sandbox) as pool:
        found = {result.fingerprint: result for result in pool.grade(bundles)}
    return [found[bundle.fingerprint] for bundle in bundles]


class GradedHall:
    """What came of a class: by student the result, the scores in the gradebook, and the page."""

    def __init__(self, hall: Hall, kind: str) -> None:
        db_url, _ = nbgrader.open_gradebook(f"sqlite:///{hall.out / 'gradebook.db'}")
        masters = {path.name: path / f"{path.name}.ipynb" for path in sorted(hall.solutions.iterdir())}
        units = {attack.name: attack.unit for attack in hall.attacks.values()}
        found = find(hall.submitted, masters, hall.out)
        handed_in = [each for each in found if each.chapter == units.get(each.student, UNIT)]
        desk = run.Desk(hall.out, db_url, LIMITS, kind, JOBS)
        graded = run.grade(handed_in, masters, desk, lambda number, graded: None)
        self.scores = {each.result.student: each.scores for each in graded}
        with Store(hall.out / "results") as store:
            self.results = {each.result.student: _whole(each, store) for each in graded}
        self.pages = {result.student: _page(hall.out, result) for result in self.results.values()}


def _whole(graded: Graded, store: Store) -> Result:
    """Return a result with its notebook, which a run does not keep in memory."""
    return store.get(graded.result.fingerprint) or graded.result


def _page(out: Path, result: Result) -> str:
    page = out / "feedback" / result.student / result.chapter / f"{result.chapter}.html"
    return page.read_text("utf-8") if page.exists() else ""
