"""A JupyterLab server for one student and one folder: started, waited for and stopped.

It runs in this Python's environment, listens on this machine only, and asks for a token of its own.
What it logs goes to ``FOLDER/.cnnkit/jupyter.log``, so the terminal shows only what a student needs.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

from cnnkit.classroom.exercises.progress_file import MARKER
from cnnkit.errors import UsageError

HOST = "127.0.0.1"
USUAL_PORTS = range(8888, 8988)
START_LIMIT = 120.0
STOP_LIMIT = 10.0
# Instructors' panels and the news pop-up are off here, without touching the student's own Jupyter settings.
CONFIG = Path(__file__).with_name("jupyter_config")


class DidNotStart(Exception):
    """JupyterLab ended, or stayed silent, before it answered."""


class Server:
    """JupyterLab on ``folder``, opened at ``lesson``; a context manager that stops it at the end."""

    def __init__(self, folder: Path, lesson: Path, port: int, *, browser: bool) -> None:
        self.port = port
        self.token = secrets.token_hex(24)
        self.address = f"http://{HOST}:{port}/lab/tree/{lesson.as_posix()}?token={self.token}"
        self.log = folder.resolve() / MARKER / "jupyter.log"
        self._command = command(folder.resolve(), lesson, port, browser=browser)

    def __enter__(self) -> Server:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, env=environment(self.token), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_until_ready(self) -> None:
        """Return once the server answers; raise `DidNotStart` if it does not."""
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(f"JupyterLab did not start. What it said is in {self.log}")
            time.sleep(0.2)

    def wait(self) -> None:
        """Return when the server has ended."""
        self._process.wait()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/api/status", headers={"Authorization": f"token {self.token}"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def command(folder: Path, lesson: Path, port: int, *, browser: bool) -> list[str]:
    """Return the command that starts JupyterLab; without the token, for anyone may list processes."""
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.answer_yes=True",
    ]
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options, str(folder / lesson)]


def environment(token: str) -> dict[str, str]:
    """Return the environment of the server and of its kernels.

    One thread for linear algebra is quicker on the course's small arrays, and spares a shared machine.
    """
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    settings = {**threads, "JUPYTER_PREFER_ENV_PATH": "1", **os.environ}
    paths = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**settings, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths), "JUPYTER_TOKEN": token}


def require_jupyterlab() -> None:
    """Raise `UsageError` where JupyterLab is not installed beside cnnkit."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise UsageError("JupyterLab is not installed here. Install it with: pip install 'cnnkit[course]'")


def free_port(wanted: int | None = None) -> int:
    """Return ``wanted`` if it is free, else the first free one of the usual ports; 0 means any."""
    if wanted is not None and not 0 <= wanted <= 65535:
        raise UsageError(f"--port {wanted} is no port. Name one from 1024 to 65535, or leave it out.")
    for port in USUAL_PORTS if wanted is None else [wanted]:
        with socket.socket() as probe:
            if os.name == "posix":  # so that a port closed a moment ago counts as free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UsageError(f"port {wanted or '8888 and the next 99'} is taken. Name another one with --port.")
