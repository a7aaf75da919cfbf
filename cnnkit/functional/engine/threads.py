"""Threads: one number says how many work at once, for the blocks and for the products of BLAS alike.

Where there are several blocks, thread i of n takes the blocks i, i + n, i + 2 n, ..., and BLAS has one thread
in each; where there is one block, BLAS has them all. So never more threads work than were asked for, and the
same number of threads always adds up in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import TypeVar

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from cnnkit.shapes import whole

Item = TypeVar("Item")
Result = TypeVar("Result")

_chosen: list[int] = []
_one_at_a_time = Lock()  # the limit of BLAS is one for the whole process


def threads(number: int | None = None) -> int:
    """Return how many threads work; with a number, set it first.

    Until then it is what BLAS has found: the cores, or what OMP_NUM_THREADS says.

    >>> before = threads()
    >>> threads(2), threads(), threads(before) == before
    (2, 2, True)
    """
    if number is not None:
        _chosen[:] = [whole("threads: number", number, 1)]
        _blas().limit(limits=_chosen[0], user_api="blas")
    if not _chosen:
        _chosen.append(max((pool["num_threads"] for pool in _blas().info()), default=1))
    return _chosen[0]


def shared_out(work: Callable[[list[Item]], Result], items: Iterable[Item], enough: bool) -> list[Result]:
    """Return what ``work`` makes of each thread's items; one thread has all where it is not ``enough``.

    >>> shared_out(sum, [1, 2, 3], enough=False)
    [6]
    """
    items = list(items)
    number = min(threads(), len(items)) if enough else 1
    if number < 2:
        return [work(items)]
    with _one_at_a_time, _blas().limit(limits=1, user_api="blas"):
        return list(_pool(number).map(work, (items[first::number] for first in range(number))))


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


@cache
def _pool(number: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(number, thread_name_prefix="cnnkit")
