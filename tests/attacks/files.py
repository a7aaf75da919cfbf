"""What stands where a notebook should: broken text, foreign formats, links, pipes, odd names and dates."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.attacks.attack import ALL, UNIT, Attack, HandIn

NAME = f"{UNIT}.ipynb"


def as_bytes(change: Callable[[str], bytes]) -> HandIn:
    """Write what becomes of the notebook's text."""

    def place(student: Path, text: str) -> None:
        (student / UNIT).mkdir(parents=True)
        (student / UNIT / NAME).write_bytes(change(text))

    return place


def named(*paths: str) -> HandIn:
    """Write the notebook under other names."""

    def place(student: Path, text: str) -> None:
        for path in paths:
            (student / path).parent.mkdir(parents=True, exist_ok=True)
            (student / path).write_text(text, encoding="utf-8")

    return place


def beside(name: str, content: str) -> HandIn:
    """Write the notebook, and a file beside it."""

    def place(student: Path, text: str) -> None:
        named(f"{UNIT}/{NAME}")(student, text)
        (student / UNIT / name).write_text(content, encoding="utf-8")

    return place


def instead(make: Callable[[Path], Any]) -> HandIn:
    """Make something else of the notebook's name."""

    def place(student: Path, text: str) -> None:
        (student / UNIT).mkdir(parents=True)
        make(student / UNIT / NAME)

    return place


def linked_folder(student: Path, text: str) -> None:
    student.mkdir(parents=True)
    (student / UNIT).symlink_to("/etc", target_is_directory=True)


def fifty_megabytes(text: str) -> bytes:
    return text.encode() + b" " * 51_000_000


def older(text: str) -> bytes:
    cells = [{"cell_type": "code", "input": "1", "language": "python", "outputs": [], "collapsed": False, "metadata": {}}]
    return json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells, "metadata": {}}]}
    ).encode()


def mistyped(**changes: Any) -> Callable[[str], bytes]:
    return lambda text: json.dumps({**json.loads(text), **changes}).encode()


BROKEN: dict[str, Callable[[str], bytes]] = {
    "empty-file": lambda text: b"",
    "truncated": lambda text: text.encode()[: len(text) // 2],
    "zeros": lambda text: bytes(5000),
    "latin-1": lambda text: text.replace("Slide", "Sl\xeede").encode("latin-1"),
    "utf-16": lambda text: text.encode("utf-16"),
    "a-zip": lambda text: b"PK\3\4" + bytes(100),
    "a-list": lambda text: b"[1, 2, 3]",
    "a-number": lambda text: b"7",
    "null": lambda text: b"null",
    "html-page": lambda text: b"<!DOCTYPE html><html><body>Sign in to download</body></html>",
    "nested-deeply": lambda text: b"[" * 300_000,
    "nested-deeply-and-closed": lambda text: b'{"cells": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "nested-in-metadata": lambda text: text.replace('"metadata"', '"metadata": ' + '{"a": ' * 900 + "1" + "}" * 900 + ', "b"', 1).encode(),
    "huge-number": lambda text: b'{"nbformat": ' + b"9" * 100_000 + b"}",
    "fifty-megabytes": fifty_megabytes,
    "cells-that-are-none": mistyped(cells=[1, None, "x", {}, []]),
    "cells-are-text": mistyped(cells="cells"),
    "no-cells": mistyped(cells=[]),
    "format-99": mistyped(nbformat=99),
    "source-is-a-number": mistyped(cells=[{"cell_type": "code", "source": 7, "metadata": {}, "outputs": [], "id": "x"}]),
    "metadata-is-a-list": mistyped(metadata=[]),
}  # fmt: skip
WHOLE: dict[str, Callable[[str], bytes]] = {
    "byte-order-mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "windows-lines": lambda text: text.replace("\n", "\r\n").encode(),
    "sources-in-lines": lambda text: json.dumps(
        {
            **json.loads(text),
            "cells": [{**c, "source": c["source"].splitlines(keepends=True)} for c in json.loads(text)["cells"]],
        }
    ).encode(),
    "old-outputs": lambda text: text.replace('"outputs": []', '"outputs": [{"output_type": "stream", "name": "stdout", "text": "old"}]').encode(),
    "lone-surrogate-in-text": lambda text: text.replace("# 02", "# \\ud800 02", 1).encode(),
    "null-bytes-in-text": lambda text: text.replace("# 02", "# \\u0000 02", 1).encode(),
    "doubled-keys": lambda text: text.rstrip().removesuffix("}").encode() + b', "nbformat": 4, "nbformat_minor": 5}',
    "not-a-number": lambda text: text.replace('"execution_count": null', '"execution_count": NaN', 1).encode(),
}  # fmt: skip
ENDS = "invalid_notebook missing_notebook"
MAYBE = "graded invalid_notebook no_answers"

ATTACKS = [
    *(Attack(name, place=as_bytes(change), loses=ALL, outcomes=ENDS + " no_answers") for name, change in BROKEN.items()),
    *(Attack(name, place=as_bytes(change), may=ALL, outcomes=MAYBE) for name, change in WHOLE.items()),
    Attack("format-3", place=as_bytes(older), may=ALL, outcomes=ENDS + " no_answers graded"),
    Attack("renamed", place=named(f"{UNIT}/my homework (1).ipynb"), says="my homework (1).ipynb"),
    Attack("renamed-with-markup", place=named(f"{UNIT}/<img src=x onerror=alert(1)>\x1b[31m\n.ipynb"), may=ALL, outcomes=MAYBE),
    Attack("two-notebooks", place=named(f"{UNIT}/a.ipynb", f"{UNIT}/b.ipynb"), may=ALL, outcomes=MAYBE + " missing_notebook"),
    Attack("a-copy-beside-it", place=named(f"{UNIT}/{NAME}", f"{UNIT}/02_convolution-Copy1.ipynb")),
    Attack("no-notebook", place=named(f"{UNIT}/answers.txt"), loses=ALL, outcomes="missing_notebook invalid_notebook"),
    Attack("nothing-at-all", place=lambda student, text: student.mkdir(), loses=ALL, outcomes="missing_notebook"),
    Attack("a-folder", place=instead(Path.mkdir), loses=ALL, outcomes=ENDS),
    Attack("a-pipe", place=instead(os.mkfifo), loses=ALL, outcomes=ENDS),
    Attack("a-link-to-passwords", place=instead(lambda p: p.symlink_to("/etc/passwd")), loses=ALL, outcomes=ENDS),
    Attack("a-link-to-nothing", place=instead(lambda p: p.symlink_to(p.name)), loses=ALL, outcomes=ENDS),
    Attack("a-link-to-zeros", place=instead(lambda p: p.symlink_to("/dev/zero")), loses=ALL, outcomes=ENDS),
    Attack("a-linked-folder", place=linked_folder, loses=ALL, outcomes=ENDS),
    Attack("time-backdated", place=beside("timestamp.txt", "1999-01-01 00:00:00 UTC")),
    Attack("time-malformed", place=beside("timestamp.txt", "yesterday \x1b[31m<b>"), says="timestamp.txt"),
    Attack("time-beyond-time", place=beside("timestamp.txt", "99999-13-77 25:61:61 Mars/Olympus"), says="timestamp.txt"),
    Attack("modules-beside-it", place=beside("numpy.py", "print('BRE' + 'ACH imported')")),
    Attack("settings-beside-it", place=beside("nbgrader_config.py", "print('BRE' + 'ACH imported')")),
]  # fmt: skip
