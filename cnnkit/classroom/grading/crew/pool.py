"""Grade on this machine: warm worker processes, and a result as soon as one is there.

Each worker process has a thread here that feeds it. Results wait in a short queue, so that the workers wait
for whoever takes them, and memory stays the same however large the class is.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.crew.worker import FAILURE, GRADER, REFUSAL
from cnnkit.classroom.grading.result import FAILED, Result
from cnnkit.errors import UsageError

ATTEMPTS = 3
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Started = Callable[[Bundle], None]


class Died(Exception):
    """A worker process ended without a result; the message says how."""


class Pool:
    """``jobs`` worker processes that warm up at once; ``log`` is the file for what they print."""

    def __init__(self, jobs: int, sandbox: str, grader: str = GRADER, log: Path | None = None) -> None:
        self._stop = threading.Event()
        self._workers = [Worker(sandbox, grader, log) for _ in range(jobs)]
        self._threads: list[threading.Thread] = []
        self._done: queue.Queue[Result | BaseException | None] = queue.Queue(2 * jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def grade(self, bundles: Iterable[Bundle], started: Started = lambda bundle: None) -> Iterator[Result]:
        """Begin, and return the results in the order in which they are finished.

        ``bundles`` are taken one by one, when a worker is free, and ``started`` is told of each.
        """
        source, turn = iter(bundles), threading.Lock()

        def next_bundle() -> Bundle | None:
            with turn:
                bundle = next(source, None)
                if bundle:
                    started(bundle)
                return bundle

        self._threads = [
            threading.Thread(target=self._feed, args=(worker, next_bundle)) for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()
        return self._results()

    def close(self) -> None:
        """End all worker processes at once, whatever they are doing."""
        self._stop.set()
        for worker in self._workers:
            worker.close()
        for thread in self._threads:
            while thread.is_alive():
                with suppress(queue.Empty):
                    self._done.get(timeout=0.05)

    def _results(self) -> Iterator[Result]:
        busy = len(self._threads)
        while busy:
            done = self._done.get()
            if isinstance(done, BaseException):
                raise done
            if done is None:
                busy -= 1
            else:
                yield done

    def _feed(self, worker: Worker, next_bundle: Callable[[], Bundle | None]) -> None:
        try:
            while not self._stop.is_set() and (bundle := next_bundle()):
                self._done.put(worker.grade(bundle))
        except BaseException as error:
            self._done.put(error)
        finally:
            self._done.put(None)


class Worker:
    """One worker process, replaced whenever it dies."""

    def __init__(self, sandbox: str, grader: str = GRADER, log: Path | None = None) -> None:
        self._arguments, self._log = (sandbox, grader), log
        self._environment = os.environ | ONE_THREAD  # now: it may be another for a while when nbgrader runs
        self._closed, self._turn = False, threading.Lock()
        self._start()

    def grade(self, bundle: Bundle) -> Result:
        """Return the worker's result, or after so many deaths one that says so."""
        why = ""
        for _ in range(ATTEMPTS):
            try:
                return self._ask(bundle)
            except Died as death:
                why = str(death)
            self._replace()
        reason = f"The grader itself failed {ATTEMPTS} times ({why}). Run the same command again."
        return Result(bundle.student, bundle.chapter, bundle.fingerprint, FAILED, reason)

    def close(self) -> None:
        """End the process for good, also while another thread waits for it."""
        with self._turn:
            self._closed = True
        self._kill()

    def _kill(self) -> None:
        """End the process and all that belong to its session."""
        with self._turn:
            if self._process.returncode is None:  # else its number may be another's by now
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def _ask(self, bundle: Bundle) -> Result:
        try:
            self._pipe.send_bytes(bundle.to_json().encode())
            if not self._pipe.poll(_patience(bundle)):
                raise Died("it did not answer in time")
            kind, _, text = self._pipe.recv_bytes().decode().partition("\n")
        except (EOFError, OSError):
            self._kill()
            raise Died(_how(self._process.returncode)) from None
        if kind == REFUSAL:
            raise UsageError(text)
        if kind == FAILURE:
            raise Died(text)
        return Result.from_json(text)

    def _replace(self) -> None:
        self._kill()
        self._pipe.close()
        self._start()

    def _start(self) -> None:
        """Start a process in a session of its own, so that Ctrl-C reaches only us."""
        with self._turn:
            if self._closed:
                return
            self._pipe, theirs = Pipe()
            with theirs:
                self._process = self._popen(theirs)

    def _popen(self, theirs: Connection) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-P", "-m", "cnnkit.classroom.grading.crew.worker"]
        with open(self._log or os.devnull, "ab") as log:
            return subprocess.Popen(
                [*program, str(theirs.fileno()), str(os.getpid()), *self._arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self._environment,
            )


def _patience(bundle: Bundle) -> float:
    """Return how long a worker may take, warming up and starting the sandbox anew included."""
    return 60 + 3 * bundle.limits.notebook_seconds


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"it ended with {code}"
