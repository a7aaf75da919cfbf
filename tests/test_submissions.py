"""Finding what students handed in, in folders and zips made by strangers."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from cnnkit.classroom.grading import archive, submissions
from cnnkit.classroom.grading.archive import unpack
from cnnkit.classroom.grading.submissions import find
from cnnkit.errors import UsageError

CHAPTERS = ("02_convolution", "03_shapes")


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


@pytest.mark.parametrize(
    ("handed_in", "notebook", "outcome", "reason"),
    [
        (["02_convolution/02_convolution.ipynb"], "02_convolution.ipynb", "", ""),
        (["02_convolution/Untitled.ipynb"], "Untitled.ipynb", "", "the file is called Untitled.ipynb"),
        (["02_convolution.ipynb"], "02_convolution.ipynb", "", "not in a folder 02_convolution"),
        (["02_convolution/02_convolution.ipynb", "02_convolution/b.ipynb"], "02_convolution.ipynb", "", ""),
        (["02_convolution/a.ipynb", "02_convolution/b.ipynb"], None, "missing_notebook", "2 notebooks"),
        (["02_convolution/a.txt"], None, "missing_notebook", "holds no notebook"),
        (["02_convolution/.hidden.ipynb"], None, "missing_notebook", "holds no notebook"),
        (["02_convolution/.ipynb_checkpoints/a.ipynb"], None, "missing_notebook", "holds no notebook"),
        (["03_other/a.ipynb"], None, "not_submitted", "nothing was handed in"),
    ],
)
def test_what_a_student_hands_in(
    tmp_path: Path, handed_in: list[str], notebook: str | None, outcome: str, reason: str
) -> None:
    write(tmp_path / "zoe", *handed_in)
    write(tmp_path / "ann", "02_convolution/02_convolution.ipynb")
    ann, zoe = find(tmp_path, CHAPTERS)
    assert (ann.student, zoe.student, zoe.chapter) == ("ann", "zoe", "02_convolution")
    assert (zoe.notebook.name if zoe.notebook else None, zoe.outcome) == (notebook, outcome)
    assert reason in zoe.reason and bool(reason) == bool(zoe.reason)


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "class" / "ann", "02_convolution/02_convolution.ipynb")
    write(tmp_path, "secret.ipynb")
    (tmp_path / "class/bob/02_convolution").mkdir(parents=True)
    (tmp_path / "class/bob/02_convolution/02_convolution.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (tmp_path / "class/cem").mkdir()
    (tmp_path / "class/cem/02_convolution").symlink_to(tmp_path / "class/ann/02_convolution")
    (tmp_path / "class/dot").symlink_to(tmp_path / "class/ann")
    found = find(tmp_path / "class", CHAPTERS)
    outcomes = {submission.student: submission.outcome for submission in found}
    assert outcomes == {"ann": "", "bob": "invalid_notebook", "cem": "invalid_notebook"}


def test_a_huge_notebook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK_BYTES", 1)
    write(tmp_path / "ann", "02_convolution/02_convolution.ipynb")
    (ann,) = find(tmp_path, CHAPTERS)
    assert (ann.notebook, ann.outcome) == (None, "invalid_notebook")


def test_a_folder_around_the_class_is_seen_through(tmp_path: Path) -> None:
    write(tmp_path / "download" / "class" / "ann", "03_shapes/03_shapes.ipynb")
    write(tmp_path / "download" / "class" / "bob", "03_shapes/03_shapes.ipynb")
    write(tmp_path / "__MACOSX" / "ann", "x")
    assert [submission.student for submission in find(tmp_path, CHAPTERS)] == ["ann", "bob"]


@pytest.mark.parametrize("names", [[], ["ann/essay.ipynb"], ["02_convolution.ipynb"]])
def test_no_submission_at_all(tmp_path: Path, names: list[str]) -> None:
    write(tmp_path, *names)
    with pytest.raises(UsageError, match=r"no submission in .* 02_convolution, 03_shapes"):
        find(tmp_path, CHAPTERS)


def zipped(path: Path, *entries: str | zipfile.ZipInfo) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for entry in entries:
            made.writestr(entry, "{}")
    return path


def odd_entry(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    return entry


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    made = zipped(tmp_path / "a.zip", "class/", "class/ann/02_convolution/a.ipynb", "class\\bob\\b.ipynb")
    unpack(made, tmp_path / "out")
    out = tmp_path / "out/class"
    assert (out / "ann/02_convolution/a.ipynb").is_file() and (out / "bob/b.ipynb").is_file()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("../escape.ipynb", "leads out of the folder"),
        ("ann/../../escape.ipynb", "leads out of the folder"),
        ("..\\escape.ipynb", "leads out of the folder"),
        ("/tmp/escape.ipynb", "leads out of the folder"),
        ("C:\\escape.ipynb", "leads out of the folder"),
        (odd_entry("ann/link.ipynb", stat.S_IFLNK), "a link or a device"),
        (odd_entry("ann/pipe", stat.S_IFIFO), "a link or a device"),
    ],
)
def test_a_zip_that_means_harm_unpacks_nothing(
    tmp_path: Path, entry: str | zipfile.ZipInfo, message: str
) -> None:
    made = zipped(tmp_path / "bad.zip", "ann/good.ipynb", entry)
    with pytest.raises(UsageError, match=message):
        unpack(made, tmp_path / "out")
    assert not (tmp_path / "out").exists() and os.listdir(tmp_path) == ["bad.zip"]


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_BYTES"])
def test_a_zip_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(archive, limit, 1)
    with pytest.raises(UsageError, match="unpacks to more than"):
        unpack(zipped(tmp_path / "a.zip", "a/b.ipynb", "a/c.ipynb"), tmp_path / "out")


def test_no_zip(tmp_path: Path) -> None:
    write(tmp_path, "essay.pdf")
    with pytest.raises(UsageError, match="is not a zip"):
        unpack(tmp_path / "essay.pdf", tmp_path / "out")


def test_a_damaged_zip(tmp_path: Path) -> None:
    made = zipped(tmp_path / "a.zip", "ann/a.ipynb")
    content = made.read_bytes()
    made.write_bytes(content.replace(b"{}", b"[]", 1))
    with pytest.raises(UsageError, match="is not a zip"):
        unpack(made, tmp_path / "out")
