"""What nbgrader has to say: kept in a file, and its last words picked out for a human."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def keep_log(path: Path) -> Iterator[None]:
    """Send what nbgrader logs to a file instead of the screen."""
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.getLogger("traitlets")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def last_words() -> Iterator[list[str]]:
    """Collect the exceptions in the tracebacks that nbgrader logs: its own only say "see above"."""
    words: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            _, traceback, after = record.getMessage().rpartition("Traceback (most recent call last):\n")
            if traceback:
                words.append(next((line for line in after.splitlines() if not line.startswith(" ")), after))

    listener = Listener(logging.ERROR)
    logger = logging.getLogger("traitlets")
    logger.addHandler(listener)
    try:
        yield words
    finally:
        logger.removeHandler(listener)
