"""Start `cnnkit lab`, read pages from the address that it prints, and end it with Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def at_home(home: Path) -> dict[str, str]:
    """Return an environment with a home of its own, and without a screen, so that no browser opens."""
    kept = {name: value for name, value in os.environ.items() if name not in SCREENS}
    return {**kept, "HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}


@contextmanager
def served(command: list[str], folder: Path) -> Iterator[Callable[..., str]]:
    """Yield a function that fetches a page: the printed address, or another path of the same server."""
    with subprocess.Popen(
        command, cwd=folder, env=at_home(folder), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            address = next((line for line in process.stdout or [] if "http://" in line), "none").split()[-1]
            yield lambda path="": fetch(address, path)
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, address
    assert "JupyterLab has stopped. Your work is in" in said


def fetch(address: str, path: str = "") -> str:
    """Fetch a page of a server, with the token that is in its address."""
    host, _, printed = address.removeprefix("http://").partition("/")
    token = printed.partition("token=")[2]
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.request("GET", path or f"/{printed}", headers={"Authorization": f"token {token}"})
        with connection.getresponse() as response:
            assert response.status == 200, f"{response.status} {path or printed}"
            return response.read().decode()
