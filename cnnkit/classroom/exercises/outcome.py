"""One call of a student's function, and everything that came of it.

`call` is the only place where a check runs student code. What it returns is plain data, so another process
can stand behind it: a grader gives its checks functions that are `Elsewhere`.
"""

from __future__ import annotations

import contextlib
import io
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnkit.classroom.exercises.through import View, itself
from cnnkit.classroom.exercises.timelimit import TookTooLong, time_limit

Plain = dict[str, Any]
PRINTED_AT_MOST = 20_000
VALUES_AT_MOST = 20_000


@dataclass(frozen=True)
class Outcome:
    """What a call gave: a described value, or the name of an exception; and which arguments it changed.

    The fields after ``changed`` serve messages only; they are not stored in a bank and never compared.
    """

    value: Plain | None = None
    error: str = ""
    changed: tuple[str, ...] = ()
    message: str = ""
    line: str = ""
    raised_in: str = ""
    printed: str = ""
    seconds: float = 0.0

    def stored(self) -> Plain:
        """Return the part that a bank keeps."""
        kept: Plain = {"error": self.error} if self.error else {"value": pack(self.value)}
        return kept | ({"changed": list(self.changed)} if self.changed else {})

    @staticmethod
    def from_stored(kept: Plain) -> Outcome:
        """Read an outcome from a bank."""
        return Outcome(unpack(kept.get("value")), kept.get("error", ""), tuple(kept.get("changed", ())))


@dataclass(frozen=True)
class Answer:
    """What a call gave, before it is described: a value, or the name of an exception and its words."""

    value: Any = None
    error: str = ""
    message: str = ""
    line: str = ""
    raised_in: str = ""
    printed: str = ""
    seconds: float = 0.0


class Elsewhere:
    """A function that lives in another process; `answer` asks for its answer there."""

    def answer(self, arguments: dict[str, Any], limit: float) -> Answer:
        """Call the function with ``arguments`` by position, for at most ``limit`` seconds."""
        raise NotImplementedError


def call(
    function: Callable[..., Any], arguments: dict[str, Any], limit: float = 2.0, view: View = itself
) -> Outcome:
    """Call ``function`` with ``arguments`` by position, for at most ``limit`` seconds; keep a ``view`` of it.

    Nothing the function prints or warns reaches the notebook, and nothing it raises does, except the
    student's own interrupt.

    >>> call(lambda x: x.sum(), {"x": np.arange(4.0)}).value
    {'dtype': 'float64', 'shape': [], 'values': [6.0]}
    >>> call(lambda x: 1 / 0, {"x": 1}).error
    'ZeroDivisionError'
    """
    before = {name: describe(value) for name, value in arguments.items()}
    if isinstance(function, Elsewhere):
        there = function.answer(arguments, limit)
        here = answer(lambda: describe(view(there.value)), {}, limit)
        value, answered = here.value, there if there.error else replace(here, printed=there.printed)
    else:
        answered = answer(lambda *given: describe(view(function(*given))), arguments, limit, function)
        value = answered.value
    changed = tuple(name for name, value in arguments.items() if describe(value) != before[name])
    told = {name: getattr(answered, name) for name in ("error", "message", "line", "raised_in", "printed")}
    return Outcome(None if answered.error else value, changed=changed, seconds=answered.seconds, **told)


def answer(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    limit: float,
    students: Callable[..., Any] | None = None,
) -> Answer:
    """Call ``function`` and keep what it gave; ``students`` is the function whose lines are quoted."""
    value, error, message, line, raised_in = None, "", "", "", ""
    start = time.perf_counter()
    with _quiet() as printed:
        try:
            with time_limit(limit):
                value = function(*arguments.values())
        except KeyboardInterrupt:
            raise
        except TookTooLong:
            error = "TookTooLong"
        except BaseException as raised:
            error, message = type(raised).__name__, str(raised)[:500]
            line, raised_in = _line_of(raised, students or function), _innermost(raised)
    seconds = time.perf_counter() - start
    return Answer(value, error, message, line, raised_in, printed.getvalue(), seconds)


def describe(value: Any) -> Plain:
    """Describe a value in plain data: numbers and arrays by dtype, shape and values, sequences item by item.

    >>> describe([2.5])
    {'items': [{'dtype': 'float', 'shape': [], 'values': [2.5]}]}
    """
    if value is None or isinstance(value, str):
        return {"text": value}
    if type(value) in (bool, int, float):
        return {"dtype": type(value).__name__, "shape": [], "values": [_number(value)]}
    if isinstance(value, np.ndarray | np.generic):
        return _describe_array(np.asarray(value))
    if isinstance(value, list | tuple):
        return {"items": [describe(item) for item in value[:1000]]}
    if isinstance(value, dict):
        return {"entries": {str(key): describe(item) for key, item in list(value.items())[:100]}}
    return {"type": type(value).__name__}


def pack(described: Plain | None) -> Any:
    """Return a described value in fewer characters, for a bank.

    >>> pack(describe([7, np.zeros(2)]))
    {'items': [7, ['float64', [2], [0.0, 0.0]]]}
    """
    if described is None or "items" in described:
        return described and {"items": [pack(item) for item in described["items"]]}
    if described.get("dtype") == "int":
        return described["values"][0]
    return (
        [described["dtype"], described["shape"], described["values"]] if "values" in described else described
    )


def unpack(packed: Any) -> Plain:
    """Return the described value that `pack` made short."""
    if isinstance(packed, int):
        return {"dtype": "int", "shape": [], "values": [packed]}
    if isinstance(packed, list):
        return dict(zip(("dtype", "shape", "values"), packed, strict=True))
    if packed and "items" in packed:
        return {"items": [unpack(item) for item in packed["items"]]}
    return packed or {}


def _describe_array(array: Any) -> Plain:
    described: Plain = {"dtype": array.dtype.name, "shape": list(array.shape)}
    if array.dtype.kind in "biuf" and array.size <= VALUES_AT_MOST:
        described["values"] = [_number(number) for number in array.ravel().tolist()]
    return described


def _number(value: float) -> float | str:
    """Keep a number as it is; JSON has no NaN and no infinity, so those become words."""
    return value if value == value and abs(value) != float("inf") else str(value)


class _Capped(io.StringIO):
    """Text that stops growing: a function that prints a megabyte fills nothing."""

    def write(self, text: str) -> int:
        if self.tell() < PRINTED_AT_MOST:
            super().write(text[:PRINTED_AT_MOST])
        return len(text)


@contextlib.contextmanager
def _quiet() -> Iterator[io.StringIO]:
    printed = _Capped()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield printed


def _innermost(raised: BaseException) -> str:
    return traceback.extract_tb(raised.__traceback__)[-1].name


def _line_of(raised: BaseException, function: Callable[..., Any]) -> str:
    """Return the student's own line at which an exception passed, the innermost one."""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(raised.__traceback__)
    own = [frame.line or "" for frame in frames if code and frame.filename == code.co_filename]
    return own[-1].strip() if own else ""
