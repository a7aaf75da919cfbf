"""When is a result right? The rules, which every chapter also tells its students.

1. The shape is exact.
2. The result has at least the precision of the input: float64 in, float64 out; float32 in, float32 or better;
   whole numbers in, anything real, as long as the values are right. Complex, boolean and object arrays are
   not numbers here.
3. Values agree within 1e-9 of the largest expected value (1e-5 where the input is float32).
   Zeros alone have no precision: a list of the whole number 0 is right where zeros are.
4. A size or a count is a whole number, not a float. Where a list is asked for, a tuple does too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.classroom.exercises.outcome import Outcome, Plain

INTEGERS = ("int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = {"float16": 2, "float32": 4, "float": 8, "float64": 8, "longdouble": 16, "float128": 16}


@dataclass(frozen=True)
class Difference:
    """What does not fit: its kind, a key of the general messages, and what the message fills in."""

    kind: str
    details: dict[str, Any]


def least_dtype(arguments: dict[str, Any], expected: Plain) -> str:
    """Return the least precision that a result may have, from the arrays that went in.

    >>> least_dtype({"x": np.zeros(3, "float32"), "k": np.zeros(2)}, {})
    'float64'
    """
    arrays = [value.dtype for value in arguments.values() if isinstance(value, np.ndarray)]
    return np.result_type(*arrays).name if arrays else str(expected.get("dtype", "float64"))


def difference(got: Outcome, expected: Plain, least: str) -> Difference | None:
    """Return the first thing that does not fit, or None when the outcome is right.

    >>> want = {"dtype": "float64", "shape": [2], "values": [1.0, 2.0]}
    >>> difference(Outcome({"dtype": "float64", "shape": [2], "values": [1.0, 2.5]}), want, "float64").kind
    'value'
    """
    if got.error:
        return raised(got)
    wrong = _value_difference(got.value or {"text": None}, expected, least)
    if wrong is None and got.changed:
        return Difference("changed", {"names": ", ".join(got.changed)})
    return wrong


def raised(got: Outcome) -> Difference:
    """Return what is to be said about a call that ended in an exception."""
    kind = "too_long" if got.error == "TookTooLong" else "raised"
    about = {"error": got.error, "message": got.message, "line": got.line, "where": got.raised_in}
    return Difference(kind, about)


def same(one: Outcome, other: Outcome, least: str, dtype: bool = True) -> bool:
    """Are two outcomes the same wrong answer? With ``dtype`` the kind of number must agree as well."""
    if (one.error, one.changed) != (other.error, other.changed):
        return False
    if one.error or one.value is None or other.value is None:
        return True
    return _same_value(one.value, other.value, least, dtype)


def _same_value(one: Plain, other: Plain, least: str, dtype: bool) -> bool:
    if one.keys() != other.keys() or one.get("shape") != other.get("shape"):
        return False
    if "items" in one:
        pairs = zip(one["items"], other["items"], strict=False)
        return len(one["items"]) == len(other["items"]) and all(
            _same_value(a, b, least, dtype) for a, b in pairs
        )
    if "values" not in one:
        return one == other
    alike = not dtype or precision(one["dtype"]) == precision(other["dtype"])
    return alike and first_wrong(one["values"], other["values"], least) is None


def _value_difference(got: Plain, want: Plain, least: str) -> Difference | None:
    if got == {"text": None} and want != got:
        return Difference("nothing", {})
    if "items" in want:
        return _items_difference(got, want, least)
    if "values" not in want:
        return None if got == want else Difference("kind", {"got": kind_of(got), "want": kind_of(want)})
    if "dtype" not in got:
        return Difference("kind", {"got": kind_of(got), "want": kind_of(want)})
    if got["shape"] != want["shape"]:
        return Difference("shape", {"got": tuple(got["shape"]), "want": tuple(want["shape"])})
    zeros = got["dtype"] in INTEGERS and not any(got.get("values", [1]))
    precise = zeros or _precise_enough(got["dtype"], want["dtype"], least)
    imprecise = {} if precise else {"dtype": got["dtype"]}
    if imprecise:
        imprecise["least"] = (
            "int" if want["dtype"] == "int" else least if least not in INTEGERS else want["dtype"]
        )
    at = first_wrong(got["values"], want["values"], least) if "values" in got else None
    if at is None:
        return Difference("dtype", imprecise) if imprecise else None
    wanted = want["values"][at]
    if got["dtype"] in INTEGERS and isinstance(wanted, float) and wanted % 1:  # where a fraction belongs
        imprecise = {"dtype": got["dtype"], "least": want["dtype"]}
    index = tuple(int(i) for i in np.unravel_index(at, want["shape"])) if want["shape"] else ()
    return Difference(
        "value", {"index": index, "got": got["values"][at], "want": want["values"][at]} | imprecise
    )


def _items_difference(got: Plain, want: Plain, least: str) -> Difference | None:
    items = got.get("items")
    if items is None:
        return Difference("kind", {"got": kind_of(got), "want": kind_of(want)})
    if len(items) != len(want["items"]):
        return Difference("length", {"got": _listed(items), "want": _listed(want["items"])})
    for position, (one, other) in enumerate(zip(items, want["items"], strict=True)):
        of_item = least if other.get("dtype") in FLOATS else other.get("dtype", least)
        wrong = _value_difference(one, other, of_item)
        if wrong:
            place = {"index": (position, *wrong.details.get("index", ()))} if wrong.kind == "value" else {}
            return Difference(wrong.kind, wrong.details | place | {"part": position})
    return None


def _listed(items: list[Plain]) -> str:
    """Show a short list of numbers; of a list of other things, say how many there are.

    >>> _listed([{"shape": [], "values": [3]}]), _listed([{"items": []}, {"items": []}])
    ('[3]', 'a list of 2 items')
    """
    if any("items" in item for item in items):
        return f"a list of {len(items)} items"
    numbers = [str(item["values"][0]) if item.get("shape") == [] else kind_of(item) for item in items[:12]]
    return f"[{', '.join(numbers)}{', ...' if len(items) > 12 else ''}]"


def _precise_enough(got: str, want: str, least: str) -> bool:
    if want == "int":
        return got in INTEGERS
    if got in INTEGERS:
        return least in INTEGERS or want in INTEGERS or want == "float"
    return got in FLOATS and FLOATS[got] >= min(FLOATS.get(least, 0), FLOATS.get(want, 8))


def precision(dtype: str) -> int | str:
    """Return bytes of precision for a float, 0 for whole numbers, the name for anything else."""
    return 0 if dtype in INTEGERS else FLOATS.get(dtype, dtype)


def first_wrong(got: list[Any], want: list[Any], least: str) -> int | None:
    """Return the position of the first value that differs by more than the tolerance, or None."""
    numbers = [abs(value) for value in want if not isinstance(value, str)]
    tolerance = (1e-5 if least in ("float32", "float16") else 1e-9) * max([1.0, *numbers])
    for position, (one, other) in enumerate(zip(got, want, strict=True)):
        if isinstance(one, str) or isinstance(other, str):
            if one != other:
                return position
        elif abs(one - other) > tolerance:
            return position
    return None


def kind_of(described: Plain) -> str:
    """Name a described value as one would say it.

    >>> kind_of({"dtype": "float64", "shape": [2, 3], "values": []})
    'an array of shape (2, 3)'
    """
    if "items" in described:
        return "a list or tuple"
    if "entries" in described:
        return "a dict"
    if "dtype" in described:
        return f"an array of shape {tuple(described['shape'])}" if described["shape"] else "a number"
    if "text" in described:
        return "None" if described["text"] is None else "a text"
    return f"an object of type {described['type']}"
