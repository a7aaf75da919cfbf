"""How a check fails: two exceptions that notebooks show as their message alone, without a traceback."""

from __future__ import annotations


class CheckFailed(AssertionError):
    """A check did not pass; the message says why, in the student's words."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show: no frames, for none of them is the student's."""
        return str(self).splitlines()


class NotTriedYet(CheckFailed):
    """The answer is still the stub."""


class NotRight(CheckFailed):
    """The answer is wrong, and the message names the mistake if it is a known one.

    ``mistake`` is that name, or "" where none fits.
    """

    def __init__(self, message: str, mistake: str = "") -> None:
        super().__init__(message)
        self.mistake = mistake
