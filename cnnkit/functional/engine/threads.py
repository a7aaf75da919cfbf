"""Threads: one number says how many work at once, for the blocks and for the products of BLAS alike.

The blocks of a large sum, or the filters of its only block, are dealt out: thread i of n takes the items i,
i + n, i + 2 n, ..., and BLAS has one thread in each. Smaller sums have one thread altogether. So never more
threads work than were asked for, and the same number of threads always adds up in the same order. While a sum
is computed, BLAS has one thread for the whole process, and other threads of the program wait with theirs;
with ``threads(1)`` none waits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from cnnkit.shapes import whole

Item = TypeVar("Item")
Result = TypeVar("Result")

ENOUGH = 30_000_000  # multiplications, below which a second thread costs more than it brings

_chosen: list[int] = []
_one_at_a_time = [Lock()]  # what BLAS may have is one number for the whole process


def threads(number: int | None = None) -> int:
    """Return how many threads work; with a number, set it first.

    Until then it is what BLAS has found: the cores, or what OMP_NUM_THREADS says.

    >>> before = threads()
    >>> threads(2), threads(), threads(before) == before
    (2, 2, True)
    """
    if number is not None:
        number = whole("threads: number", number, 1)
        with _one_at_a_time[0]:
            _chosen[:] = [number]
            _let_blas_have(number)
    if not _chosen:
        _chosen.append(max((blas.get_num_threads() or 1 for blas in _blas()), default=1))
    return _chosen[0]


def shared_out(work: Callable[[list[Item]], Result], items: Iterable[Item], enough: bool) -> list[Result]:
    """Return what ``work`` makes of each thread's items; one thread has all where it is not ``enough``.

    >>> shared_out(sum, [1, 2, 3], enough=False)
    [6]
    """
    items = list(items)
    number = min(threads(), len(items)) if enough else 1
    with alone():
        if number < 2:
            return [work(items)]
        shares = [_pool(threads()).submit(work, items[first::number]) for first in range(number)]
        wait(shares)  # for all, also where one has failed: none may work on when BLAS has its threads back
        return [share.result() for share in shares]


@contextmanager
def alone() -> Iterator[None]:
    """Give BLAS one thread for a while: its others keep a core busy for 30 ms after each product."""
    if threads() == 1:
        yield
        return
    with _one_at_a_time[0]:
        _let_blas_have(1)
        try:
            yield
        finally:
            _let_blas_have(threads())


def _let_blas_have(number: int) -> None:
    for blas in _blas():
        if hasattr(blas, "clear_controlling_thread"):  # else only the first thread that sets it ever can
            blas.clear_controlling_thread(force=True)
        blas.set_num_threads(number)


@cache
def _blas() -> list[Any]:
    """Return what sets the threads of each BLAS; nothing where that cannot be found out."""
    try:
        return list(ThreadpoolController().select(user_api="blas").lib_controllers)
    except OSError:  # in a sandbox without /proc
        return []


@cache
def _pool(number: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(number, thread_name_prefix="cnnkit")


def _begin_anew() -> None:
    """Forget, in a process that was forked off, the threads that it does not have."""
    _pool.cache_clear()
    _one_at_a_time[:] = [Lock()]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
