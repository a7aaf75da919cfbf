"""The names that a check needs: the course's own, made from given cells, and then the student's."""

from __future__ import annotations

import builtins
import contextlib
import io
import warnings
from typing import Any

from cnnkit.classroom.grading.judge.needed import names, needed
from cnnkit.classroom.grading.judge.remote import Names
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.text import role_of


class Bench:
    """Where checks run; what given cells bind is made here at most once."""

    def __init__(self, master: Notebook) -> None:
        self.names: dict[str, Any] = {"__builtins__": builtins, "__name__": "checks"}
        self.given = [cell.source for cell in master.cells if (role_of(cell) or ("",))[0] == "given"]
        self.ran: set[int] = set()

    def run(self, source: str, there: Names) -> None:
        """Run a check: what it needs of given cells is made here, what answers bind comes from ``there``."""
        about = names(source)
        uses = about.used if about else frozenset()
        self._make_given(uses)
        local = dict(self.names)
        missing = object()
        for name in uses - self.names.keys() - set(dir(builtins)):
            found = there.get(name, missing)
            if found is not missing:
                local[name] = found
        exec(compile(source, "<check>", "exec"), local)

    def _make_given(self, uses: frozenset[str]) -> None:
        run = needed(self.given, [False] * len(self.given), sorted(uses))
        for number, source in enumerate(self.given):
            if run[number] and number not in self.ran:
                self.ran.add(number)
                with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    exec(compile(source, f"<given {number}>", "exec"), self.names)
