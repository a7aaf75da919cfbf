"""Grade on a Dask cluster that is already there: the same pure function, on other machines.

Each worker of the cluster needs this version of cnnkit with the extra `grade`, and a sandbox.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from itertools import islice
from typing import Any, Self

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.crew.pool import Worker
from cnnkit.classroom.grading.crew.worker import GRADER
from cnnkit.classroom.grading.result import FAILED, Result
from cnnkit.errors import UsageError

SECONDS_TO_CONNECT = 15
AHEAD = 2  # bundles on their way for each thread of the cluster
_warm: Any = threading.local()


class ClusterLost(Exception):
    """The scheduler went away; the message is one line."""


def grade_one_anywhere(bundle: str, grader: str = GRADER) -> str:
    """Grade a bundle given as JSON text and return the result as JSON text.

    The first call in a thread starts a warm worker process, which stays for the next: the sandbox wants a
    process of its own, and the cluster's are full of threads.
    """
    asked = Bundle.from_json(bundle)
    key = (grader, asked.sandbox)
    if getattr(_warm, "key", None) != key:
        _warm.worker, _warm.key = Worker(asked.sandbox, grader), key
    return str(_warm.worker.grade(asked).to_json())


class Cluster:
    """A connection to the scheduler at ``address``, such as ``tcp://host:8786``."""

    def __init__(self, address: str, grader: str = GRADER) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise UsageError("--scheduler needs Dask. Install it with: pip install 'cnnkit[grade]'") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we say ourselves what went wrong
        try:
            self._client: Any = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError):
            raise UsageError(
                f"--scheduler {address}: no Dask scheduler answers there. Expected an address as tcp://HOST:8786."
            ) from None
        self._grader = grader

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def grade(
        self, bundles: Iterable[Bundle], started: Callable[[Bundle], None] = lambda bundle: None
    ) -> Iterator[Result]:
        """Begin, and return the results in the order in which they are finished.

        A worker that dies costs nothing: the scheduler gives its bundle to another one. ``bundles`` are
        taken one by one, and ``started`` is told of each when it is sent.

        Raises
        ------
        ClusterLost
            by the iterator, if the scheduler goes away.
        """
        from distributed import as_completed

        sent: dict[str, Bundle] = {}

        def send(bundle: Bundle) -> Any:
            started(bundle)
            text = bundle.to_json()
            future = self._client.submit(grade_one_anywhere, text, self._grader, pure=False)
            sent[future.key] = bundle
            return future

        source = iter(bundles)
        first = [send(bundle) for bundle in islice(source, self._places())]
        futures = as_completed(first, loop=self._client.loop)

        def results() -> Iterator[Result]:
            for future in futures:
                for bundle in islice(source, 1):
                    futures.add(send(bundle))
                yield _result(sent.pop(future.key), future)

        return results()

    def close(self) -> None:
        """Forget what is still being graded, and leave the cluster."""
        self._client.close()

    def _places(self) -> int:
        """Return how many bundles may be on their way: enough to keep all busy, few enough to hold."""
        threads = sum(self._client.nthreads().values())
        if not threads:
            raise UsageError("the Dask scheduler has no workers. Start some: dask worker ADDRESS")
        return AHEAD * int(threads)


def _result(bundle: Bundle, future: Any) -> Result:
    try:
        error = future.exception()
        result = Result.from_json(future.result()) if error is None else None
    except (CancelledError, OSError):
        raise ClusterLost("the Dask scheduler is gone") from None
    if result and result.fingerprint == bundle.fingerprint:
        return result
    why = error or "the worker has another version of cnnkit"
    reason = f"The cluster could not grade it ({why}). Run the same command again."
    return Result(bundle.student, bundle.chapter, bundle.fingerprint, FAILED, reason)
