"""A limit on how long a call may take, which also ends an endless loop.

On Linux and macOS an interval timer raises in the main thread, again and again, so that a loop that swallows
exceptions is still left as soon as it stops doing so. Elsewhere, and outside the main thread, a helper
thread interrupts the main thread once.
What this cannot stop: a single long call inside compiled code, and code that catches `BaseException`
for ever. ``cnnkit check`` and ``cnnkit grade`` end those by ending the process.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

AGAIN_AFTER = 0.05  # seconds between two attempts


class TookTooLong(BaseException):
    """The call ran out of time. Not an `Exception`, so that ``except Exception`` does not catch it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TookTooLong` inside the block once ``seconds`` have passed.

    >>> with contextlib.suppress(TookTooLong), time_limit(0.01):
    ...     while True: pass
    """
    in_main = threading.current_thread() is threading.main_thread()
    with _by_timer(seconds) if in_main and hasattr(signal, "setitimer") else _by_thread(seconds):
        yield


@contextlib.contextmanager
def _by_timer(seconds: float) -> Iterator[None]:
    running = True

    def ring(signum: int, frame: FrameType | None) -> None:
        if running:
            raise TookTooLong

    old_handler = signal.signal(signal.SIGALRM, ring)
    old_timer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_AFTER)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, *old_timer)
        signal.signal(signal.SIGALRM, old_handler or signal.SIG_DFL)


@contextlib.contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    rang = threading.Event()

    def ring() -> None:
        rang.set()
        _thread.interrupt_main()

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    try:
        with _hearing_interrupts():
            yield
    except KeyboardInterrupt:
        if rang.is_set():
            raise TookTooLong from None
        raise
    finally:
        timer.cancel()


@contextlib.contextmanager
def _hearing_interrupts() -> Iterator[None]:
    """Let interrupts through: a program that a script put into the background ignores them."""
    old = signal.getsignal(signal.SIGINT)
    deaf = old in (signal.SIG_IGN, signal.SIG_DFL) and threading.current_thread() is threading.main_thread()
    if deaf:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if deaf:
            signal.signal(signal.SIGINT, old)
