"""Who handed in what, told by names as Canvas, Moodle, nbgrader's exchange and people make them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from cnnkit.classroom.grading.intake.layouts import Student, students
from cnnkit.classroom.grading.intake.listing import Listing

CHAPTERS = ("02_convolution", "03_shapes")
MOODLE = "Ann Lee_5017_assignsubmission_file_"


def listed(*names: str) -> Listing:
    """Return a listing in which each file lies under its own name."""
    paths = [PurePosixPath(name) for name in names]
    folders = {parent for path in paths for parent in path.parents if parent.parts}
    return Listing({path: Path(path) for path in paths}, folders)


def held(student: Student) -> dict[str, str]:
    return {str(path): str(it) for path, it in student.work.files.items()}


@pytest.mark.parametrize(
    ("name", "student", "lms_id", "file", "note"),
    [
        # Canvas
        ("smithbob_34_56_02_convolution.ipynb", "smithbob_34", "34", "02_convolution.ipynb", ""),
        ("smithbob_LATE_34_56_hw.ipynb", "smithbob_34", "34", "hw.ipynb", "Canvas marks it as late"),
        ("smithbob_34_56_02_convolution-1.ipynb", "smithbob_34", "34", "02_convolution.ipynb", ""),
        ("smithbob_34_56_hw-1.ipynb", "smithbob_34", "34", "hw-1.ipynb", ""),
        ("o_brien_zoë_34_56_7_hw.zip", "o_brien_zoë_34", "34", "7_hw.zip", ""),
        ("LATE_anon_x4f9Q_56_hw.ipynb", "anon_x4f9Q", "anon_x4f9Q", "hw.ipynb", "Canvas marks it as late"),
        ("anon_x4f9Q_56_hw.ipynb", "anon_x4f9Q", "anon_x4f9Q", "hw.ipynb", ""),
        ("smithbob_34_text.html", "smithbob_34", "34", "text.html", ""),
        # Moodle
        (f"{MOODLE}/02_convolution.ipynb", "Ann Lee", "5017", "02_convolution.ipynb", ""),
        (f"{MOODLE}/a/02_convolution.ipynb", "Ann Lee", "5017", "a/02_convolution.ipynb", ""),
        (f"{MOODLE}02_convolution.ipynb", "Ann Lee", "5017", "02_convolution.ipynb", ""),
        ("Ann Lee_5017_assignsubmission_onlinetext_/text.html", "Ann Lee", "5017", "text.html", ""),
        ("Team 3-Ann_Lee_5017_assignsubmission_file_/hw.zip", "Team 3-Ann_Lee", "5017", "hw.zip", ""),
        # a student who names a file after somebody else's
        ("bob_34_56_ann_12_13_hw.ipynb", "bob_34", "34", "ann_12_13_hw.ipynb", ""),
        (f"Bob_1_assignsubmission_file_{MOODLE}x.zip", "Bob", "1", f"{MOODLE}x.zip", ""),
        # nbgrader's exchange
        ("ann+03_shapes+2026-01-12 17:30:00.1 UTC+kR3/a.ipynb", "ann", "", "03_shapes/a.ipynb", ""),
        ("ann+03_shapes+2026-01-12 17:30:00.1 UTC/a.ipynb", "ann", "", "03_shapes/a.ipynb", ""),
        # people
        ("ann/03_shapes/03_shapes.ipynb", "ann", "", "03_shapes/03_shapes.ipynb", ""),
        ("ann+bob/03_shapes/03_shapes.ipynb", "ann+bob", "", "03_shapes/03_shapes.ipynb", ""),
    ],
)
@pytest.mark.parametrize("around", ["", "submissions/"])
def test_what_a_name_says(name: str, student: str, lms_id: str, file: str, note: str, around: str) -> None:
    (found,) = students(listed(around + name), CHAPTERS)
    assert (found.name, found.lms_id.rpartition(":")[2], list(held(found))) == (student, lms_id, [file])
    assert found.lms_id.partition(":")[0] == (
        "" if not lms_id else "moodle" if "assignsub" in name else "canvas"
    )
    assert [remark for _, remark in found.notes] == [note] * bool(note)
    assert found.dated == (not lms_id)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["ann.zip"], {"ann": ["ann.zip"]}),
        (["ann/hw.zip"], {"ann": ["hw.zip"]}),  # one zip alone is the work of whom the folder is called after
        (["class/ann.zip", "class/bob.zip"], {"ann": ["ann.zip"], "bob": ["bob.zip"]}),
        (["ann/03_shapes.zip", "ann/02_convolution.zip"], {"ann": ["03_shapes.zip", "02_convolution.zip"]}),
    ],
)
def test_whose_a_zip_is(names: list[str], found: dict[str, list[str]]) -> None:
    assert {student.name: list(held(student)) for student in students(listed(*names), CHAPTERS)} == found


def test_of_several_attempts_the_last_counts() -> None:
    old, new = "ann+03_shapes+2026-01-09 17:30:00 UTC+a", "ann+03_shapes+2026-01-12 09:00:00 UTC+b"
    other = "ann+02_convolution+2026-01-01 09:00:00 UTC+c"
    (ann,) = students(listed(f"{new}/b.ipynb", f"{old}/a.ipynb", f"{other}/c.ipynb"), CHAPTERS)
    assert held(ann) == {"03_shapes/b.ipynb": f"{new}/b.ipynb", "02_convolution/c.ipynb": f"{other}/c.ipynb"}
    assert ann.notes == (("03_shapes", "handed in 2 times; the last one counts"),)
    (bob,) = students(listed("bob_1_99_03_shapes.ipynb", "bob_1_100_03_shapes-1.ipynb"), CHAPTERS)
    assert held(bob) == {"03_shapes.ipynb": "bob_1_100_03_shapes-1.ipynb"}


def test_namesakes_are_told_apart() -> None:
    other = MOODLE.replace("5017", "5020")
    found = students(
        listed(f"{MOODLE}/a.ipynb", f"{other}/a.ipynb", "Zoë_1_assignsubmission_file_/a.ipynb"), CHAPTERS
    )
    assert [(student.name, student.lms_id) for student in found] == [
        ("Ann Lee_5017", "moodle:5017"),
        ("Ann Lee_5020", "moodle:5020"),
        ("Zoë", "moodle:1"),
    ]


def test_a_stray_file_does_not_change_the_layout() -> None:
    found = students(listed("notes_1_2_x.html", "ann/03_shapes/a.ipynb", "bob/03_shapes/a.ipynb"), CHAPTERS)
    assert [student.name for student in found] == ["ann", "bob"]
