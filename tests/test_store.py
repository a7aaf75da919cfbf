"""What is kept on disk while a class is graded: results and the journal."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.crew.store import Journal, Store, write_whole
from cnnkit.classroom.grading.result import FAILED, GRADED, RIGHT, Check, Result
from cnnkit.errors import UsageError

RESULT = Result(
    "ada",
    "02_convolution",
    "f1",
    GRADED,
    "all is well",
    ("a cell was copied",),
    (Check("a-check", "a", True, 2.0, 1.5, RIGHT, "½ of a 𝔹ug, and half a character: \ud83d"),),
    ({"cell_type": "code", "outputs": [{"text": "\x00\ud800"}]},),
)


def test_a_result_comes_back_as_it_was(tmp_path: Path) -> None:
    with Store(tmp_path / "results") as store:
        store.put(RESULT)
    with Store(tmp_path / "results") as again:
        assert again.get("f1") == RESULT
    assert os.listdir(tmp_path / "results") in (["f1.json", ".lock"], [".lock", "f1.json"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"schema": 0}',
        b'{"schema": 1}',
        b'{"schema": 1, "checks": [1], "flags": [], "cells": []}',
        b'{"schema": 1, "checks": null, "flags": [], "cells": []}',
        b'{"schema": 1, "checks": [], "flags": [], "cells": [], "unknown": 1}',
        replace(RESULT, fingerprint="another").to_json().encode("utf-8", "backslashreplace"),
    ],
)
def test_a_broken_or_foreign_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    with Store(tmp_path) as store:
        (tmp_path / "f1.json").write_bytes(content)
        assert store.get("f1") is None
        store.put(RESULT)
        assert store.get("f1") == RESULT


def test_failures_of_the_grader_are_not_kept(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.put(replace(RESULT, outcome=FAILED))
        assert store.get("f1") is None


def test_what_a_killed_run_left_unfinished_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "f1.json.tmp").write_text("half a res")
    with Store(tmp_path) as store:
        assert store.get("f1") is None
    assert os.listdir(tmp_path) == [".lock"]


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(UsageError, match="another run is grading"):
        Store(tmp_path)
    with Store(tmp_path):
        pass


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_breaks_off_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "grades"
    write_whole(path, "first")
    monkeypatch.setattr(*{"fsync": (os, "fsync", stops), "replace": (Path, "replace", stops)}[step])
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "second")
    assert path.read_text() == "first"


def test_the_journal_goes_on_after_a_line_that_broke_off(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    bundle = Bundle("zoë \ud800", "02_convolution", "{}", "{}")
    with Journal(path) as journal:
        journal.write("queued", bundle)
    path.write_text(path.read_text() + '{"at": "20')
    with Journal(path) as journal:
        journal.write("finished", RESULT, outcome=GRADED)
    first, torn, last = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["student"] == bundle.student and torn == '{"at": "20'
    assert json.loads(last) | {"at": ""} == {
        "at": "",
        "event": "finished",
        "student": "ada",
        "chapter": "02_convolution",
        "fingerprint": "f1",
        "outcome": "graded",
    }
