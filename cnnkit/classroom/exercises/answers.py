"""Answers that are values: numbers worked out by hand, and quizzes.

The package holds only fingerprints of them, so that a look into it does not give them away by accident. They
are no secret from someone who tries all numbers, and need not be.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from cnnkit.classroom.exercises.outcome import Plain

Leaves = dict[str, Any]


def leaves(described: Plain, place: str = "") -> Leaves:
    """Return the single entries of a described value by their place, arrays and nested lists alike.

    >>> from cnnkit.classroom.exercises.outcome import describe
    >>> leaves(describe([[1, 2.0], "b"]))
    {'[0][0]': 1, '[0][1]': 2, '[1]': 'b'}
    """
    if "items" in described:
        parts = [(f"{place}[{index}]", item) for index, item in enumerate(described["items"])]
    elif "entries" in described:
        parts = [(f"{place}[{key!r}]", item) for key, item in described["entries"].items()]
    elif "values" in described and described["shape"]:
        return _array_leaves(described, place)
    else:
        single = described["values"][0] if "values" in described else described.get("text", "?")
        return {place: _plain(single)}
    return {key: leaf for at, item in parts for key, leaf in leaves(item, at).items()}


def fingerprint(exercise: str, place: str, leaf: Any) -> str:
    """Return 16 hexadecimal digits that tell whether an entry is the right one."""
    return hashlib.sha256(f"{exercise}/{place}/{leaf!r}".encode()).hexdigest()[:16]


def fingerprints(exercise: str, found: Leaves) -> dict[str, str]:
    """Return the fingerprint of each entry of an answer."""
    return {place: fingerprint(exercise, place, leaf) for place, leaf in found.items()}


def written(described: Plain) -> str:
    """Write a described value as one would type it.

    >>> from cnnkit.classroom.exercises.outcome import describe
    >>> written(describe([1, (2, "b")]))
    "[1, [2, 'b']]"
    """
    if "items" in described:
        return f"[{', '.join(written(item) for item in described['items'])}]"
    if "entries" in described:
        return f"{{{', '.join(f'{key!r}: {written(item)}' for key, item in described['entries'].items())}}}"
    if "values" in described:
        return str(np.reshape([_plain(value) for value in described["values"]], described["shape"]).tolist())
    return repr(described["text"]) if "text" in described else f"a {described.get('type', 'value')}"


def _array_leaves(described: Plain, place: str) -> Leaves:
    found: Leaves = {}
    for flat, value in enumerate(described["values"]):
        index, rest = "", flat
        for size in reversed(described["shape"]):
            index, rest = f"[{rest % size}]" + index, rest // size
        found[place + index] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    """Write 37.0 as 37, and "(B)" as "b", so that the same answer has one form."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float):
        return round(value, 6)
    return value.strip(" ().").lower() if isinstance(value, str) else value
