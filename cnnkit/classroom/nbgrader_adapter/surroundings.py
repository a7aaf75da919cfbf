"""What nbgrader and the kernels it starts need around them."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SAWarning

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@contextmanager
def surroundings() -> Iterator[None]:
    """Let nbgrader find its tools also outside an activated environment; kernels get one thread each.

    >>> with surroundings():
    ...     os.environ["OMP_NUM_THREADS"]
    '1'
    """
    before = dict(os.environ)
    beside_python = os.path.dirname(sys.executable)  # nbgrader calls alembic by its bare name
    path = os.pathsep.join([beside_python, before.get("PATH", os.defpath)])
    os.environ.update(ONE_THREAD, PATH=path, CNNKIT_NO_PROGRESS="1")
    try:
        with warnings.catch_warnings():
            # nbgrader 0.9.6 builds a submission before its database session knows it: harmless, and not ours
            warnings.filterwarnings("ignore", r"Object of type <\w+> not in session", SAWarning)
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
