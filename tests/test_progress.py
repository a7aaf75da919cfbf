"""`cnnkit progress` counts exercises and visible points; the environment report judges versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnkit.classroom import environment
from cnnkit.classroom.progress import line
from cnnkit.cli import main


def test_progress_counts_what_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".cnnkit").mkdir()
    kept = {"02": {"correlate2d": True, "quiz": True, "sobel_x": False, "gone": True}}
    (tmp_path / ".cnnkit" / "progress.json").write_text(json.dumps(kept))
    assert main(["progress", str(tmp_path)]) == 0
    said = {row[:2]: row for row in capsys.readouterr().out.splitlines()}
    assert said["02"].endswith("2 of 11 exercises,  4 of 13 visible points")
    assert said["00"].endswith("0 of  6 exercises")


def test_the_bar_is_full_when_all_pass() -> None:
    from cnnkit.classroom.exercises.texts import bank

    assert "░" not in line("03", set(bank("03")["exercises"])) and "█" not in line("03", set())


def test_the_environment_report_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "installed", lambda name: "" if name == "matplotlib" else "999")
    environment.report()
    said = {row.split()[0]: row for row in capsys.readouterr().out.splitlines()}
    assert said["Python"].endswith("fine") and said["numpy"].endswith("fine")
    assert "missing. In a terminal: pip install" in said["matplotlib"]
    assert "too old or too new: needs" in said["jupyterlab"]
