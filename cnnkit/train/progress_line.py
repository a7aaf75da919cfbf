"""A line that tells how far a long computation is, on a terminal, in a notebook and in a file."""

from __future__ import annotations

import sys
from typing import Any, TextIO


class ProgressLine:
    """Finished lines that stay, and one current line that is written over.

    In a notebook all stands in one output that is replaced, so a saved notebook holds the finished lines and
    nothing else. On a terminal the current line is overwritten. Elsewhere only finished lines are written.

    >>> line = ProgressLine()
    >>> line.now("half way")
    >>> line.done("epoch 1: loss 0.31")
    epoch 1: loss 0.31
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self._finished: list[str] = []
        self._last = ""
        self._output = _notebook_output() if stream is None else None

    def now(self, text: str) -> None:
        """Replace the current line."""
        if self._output is not None:
            self._show([*self._finished, text])
        elif self.stream.isatty():
            self._overwrite(text)

    def done(self, text: str) -> None:
        """Replace the current line by one that stays."""
        self._finished.append(text)
        if self._output is not None:
            self._show(self._finished)
        elif self.stream.isatty():
            self._overwrite(text)
            self.stream.write("\n")
            self._last = ""
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    def _overwrite(self, text: str) -> None:
        self.stream.write("\r" + text.ljust(len(self._last)))
        self.stream.flush()
        self._last = text

    def _show(self, lines: list[str]) -> None:
        self._output.update({"text/plain": "\n".join(lines)}, raw=True)  # type: ignore[union-attr]  # made


def _notebook_output() -> Any:
    """Return an output of the running notebook cell that can be replaced, or None outside a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)
