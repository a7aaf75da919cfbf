"""The gradebook in PostgreSQL, by its URL alone: against a server of the tests' own, on a private socket."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnkit.classroom.nbgrader_adapter import (
    GradebookError,
    apply,
    feedback_page,
    open_gradebook,
    scores_of,
    writer,
)
from cnnkit.errors import UsageError
from tests.gradebooks import UNIT, Desk, make_desk

CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'broken'"
PATIENCE = 60  # seconds that the server may take to start on a busy machine


def binary(name: str) -> str:
    """Return where a program of PostgreSQL is; Debian keeps them out of the path."""
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))), "")
    return found or pytest.skip("no PostgreSQL server on this machine: only SQLite is tested")


class Server:
    """A PostgreSQL server with its files and its socket in one temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.owner = folder, _unprivileged()
        shutil.chown(folder, self.owner)
        self.run(binary("initdb"), "-D", str(folder / "data"), "-U", "teacher", "--auth=trust", "--no-sync")
        options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        self._process = subprocess.Popen(
            [binary("postgres"), "-D", str(folder / "data"), *options],
            user=self.owner,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while not (folder / ".s.PGSQL.5432").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the PostgreSQL server did not start")
            time.sleep(0.1)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://teacher@/{name}?host={self.folder}"

    def create(self, name: str) -> str:
        """Make an empty database, and return its URL."""
        self.run(binary("createdb"), "-h", str(self.folder), "-U", "teacher", name)
        return self.url(name)

    def stop(self) -> None:
        """End the server; connections are cut."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE)

    def run(self, *command: str) -> None:
        """Run a program as the server's owner."""
        done = subprocess.run(command, user=self.owner, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr}")


def _unprivileged() -> str | None:
    """Return the user who runs the server: never root, PostgreSQL refuses that."""
    if os.getuid():
        return None
    names = [name for name in ("postgres", "nobody") if any(user.pw_name == name for user in pwd.getpwall())]
    return names[0] if names else pytest.skip("there is no unprivileged user to run PostgreSQL")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed: only SQLite is tested")
    binary("postgres")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        running = Server(Path(folder))
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_desk(tmp_path_factory.mktemp("desk"), server.create("grades"))


def test_marks_and_feedback_as_with_sqlite(desk: Desk, tmp_path: Path) -> None:
    sqlite, pages = make_desk(tmp_path), set()
    for here in (desk, sqlite):
        with writer(here.course, here.db_url) as apply_one:
            apply_one(here.result("ann", right="negate"))
            scores = apply_one(here.result("Zoë O'Brien", right="double"))
        here.mark("essay", 4)
        pages.add(feedback_page(here.course, "Zoë O'Brien", UNIT, scores).read_text())
    assert desk.grades() == sqlite.grades()
    assert desk.comments() == sqlite.comments()
    assert scores_of(desk.db_url, "ann", UNIT) == scores_of(sqlite.db_url, "ann", UNIT)
    assert len(pages) == 1


def test_a_regrade_keeps_marks_by_hand(desk: Desk) -> None:
    apply(desk.result("bo", right="double"), desk.course, desk.db_url)
    desk.mark("negate-check", 1, "bo")
    scores = apply(desk.result("bo", right="", fingerprint="f2"), desk.course, desk.db_url)
    assert scores.score == 1
    assert desk.grades("bo")["double-hidden"] == (0, None, False)


def test_the_url_that_is_shown_keeps_the_password(server: Server, desk: Desk) -> None:
    _, shown = open_gradebook(desk.db_url.replace("teacher@", "teacher:secret@"))
    assert "secret" not in shown and "teacher:***@" in shown


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (("/grades", "/nowhere"), GradebookError, 'database "nowhere" does not exist'),
        (("host=", "host=/nowhere"), GradebookError, "the gradebook cannot be used"),
        (("+psycopg:", "+nodriver:"), UsageError, "Expected an SQLAlchemy URL"),
        (("+psycopg:", "+pg8000:"), UsageError, "Install the database's driver"),
    ],
)
def test_what_cannot_be_reached_is_told_in_one_line(
    desk: Desk, change: tuple[str, str], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as error:
        open_gradebook(desk.db_url.replace(*change))
    assert "\n" not in str(error.value)


def test_a_server_that_goes_away_is_told_and_nothing_is_half_done(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(tmp_path, server.create("broken"))
    with writer(desk.course, desk.db_url) as apply_one:
        apply_one(desk.result("ann"))
        server.run(binary("psql"), "-h", str(server.folder), "-U", "teacher", "grades", "-c", CUT_OFF)
        with pytest.raises(GradebookError, match="the gradebook cannot be used"):
            apply_one(desk.result("bo"))
        assert apply_one(desk.result("bo")).score == 7
    assert desk.grades("ann") == desk.grades("bo")
