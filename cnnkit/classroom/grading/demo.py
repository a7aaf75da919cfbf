"""A class of ten for ``cnnkit grade --demo``, made from a chapter's master and its named mistakes."""

from __future__ import annotations

import tempfile
import tomllib
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import nbformat

from cnnkit.classroom.notebooks.bank import apply_mistake, solution_of
from cnnkit.classroom.notebooks.canonical import Notebook, read
from cnnkit.classroom.notebooks.text import role_of
from cnnkit.errors import UsageError

Exercises = dict[str, dict[str, Any]]
Mistake = tuple[str, str]  # (exercise, name)
WITH_A_MISTAKE = ("bo", "chen", "dana", "emil", "fatima", "goran", "hanna")


def make_class(master: Path, submitted: Path) -> dict[str, str]:
    """Write ten submissions to ``submitted`` and return ``student -> what is in it``.

    Raises
    ------
    UsageError
        if the chapter has too few named mistakes.
    """
    notebook, release, exercises = read(master), _release(master), _exercises(master)
    right = {name: solution_of(notebook, name) for name in exercises}
    half = dict(list(right.items())[: len(right) // 2])
    folder = f"{master.stem}/{master.name}"

    about = {"ada": "all right, in a file with another name and with a copied cell"}
    _hand_in(_copied_cell(_filled(release, right)), submitted / "ada" / master.stem / "my homework.ipynb")
    for student, (name, mistake) in zip(WITH_A_MISTAKE, _mistakes(exercises), strict=True):
        answers = half if student == WITH_A_MISTAKE[-1] else right
        wrong = apply_mistake(right[name], exercises[name]["mistakes"][mistake])
        about[student] = f"{'half done, ' if answers is half else ''}one mistake: {name}, {mistake}"
        _hand_in(_filled(release, {**answers, name: wrong}), submitted / student / folder)
    about["ines"] = "handed in as it was given out"
    _hand_in(release, submitted / "ines" / folder)
    about["jun"] = "a file that breaks off in the middle"
    _hand_in(_filled(release, right), submitted / "jun" / folder)
    _truncate(submitted / "jun" / folder)
    return about


def _exercises(master: Path) -> Exercises:
    path = master.parent / "exercises.toml"
    if not path.is_file():
        raise UsageError(
            f"the demo needs named mistakes, but {path} does not exist. Choose another --chapter."
        )
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _mistakes(exercises: Exercises) -> list[Mistake]:
    """Return as many mistakes of functions as are needed: one of each exercise, then a second, and so on."""
    columns = [
        [
            (name, mistake)
            for mistake, how in about.get("mistakes", {}).items()
            if {"replace", "code"} & set(how)
        ]
        for name, about in exercises.items()
    ]
    found = [pair for pair in chain.from_iterable(zip_longest(*columns)) if pair]
    needed = len(WITH_A_MISTAKE)
    if len(found) < needed:
        raise UsageError(
            f"the demo needs {needed} named mistakes of functions; this chapter has {len(found)}."
        )
    return found[:needed]


def _release(master: Path) -> Notebook:
    from cnnkit.classroom.nbgrader_adapter import build_release

    with tempfile.TemporaryDirectory() as work:
        return read(build_release(master, Path(work).resolve()))


def _filled(release: Notebook, answers: dict[str, str]) -> Notebook:
    filled = nbformat.from_dict(release)
    for cell in filled.cells:
        role = role_of(cell)
        if role and role[0] == "answer" and role[1] in answers:
            cell.source = answers[role[1]]
    return filled


def _copied_cell(notebook: Notebook) -> Notebook:
    """Paste a copy of the first answer below itself, as Ctrl-C and Ctrl-V do, with all its metadata."""
    place = next(
        index for index, cell in enumerate(notebook.cells) if (role_of(cell) or ("",))[0] == "answer"
    )
    notebook.cells.insert(place + 1, nbformat.from_dict({**notebook.cells[place], "id": "pasted"}))
    return notebook


def _hand_in(notebook: Notebook, path: Path) -> None:
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def _truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
