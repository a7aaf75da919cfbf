"""`cnnkit lab`: work is never written over, the server starts where it should, and it ends when told to."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from pathlib import Path

import pytest

from cnnkit.classroom import course_files, lab, server, workfolder
from cnnkit.classroom.workfolder import COPIED, KEPT, KEPT_OLD, UNCHANGED, UPDATED
from cnnkit.errors import UsageError
from tests.served import served

UNITS = ("00_start", "02_convolution", "03_shapes")


@pytest.fixture
def lessons(tmp_path: Path) -> dict[str, Path]:
    found = {}
    for unit in UNITS:
        found[unit] = tmp_path / "course" / unit / f"{unit}.ipynb"
        found[unit].parent.mkdir(parents=True)
        found[unit].write_text(f"first edition of {unit}")
    return found


@pytest.mark.parametrize(
    ("worked", "newer", "deleted", "done", "ends_as"),
    [
        (False, False, False, UNCHANGED, "first edition of 02_convolution"),
        (False, True, False, UPDATED, "second edition"),
        (True, False, False, KEPT, "my work"),
        (True, True, False, KEPT_OLD, "my work"),
        (False, False, True, COPIED, "first edition of 02_convolution"),
        (False, True, True, COPIED, "second edition"),
    ],
)
def test_work_is_kept_and_only_untouched_copies_are_updated(
    lessons: dict[str, Path],
    tmp_path: Path,
    worked: bool,
    newer: bool,
    deleted: bool,
    done: str,
    ends_as: str,
) -> None:
    folder = tmp_path / "work"
    assert workfolder.fill(folder, lessons) == dict.fromkeys(UNITS, COPIED)
    mine = folder / "02_convolution" / "02_convolution.ipynb"
    if worked:
        mine.write_text("my work")
    if newer:
        lessons["02_convolution"].write_text("second edition")
    if deleted:
        mine.unlink()
    assert workfolder.fill(folder, lessons) == dict.fromkeys(UNITS, UNCHANGED) | {"02_convolution": done}
    assert mine.read_text() == ends_as


def test_work_outlives_several_editions(lessons: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "work"
    workfolder.fill(folder, lessons)
    mine = folder / "00_start" / "00_start.ipynb"
    mine.write_text("my work")
    for edition in ("second", "second", "third"):
        lessons["00_start"].write_text(edition)
        assert workfolder.fill(folder, lessons)["00_start"] == KEPT_OLD
    assert mine.read_text() == "my work"


@pytest.mark.parametrize("memory", ["", "[]", "{", None])
def test_without_its_memory_nothing_is_replaced(
    lessons: dict[str, Path], tmp_path: Path, memory: str | None
) -> None:
    folder = tmp_path / "work"
    workfolder.fill(folder, lessons)
    remembered = folder / ".cnnkit" / "copied.json"
    remembered.unlink() if memory is None else remembered.write_text(memory)
    lessons["00_start"].write_text("second edition")
    assert workfolder.fill(folder, lessons)["00_start"] == KEPT


def test_a_folder_with_other_files_is_filled_beside_them(lessons: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "00_start").mkdir(parents=True)
    (folder / "00_start" / "00_start.ipynb").write_text("not from us")
    assert workfolder.fill(folder, lessons)["00_start"] == KEPT
    assert (folder / "00_start" / "00_start.ipynb").read_text() == "not from us"


def test_a_folder_that_cannot_be_one_is_said_in_one_line(lessons: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, says in [
        (tmp_path / "file", "is a file"),
        (tmp_path / "file" / "below", "cannot be written"),
    ]:
        with pytest.raises(UsageError, match=says) as error:
            workfolder.fill(folder, lessons)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("passed", "opens"),
    [
        ({}, "00_start"),
        ({"00": {"a": True, "b": False}}, "00_start"),
        ({"00": {"a": True, "b": True}}, "02_convolution"),
        ({"00": {"a": True, "b": True}, "02": {"a": True}, "03": {"a": True, "b": True}}, "02_convolution"),
        ({key: {"a": True, "b": True} for key in ("00", "02", "03")}, "00_start"),
    ],
)
def test_the_first_unfinished_lesson_opens(
    lessons: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed: object, opens: str
) -> None:
    monkeypatch.setattr(lab, "bank", lambda chapter: {"exercises": {"a": {}, "b": {}}})
    (tmp_path / ".cnnkit").mkdir()
    (tmp_path / ".cnnkit" / "progress.json").write_text(json.dumps(passed))
    assert lab.next_lesson(tmp_path, lessons) == Path(opens, f"{opens}.ipynb")


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ({"00_start": COPIED, "03_shapes": COPIED}, "00_start, 03_shapes: copied\n"),
        ({"00_start": UPDATED}, "00_start: updated, for you had not worked in it\n"),
        ({"00_start": KEPT}, "00_start: kept as it is: your work\n"),
        ({"00_start": KEPT_OLD}, "the course has a newer one. To get it, rename your file"),
        ({"00_start": UNCHANGED}, "The course is in work."),
    ],
)
def test_what_was_done_is_said_in_plain_words(
    done: dict[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.report(Path("work"), done)
    assert says in capsys.readouterr().out


def test_a_taken_port_is_refused_and_otherwise_passed_over() -> None:
    with socket.socket() as other:
        other.bind((server.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {taken} is taken"):
            server.free_port(taken)
        assert server.free_port() != taken
    assert server.free_port(0) > 0


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_must_be_one(port: int) -> None:
    with pytest.raises(UsageError, match="is no port"):
        server.free_port(port)


def test_without_jupyterlab_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'cnnkit\[course\]'"):
        lab.run(argparse.Namespace(folder=Path("never-made"), no_browser=True, port=None))
    assert not Path("never-made").exists()


def test_the_server_keeps_its_token_to_itself_and_its_thread_settings_can_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    settings = server.environment("secret")
    assert (settings["OMP_NUM_THREADS"], settings["OPENBLAS_NUM_THREADS"]) == ("3", "1")
    jupyter = server.Server(tmp_path, Path("00_start/00_start.ipynb"), 8888, browser=False)
    assert settings["JUPYTER_TOKEN"] == "secret"
    assert jupyter.token in jupyter.address and jupyter.token not in " ".join(jupyter._command)


@pytest.mark.parametrize(("screen", "found"), [(None, False), (":0", True)])
def test_a_browser_is_looked_for_only_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, screen: str | None, found: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    if screen:
        monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.setattr(lab.sys, "platform", "linux")
    monkeypatch.setattr(lab.webbrowser, "get", lambda: object())
    assert lab.has_browser() is found


def test_the_course_opens_without_instructors_panels_and_news_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cnnkit.cli", "lab", "work", "--no-browser", "--port", "0"]
    with served(command, tmp_path) as page:
        disabled = page().split('"disabledExtensions": ')[1].split("]")[0]
        settings = json.loads(page("/lab/api/settings/@jupyterlab/apputils-extension:notification"))
    assert "@jupyter/nbgrader:create-assignment" in disabled and "validate" not in disabled
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert [path.stem for path in sorted((tmp_path / "work").glob("*/*.ipynb"))] == list(
        course_files.lessons()
    )


@pytest.mark.parametrize(
    ("present", "found"),
    [
        (["pyproject.toml", "course/", "cnnkit/course/"], "course"),
        (["course/", "cnnkit/course/"], "cnnkit/course"),
        (["pyproject.toml", "cnnkit/course/"], "cnnkit/course"),
        (["course/"], None),
    ],
)
def test_lessons_come_from_the_checkout_else_from_the_package(
    tmp_path: Path, present: list[str], found: str | None
) -> None:
    for name in present:
        path = tmp_path / name
        path.mkdir(parents=True) if name.endswith("/") else path.write_text("")
    if found is None:
        with pytest.raises(UsageError, match="no lessons"):
            course_files.course_folder(tmp_path / "cnnkit")
    else:
        assert course_files.course_folder(tmp_path / "cnnkit") == tmp_path / found
