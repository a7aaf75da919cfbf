"""IPython without a terminal: runs a cell and keeps what it shows, as a notebook would, within a size."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output = dict[str, Any]
CUT = "\n[more was shown; only the beginning is kept]\n"


class Shown:
    """What one cell showed: outputs as nbformat has them, never more than ``limit`` bytes of them."""

    def __init__(self, limit: int) -> None:
        self.outputs: list[Output] = []
        self._left = limit

    def text(self, stream: str, text: str) -> None:
        """Keep printed text; what follows on the same stream is joined to it."""
        kept = self._within(text)
        if not kept:
            return
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == stream:
            last["text"] += kept
        else:
            self.outputs.append({"output_type": "stream", "name": stream, "text": kept})

    def rich(self, data: dict[str, Any], result: int | None = None) -> None:
        """Keep a display, or the result of a cell if it has a number."""
        plain = {str(kind): content for kind, content in data.items() if isinstance(content, str)}
        if sum(map(len, plain.values())) > self._left:
            self.text("stdout", CUT)
            return
        self._left -= sum(map(len, plain.values()))
        kind: Output = {"output_type": "display_data"}
        if result is not None:
            kind = {"output_type": "execute_result", "execution_count": result}
        self.outputs.append({**kind, "data": plain, "metadata": {}})

    def error(self, name: str, message: str, lines: list[str]) -> None:
        """Keep an error; it is short, and always kept."""
        short = [line[:2000] for line in lines[-40:]]
        self.outputs.append(
            {"output_type": "error", "ename": name, "evalue": message[:2000], "traceback": short}
        )

    def _within(self, text: str) -> str:
        if self._left <= 0:
            return ""
        kept = text[: self._left]
        self._left -= len(kept)
        return kept if self._left > 0 else kept + CUT


class _Stream(io.TextIOBase):
    def __init__(self, shown: Shown, name: str) -> None:
        self._shown, self._name = shown, name

    def write(self, text: str) -> int:
        self._shown.text(self._name, str(text))
        return len(text)


class _Hook(DisplayHook):  # type: ignore[misc]
    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.shell.shown.rich(format_dict, result=self.prompt_count)

    def finish_displayhook(self) -> None:
        pass


class _Publisher(DisplayPublisher):  # type: ignore[misc]
    def publish(self, data: dict[str, Any], metadata: Any = None, *rest: Any, **options: Any) -> None:
        self.shell.shown.rich(data)

    def clear_output(self, wait: bool = False) -> None:
        pass


class Shell(InteractiveShell):  # type: ignore[misc]
    """IPython's shell, with its outputs kept in `shown`."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    shown = Shown(0)

    def run(self, source: str, shown: Shown) -> None:
        """Run a cell and keep what it shows."""
        self.shown = shown
        with _streams(shown):
            self.run_cell(source, store_history=True)

    def enable_gui(self, gui: str | None = None) -> None:
        """Have no event loop: pictures are shown as they are drawn."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.shown.error(str(getattr(etype, "__name__", etype)), _said(evalue), [str(line) for line in stb])


def ready() -> Shell:
    """Return this process's shell, made at the first call; figures are shown as pictures."""
    made = Shell.initialized()
    shell: Shell = Shell.instance(config=_settings())
    if not made:
        os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shell.enable_matplotlib("inline")
    return shell


def _settings() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.xmode = "Plain"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    return config


@contextlib.contextmanager
def _streams(shown: Shown) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(shown, "stdout"), _Stream(shown, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _said(value: Any) -> str:
    try:
        return str(value)
    except BaseException:
        return "an exception that cannot say what it is"
