"""The sentences that checks say: data files, one set a language, chosen by the variable CNNKIT_LANGUAGE."""

from __future__ import annotations

import json
import os
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from cnnkit.errors import UsageError

FALLBACK = "en"


def language() -> str:
    """Return the language asked for, such as "en" or "zh"."""
    return os.environ.get("CNNKIT_LANGUAGE", FALLBACK)


@cache
def general(chosen: str) -> dict[str, Any]:
    """Return the sentences that all exercises share.

    >>> general("en")["check"]["right_value"]
    'Right: {exercise}.'
    """
    return tomllib.loads(_first_that_exists("texts.{}.toml", chosen))


def say(section: str, key: str, **filled: Any) -> str:
    """Return one general sentence with its gaps filled in."""
    return str(general(language())[section][key]).format(**filled)


def chapters() -> list[str]:
    """Return the numbers of the chapters that the package has exercises for.

    >>> chapters()[0]
    '00'
    """
    names = [file.name for file in (resources.files(__package__) / "bank").iterdir()]
    return sorted(
        name.removesuffix(".json") for name in names if name.endswith(".json") and name.count(".") == 1
    )


@cache
def bank(chapter: str) -> dict[str, Any]:
    """Return what the package knows of a chapter: cases, right outcomes, known mistakes; no solution.

    Raises
    ------
    UsageError
        if there is no such chapter.
    """
    if chapter not in chapters():
        raise UsageError(f"there is no chapter {chapter!r}. The chapters are {', '.join(chapters())}.")
    return dict(json.loads((resources.files(__package__) / "bank" / f"{chapter}.json").read_text("utf-8")))


@cache
def chapter_texts(chapter: str, chosen: str) -> dict[str, Any]:
    """Return hints and messages of a chapter."""
    return dict(json.loads(_first_that_exists(f"bank/{chapter}.{{}}.json", chosen)))


def _first_that_exists(pattern: str, chosen: str) -> str:
    for name in (chosen, FALLBACK):
        file = resources.files(__package__).joinpath(*pattern.format(name).split("/"))
        if file.is_file():
            return file.read_text("utf-8")
    raise UsageError(f"the package lacks {pattern.format(FALLBACK)}. Install cnnkit again.")
