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

    >>> general("en")["difference"]["nothing"]
    'Your function returned None. Is the `return` missing?'
    """
    return tomllib.loads(_first_that_exists("texts.{}.toml", chosen))


def say(section: str, key: str, **filled: Any) -> str:
    """Return one general sentence with its gaps filled in."""
    return str(general(language())[section][key]).format(**filled)


@cache
def bank(chapter: str) -> dict[str, Any]:
    """Return what the package knows of a chapter: cases, right outcomes, known mistakes; no solution.

    Raises
    ------
    UsageError
        if there is no such chapter.
    """
    known = sorted(f.name[:2] for f in (resources.files(__package__) / "bank").iterdir() if len(f.name) == 7)
    if chapter not in known:
        raise UsageError(f"there is no chapter {chapter!r}. The chapters are {', '.join(known)}.")
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
