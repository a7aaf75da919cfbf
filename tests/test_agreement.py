"""nbgrader as it comes and ``cnnkit grade`` give honest work the same score, cell by cell.

Each submission is a notebook in which every exercise has an answer of one sort: the right one, an unusual
right one, its first named mistake, its second. In CI these are five a chapter; ``CNNKIT_ALL_MISTAKES=1 pytest
-n0 tests/test_agreement.py`` tries every named mistake and every unusual answer there is.
nbgrader's known defects play no part: our checks keep what students print and warn of out of its cells.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from cnnkit.classroom.grading.bundle import Bundle, Limits
from cnnkit.classroom.grading.result import Result
from cnnkit.classroom.nbgrader_adapter import source_with_tests
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from cnnkit.classroom.notebooks.canonical import Notebook, read
from cnnkit.classroom.notebooks.text import role_of
from tests.attacks.grading import grade, sandbox
from tests.course.workbench import ROOT, Workbench

ALL_MISTAKES = bool(os.environ.get("CNNKIT_ALL_MISTAKES"))
PROCESSES = 2
SOURCE = ROOT / "solutions"
UNITS = sorted(folder.name for folder in (ROOT / "course").iterdir() if folder.is_dir())
NOISE = """\
import sys, warnings
print("printed"); print("on stderr", file=sys.stderr); warnings.warn("a warning", stacklevel=1)
"""
# Run in a process of its own: nbgrader changes the current folder, and its kernels warn.
STOCK = """\
import json, sys
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

folder, units = sys.argv[1], sys.argv[2:]
config = Config()
config.CourseDirectory.root = folder
config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
api, scores = NbGraderAPI(config=config), {}
for unit in units:
    assert api.generate_assignment(unit)["success"], unit
    for student in sorted(api.get_submitted_students(unit)):
        assert api.autograde(unit, student)["success"], (unit, student)
    with Gradebook(config.CourseDirectory.db_url) as gradebook:
        for submission in gradebook.assignment_submissions(unit):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            by_machine = [grade for grade in grades if grade.name.endswith(("-check", "-hidden"))]
            scores[f"{unit}/{submission.student.id}"] = {grade.name: grade.auto_score for grade in by_machine}
print(json.dumps(scores))
"""
workbench = cache(Workbench)


def answers(unit: str) -> dict[str, dict[str, str]]:
    """Return the honest submissions of a chapter: by name, the answers by exercise; the rest stay stubs."""
    bench = workbench(unit)
    right = {exercise: bench.solution(exercise) for exercise in bench.table}
    mistakes = {exercise: list(bench.mistakes(exercise).values()) for exercise in right}
    unusual: dict[str, list[str]] = {exercise: [] for exercise in right}
    for exercise, code in bench.unusual():
        unusual[exercise].append(code)
    found = {"right": right, "half": dict(list(right.items())[::2])}
    found |= {f"unusual-{n}": right | chosen for n, chosen in _columns(unusual, 1).items()}
    return found | {f"mistakes-{n}": right | chosen for n, chosen in _columns(mistakes, 2).items()}


def _columns(lists: Mapping[str, list[str]], few: int) -> dict[int, dict[str, str]]:
    """Return what stands at each place of the lists, up to ``few`` places."""
    longest = max(map(len, lists.values()))
    places = range(longest if ALL_MISTAKES else min(few, longest))
    return {
        place: {name: items[place] for name, items in lists.items() if place < len(items)} for place in places
    }


def handed_in(unit: str, chosen: Mapping[str, str], noisy: bool) -> str:
    """Return a notebook with these answers; the student has deleted all cells that only show something."""
    notebook: Notebook = copy.deepcopy(read(ROOT / "course" / unit / f"{unit}.ipynb"))
    notebook.cells = [cell for cell in notebook.cells if role_of(cell)]
    for cell in notebook.cells:
        cell.source = chosen.get(cell.id, cell.source)
        if noisy and cell.id in chosen:
            cell.source += f"\n\n{NOISE}"
    return json.dumps(notebook)


SUBMISSIONS = {
    f"{unit}/{name}": handed_in(unit, chosen, noisy=name == "half")
    for unit in UNITS
    for name, chosen in answers(unit).items()
}


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """Return the scores that nbgrader itself gives, with its own settings, two processes side by side."""
    running = []
    for number in range(PROCESSES):
        folder, units = tmp_path_factory.mktemp("stock"), UNITS[number::PROCESSES]
        for unit in units:
            _copy(SOURCE / unit / f"{unit}.ipynb", folder / "source" / unit)
        for name, text in SUBMISSIONS.items():
            unit, _, student = name.partition("/")
            if unit in units:
                place = folder / "submitted" / student / unit
                place.mkdir(parents=True)
                (place / f"{unit}.ipynb").write_text(text, encoding="utf-8")
        command = [sys.executable, "-c", STOCK, str(folder), *units]
        with surroundings(), (folder / "errors").open("w") as errors:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder)
        running.append((process, folder))
    scores: dict[str, dict[str, float]] = {}
    for process, folder in running:
        said, _ = process.communicate()
        assert process.returncode == 0, (folder / "errors").read_text()[-3000:]
        scores |= json.loads(said.splitlines()[-1])
    return scores


@pytest.fixture(scope="module")
def ours() -> dict[str, Result]:
    # Some mistakes never end: a short limit a call, for both graders, keeps this quick.
    masters = {unit: source_with_tests(SOURCE / unit / f"{unit}.ipynb") for unit in UNITS}
    kind, bundles = sandbox(), []
    for name, text in SUBMISSIONS.items():
        unit, _, student = name.partition("/")
        bundles.append(Bundle(student, unit, text, masters[unit], Limits(call_seconds=4), kind))
    return dict(zip(SUBMISSIONS, grade(bundles), strict=True))


def _copy(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / path.name).write_bytes(path.read_bytes())


def test_there_are_enough_submissions_of_every_sort() -> None:
    assert len(SUBMISSIONS) >= 60
    assert {name.partition("/")[0] for name in SUBMISSIONS} == set(UNITS)


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_both_give_the_same_score_cell_by_cell(
    name: str, stock: dict[str, dict[str, float]], ours: dict[str, Result]
) -> None:
    result = ours[name]
    assert result.outcome == "graded", result.reason
    assert {check.cell: check.earned for check in result.checks} == stock[name]


def test_the_scores_are_neither_all_full_nor_all_nought(ours: dict[str, Result]) -> None:
    bounds = {"right": (1, 1), "unusual-0": (1, 1), "half": (0.1, 0.9), "mistakes-0": (0, 0.3)}
    for sort, (least, most) in bounds.items():
        found = [result for name, result in ours.items() if name.endswith(f"/{sort}") and result.max_score]
        shares = [result.score / result.max_score for result in found]
        assert shares and all(least <= share <= most for share in shares), (sort, shares)
