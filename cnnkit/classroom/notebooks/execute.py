"""Run the code cells of a notebook in a fresh kernel, each with a time limit, and keep what went wrong.

Nothing is written back, and what cells print is dropped. A cell that runs too long is interrupted and
the rest goes on; a kernel that ignores the interrupt is killed, and the rest is not run.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

FINE, ERROR, TOO_LONG, DIED, NOT_RUN = "fine", "error", "too long", "died", "not run"
START_LIMIT = 60.0
GRACE = 5.0  # seconds in which an interrupted cell has to end
LONGEST_MESSAGE = 4000


@dataclass(frozen=True)
class CellRun:
    """What one cell did: ``what`` is `FINE`, `ERROR`, `TOO_LONG`, `DIED` or `NOT_RUN`."""

    what: str
    error: str = ""  # the class name of the exception
    message: str = ""


class NoKernel(Exception):
    """The machine could not start a kernel."""


def run_cells(sources: Sequence[str], folder: Path, limit: float) -> list[CellRun]:
    """Run ``sources`` one after the other in ``folder``, each for at most ``limit`` seconds.

    >>> [run.error or run.what for run in run_cells(["x = 1", "x / 0", "x"], Path(), limit=30)]
    ['fine', 'ZeroDivisionError', 'fine']
    """
    runs: list[CellRun] = []
    with tempfile.TemporaryDirectory() as private, Kernel(folder, Path(private)) as kernel:
        for source in sources:
            runs.append(kernel.run(source, limit) if kernel.alive else CellRun(NOT_RUN))
    return runs


class Kernel:
    """A kernel of this very Python: no IPython profile, no history, no progress kept."""

    def __init__(self, folder: Path, private: Path) -> None:
        self.alive = False
        self._folder = folder
        self._settings = {"CNNKIT_NO_PROGRESS": "1", "IPYTHONDIR": str(private)}
        connection_file = str(private / "kernel.json")
        self._manager = KernelManager(kernel_spec_manager=_ThisPython(), connection_file=connection_file)

    def __enter__(self) -> Kernel:
        environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ, **self._settings}
        self._manager.start_kernel(cwd=str(self._folder), env=environment, stdout=DEVNULL, stderr=DEVNULL)
        self._client = self._manager.client()
        self._client.start_channels()
        try:
            self._client.wait_for_ready(timeout=START_LIMIT)
        except RuntimeError as error:
            self._kill()
            raise NoKernel(f"no kernel could be started: {error}") from None
        self.alive = True
        return self

    def __exit__(self, *error: object) -> None:
        self._kill()

    def run(self, source: str, limit: float) -> CellRun:
        """Run one cell and wait for its end, for the time limit or for the kernel's death."""
        request = self._client.execute(source, allow_stdin=False, stop_on_error=False)
        ended = self._follow(request, limit)
        if ended is None and self.alive:
            self._manager.interrupt_kernel()
            if self._follow(request, GRACE) is None:
                self._kill()
            return CellRun(TOO_LONG)
        return ended or CellRun(DIED)

    def _follow(self, request: str, limit: float) -> CellRun | None:
        """Read the kernel's messages until the cell has ended; None if it has not, in time or ever."""
        deadline = time.monotonic() + limit
        result = CellRun(FINE)
        while time.monotonic() < deadline:
            message = self._next_message()
            if message is None and not self._manager.is_alive():
                self.alive = False
                return None
            if message is None or message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "error":
                result = _error(message["content"])
            elif message["content"].get("execution_state") == "idle":
                return result
        return None

    def _next_message(self) -> dict[str, Any] | None:
        try:
            return dict(self._client.get_iopub_msg(timeout=0.2))
        except queue.Empty:
            return None

    def _kill(self) -> None:
        self.alive = False
        if os.name == "posix" and self._manager.is_alive():
            self._manager.signal_kernel(signal.SIGKILL)  # the whole process group, so that no child is left
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


class _ThisPython(KernelSpecManager):
    """Knows one kernel, the Python that runs this command, whatever other kernels are installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=[*launch, "--HistoryManager.hist_file=:memory:"], language="python")


def _error(content: dict[str, Any]) -> CellRun:
    message = str(content["evalue"])
    if len(message) > LONGEST_MESSAGE:
        message = message[:LONGEST_MESSAGE] + " ..."
    return CellRun(ERROR, str(content["ename"]), message)
