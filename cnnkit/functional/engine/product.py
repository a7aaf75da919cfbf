"""The product of a dense layer, some columns for each thread.

BLAS could share it out as well. But its own threads keep a core busy for about 30 ms after each product,
waiting for the next, and would take it from the convolutions that come then.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.functional.engine.threads import ENOUGH, shared_out, threads

Array = npt.NDArray[Any]

READ = 8  # multiplications that take as long as reading a number of b


def product(a: Array, b: Array) -> Array:
    """Return a (..., D) @ b (D, F).

    >>> product(np.array([1.0, 10.0]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([31., 42.])
    """
    columns = b.shape[1]
    y = np.empty((*a.shape[:-1], columns), a.dtype)
    enough = max(a.size, READ * len(b)) * columns >= ENOUGH
    step = -(-columns // threads()) if enough else columns

    def work(starts: list[int]) -> None:
        for first in starts:
            some = (..., slice(first, first + step))
            np.matmul(a, b[some], out=y[some])

    shared_out(work, range(0, columns, step), enough)
    return y
