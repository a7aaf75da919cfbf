"""One worker process: bundles come in and results go out by a pipe, and it ends when its parent does.

It is started by `cnnkit.classroom.grading.crew.pool` and keeps one warm grader, in a sandbox slot of its own.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import traceback
from contextlib import closing
from multiprocessing.connection import Connection
from typing import Any

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.sandbox.slot import Slot
from cnnkit.classroom.quick_start import load_jsonschema
from cnnkit.errors import UsageError

GRADER = "cnnkit.classroom.grading.judge.one:Grader"
RESULT, FAILURE, REFUSAL = "result", "failure", "refusal"
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Serve a pipe, given as its number, the pid of the parent, the sandbox and the name of the grader."""
    pipe, parent, sandbox, grader = arguments
    _end_with(int(parent))
    with Connection(int(pipe)) as connection:
        try:
            with Slot() as slot, closing(make_grader(grader, slot.number, sandbox)) as made:
                _serve(connection, made)
        except (EOFError, BrokenPipeError):
            return  # nobody is there any more
        except UsageError as error:
            _say(connection, REFUSAL, str(error))
        except Exception as error:
            traceback.print_exc()
            _say(connection, FAILURE, f"{type(error).__name__}: {error}")
            sys.exit(1)


def make_grader(name: str, slot: int, sandbox: str) -> Any:
    """Import the class that ``name`` (module:class) stands for, and make one for this slot."""
    load_jsonschema()
    module, _, kind = name.partition(":")
    return getattr(importlib.import_module(module), kind)(slot, sandbox)


def _serve(connection: Connection, grader: Any) -> None:
    while True:
        bundle = Bundle.from_json(connection.recv_bytes().decode())
        _say(connection, RESULT, grader.grade(bundle).to_json())


def _say(connection: Connection, kind: str, text: str) -> None:
    connection.send_bytes(f"{kind}\n{text}".encode("utf-8", "backslashreplace"))


def _end_with(parent: int) -> None:
    """Have Linux kill this process when its parent dies; elsewhere it ends when it next uses the pipe."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
