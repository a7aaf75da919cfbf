"""What students get, chapter by chapter: fresh, complete, without solutions, graded by nbgrader itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from cnnkit.classroom.masters import masters
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from cnnkit.classroom.notebooks.canonical import read
from cnnkit.classroom.notebooks.text import role_of
from cnnkit.classroom.student_zip import ALONGSIDE, FOLDER, write_zip
from cnnkit.cli import main

ROOT = Path(__file__).resolve().parents[2]
MASTERS = masters(ROOT / "solutions")
UNITS = list(MASTERS)


def lines_between(begin: str, end: str) -> set[str]:
    """Return the lines inside such regions of all masters, if they tell something and stand nowhere else."""
    inside: set[str] = set()
    outside: set[str] = set()
    for path in MASTERS.values():
        for cell in read(path).cells:
            within = False
            for line in cell.source.splitlines():
                if begin in line or end in line:
                    within = begin in line
                elif within:
                    inside.add(line.strip())
                else:
                    outside.add(line.strip())
    return {line for line in inside - outside if len(line) >= 16}


HIDDEN = lines_between("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
SOLUTIONS = lines_between("BEGIN SOLUTION", "END SOLUTION")


def sources(notebook: Path) -> str:
    return "\n".join(cell.source for cell in read(notebook).cells)


def package_files() -> set[str]:
    """Return the files of the package, by their name in the repository."""
    paths = (path for path in (ROOT / "cnnkit").rglob("*") if path.is_file())
    names = (path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts)
    return {name for name in names if not any(part.startswith(".") for part in name.split("/"))}


def test_everything_derived_is_fresh(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["release", "--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("unit", UNITS)
def test_a_release_has_the_masters_cells_and_none_of_its_secrets(unit: str) -> None:
    master, release = read(MASTERS[unit]), read(ROOT / "course" / unit / f"{unit}.ipynb")
    assert [cell.id for cell in release.cells] == [cell.id for cell in master.cells]
    shown = {line.strip() for cell in release.cells for line in cell.source.splitlines()}
    assert not [line for line in shown if "HIDDEN TESTS" in line or "BEGIN SOLUTION" in line]
    assert HIDDEN & shown == set() and SOLUTIONS & shown == set()
    for cell in release.cells:
        role = (role_of(cell) or ("",))[0]
        assert (role in ("check", "hidden")) == ("raises-exception" in cell.metadata.get("tags", [])), cell.id
        assert role != "answer" or "raise NotImplementedError()" in cell.source, cell.id


def test_the_secrets_looked_for_are_real() -> None:
    for unit in UNITS:
        text = sources(MASTERS[unit])
        if "BEGIN HIDDEN TESTS" in text:
            assert [line for line in HIDDEN if line in text and "seed=" in line], unit
    assert len(HIDDEN) > 20 and len(SOLUTIONS) > 20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return zipfile.ZipFile(made)


@pytest.fixture(scope="module")
def student_zip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    target = tmp_path_factory.mktemp("zip") / "course.zip"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        write_zip(target, ROOT, ROOT / "course")
    yield zipfile.ZipFile(target)


def test_the_wheel_holds_the_package_and_the_releases(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == package_files() | {f"cnnkit/course/{unit}/{unit}.ipynb" for unit in UNITS}


def test_the_zip_holds_the_package_the_releases_and_how_to_start(student_zip: zipfile.ZipFile) -> None:
    names = {name.removeprefix(f"{FOLDER}/") for name in student_zip.namelist()}
    lessons = {f"course/{unit}/{unit}.ipynb" for unit in UNITS}
    assert names == package_files() | lessons | {"README.md", *ALONGSIDE}


@pytest.mark.parametrize("made", ["wheel", "student_zip"])
def test_nothing_that_students_get_holds_a_hidden_test(made: str, request: pytest.FixtureRequest) -> None:
    archive: zipfile.ZipFile = request.getfixturevalue(made)
    for name in archive.namelist():
        text = archive.read(name).decode("utf-8")
        if name.endswith(".ipynb"):
            cells = nbformat.reads(text, 4).cells
            shown = {line.strip() for cell in cells for line in cell.source.splitlines()}
            assert HIDDEN & shown == set(), name
        if name.endswith(".json"):
            assert [line for line in HIDDEN if line in text] == [], name
        assert "seed=2101" not in text, name  # correlate1d's, in whatever kind of file


def graded(unit: str) -> list[nbformat.NotebookNode]:
    """Return the cells of a master that carry points."""
    cells = read(MASTERS[unit]).cells
    return [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]


def points(cell: nbformat.NotebookNode) -> int:
    return int(cell.metadata["nbgrader"]["points"])


def is_by_hand(cell: nbformat.NotebookNode) -> bool:
    """Is it a cell of the project sheet, which a person marks?"""
    return (role_of(cell) or ("",))[0] == "manual"


class Stock:
    """A folder for nbgrader as it comes, with its own settings; every master and release is handed in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for unit, master in MASTERS.items():
            (folder / "source" / unit).mkdir(parents=True)
            shutil.copy(master, folder / "source" / unit)
        for unit in UNITS:
            self.nbgrader("generate_assignment", unit)
            self.hand_in("master", MASTERS[unit])
            self.hand_in("stub", ROOT / "course" / unit / f"{unit}.ipynb")
            self.nbgrader("autograde", unit)

    def hand_in(self, student: str, notebook: Path) -> None:
        place = self.folder / "submitted" / student / notebook.stem
        place.mkdir(parents=True)
        shutil.copy(notebook, place)

    def nbgrader(self, *command: str) -> None:
        with surroundings():
            done = subprocess.run(
                [sys.executable, "-m", "nbgrader", *command], cwd=self.folder, capture_output=True, text=True
            )
        assert done.returncode == 0, done.stderr

    def score(self, student: str, unit: str) -> tuple[float, float]:
        with surroundings(), Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission(unit, student)
            return float(submission.score), float(submission.max_score)

    def errors(self, student: str, unit: str) -> dict[str, str]:
        executed = nbformat.read(self.folder / "autograded" / student / unit / f"{unit}.ipynb", as_version=4)
        return {
            cell.id: output.ename
            for cell in executed.cells
            for output in cell.get("outputs", [])
            if output.output_type == "error"
        }


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(tmp_path_factory.mktemp("stock"))


@pytest.mark.parametrize("unit", UNITS)
def test_a_master_gets_full_marks_from_nbgrader_itself(stock: Stock, unit: str) -> None:
    score, most = stock.score("master", unit)
    by_hand = sum(points(cell) for cell in graded(unit) if is_by_hand(cell))  # nobody has marked these yet
    assert score == most - by_hand and stock.errors("master", unit) == {}


@pytest.mark.parametrize("unit", UNITS)
def test_a_release_gets_nothing_and_fails_only_where_nothing_was_tried(stock: Stock, unit: str) -> None:
    automatic = [cell.id for cell in graded(unit) if not is_by_hand(cell)]
    assert stock.score("stub", unit)[0] == 0
    assert stock.errors("stub", unit) == dict.fromkeys(automatic, "NotTriedYet")
