"""Finding what students handed in: folders, zips and downloads, as honest and as hostile people make them."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from cnnkit.classroom.grading.intake import listing
from cnnkit.classroom.grading.intake.submissions import Submission, find, opened
from cnnkit.errors import UsageError
from tests.zips import zipped

CHAPTERS = ("02_convolution", "03_shapes")
CELLS = {
    "02_convolution": ["given-setup", "slide", "slide-check"],
    "03_shapes": ["given-setup", "pad", "pad-check"],
    "setup": ["given-setup"],
}


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give two chapters of which one cell has the same name."""
    folder = tmp_path_factory.mktemp("masters")
    for chapter in CHAPTERS:
        (folder / f"{chapter}.ipynb").write_text(notebook(chapter))
    return {chapter: folder / f"{chapter}.ipynb" for chapter in CHAPTERS}


def notebook(chapter: str) -> str:
    cells = [
        {"cell_type": "code", "id": name, "metadata": {"nbgrader": {"grade_id": name}}, "outputs": [],
         "execution_count": None, "source": ""}
        for name in CELLS[chapter]
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write(root: Path, *names: str) -> None:
    """Write files; one with [02], [03] or [se] in its name is a notebook with the cells of that."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = next((cells for cells in CELLS if f"[{cells[:2]}]" in name), None)
        path.write_text(notebook(cells) if cells else "{}")


def told(submission: Submission) -> tuple[str | None, str]:
    return submission.notebook.name if submission.notebook else None, submission.outcome


@pytest.mark.parametrize(
    ("handed_in", "taken", "outcome", "reason"),
    [
        (["02_convolution/02_convolution.ipynb"], "02_convolution.ipynb", "", ""),
        (["02_convolution/Untitled.ipynb"], "Untitled.ipynb", "", "the file is called Untitled.ipynb"),
        (["02_convolution.ipynb"], "02_convolution.ipynb", "", "not in a folder 02_convolution"),
        (["work/02_convolution.ipynb"], "02_convolution.ipynb", "", "not in a folder 02_convolution"),
        (["02_convolution/02_convolution.ipynb", "02_convolution/b.ipynb"], "02_convolution.ipynb", "", ""),
        (["hw[02].ipynb"], "hw[02].ipynb", "", "hw[02].ipynb, not 02_convolution.ipynb"),
        (["week 1/hw[02].ipynb", "hw[03].ipynb", "b.ipynb"], "hw[02].ipynb", "", "is called hw[02].ipynb"),
        (["02_convolution/a.ipynb", "02_convolution/hw[02].ipynb"], "hw[02].ipynb", "", "is called hw[02]"),
        (["03_shapes/hw[02].ipynb"], "hw[02].ipynb", "", "is called hw[02].ipynb"),
        (["hw[02].ipynb", "final[02].ipynb"], None, "missing_notebook", "2 notebooks"),
        (["a/02_convolution.ipynb", "b/02_convolution.ipynb"], None, "missing_notebook", "2 notebooks"),
        (["02_convolution/a.ipynb", "02_convolution/b.ipynb"], None, "missing_notebook", "2 notebooks"),
        (["02_convolution/a.txt"], None, "missing_notebook", "holds no notebook"),
        (["02_convolution/.hidden.ipynb"], None, "missing_notebook", "holds no notebook"),
        (["02_convolution/.ipynb_checkpoints/a.ipynb"], None, "missing_notebook", "holds no notebook"),
        (["03_other/a.ipynb"], None, "missing_notebook", "nothing was handed in"),
        (["03_shapes/hw[03].ipynb"], None, "missing_notebook", "nothing was handed in"),
        (["02_convolution/hw.zip"], None, "invalid_notebook", "hw.zip is not a zip that can be unpacked"),
        (["hw.zip"], None, "invalid_notebook", "hw.zip is not a zip that can be unpacked"),
        (["[03]/02_convolution.ipynb"], "02_convolution.ipynb", "", "not in a folder 02_convolution"),
        (["hw[se].ipynb"], None, "missing_notebook", "nothing was handed in"),
        (["hw.zip", "02_convolution.ipynb"], "02_convolution.ipynb", "", "not in a folder"),
    ],
)
def test_what_a_student_hands_in(
    tmp_path: Path,
    chapters: dict[str, Path],
    handed_in: list[str],
    taken: str | None,
    outcome: str,
    reason: str,
) -> None:
    write(tmp_path / "class" / "zoe", *handed_in)
    write(tmp_path / "class" / "ann", *(f"{chapter}/{chapter}.ipynb" for chapter in CHAPTERS))
    found = find(tmp_path / "class", chapters, tmp_path)
    used = [submission.notebook for submission in found if submission.notebook]
    assert len(used) == len(set(used))  # no notebook counts for two chapters
    ann, zoe = (submission for submission in found if submission.chapter == "02_convolution")
    assert (ann.student, told(ann), ann.reason) == ("ann", ("02_convolution.ipynb", ""), "")
    assert (zoe.student, told(zoe)) == ("zoe", (taken, outcome))
    assert reason in zoe.reason and bool(reason) == bool(zoe.reason)


def test_a_student_with_an_empty_folder_is_missing(tmp_path: Path, chapters: dict[str, Path]) -> None:
    write(tmp_path, "class/ann/02_convolution/02_convolution.ipynb")
    (tmp_path / "class/bob").mkdir()
    _, bob = find(tmp_path / "class", chapters, tmp_path)
    assert (bob.student, told(bob), bob.tried) == ("bob", (None, "missing_notebook"), False)


def test_links_are_not_followed_and_only_files_are_read(
    tmp_path: Path, chapters: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "class" / "ann", "02_convolution/02_convolution.ipynb")
    write(tmp_path, "secret.ipynb")
    (tmp_path / "class/bob/02_convolution").mkdir(parents=True)
    (tmp_path / "class/bob/02_convolution/02_convolution.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (tmp_path / "class/cem").mkdir()
    (tmp_path / "class/cem/02_convolution").symlink_to(tmp_path / "class/ann/02_convolution")
    (tmp_path / "class/dot").symlink_to(tmp_path / "class/ann")
    (tmp_path / "class/eli/02_convolution").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "class/eli/02_convolution")  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as no_file:
        no_file.bind("02_convolution.ipynb")
    found = find(tmp_path / "class", chapters, tmp_path)
    outcomes = {submission.student: submission.outcome for submission in found}
    assert outcomes == {"ann": "", **dict.fromkeys(("bob", "cem", "eli"), "invalid_notebook")}
    assert all("is a link" in submission.reason for submission in found if submission.outcome)


def test_a_huge_notebook_is_refused(
    tmp_path: Path, chapters: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_FILE_BYTES", 1)
    write(tmp_path / "ann", "02_convolution/02_convolution.ipynb")
    (ann,) = find(tmp_path, chapters, tmp_path)
    assert told(ann) == (None, "invalid_notebook") and "is larger than" in ann.reason


def test_a_folder_with_too_much_in_it_is_refused(
    tmp_path: Path, chapters: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_FILES", 1)
    write(tmp_path / "ann", "02_convolution/02_convolution.ipynb", "a.txt")
    with pytest.raises(UsageError, match="holds more than 1 files"):
        find(tmp_path, chapters, tmp_path)


@pytest.mark.parametrize(
    ("names", "students"),
    [
        (["download/class/ann/03_shapes/03_shapes.ipynb", "download/class/bob/hw[03].ipynb"], ["ann", "bob"]),
        (["class/ann/03_shapes/03_shapes.ipynb", "__MACOSX/ann/x"], ["ann"]),
        (["ann/03_shapes/03_shapes.ipynb"], ["ann"]),
        (["ann/hw[03].ipynb"], ["ann"]),
        (["class/ann/hw[03].ipynb"], ["ann"]),
        (["ann/03_shapes/03_shapes.ipynb", "index.html", "03_shapes/03_shapes.ipynb"], ["ann"]),
    ],
)
def test_folders_around_the_class_are_seen_through(
    tmp_path: Path, chapters: dict[str, Path], names: list[str], students: list[str]
) -> None:
    write(tmp_path / "in", *names)
    assert [submission.student for submission in find(tmp_path / "in", chapters, tmp_path)] == students


@pytest.mark.parametrize("names", [[], ["ann/essay.ipynb"], ["02_convolution.ipynb"], ["ann/hw.zip"]])
def test_no_submission_at_all(tmp_path: Path, chapters: dict[str, Path], names: list[str]) -> None:
    write(tmp_path / "in", *names)
    (tmp_path / "in").mkdir(exist_ok=True)
    with pytest.raises(UsageError, match=r"no submission in .* 02_convolution, 03_shapes") as refused:
        find(tmp_path / "in", chapters, tmp_path)
    assert ("hw.zip is not a zip" in str(refused.value)) == (names == ["ann/hw.zip"])


def test_nothing_there(tmp_path: Path, chapters: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        find(tmp_path / "nowhere", chapters, tmp_path)


def test_zips_are_read_where_folders_are(tmp_path: Path, chapters: dict[str, Path]) -> None:
    packed = zipped(tmp_path / "packed.zip", ("02_convolution/02_convolution.ipynb", "{}")).read_bytes()
    nested = zipped(tmp_path / "nested.zip", ("more.zip", packed)).read_bytes()
    dated = ("02_convolution/timestamp.txt", "2000-01-01")
    timed = zipped(tmp_path / "timed.zip", ("02_convolution/hw.ipynb", "{}"), dated).read_bytes()
    out = zipped(tmp_path / "out.zip", ("../02_convolution.ipynb", "{}")).read_bytes()
    entries = {
        "ann.zip": packed,
        "bob/hw.zip": packed[:40],
        "cem/hw.zip": nested,
        "dan/hw.zip": timed,
        "eva/02_convolution/02_convolution.ipynb": "{}",
        "eva/02_convolution/timestamp.txt": "2026-01-12",
        "fay/hw.zip": out,
    }
    whole = zipped(tmp_path / "class.zip", *((f"class/{name}", content) for name, content in entries.items()))
    with opened(whole, chapters) as found:
        assert {submission.student: told(submission) for submission in found} == {
            "ann": ("02_convolution.ipynb", ""),
            "bob": (None, "invalid_notebook"),
            "cem": (None, "invalid_notebook"),
            "dan": ("hw.ipynb", ""),
            "eva": ("02_convolution.ipynb", ""),
            "fay": (None, "invalid_notebook"),
        }
        reasons = {submission.student: submission.reason for submission in found}
        assert "hw.zip is not a zip" in reasons["bob"] and "zip inside a zip" in reasons["cem"]
        assert reasons["fay"].startswith("hw.zip holds '../02_convolution.ipynb', which leads out")
        times = {submission.student: submission.timestamp for submission in found if submission.timestamp}
        assert [*times] == ["eva"] and times[
            "eva"
        ].read_text() == "2026-01-12"  # a student's own is not believed
        files = [submission.notebook for submission in found if submission.notebook]
        assert all(file.is_file() for file in files)
    assert not any(file.exists() for file in files)


def test_a_learning_platform_keeps_no_time_that_could_be_believed(
    tmp_path: Path, chapters: dict[str, Path]
) -> None:
    folder = "Ann Lee_5017_assignsubmission_file_"
    write(tmp_path / "in", f"{folder}/02_convolution.ipynb", f"{folder}/timestamp.txt")
    (ann,) = find(tmp_path / "in", chapters, tmp_path)
    assert (ann.student, told(ann), ann.timestamp) == ("Ann Lee", ("02_convolution.ipynb", ""), None)


def test_a_loose_file_does_not_make_a_class_one_student(tmp_path: Path, chapters: dict[str, Path]) -> None:
    made = zipped(tmp_path / "class.zip", ("notes.ipynb", "{}"), ("ann/02_convolution/a.ipynb", "{}"))
    assert [submission.student for submission in find(made, chapters, tmp_path / "scratch")] == ["ann"]


def test_one_students_own_zip(tmp_path: Path, chapters: dict[str, Path]) -> None:
    made = zipped(tmp_path / "ann.zip", ("02_convolution/02_convolution.ipynb", "{}"))
    (ann,) = find(made, chapters, tmp_path / "scratch")
    assert (ann.student, told(ann)) == ("ann", ("02_convolution.ipynb", ""))
