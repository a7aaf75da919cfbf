"""``cnnkit grade``: one class, graded once and then again, and everything that it leaves behind."""

from __future__ import annotations

import copy
import csv
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from cnnkit.classroom.nbgrader_adapter import build_release, scores_of
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from cnnkit.classroom.notebooks.canonical import read
from cnnkit.cli import main
from tests.chapters import RIGHT, SECRET, answer, hand_in, save, write_master

UNIT = "90_tiny"
ODD_NAME = "Zoë O'Brien, [x] + (y)"
TRIPLES = "def double(n):\n    return 3 * n\n"
LOOPS = "def negate(n):\n    while True:\n        pass\n"
DEAF = """\
import time
def negate(n):
    while True:
        try:
            time.sleep(99)
        except BaseException:
            pass
"""
DIES = "def double(n):\n    import os\n    return os._exit(1) if n == 1 else 2 * n\n"
WITHOUT_GRADE = {"nothing", "truncated"}

# student: (score, outcome, a part of the reason); 7 points are to be had
EXPECTED = {
    "copied": (7, "graded", "The answer cell `double` was there 2 times"),
    "deaf": (5, "partly_graded", "negate: it ran for more than 4 s and was stopped"),
    "deleted": (7, "graded", "`double-hidden` was missing and has been put back"),
    "dies": (4, "partly_graded", "double: it ended its own Python"),
    "empty": (0, "no_answers", "No exercise was answered"),
    "loops": (5, "graded", ""),
    "nobody": (0, "missing_notebook", "nothing was handed in"),
    "nosy": (7, "graded", ""),
    "nothing": (0, "missing_notebook", "the folder 90_tiny holds no notebook"),
    "perfect": (7, "graded", ""),
    "renamed": (7, "graded", "the file is called homework.ipynb"),
    "skips": (2, "graded", "was tagged so that it would not run"),
    "syntax": (2, "graded", ""),
    "triples": (2, "graded", ""),
    "truncated": (0, "invalid_notebook", "breaks off"),
    ODD_NAME: (7, "graded", ""),
}


def make_class(solutions: Path, submitted: Path) -> None:
    release = read(build_release(write_master(solutions), submitted.parent / "work"))
    place = f"{UNIT}/{UNIT}.ipynb"
    for student in ("perfect", ODD_NAME):
        hand_in(submitted / student / place, release)
    hand_in(submitted / "renamed" / UNIT / "homework.ipynb", release)
    hand_in(submitted / "triples" / place, release, double=TRIPLES)
    hand_in(submitted / "syntax" / place, release, double="def double(n) return 2 * n")
    hand_in(submitted / "dies" / place, release, double=DIES)
    hand_in(submitted / "loops" / place, release, negate=LOOPS)
    hand_in(submitted / "deaf" / place, release, negate=DEAF)
    save(submitted / "empty" / place, release)
    copied = hand_in(submitted / "copied" / place, release)
    copied.cells.insert(3, copy.deepcopy(copied.cells[2]))
    save(submitted / "copied" / place, copied)
    deleted = hand_in(submitted / "deleted" / place, release)
    del deleted.cells[3:5]
    save(submitted / "deleted" / place, deleted)
    skips = hand_in(submitted / "skips" / place, release, double=TRIPLES)
    for cell in skips.cells:
        cell.metadata["tags"] = ["skip-execution"]
    save(submitted / "skips" / place, skips)
    nosy = hand_in(submitted / "nosy" / place, release)
    nosy.cells += [
        nbformat.v4.new_code_cell(code, id=f"nosy-{len(code)}") for code in ("print(In)", "print(In[4])")
    ]
    save(submitted / "nosy" / place, nosy)
    hand_in(submitted / "truncated" / place, release)
    truncate(submitted / "truncated" / place)
    (submitted / "nothing" / UNIT).mkdir(parents=True)
    (submitted / "nobody").mkdir()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:900])


