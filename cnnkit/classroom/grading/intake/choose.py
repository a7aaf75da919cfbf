"""Choose the notebook of a chapter among all that a student handed in, or say why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cnnkit.classroom.grading.intake.layouts import Student
from cnnkit.classroom.grading.intake.listing import NO_NOTEBOOK, TIME
from cnnkit.classroom.grading.intake.recognise import Recogniser
from cnnkit.classroom.grading.result import INVALID, MISSING

NOTHING = "nothing was handed in."


@dataclass(frozen=True)
class Submission:
    """One student's work on one chapter: the notebook, or the outcome and the reason why there is none.

    ``reason`` tells what was odd, also where a notebook was found. ``lms_id`` is the student's number in a
    learning platform, as in ``canvas:340934``. ``timestamp`` is a file with the time of receipt, if whoever
    collected the work left one. ``tried`` is false where nothing came for this chapter.
    """

    student: str
    chapter: str
    notebook: Path | None = None
    outcome: str = ""
    reason: str = ""
    lms_id: str = ""
    timestamp: Path | None = None
    tried: bool = True


def choose(student: Student, chapter: str, recogniser: Recogniser) -> Submission:
    """Return a student's submission of a chapter.

    The notebook is found by its name, else as the only one in the chapter's folder, else as the only one
    with the chapter's cells.
    """
    several = 0
    for paths, remark in _candidates(student, chapter, recogniser):
        if len(paths) == 1:
            return _take(student, chapter, paths[0], remark.replace("{}", _shown(paths[0].name)))
        several = several or len(paths)
    if several:
        reason = f"{several} notebooks, but none is called {chapter}.ipynb."
        return Submission(student.name, chapter, None, MISSING, reason, student.lms_id)
    outcome, reason, tried = _why_none(student, chapter)
    return Submission(student.name, chapter, None, outcome, reason, student.lms_id, tried=tried)


def _candidates(
    student: Student, chapter: str, recogniser: Recogniser
) -> Iterator[tuple[list[PurePosixPath], str]]:
    """Return, from the surest to the least sure, notebooks that may be meant, and what is odd about them."""
    files, name = student.work.files, f"{chapter}.ipynb"
    notebooks = [path for path in sorted(files) if path.suffix.lower() == ".ipynb"]
    named = [path for path in notebooks if path.name == name]
    yield [path for path in named if path.parent == PurePosixPath(chapter)], ""
    yield named, "" if student.lms_id else f"{name} is not in a folder {chapter}"
    others = [path for path in notebooks if path.stem not in recogniser.chapters]
    about = {path: recogniser.chapter_of(files[path]) for path in others}
    renamed = f"the file is called {{}}, not {name}"
    yield [path for path in others if path.parent.name == chapter and about[path] in ("", chapter)], renamed
    yield [path for path in others if about[path] == chapter], renamed


def _take(student: Student, chapter: str, path: PurePosixPath, remark: str) -> Submission:
    file = student.work.files[path]
    if isinstance(file, str):
        return Submission(student.name, chapter, None, INVALID, f"{path.name} {file}.", student.lms_id)
    notes = [note for work, note in student.notes if work in (chapter, *path.parts)]
    reason = "; ".join(filter(None, [remark, *notes]))
    return Submission(student.name, chapter, file, "", reason, student.lms_id, _time_of(student, path))


def _shown(name: str) -> str:
    """Return a file's name with a question mark for whatever a terminal could take for more."""
    return "".join(c if c.isprintable() else "?" for c in name)


def _time_of(student: Student, notebook: PurePosixPath) -> Path | None:
    """Return the file with the time of receipt, from the notebook's folder or one above it."""
    times = (student.work.files.get(folder / TIME) for folder in notebook.parents)
    return next((time for time in times if isinstance(time, Path)), None) if student.dated else None


def _why_none(student: Student, chapter: str) -> tuple[str, str, bool]:
    """Return outcome, reason, and whether the student tried to hand this chapter in."""
    files = student.work.files
    unusable = {path: why for path, why in files.items() if isinstance(why, str) and why != NO_NOTEBOOK}
    for path, why in unusable.items():
        if chapter in path.parts:
            return INVALID, f"{path.name} {why}.", True
    for path, why in unusable.items():
        if path.suffix.lower() == ".zip":
            return INVALID, f"{path.name} {why}.", False
    if PurePosixPath(chapter) in student.work.folders:
        return MISSING, f"the folder {chapter} holds no notebook.", True
    if student.lms_id and not any(isinstance(file, Path) for file in files.values()):
        return MISSING, f"no notebook was handed in, only {', '.join(path.name for path in files)}.", False
    return MISSING, NOTHING, False
