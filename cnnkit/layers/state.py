"""The state of a network, as it comes back from a file: does it fit?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np  # noqa: F401  # for the examples
import numpy.typing as npt

from cnnkit.errors import UsageError, shown
from cnnkit.functional.arguments import numbers
from cnnkit.window import Sizes

Array = npt.NDArray[Any]


def fitting(state: Mapping[str, Array], expected: Mapping[str, Sizes]) -> dict[str, Array]:
    """Return the arrays of ``state``, which must have exactly the expected names and shapes.

    >>> fitting({"weight": np.ones((3, 2))}, {"weight": (2, 3), "bias": (2,)})
    Traceback (most recent call last):
    ...
    cnnkit.errors.UsageError: load_state_dict: missing: bias; wrong shape: weight (3, 2) instead of (2, 3).
    Is it the state of another network?
    """
    if not isinstance(state, Mapping):
        raise UsageError(
            f"load_state_dict: {shown(state)} is no state, which is a dictionary as state_dict() returns it."
        )
    arrays = {name: numbers("load_state_dict", name, value) for name, value in state.items()}
    wrong = _misfits({name: array.shape for name, array in arrays.items()}, expected)
    if wrong:
        raise UsageError(f"load_state_dict: {'; '.join(wrong)}.\nIs it the state of another network?")
    return arrays


def _misfits(came: Mapping[str, Sizes], expected: Mapping[str, Sizes]) -> list[str]:
    """Return a phrase for each kind of difference."""
    kinds = {
        "missing": [name for name in expected if name not in came],
        "left over": [str(name) for name in came if name not in expected],
        "wrong shape": [
            f"{name} {came[name]} instead of {shape}"
            for name, shape in expected.items()
            if came.get(name, shape) != shape
        ],
    }
    return [f"{kind}: {_some(names)}" for kind, names in kinds.items() if names]


def _some(names: list[str], most: int = 3) -> str:
    """Return the first names, and how many more there are."""
    more = [f"and {len(names) - most} more"] if len(names) > most else []
    return ", ".join(names[:most] + more)
