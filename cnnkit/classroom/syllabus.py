"""The syllabus, read off the master notebooks: what each lesson needs, takes and gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.text import role_of
from cnnkit.errors import UsageError

BEGIN, END = "<!-- syllabus: written by cnnkit release -->", "<!-- end of syllabus -->"
CORE = "core"  # the tag of a title cell whose lesson no one should leave out
PAGES = ("README.md", "docs/syllabus.md")


@dataclass(frozen=True)
class Lesson:
    """One lesson: ``exercises`` is ``name -> points``, 0 where none are given."""

    number: str
    title: str
    needs: tuple[str, ...]
    minutes: int
    core: bool
    goals: tuple[str, ...]
    exercises: dict[str, int]

    @property
    def points(self) -> int:
        """Return the points of the lesson in all."""
        return sum(self.exercises.values())


def lesson(unit: str, master: Notebook) -> Lesson:
    """Read a lesson's facts from its title cell and its graded cells.

    Raises
    ------
    UsageError
        if the title cell does not say them in the form that all lessons share.
    """
    cell = next((cell for cell in master.cells if cell.id == "title"), None)
    text = cell.source if cell else ""
    title = re.search(r"^# \d\d · (.+)$", text, re.MULTILINE)
    minutes = re.search(r"\*\*Time\*\* about (\d+) minutes", text)
    needs = re.search(r"\*\*You need\*\*([^.;:]*)", text)
    if not (cell and title and minutes and needs):
        raise UsageError(
            f"{unit}: its title cell must say '# NN · Title', '**Time** about N minutes', '**You need** ...'."
        )
    return Lesson(
        unit[:2],
        title[1],
        tuple(re.findall(r"\b\d\d\b", needs[1])),
        int(minutes[1]),
        CORE in cell.metadata.get("tags", []),
        tuple(line[2:].rstrip(",.") for line in text.splitlines() if line.startswith("* ")),
        _exercises(master),
    )


def pages(lessons: Sequence[Lesson], root: Path) -> dict[Path, bytes]:
    """Return the pages that show the syllabus, brought up to date; those that do not exist are left out."""
    whole = "\n\n".join([table(lessons), *map(_about, lessons)])
    shown = dict(zip(PAGES, (table(lessons), whole), strict=True))
    there = {root / page: text for page, text in shown.items() if (root / page).is_file()}
    return {path: _inserted(path, text).encode() for path, text in there.items()}


def table(lessons: Sequence[Lesson]) -> str:
    """Return the table of lessons, and a line that adds it up."""
    rows = ["| lesson | needs | minutes | exercises | points | core path |", "|---|---|---|---|---|---|"]
    for one in lessons:
        needs, points = ", ".join(one.needs) or "–", one.points or "–"
        name, core = f"{one.number} {one.title}", "yes" if one.core else "–"
        rows.append(f"| {name} | {needs} | {one.minutes} | {len(one.exercises)} | {points} | {core} |")
    return "\n".join([*rows, "", _sum(lessons)])


def _sum(lessons: Sequence[Lesson]) -> str:
    graded = [one for one in lessons if one.points]
    count, points = sum(len(one.exercises) for one in graded), sum(one.points for one in graded)
    hours = sum(one.minutes for one in lessons) / 60
    core = sum(one.minutes for one in lessons if one.core) / 60
    return (
        f"{count} graded exercises with {points} points. All lessons take about {hours:.0f} hours, "
        f"those of the core path about {core:.0f}."
    )


def _about(one: Lesson) -> str:
    goals = "\n".join(f"* {goal}" for goal in one.goals)
    names = ", ".join(f"`{name}`" + (f" ({n})" if n else "") for name, n in one.exercises.items())
    heading = f"## {one.number} {one.title}"
    return f"{heading}\n\nWhen you are done, you can\n\n{goals}\n\nExercises (points): {names}."


def _exercises(master: Notebook) -> dict[str, int]:
    points: dict[str, int] = {}
    for role, name, cell in _roles(master):
        if role in ("answer", "manual"):
            points.setdefault(name, 0)
        if role in ("check", "hidden", "manual"):
            points[name] = points.get(name, 0) + int(cell.metadata["nbgrader"].get("points") or 0)
    return points


def _roles(master: Notebook) -> Iterator[tuple[str, str, Notebook]]:
    for cell in master.cells:
        role, name = role_of(cell) or ("", "")
        yield role, name, cell


def _inserted(path: Path, text: str) -> str:
    page = path.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"{path} has no place for the syllabus. Put these two lines in: {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
