"""Find what students handed in: one notebook a student and chapter. The folder or zip is only read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cnnkit.classroom.grading.intake import archive, layouts, listing
from cnnkit.classroom.grading.intake.choose import Submission, choose
from cnnkit.classroom.grading.intake.layouts import Student
from cnnkit.classroom.grading.intake.listing import Files, Listing
from cnnkit.classroom.grading.intake.recognise import Recogniser
from cnnkit.classroom.grading.result import INVALID
from cnnkit.errors import UsageError

__all__ = ["Submission", "find", "opened"]

NESTED = "is a zip inside a zip; hand in the notebook itself"


@contextmanager
def opened(handed_in: Path, chapters: Mapping[str, Path]) -> Iterator[list[Submission]]:
    """Find the submissions in a folder or a zip; what is unpacked lasts as long as the context."""
    with tempfile.TemporaryDirectory() as scratch:
        yield find(handed_in, chapters, Path(scratch))


def find(handed_in: Path, chapters: Mapping[str, Path], scratch: Path) -> list[Submission]:
    """List the submissions of ``chapters``, by student; a chapter that nobody handed in is left out.

    ``chapters`` holds the notebook of each, master or release. Zips are unpacked into ``scratch``.

    Raises
    ------
    UsageError
        if there is no submission at all.
    """
    recogniser = Recogniser(chapters)
    everyone = layouts.students(_listing(handed_in, chapters, scratch / "class"), chapters)
    students = [_unzipped(student, scratch / f"{n}") for n, student in enumerate(everyone)]
    found = [choose(student, chapter, recogniser) for student in students for chapter in chapters]
    handed = {submission.chapter for submission in found if submission.tried}
    if not handed:
        broken = {f" {sub.student}: {sub.reason}" for sub in found if sub.outcome == INVALID}
        raise UsageError(
            f"no submission in {handed_in}. Expected STUDENT/CHAPTER/CHAPTER.ipynb with a chapter of "
            f"{', '.join(chapters)}, or a zip of that, or from Canvas or Moodle.{''.join(sorted(broken)[:3])}"
        )
    return [submission for submission in found if submission.chapter in handed]


def _listing(handed_in: Path, chapters: Mapping[str, Path], scratch: Path) -> Listing:
    if handed_in.is_dir():
        return listing.of_folder(handed_in)
    if not handed_in.is_file():
        raise UsageError(f"{handed_in} does not exist. Give a folder or a zip of submissions.")
    found = archive.unpack(handed_in, scratch)
    return found.under(handed_in.stem) if found.top() & set(chapters) else found  # one student's own zip


def _unzipped(student: Student, scratch: Path) -> Student:
    """Put what a student's zips hold in their place; a bad one stays, with the reason why it is of no use."""
    files: Files = {}
    for n, (path, file) in enumerate(student.work.files.items()):
        if isinstance(file, Path) and path.suffix.lower() == ".zip":
            files |= _inside(path, file, scratch / f"{n}")
    loose = {path: file for path, file in student.work.files.items() if path.suffix.lower() != ".zip"}
    return replace(student, work=Listing({**files, **loose}, student.work.folders))


def _inside(path: PurePosixPath, file: Path, scratch: Path) -> Files:
    try:
        inner = archive.unpack(file, scratch).files
    except UsageError as error:
        return {path: str(error).removeprefix(f"{file} ").rstrip(".")}
    nested = {name: NESTED for name, it in inner.items() if name.suffix == ".zip" and isinstance(it, Path)}
    return {path / name: it for name, it in {**inner, **nested}.items() if name.name != listing.TIME}