def snapshot(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Graded:
    """The folder of a class that was graded, with what the command said."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "graded"
        self.db_url = f"sqlite:///{self.out / 'gradebook.db'}"
        make_class(folder / "solutions", folder / "submitted")
        self.before = snapshot(folder / "submitted")

    def grade(self, submitted: str) -> int:
        solutions = str(self.folder / "solutions")
        where = [str(self.folder / submitted), "--out", str(self.out), "--solutions", solutions]
        return main(["grade", *where, "--timeout", "4"])


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/bin:/bin")  # nbgrader's helpers must be found without an activated venv
        run = Graded(tmp_path_factory.mktemp("class") / "a class (2026) [b]")
        with (run.folder / "said.txt").open("w") as said:
            patch.setattr("sys.stdout", said)
            run.code = run.grade("submitted")
        yield run


def test_every_submission_ends_in_one_outcome_and_costs_no_other_one_anything(graded: Graded) -> None:
    found = {row["student"]: row for row in rows(graded.out / "grades.csv")}
    assert list(found) == sorted(EXPECTED)
    for student, (score, outcome, reason) in EXPECTED.items():
        row = found[student]
        assert (row["score"], row["outcome"], row["max_score"]) == (str(score), outcome, "7"), student
        told = f"{row['reason']} {row['flags']}".strip()
        assert reason in told and bool(reason) == bool(told), student


def test_the_gradebook_holds_the_same(graded: Graded) -> None:
    for student, (score, _, _) in EXPECTED.items():
        if student != "nobody":
            assert scores_of(graded.db_url, student, UNIT).score == score, student
    with surroundings(), Gradebook(graded.db_url) as gradebook:
        ungraded = {
            submission.student.id
            for submission in gradebook.assignment_submissions(UNIT)
            if submission.needs_manual_grade
        }
    assert ungraded == WITHOUT_GRADE


def test_points_come_cell_by_cell(graded: Graded) -> None:
    points = [row for row in rows(graded.out / "points.csv") if row["student"] == "triples"]
    assert [(row["cell"], row["score"], row["max_score"]) for row in points] == [
        ("double-check", "0", "2"),
        ("double-hidden", "0", "3"),
        ("negate-check", "2", "2"),
    ]


def test_progress_and_the_places_are_told(graded: Graded) -> None:
    said = (graded.folder / "said.txt").read_text().splitlines()
    (odd,) = [line for line in said if ODD_NAME in line]
    assert odd.startswith("[") and odd.endswith("7/7  graded")
    (triples,) = [line for line in said if "triples" in line]
    assert triples.endswith("2/7  graded: points lost in double")
    assert said[-6].startswith("16 submissions: 10 graded, 2 partly_graded, 2 missing_notebook")
    assert [line.split()[0] for line in said[-5:]] == ["report", "gradebook", "feedback", "grades", "log"]
    assert graded.code == 1


def test_what_was_handed_in_is_only_read(graded: Graded) -> None:
    assert snapshot(graded.folder / "submitted") == graded.before


def test_everyone_who_handed_something_in_gets_a_page_and_nothing_else(graded: Graded) -> None:
    pages = {path.relative_to(graded.out / "feedback") for path in (graded.out / "feedback").rglob("*.*")}
    assert pages == {Path(student, UNIT, f"{UNIT}.html") for student in set(EXPECTED) - {"nobody"}}
    broken = (graded.out / "feedback" / "truncated" / UNIT / f"{UNIT}.html").read_text()
    assert "file cannot be read" in broken.lower() or "breaks off" in broken


def test_no_page_shows_hidden_tests(graded: Graded) -> None:
    for page in (graded.out / "feedback").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "7919" not in text and "104729" not in text and "HIDDEN TESTS" not in text, page
    executed = (graded.out / "autograded" / "nosy" / UNIT / f"{UNIT}.ipynb").read_text()
    assert executed.count(SECRET) == 1  # in its own cell, and not in what the student printed


def test_a_regrade_replaces_automatic_scores_and_keeps_marks_by_hand(graded: Graded) -> None:
    with surroundings(), Gradebook(graded.db_url) as gradebook:
        gradebook.find_grade("double-hidden", UNIT, UNIT, "triples").manual_score = 1.0
        gradebook.db.commit()
    again, place = graded.folder / "again", f"{UNIT}/{UNIT}.ipynb"
    release = read(graded.folder / "work" / "course" / place)
    worse = hand_in(again / "perfect" / place, release, double=TRIPLES)
    del worse.cells[3:5]
    save(again / "perfect" / place, worse)
    hand_in(again / "triples" / place, release, double=TRIPLES, negate="def negate(n): pass")
    hand_in(again / "deleted" / place, release)
    truncate(again / "deleted" / place)
    assert graded.grade("again") == 1
    scores = {
        student: scores_of(graded.db_url, student, UNIT).score
        for student in ("perfect", "triples", "deleted")
    }
    assert scores == {"perfect": 2, "triples": 1, "deleted": 0}
    assert scores_of(graded.db_url, "renamed", UNIT).score == 7
    assert [row["student"] for row in rows(graded.out / "grades.csv")] == ["deleted", "perfect", "triples"]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one chapter and one student, as the current folder."""
    release = read(build_release(write_master(tmp_path / "solutions"), tmp_path / "work"))
    hand_in(tmp_path / "submitted" / "ann" / UNIT / f"{UNIT}.ipynb", release)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_zip_is_graded_into_a_gradebook_elsewhere(small: Path) -> None:
    with zipfile.ZipFile("class.zip", "w") as archive:
        archive.write(f"submitted/ann/{UNIT}/{UNIT}.ipynb")
    shutil.rmtree("submitted")
    assert main(["grade", "class.zip", "--db", "sqlite:///elsewhere.db", "--chapter", "90"]) == 0
    assert scores_of("sqlite:///elsewhere.db", "ann", UNIT).score == 7
    assert not Path("graded/gradebook.db").exists()


def test_a_changed_chapter_needs_a_new_gradebook(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "submitted"]) == 0
    master = read(small / "solutions" / UNIT / f"{UNIT}.ipynb")
    del master.cells[-1]
    save(small / "solutions" / UNIT / f"{UNIT}.ipynb", master)
    capsys.readouterr()
    assert main(["grade", "submitted"]) == 2
    error = capsys.readouterr().err
    assert "Grade into a new --out and --db" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere"], 2, "nowhere does not exist"),
        (["solutions"], 2, "no submission in solutions"),
        ([f"submitted/ann/{UNIT}/{UNIT}.ipynb"], 2, "is not a zip"),
        (["submitted", "--chapter", "99"], 2, "no chapter 99"),
        (["submitted", "--timeout", "0"], 2, "more than 0 seconds"),
        (["submitted", "--memory", "9"], 2, "500 MB at least"),
        (["submitted", "--jobs", "0"], 2, "at least 1 process"),
        (["submitted", "--sandbox", "docker"], 2, "bwrap and limits"),
        (["submitted", "--only", "zoe"], 2, "no such student"),
        (["submitted", "--out", "submitted/graded"], 2, "overlaps"),
        (["submitted", "--out", "/proc/graded"], 2, "cannot be written"),
        (["submitted", "--db", "sqlite://"], 2, "Name a file"),
        (["submitted", "--db", "grades"], 2, "Expected an SQLAlchemy URL"),
        (["submitted", "--db", "oracle+nodriver://x"], 2, "Expected an SQLAlchemy URL"),
        (["submitted", "--db", "sqlite:////proc/nowhere/a.db"], 3, "the gradebook cannot be used"),
        (["--demo", "new"], 2, "no chapter 02"),
        (["--demo", "new", "--chapter", "90"], 2, "exercises.toml does not exist"),
        (["--demo", "submitted"], 2, "submitted is not an empty folder"),
        (["submitted", "--solutions", "nowhere"], 2, "nowhere is not a folder"),
    ],
)
def test_bad_input_is_one_line(
    small: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(["grade", *arguments]) == code
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_an_answer_in_a_cell_of_ones_own_counts(small: Path) -> None:
    path = small / "submitted" / "ann" / UNIT / f"{UNIT}.ipynb"
    submitted = read(path)
    submitted.cells[2] = nbformat.v4.new_code_cell(RIGHT["double"], id="mine")
    save(path, answer(submitted, {}))
    assert main(["grade", "submitted"]) == 0
    (row,) = rows(small / "graded" / "grades.csv")
    assert row["score"] == "7" and "`double` was missing" in row["flags"]
