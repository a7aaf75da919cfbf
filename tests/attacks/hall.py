"""The hall in which attackers and honest students are graded, with all that must not be touched or read."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from cnnkit.classroom.notebooks.bank import solution_of
from cnnkit.classroom.notebooks.canonical import read
from cnnkit.classroom.notebooks.text import role_of
from tests.attacks.attack import UNIT, Attack, filled
from tests.course.workbench import ROOT, Workbench

CANARIES = ("canary-hidden", "canary-solution", "canary-neighbour", "canary-gradebook", "canary-environment")
# The class of ten: the mistakes that each of them made; every other answer is right.
HONEST = {
    "honest-ada": {},
    "honest-bo": {"correlate1d": "flipped"},
    "honest-chen": {"convolve2d": "not_flipped"},
    "honest-dana": {"correlate2d": "transposed", "by_hand": "exchanged"},
    "honest-emil": {},
    "honest-fatima": {"mean_filter": "ones", "correlate1d": "one_short"},
    "honest-goran": {},
    "honest-hanna": {"fill_blanks": "all_nine"},
    "honest-ines": {"correlate1d": "integer", "correlate2d": "one_short"},
    "honest-jun": {},
}
workbench = cache(Workbench)


class Hall:
    """A folder with masters, submissions and a place outside, and servers that wait for a visit."""

    def __init__(self, folder: Path, attacks: Sequence[Attack]) -> None:
        self.attacks = {attack.name: attack for attack in attacks}
        self.solutions, self.submitted, self.out = folder / "solutions", folder / "submitted", folder / "out"
        self.outside, self.token = folder / "outside", f"mark{secrets.token_hex(4)}"
        for place in (self.submitted, self.out, self.outside):
            place.mkdir(parents=True)
        (self.out / "secret.txt").write_text("canary-gradebook")
        (self.outside / "kept.txt").write_text("canary-neighbour")
        for unit in sorted({attack.unit for attack in attacks} | {UNIT}):
            _with_canaries(ROOT / "solutions" / unit, self.solutions / unit)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Listen for visits while submissions are written and graded; `visits` says who came."""
        with contextlib.ExitStack() as stack:
            inner = stack.enter_context(socket.create_server(("0.0.0.0", 0)))
            named, hidden = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
            named.bind(str(self.outside / "socket"))
            hidden.bind(f"\0{self.token}")
            (self.outside / "socket").chmod(0o777)
            self._doors = [inner, *(stack.enter_context(door) for door in (named, hidden))]
            for door in self._doors:
                door.listen()
                door.setblocking(False)
            self._write(inner.getsockname()[1])
            yield

    def visits(self) -> int:
        """Return how many came through the doors so far."""
        count = 0
        for door in self._doors:
            with contextlib.suppress(BlockingIOError):
                while True:
                    door.accept()[0].close()
                    count += 1
        return count

    def handed_in(self) -> dict[str, tuple[int, int]]:
        """Return the size and the time of everything that was handed in."""
        about = {str(path): path.lstat() for path in self.submitted.rglob("*")}
        return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in about.items()}

    def _write(self, port: int) -> None:
        places = ("solutions", "submitted", "out", "outside", "token")
        host = {
            **{name: str(getattr(self, name)) for name in places},
            **{"tests": str(ROOT / "tests"), "pid": os.getpid(), "port": port, "address": _own_address()},
            "pid_ns": os.readlink("/proc/self/ns/pid") if os.path.exists("/proc/self/ns/pid") else "",
        }
        for attack in self.attacks.values():
            release = read(ROOT / "course" / attack.unit / f"{attack.unit}.ipynb")
            text = json.dumps(filled(attack, release, right(attack.unit), host))
            student = self.submitted / attack.name
            if attack.place:
                attack.place(student, text)
            else:
                _hand_in(student, attack.unit, text)
        release = read(ROOT / "course" / UNIT / f"{UNIT}.ipynb")
        for student, mistakes in HONEST.items():
            notebook = copy.deepcopy(release)
            notebook.cells[0].source += "\n<!-- canary-neighbour -->"
            answers = dict(right(UNIT))
            for exercise, mistake in mistakes.items():
                answers[exercise] = workbench(UNIT).mistakes(exercise)[mistake]
            for cell in notebook.cells:
                cell.source = answers.get(cell.id, cell.source)
            _hand_in(self.submitted / student, UNIT, json.dumps(notebook))


@cache
def right(unit: str) -> Mapping[str, str]:
    """Return the solutions of a chapter by exercise."""
    notebook = read(ROOT / "solutions" / unit / f"{unit}.ipynb")
    roles = [role_of(cell) or ("", "") for cell in notebook.cells]
    return {name: solution_of(notebook, name) for role, name in roles if role == "answer"}


def _hand_in(student: Path, unit: str, text: str) -> None:
    (student / unit).mkdir(parents=True)
    (student / unit / f"{unit}.ipynb").write_text(text, encoding="utf-8")


def _with_canaries(chapter: Path, target: Path) -> None:
    """Copy a chapter, with a word in every hidden region and every solution that must never be seen again."""
    shutil.copytree(chapter, target)
    path = target / f"{chapter.name}.ipynb"
    notebook = read(path)
    for cell in notebook.cells:
        if "BEGIN HIDDEN TESTS" in cell.source:
            word = f"canary_of_tests = 'canary-hidden-{cell.id}'"
            cell.source = cell.source.replace("### BEGIN HIDDEN TESTS\n", f"### BEGIN HIDDEN TESTS\n{word}\n")
        cell.source = re.sub(r"( *)### BEGIN SOLUTION\n", r"\g<0>\1'canary-solution'\n", cell.source)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _own_address() -> str:
    """Return an address of this machine that is not the loopback's; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            line.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(line.getsockname()[0])

