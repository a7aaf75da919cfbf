"""The errors that cnnkit raises on purpose, and the few checks of arguments that raise them.

Every message says which function speaks, what came, what was expected and what to do.
"""

from __future__ import annotations

import reprlib


class ShapeError(ValueError):
    """An array has the wrong rank or size.

    >>> raise ShapeError("conv2d: x has 3 channels but w expects 1. w must have shape (F, 3, KH, KW).")
    Traceback (most recent call last):
    ...
    cnnkit.errors.ShapeError: conv2d: x has 3 channels but w expects 1. w must have shape (F, 3, KH, KW).
    """


def shown(value: object) -> str:
    """Return ``value`` as a message shows it: on one line, and short however long it is.

    >>> shown("sane"), shown([[0] * 40] * 40)
    ("'sane'", '[[0, 0, 0, 0, 0, 0, ...], [0, 0, 0, 0, 0, 0, ...], [0, 0,...')
    """
    text = " ".join(reprlib.repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


class UsageError(Exception):
    """A command, or a call in a notebook, was given something it cannot work with.

    The command line prints the message as one line and exits with 2; it never shows a traceback.

    >>> str(UsageError("no chapter 99. The chapters are 00, 02, 03."))
    'no chapter 99. The chapters are 00, 02, 03.'
    """

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message alone."""
        return str(self).splitlines()
