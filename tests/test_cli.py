"""Every command answers bad input with one clear line and exit code 2, and is described somewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit import cli

ROOT = Path(__file__).parents[1]
LESSON = str(ROOT / "course" / "02_convolution" / "02_convolution.ipynb")
MASTER = str(ROOT / "solutions" / "02_convolution" / "02_convolution.ipynb")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file, an empty folder and a notebook that breaks off, as the current one."""
    (tmp_path / "file").write_text("hello")
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.ipynb").write_text('{"cells": [')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lab", "file"], "is a file"),
        (["lab", "file/below"], "cannot be written"),
        (["lab", "--port", "70000"], "70000"),
        (["check", "missing.ipynb"], "cannot be read"),
        (["check", "file"], "no notebook"),
        (["check", "cut.ipynb"], "breaks off"),
        (["check", "empty"], "is a folder"),
        (["check", LESSON, "--timeout", "0"], "--timeout"),
        (["progress", "missing"], "missing"),
        (["progress", "file"], "file"),
        (["progress", "empty"], "no progress is kept"),
        (["release", "99"], "99"),
        (["release", "--solutions", "missing"], "missing"),
        (["release", "--solutions", "empty"], "empty"),
        (["release", "00", "--course", "file/below"], "cannot be written"),
        (["grade", "missing"], "missing"),
        (["grade", "file"], "file"),
        (["grade", "empty", "--chapter", "99"], "99"),
        (["grade", "empty", "--out", "file/below"], ""),
        (["grade", "--demo", "file"], "file"),
        (["grade", "--demo", "file/below"], "below"),
        (["notebooks", "missing.ipynb"], "cannot be read"),
        (["notebooks", "cut.ipynb"], "breaks off"),
        (["notebooks", "--check", "file"], "not a"),
        (["notebooks", "--from-text", "missing", MASTER], "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_answered_in_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert cli.main(arguments) == 2
    answer = capsys.readouterr().err
    assert answer.startswith(f"cnnkit {arguments[0]}: ") and answer.count("\n") == 1
    assert says in answer and "Traceback" not in answer


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["lab", "--loud"], ["check"], ["check", "a", "--timeout", "soon"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: cnnkit" in capsys.readouterr().err


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_has_help_and_is_described_in_the_docs(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: cnnkit {name}" in capsys.readouterr().out
    pages = [ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"cnnkit {name}" in page.read_text() for page in pages)


def test_the_installed_command_is_this_one() -> None:
    installed = subprocess.run(
        [Path(sys.executable).with_name("cnnkit"), "--version"], capture_output=True, text=True, check=True
    )
    assert installed.stdout == f"cnnkit {cli.__version__}\n"


def test_ctrl_c_ends_any_command_without_a_traceback(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnkit.classroom.check.read_students", interrupted)
    assert cli.main(["check", LESSON]) == 130
    assert capsys.readouterr().err == "cnnkit check: stopped.\n"


def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError("No module named 'nbgrader'", name="nbgrader")

    monkeypatch.setattr(cli.importlib, "import_module", missing)
    assert cli.main(["grade", "submitted"]) == 2
    said = capsys.readouterr().err
    assert said == "cnnkit grade: nbgrader is missing. Install it: pip install 'cnnkit[grade]'\n"
