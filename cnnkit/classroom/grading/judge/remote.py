"""A student's process as the tests see it: its names become functions, values and handles that act from afar.

Only data comes back. Every order has a time limit that is kept here, on the trusted side; a process that does
not answer in time is `Gone`.
"""

from __future__ import annotations

import builtins
import linecache
import socket
import time
from collections.abc import Mapping, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from cnnkit.classroom.exercises.outcome import Answer, Elsewhere
from cnnkit.classroom.grading.bundle import Limits
from cnnkit.classroom.grading.judge import wire
from cnnkit.classroom.grading.judge.outputs import plain, rebuilt

OVER = "the time for the whole notebook was over"
GRACE = 2.0  # seconds beyond a limit, after which a process is given up
Reply = dict[str, Any]


class Gone(BaseException):
    """The student's process does not answer any more: it ran out of time, or it ended or broke the rules."""

    def __init__(self, late: bool, what: str) -> None:
        super().__init__(what)
        self.late, self.what = late, what


class Names:
    """The names of a student's notebook; a function there becomes a `Function` here."""

    def __init__(
        self,
        channel: socket.socket,
        limits: Limits,
        deadline: float,
        texts: Mapping[str, str] | None = None,
        modules: Mapping[str, Any] | None = None,
    ) -> None:
        """Take what need not be believed from there: the texts of answers, and the modules of given cells."""
        self._channel, self._seconds, self._deadline = channel, limits.call_seconds, deadline
        self._output_bytes, self._texts, self._modules = 1000 * limits.output_kb, texts or {}, modules or {}
        self._number, self.late = 0, 0

    def run(self, source: str, seconds: float) -> tuple[list[Reply], float]:
        """Run a cell; return its outputs and how long it took."""
        reply = self.ask("run", seconds, source=source)
        return rebuilt(reply.get("outputs"), self._output_bytes), _seconds(reply)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what stands behind a name, as a `Function`, a module's name or a value; else ``default``."""
        if isinstance(self._modules.get(name), ModuleType):
            return self._modules[name]
        about = self.ask("look", self._seconds, name=name)
        kind = about.get("kind")
        if kind == "module":
            return ModuleType(str(about["name"]))
        if kind == "function":
            return Function(self, about, self._texts.get(name, ""))
        return about.get("value") if kind == "data" else default

    def peak(self) -> float:
        """Return how many MB the process used at most, as it says itself."""
        value = self.ask("peak", self._seconds).get("value")
        return float(value) if type(value) is float and 0 < value < 1e6 else 0.0

    def ask(self, what: str, seconds: float, **rest: Any) -> Reply:
        """Send an order and return the answer to it.

        Raises
        ------
        Gone
            if none comes in time, or none that can be understood.
        """
        self._number += 1
        allowed = min(seconds + GRACE, self._deadline - time.monotonic())
        if allowed <= 0:
            raise Gone(True, OVER)
        stop = time.monotonic() + allowed
        try:
            self._channel.settimeout(allowed)
            wire.send(self._channel, {"do": what, "number": self._number, "seconds": seconds, **rest}, self)
            reply = wire.receive(self._channel, self, stop)
        except TimeoutError:
            raise Gone(True, OVER if time.monotonic() >= self._deadline else "no answer in time") from None
        except (EOFError, OSError):
            raise Gone(False, "the process ended") from None
        except wire.WireError as error:
            raise Gone(False, f"the process sent {error}") from None
        if type(reply) is not dict or reply.get("number") != self._number:
            raise Gone(False, "the process sent an answer that nobody had asked for")
        return reply

    def keep(self, value: Any) -> tuple[int, str]:
        """Return the number of a handle that goes back to where it came from."""
        if isinstance(value, Handle):
            return value._handle, ""
        raise wire.WireError(f"a {type(value).__name__}, which cannot be handed to a student's function")

    def found(self, number: int, type_name: str) -> Any:
        """Return a handle for a thing that stays in the student's process."""
        name = type_name if type_name.isidentifier() else "object"
        return type(name, (Handle,), {})(self, number)


class Handle:
    """A thing in the student's process: calls, attributes and items act there and come back by value."""

    def __init__(self, names: Names, handle: int) -> None:
        self._names, self._handle = names, handle

    def __call__(self, *values: Any, **options: Any) -> Any:
        reply = self._ask_to_call(values, options, self._names._seconds)
        _take_over(values, reply)
        if reply.get("error"):
            raise _error(str(reply["error"]), str(reply.get("message", "")))
        return reply.get("value")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._value(self._names.ask("attribute", self._names._seconds, handle=self._handle, name=name))

    def __getitem__(self, key: Any) -> Any:
        return self._value(self._names.ask("item", self._names._seconds, handle=self._handle, key=key))

    def _ask_to_call(self, values: Sequence[Any], options: dict[str, Any], seconds: float) -> Reply:
        given = {"handle": self._handle, "values": list(values), "options": options}
        reply = self._names.ask("call", seconds, **given)
        self._names.late += reply.get("error") == "TookTooLong"
        return reply

    @staticmethod
    def _value(reply: Reply) -> Any:
        if reply.get("error"):
            raise _error(str(reply["error"]), str(reply.get("message", "")))
        return reply.get("value")


class Function(Handle, Elsewhere):
    """A student's function, with what a check reads of a function: its name, its text and its globals."""

    def __init__(self, names: Names, about: Reply, text: str) -> None:
        super().__init__(names, int(about["handle"]))
        self.__name__, self.__module__ = str(about["name"]), str(about["module"])
        self.__globals__ = names
        if "code" in about:
            file = _filed(text or str(about.get("text")))
            self.__code__ = SimpleNamespace(co_name=str(about["code"]), co_filename=file)

    def answer(self, arguments: dict[str, Any], limit: float) -> Answer:
        """Call the function with ``arguments`` by position; what it changes in them is changed here too."""
        values = list(arguments.values())
        reply = self._ask_to_call(values, {}, limit)
        _take_over(values, reply)
        told = {key: plain(reply.get(key)) for key in ("error", "message", "line", "raised_in", "printed")}
        return Answer(reply.get("value"), seconds=_seconds(reply), **told)


def _seconds(reply: Reply) -> float:
    seconds = reply.get("seconds")
    return seconds if type(seconds) is float and 0 <= seconds < 1e6 else 0.0


def _take_over(values: Sequence[Any], reply: Reply) -> None:
    """Change arguments here as they were changed there, where that can be done in place."""
    after = reply.get("after")
    for number, new in after.items() if type(after) is dict else ():
        old = values[number] if type(number) is int and 0 <= number < len(values) else None
        if isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old.shape == new.shape:
            if old.flags.writeable and np.can_cast(new.dtype, old.dtype, "unsafe"):
                old[...] = new
        elif type(old) is list and type(new) is list:
            old[:] = new


def _filed(text: str) -> str:
    """Put a cell's text where Python keeps source lines, and return the name under which it is found."""
    name = f"<answer {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return name


def _error(name: str, message: str) -> Exception:
    if name == "TookTooLong":
        return TimeoutError("it ran for too long and was stopped")
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, Exception):
        try:
            return known(message)
        except TypeError:  # a kind that wants more arguments, such as UnicodeDecodeError
            pass
    return RuntimeError(f"{name}: {message}")
