"""``cnnkit release``: course/ is built from solutions/, the same bytes every time, and nothing else is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cnnkit.classroom.notebooks.canonical import read
from cnnkit.classroom.student_zip import ALONGSIDE, FOLDER
from cnnkit.cli import main
from tests.chapters import SECRET, write_master

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ("90_tiny", "91_other")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two small chapters, as the current folder."""
    for chapter in CHAPTERS:
        write_master(tmp_path / "solutions", chapter)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def notebook(checkout: Path, chapter: str = "90_tiny") -> Path:
    return checkout / "course" / chapter / f"{chapter}.ipynb"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_only_notebooks_are_released(checkout: Path) -> None:
    assert main(["release"]) == 0
    assert files(checkout / "course") == {f"{chapter}/{chapter}.ipynb" for chapter in CHAPTERS}


def test_a_release_has_stubs_and_no_hidden_test(checkout: Path) -> None:
    assert main(["release"]) == 0
    text = notebook(checkout).read_text()
    assert SECRET in read(checkout / "solutions/90_tiny/90_tiny.ipynb").cells[4].source
    assert "7919" not in text and "HIDDEN" not in text and "return 2 * n" not in text
    assert text.count("raise NotImplementedError()") == 2
    assert "double(1)" in text


def test_only_graded_cells_may_raise(checkout: Path) -> None:
    assert main(["release"]) == 0
    tags = {cell.id: cell.metadata.get("tags", []) for cell in read(notebook(checkout)).cells}
    assert [name for name, tag in tags.items() if tag] == ["double-check", "double-hidden", "negate-check"]
    assert tags["double-check"] == ["raises-exception"]


def test_a_second_run_writes_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["release"])
    before = notebook(checkout).stat().st_mtime_ns
    capsys.readouterr()
    assert main(["release"]) == 0
    assert capsys.readouterr().out == "0 files written, 2 unchanged, 0 removed.\n"
    assert notebook(checkout).stat().st_mtime_ns == before


def test_a_master_that_was_run_gives_the_same_bytes(checkout: Path) -> None:
    main(["release"])
    before = notebook(checkout).read_bytes()
    master = checkout / "solutions/90_tiny/90_tiny.ipynb"
    run = json.loads(master.read_text())
    run["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"9f": {}}}}
    run["metadata"]["language_info"]["version"] = "3.99"
    for number, cell in enumerate(run["cells"]):
        cell["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00"}
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["noise"]}]
    master.write_text(json.dumps(run))
    assert main(["release"]) == 0
    assert notebook(checkout).read_bytes() == before


def test_check_names_what_is_stale_and_writes_nothing(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["release"])
    assert main(["release", "--check"]) == 0
    notebook(checkout).write_text("{}")
    capsys.readouterr()
    assert main(["release", "--check"]) == 1
    assert capsys.readouterr().out == "stale: course/90_tiny/90_tiny.ipynb. Run: cnnkit release\n"
    assert notebook(checkout).read_text() == "{}"


def test_one_chapter_leaves_the_others_alone(checkout: Path) -> None:
    assert main(["release", "91"]) == 0
    assert files(checkout / "course") == {"91_other/91_other.ipynb"}


def test_a_release_without_master_is_removed_and_named(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["release"])
    shutil.rmtree(checkout / "solutions/91_other")
    (checkout / "course/notes").mkdir()
    (checkout / "course/notes/mine.ipynb").write_text("{}")
    capsys.readouterr()
    assert main(["release", "--check"]) == 1
    assert "without a master: course/91_other/91_other.ipynb" in capsys.readouterr().out
    assert main(["release"]) == 0
    assert "removed, its master has gone: course/91_other/91_other.ipynb" in capsys.readouterr().out
    assert files(checkout / "course") == {"90_tiny/90_tiny.ipynb", "notes/mine.ipynb"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["99"], "no chapter 99. The chapters are 90_tiny, 91_other."),
        (["--solutions", "nowhere"], "nowhere is not a folder."),
        (["--solutions", "solutions/90_tiny"], "holds no master."),
        (["--course", "solutions/90_tiny/secret.py"], "cannot be written"),
        (["--zip", "student.zip"], "--zip needs the whole repository"),
    ],
)
def test_bad_input_is_one_line(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["release", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_without_nbgrader_it_says_what_to_install(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "cnnkit.classroom.nbgrader_adapter", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["release"]) == 2
    assert "pip install 'cnnkit[grade]'" in capsys.readouterr().err


def test_a_broken_master_is_named(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_master(
        checkout / "solutions", text='# %% answer="f"\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n'
    )
    assert main(["release"]) == 2
    error = capsys.readouterr().err
    assert "90_tiny.ipynb" in error and "solution" in error and error.count("\n") == 1


def test_nbgrader_itself_releases_the_same(checkout: Path) -> None:
    """The settings in nbgrader_config.py serve those who type nbgrader's own command."""
    main(["release", "--course", "ours"])
    shutil.copy(ROOT / "nbgrader_config.py", checkout)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "90_tiny", "--no-db"]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    assert files(checkout / "course") == {"90_tiny/90_tiny.ipynb"}
    assert notebook(checkout).read_bytes() == (checkout / "ours/90_tiny/90_tiny.ipynb").read_bytes()


def test_the_zip_holds_lessons_and_package_and_nothing_else(checkout: Path) -> None:
    package = checkout / "cnnkit"
    (package / "__pycache__").mkdir(parents=True)
    for name in ("__init__.py", "texts.toml", "__pycache__/old.pyc", ".notes"):
        (package / name).write_text("")
    for name in (*ALONGSIDE, "gradebook.db"):
        (checkout / name).write_text(name)
    assert main(["release", "--zip", "first.zip"]) == 0
    assert main(["release", "--zip", "second.zip"]) == 0
    assert Path("first.zip").read_bytes() == Path("second.zip").read_bytes()
    with zipfile.ZipFile("first.zip") as archive:
        names = {name.removeprefix(f"{FOLDER}/") for name in archive.namelist()}
    lessons = {f"course/{chapter}/{chapter}.ipynb" for chapter in CHAPTERS}
    assert names == {"README.md", *ALONGSIDE, "cnnkit/__init__.py", "cnnkit/texts.toml"} | lessons
