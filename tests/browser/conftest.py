"""A real JupyterLab and a real browser: both start once for the tests of this folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

PATIENCE = 120  # seconds that something may take on a busy machine before the test gives up
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # all cells are in the page
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
OWN = (
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
)


@dataclass(frozen=True)
class Server:
    """A running JupyterLab that serves the notebooks of one folder."""

    folder: Path
    address: str
    token: str

    def answers(self) -> bool:
        """Say whether it is up."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.address}/api/status", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start JupyterLab on an empty folder."""
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    with running_lab(home, home / "notebooks") as running:
        yield running


@contextmanager
def running_lab(home: Path, folder: Path) -> Iterator[Server]:
    """Run JupyterLab with its own settings, port and token; nothing of the user's is read or changed."""
    (home / "config" / "labconfig").mkdir(parents=True)
    (home / "config" / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    port, token = free_port(), secrets.token_hex(16)
    own = {name: str(home / name.lower()) for name in OWN} | {"JUPYTER_CONFIG_DIR": str(home / "config")}
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--port-retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options]
    with (home / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=log, stderr=log)
        try:
            running = Server(folder, f"http://127.0.0.1:{port}", token)
            until(running.answers, process, home / "log.txt")
            yield running
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; if it ends instead, show what it wrote."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: the figures are not driven in a browser")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


class Lab:
    """One page of JupyterLab with one notebook, used as a learner uses it."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server, self.complaints = page, server, list[str]()
        page.set_default_timeout(1000 * PATIENCE)
        expect.set_options(timeout=1000 * PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def open(self, notebook: Path, name: str) -> None:
        """Copy a notebook to the server and open the copy."""
        (self.server.folder / name).write_bytes(notebook.read_bytes())
        self.page.goto(f"{self.server.address}/lab/tree/{name}?reset&token={self.server.token}")
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell").first.wait_for()
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()

    def run_all(self) -> None:
        """Run all cells and wait until the last one has its number."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.ready;"
            " await window.jupyterapp.commands.execute('notebook:run-all-cells') }"
        )
        prompts = (
            r"[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(prompt => prompt.innerText)"
        )
        self.page.wait_for_function(rf"() => {prompts}.every(text => /^\[\d+\]:$/.test(text))")

    def cell(self, words: str) -> Locator:
        """Return the code cell whose source contains these words."""
        return self.page.locator(".jp-CodeCell", has=self.page.locator(".jp-InputArea", has_text=words)).first

    def errors(self) -> list[str]:
        """Return what cells have raised."""
        return self.page.locator('[data-mime-type="application/vnd.jupyter.error"]').all_inner_texts()

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def lab(browser: Browser, server: Server) -> Iterator[Lab]:
    """Open a fresh browser page; what goes wrong in it is kept in ``complaints``."""
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    yield Lab(page, server)
    page.close()
