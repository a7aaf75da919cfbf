"""Unpacking zips that strangers made."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from cnnkit.classroom.grading.intake import archive, listing
from cnnkit.classroom.grading.intake.archive import unpack
from cnnkit.errors import UsageError
from tests.zips import odd_entry, zipped

Entry = tuple[str | zipfile.ZipInfo, str | bytes]


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    names = [
        "class/",
        "class/ann/02_convolution/a.ipynb",
        "class\\bob\\b.ipynb",
        "class/essay.pdf",
        "__MACOSX/x",
    ]
    found = unpack(zipped(tmp_path / "a.zip", *((name, "{}") for name in names)), tmp_path / "out")
    out = tmp_path / "out/class"
    assert {str(path): it for path, it in found.files.items()} == {
        "class/ann/02_convolution/a.ipynb": out / "ann/02_convolution/a.ipynb",
        "class/bob/b.ipynb": out / "bob/b.ipynb",
        "class/essay.pdf": "is no notebook",
    }
    assert sorted(map(str, found.folders)) == ["class", "class/ann", "class/ann/02_convolution", "class/bob"]
    assert (out / "bob/b.ipynb").read_text() == "{}" and not (out / "essay.pdf").exists()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("../escape.ipynb", "leads out of the folder"),
        ("..\\escape.ipynb", "leads out of the folder"),
        ("/tmp/escape.ipynb", "leads out of the folder"),
        ("C:\\escape.ipynb", "leads out of the folder"),
    ],
)
def test_a_name_that_leads_out_and_is_nobodys_unpacks_nothing(
    tmp_path: Path, entry: str, message: str
) -> None:
    made = zipped(tmp_path / "bad.zip", ("ann/good.ipynb", "{}"), (entry, "{}"))
    with pytest.raises(UsageError, match=message):
        unpack(made, tmp_path / "out")
    assert os.listdir(tmp_path) == ["bad.zip"]


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([("bob/../../escape.ipynb", "{}")], "leads out"),
        ([("bob/02\\..\\..\\..\\escape.ipynb", "{}")], "leads out"),
        ([(odd_entry("bob/link.ipynb", stat.S_IFLNK), "/etc/passwd")], "is a link"),
        ([(odd_entry("bob/pipe.ipynb", stat.S_IFIFO), "")], "is a link"),
        ([("bob/a.ipynb", "{}"), ("bob/a.ipynb", "[]")], "is there twice"),
        ([("bob/a.ipynb", "{}"), ("bob//a.ipynb", "[]")], "is there twice"),
        ([("bob/a.ipynb", " " * 12_000_000)], "more than 200 times its size"),
        ([("bob/large.ipynb", os.urandom(200_000))], "is larger than"),
        ([(f"bob/{'x' * 300}.ipynb", "{}")], "no file here can have"),
        ([("bob.ipynb", "{}"), ("bob.ipynb/a.ipynb", "{}")], "no file here can have"),
    ],
)
def test_a_bad_file_costs_nobody_else_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: list[Entry], why: str
) -> None:
    if why == "is larger than":
        monkeypatch.setattr(listing, "MAX_FILE_BYTES", 100_000)
    found = unpack(zipped(tmp_path / "a.zip", ("ann/good.ipynb", "{}"), *entries), tmp_path / "out")
    assert found.files[PurePosixPath("ann/good.ipynb")] == tmp_path / "out/ann/good.ipynb"
    bad = {path: it for path, it in found.files.items() if isinstance(it, str)}
    assert len(bad) == 1 and all(path.parts[0].startswith("bob") and why in it for path, it in bad.items())
    assert os.listdir(tmp_path / "out/ann") == ["good.ipynb"]
    assert not list(tmp_path.rglob("escape.ipynb")) and not [p for p in tmp_path.rglob("*") if p.is_symlink()]


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_BYTES"])
def test_a_zip_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(listing if limit == "MAX_FILES" else archive, limit, 1)
    with pytest.raises(UsageError, match="unpacks to more than"):
        unpack(zipped(tmp_path / "a.zip", ("a/b.ipynb", "{}"), ("a/c.ipynb", "{}")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def changed(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


def locked(path: Path) -> Path:
    """Set the flag that says that the files of a zip are locked."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    return path


def test_a_locked_zip(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="locked with a password"):
        unpack(locked(zipped(tmp_path / "a.zip", ("ann/a.ipynb", "{}"))), tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", b"PK\5\6" + b"\xff" * 18])
def test_no_zip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "essay.pdf").write_bytes(content)
    with pytest.raises(UsageError, match=r"essay\.pdf is not a zip that can be unpacked: [^\n]*$"):
        unpack(tmp_path / "essay.pdf", tmp_path / "out")


def test_a_name_in_the_wrong_encoding(tmp_path: Path) -> None:
    made = changed(zipped(tmp_path / "a.zip", ("zoé/a.ipynb", "{}")), "zoé".encode(), b"zo\xff\xff")
    with pytest.raises(UsageError, match="is not a zip that can be unpacked"):
        unpack(made, tmp_path / "out")


def test_utf_8_that_does_not_say_so_is_read(tmp_path: Path) -> None:
    made = changed(zipped(tmp_path / "a.zip", ("zoXX/a.ipynb", "{}")), b"zoXX", "zoé".encode())
    assert list(unpack(made, tmp_path / "out").files) == [PurePosixPath("zoé/a.ipynb")]


def test_a_damaged_file_costs_nobody_else_anything(tmp_path: Path) -> None:
    made = zipped(tmp_path / "a.zip", ("ann/a.ipynb", "{}"), ("bob/b.ipynb", "[1, 2, 3, 4]"))
    deflated = made.read_bytes()
    at = deflated.index(b"bob/b.ipynb") + len(b"bob/b.ipynb")
    made.write_bytes(deflated[:at] + b"\xff\xff" + deflated[at + 2 :])
    found = unpack(made, tmp_path / "out").files
    assert found[PurePosixPath("bob/b.ipynb")] == "is damaged"
    assert found[PurePosixPath("ann/a.ipynb")] == tmp_path / "out/ann/a.ipynb"
