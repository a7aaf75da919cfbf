"""What we set in nbgrader's configuration; ``nbgrader_config.py`` only calls `configure`."""

from __future__ import annotations

from pathlib import Path

from nbgrader import preprocessors as nbgrader
from nbgrader.converters import Autograde
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from cnnkit.classroom.nbgrader_adapter.apply_results import AnyNotebook, ApplyResults
from cnnkit.classroom.nbgrader_adapter.page import FeedbackPage
from cnnkit.classroom.nbgrader_adapter.release import release_steps
from cnnkit.classroom.nbgrader_adapter.running import choose, set_folders
from cnnkit.classroom.nbgrader_adapter.saving import CheckCells, LatePenalties, SaveGrades
from cnnkit.classroom.nbgrader_adapter.showing import HideHiddenTests, OwnLines, WithoutScripts

SETTINGS = """\
# nbgrader's settings for this folder of grades: `nbgrader` and the formgrader use them when started here.
# `cnnkit grade` reads them too and never overwrites this file. Late penalties and other wishes go below.
from cnnkit.classroom.nbgrader_adapter import configure

c = get_config()
configure(c, submitted="collected")
"""
OURS = {
    nbgrader.SaveAutoGrades: SaveGrades,
    nbgrader.AssignLatePenalties: LatePenalties,
    nbgrader.CheckCellMetadata: CheckCells,
}


def configure(config: Config, *, submitted: str = "submitted") -> None:
    """Set our folders and preprocessors in an nbgrader configuration; everything else stays nbgrader's."""
    set_folders(config, submitted)
    config.GenerateAssignment.preprocessors = release_steps()
    config.Autograde.exporter_class = AnyNotebook
    config.Autograde.sanitize_preprocessors = [ApplyResults]
    config.Autograde.autograde_preprocessors = grading_steps()
    config.GenerateFeedback.exporter_class = FeedbackPage
    config.GenerateFeedback.preprocessors = [nbgrader.GetGrades, *feedback_steps()]


def grading_steps() -> list[type]:
    """Return nbgrader's own steps of grading, without running anything: `ApplyResults` has done that."""
    steps = Autograde.autograde_preprocessors.default()
    return [*(OURS.get(step, step) for step in steps if step is not nbgrader.Execute), WithoutScripts]


def feedback_steps() -> list[type]:
    """Return what is done to a graded notebook before a student may see it."""
    return [HideHiddenTests, OwnLines, WithoutScripts]


def settings(course: Path, db_url: str | None, chapter: str, student: str = "*") -> Config:
    """Return the configuration for a submission in a folder of grades, with the teacher's own wishes."""
    config = Config()
    configure(config, submitted="collected")
    if (course / "nbgrader_config.py").is_file():
        config.merge(PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config())
    return choose(config, course, db_url, chapter, student)
