"""The student's process: runs the cells of a notebook, and calls its functions when it is asked to.

It holds a student's code and nothing else: no tests, no answers, no marks. `serve` reads one order after the
other from its only channel and answers each with plain data.
"""

from __future__ import annotations

import linecache
import resource
import socket
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from cnnkit.classroom.exercises.outcome import answer
from cnnkit.classroom.exercises.timelimit import TookTooLong, time_limit
from cnnkit.classroom.grading.judge import wire
from cnnkit.classroom.grading.sandbox import shell

PRINTED_AT_MOST = 20_000
Order = dict[str, Any]


class Student:
    """A notebook's names, and the things in them that were given out as handles."""

    def __init__(self, channel: socket.socket, output_kb: int) -> None:
        self.channel, self.output_bytes = channel, 1000 * output_kb
        self.shell = shell.ready()
        self.handles: list[Any] = []

    def serve(self) -> None:
        """Answer orders until the other side hangs up."""
        orders: dict[str, Callable[[Order], Order]] = {
            "run": self.run,
            "look": self.look,
            "call": self.call,
            "attribute": self.attribute,
            "item": self.item,
            "peak": self.peak,
        }
        while True:
            try:
                order = wire.receive(self.channel, self)
            except EOFError:
                return
            try:
                reply = orders[order["do"]](order)
            except BaseException as error:
                reply = {"error": type(error).__name__, "message": _words(error)}
            self._send({"number": order["number"], **reply})

    def run(self, order: Order) -> Order:
        """Run a cell, for at most so many seconds."""
        shown = shell.Shown(self.output_bytes)
        start = time.perf_counter()
        try:
            with time_limit(order["seconds"]):
                self.shell.run(order["source"], shown)
        except TookTooLong as late:
            shown.error(type(late).__name__, f"stopped after {order['seconds']:g} s", [])
        return {"outputs": shown.outputs, "seconds": time.perf_counter() - start}

    def look(self, order: Order) -> Order:
        """Tell what stands behind a name."""
        names = self.shell.user_ns
        if order["name"] not in names:
            return {"kind": "missing"}
        thing = names[order["name"]]
        if isinstance(thing, ModuleType):
            return {"kind": "module", "name": str(thing.__name__)}
        if callable(thing):
            return {"kind": "function", **self._portrait(thing)}
        return {"kind": "data", "value": thing}

    def call(self, order: Order) -> Order:
        """Call something with values, for at most so many seconds, and keep what it changed in them."""
        values, options = list(order["values"]), dict(order["options"])
        before = [_snapshot(value) for value in values]
        function = self.handles[order["handle"]]
        given = answer(lambda: function(*values, **options), {}, order["seconds"], function)
        after = {number: value for number, value in enumerate(values) if _snapshot(value) != before[number]}
        told = {key: getattr(given, key) for key in ("value", "error", "line", "raised_in", "seconds")}
        return {**told, "message": given.message, "printed": given.printed[:PRINTED_AT_MOST], "after": after}

    def attribute(self, order: Order) -> Order:
        """Read an attribute of something that was given out."""
        return {"value": getattr(self.handles[order["handle"]], order["name"])}

    def item(self, order: Order) -> Order:
        """Read an item of something that was given out."""
        return {"value": self.handles[order["handle"]][order["key"]]}

    def peak(self, order: Order) -> Order:
        """Tell how much memory was in use at most, in MB."""
        return {"value": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}

    def keep(self, value: Any) -> tuple[int, str]:
        """Keep what cannot travel, and return its number and type."""
        self.handles.append(value)
        return len(self.handles) - 1, str(type(value).__name__)

    def found(self, number: int, type_name: str) -> Any:
        """Return what was kept under a number."""
        return self.handles[number]

    def _portrait(self, function: Any) -> Order:
        code = getattr(function, "__code__", None)
        portrait: Order = {
            "handle": self.keep(function)[0],
            "name": str(getattr(function, "__name__", "")),
            "module": str(getattr(function, "__module__", "")),
        }
        if code is not None:
            text = "".join(linecache.getlines(code.co_filename))
            portrait |= {"code": str(code.co_name), "text": text[:PRINTED_AT_MOST]}
        return portrait

    def _send(self, reply: Order) -> None:
        try:
            wire.send(self.channel, reply, self)
        except (wire.WireError, ValueError, TypeError, RecursionError, MemoryError) as error:
            said = f"the result cannot be handed over: {_words(error)}"
            wire.send(self.channel, {"number": reply["number"], "error": "WireError", "message": said}, self)


def _snapshot(value: Any) -> Any:
    """Return what tells whether a value was changed."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, list | tuple | dict):
        return repr(value)
    return None


def _words(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except BaseException:
        return "an exception that cannot say what it is"
