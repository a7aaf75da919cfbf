"""Grading as nbgrader does it: the notebook is run here, checks and all, without a sandbox."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import Autograde

from cnnkit.classroom.nbgrader_adapter.configuration import grading_steps, settings
from cnnkit.classroom.nbgrader_adapter.running import OneNotebook, make, start
from cnnkit.classroom.nbgrader_adapter.stock import ExecuteToTheEnd

SECONDS_A_CELL = 120


def autograde(course: Path, student: str, chapter: str, db_url: str, seconds: int = SECONDS_A_CELL) -> Path:
    """Run and grade ``course/collected/<student>/<chapter>``; return the executed notebook.

    Raises
    ------
    StepFailed
        if nbgrader could not grade it.
    """
    config = settings(course, db_url, chapter, student)
    del config.Autograde["exporter_class"], config.Autograde["sanitize_preprocessors"]
    config.Autograde.autograde_preprocessors = [ExecuteToTheEnd, *grading_steps()]
    config.OverwriteCells.add_missing_cells = True
    config.ExecuteToTheEnd.timeout = seconds
    config.ExecuteToTheEnd.extra_arguments = ["--log-level=ERROR"]
    start(make(_AutogradeOne, config))
    return course / "autograded" / student / chapter / f"{chapter}.ipynb"


class _AutogradeOne(OneNotebook, Autograde):  # type: ignore[misc]
    pass
