"""nbgrader's release step: from a master to the notebook for students, and to the one for graders."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme
from traitlets.config import Config

from cnnkit.classroom.nbgrader_adapter.running import OneNotebook, choose, make, set_folders, start
from cnnkit.classroom.nbgrader_adapter.stock import CleanRelease


class _ReleaseOne(OneNotebook, GenerateAssignment):  # type: ignore[misc]
    pass


def release_steps() -> list[Any]:
    """Return nbgrader's own release steps with `CleanRelease` before the last checksums."""
    steps = GenerateAssignment.preprocessors.default()
    return [*steps[:-2], CleanRelease, *steps[-2:]]


def build_release(master: Path, work: Path, db_url: str | None = None) -> Path:
    """Run nbgrader's release step on ``master`` in the folder ``work``; return the release notebook there.

    With a ``db_url`` the gradebook learns the chapter's cells, hidden tests and points.

    Raises
    ------
    StepFailed
        if nbgrader refuses the master, or the gradebook has submissions of an older version of it.
    """
    return _build(master, work, release_steps(), db_url)


def source_with_tests(master: Path) -> str:
    """Return the text of a master without solutions, but with hidden tests: what answers are judged against.

    Raises
    ------
    StepFailed
        if nbgrader refuses the master.
    """
    steps = [step for step in release_steps() if step not in (ClearHiddenTests, ClearMarkScheme)]
    with tempfile.TemporaryDirectory() as folder:
        return _build(master, Path(folder).resolve(), steps).read_text(encoding="utf-8")


def _build(master: Path, work: Path, steps: list[Any], db_url: str | None = None) -> Path:
    source = work / "solutions" / master.stem / master.name
    source.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(master, source)
    config = Config()
    set_folders(config, submitted="collected")
    config.GenerateAssignment.preprocessors = steps
    if db_url is None:
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
    start(make(_ReleaseOne, choose(config, work, db_url, master.stem)))
    return work / "course" / master.stem / master.name
