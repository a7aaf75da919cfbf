"""Judge an answer by what it is good for, where more than one form of it is right.

A separable kernel splits into a column and a row in many ways: what one factor gains the other may lose. The
table of such an exercise names a view (``through = "outer"``), and answers are compared as it shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

View = Callable[[Any], Any]


def itself(answer: Any) -> Any:
    """Return the answer as it came.

    >>> itself(3)
    3
    """
    return answer


def outer(pair: Any) -> Any:
    """Return the product of a column and a row; None stays None, and what is no such pair becomes a list.

    >>> outer((np.array([1.0, 2.0]), np.array([3.0, 4.0])))
    array([[3., 4.],
           [6., 8.]])
    """
    if pair is None:
        return None
    if not isinstance(pair, list | tuple) or len(pair) != 2 or any(np.ndim(part) != 1 for part in pair):
        return [pair]
    return np.outer(*pair)


VIEWS: dict[str, View] = {"": itself, "outer": outer}
