"""The syllabus says what the masters say, and stands on the pages that promise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkit.classroom import masters, syllabus
from cnnkit.classroom.notebooks.canonical import read
from cnnkit.classroom.notebooks.text import to_notebook
from cnnkit.errors import UsageError

ROOT = Path(__file__).resolve().parents[1]
MASTERS = masters.masters(ROOT / "solutions")
LESSONS = [syllabus.lesson(unit, read(path)) for unit, path in sorted(MASTERS.items())]
TITLE = """\
# %% [markdown] id="title" tags=["core"]
# # 90 · Doubles
#
# * double a number,
# * halve it.
#
# **Time** about 45 minutes. **You need** chapters 02 and 11; 12 apples.

# %% answer="double"
def double(n): ...

# %% check="double" points=2
pass

# %% hidden="double" points=3
pass

# %% answer="free"
def free(): ...
"""


def test_the_facts_are_read_off_the_title_and_the_cells() -> None:
    found = syllabus.lesson("90_doubles", to_notebook(TITLE))
    assert found == syllabus.Lesson(
        "90", "Doubles", ("02", "11"), 45, True, ("double a number", "halve it"), {"double": 5, "free": 0}
    )
    assert syllabus.table([found]).splitlines()[2] == "| 90 Doubles | 02, 11 | 45 | 2 | 5 | yes |"


def test_a_title_without_its_facts_is_refused() -> None:
    with pytest.raises(UsageError, match="90_doubles: its title cell must say"):
        syllabus.lesson("90_doubles", to_notebook(TITLE.replace("**Time**", "Time")))


@pytest.mark.parametrize("page", syllabus.PAGES)
def test_the_pages_are_up_to_date(page: str) -> None:
    path = ROOT / page
    wanted = syllabus.pages(LESSONS, ROOT)[path]
    if path.read_bytes() != wanted:
        path.write_bytes(wanted)
        pytest.fail(f"{page} was stale and has been rewritten: commit it.")


def test_a_page_without_a_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Nothing here\n")
    with pytest.raises(UsageError, match="no place for the syllabus"):
        syllabus.pages(LESSONS, tmp_path)


def test_the_course_is_as_large_as_promised() -> None:
    graded = [one for one in LESSONS if one.points]
    assert sum(len(one.exercises) for one in graded) >= 75
    known = {one.number for one in LESSONS}
    assert all(set(one.needs) < known and max(one.needs, default="") < one.number for one in LESSONS)
    core = [one for one in LESSONS if one.core]
    assert all(set(one.needs) <= {"00", *(other.number for other in core)} for one in core)
