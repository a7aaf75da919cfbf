"""Time functions in turn, so that whatever disturbs the machine disturbs them all; and what a time means."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def medians(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median seconds of both, called alternately after one call each to warm up."""
    first, second = in_turn([ours, theirs], rounds)
    return first, second


def in_turn(
    functions: list[Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
    of: Callable[[list[float]], float] = statistics.median,
    warm: float = 0.0,
) -> list[float]:
    """Return the seconds of each function, the median of the rounds unless ``of`` says otherwise.

    ``warm`` is for how many seconds each is called before it is timed, for functions with several threads.
    """
    seconds: list[list[float]] = [[] for _ in functions]
    for number in range(rounds + 1):
        for function, kept in zip(functions, seconds, strict=True):
            begun = time.perf_counter()
            while time.perf_counter() - begun < warm:  # the other's threads go to sleep, its own wake up
                function()
            start = clock()
            function()
            if number:  # the first round warms up
                kept.append(clock() - start)
    return [of(kept) for kept in seconds]


def gemm_rate(rounds: int = 7, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how many multiply-adds a second NumPy's own product of two large float32 matrices makes."""
    import numpy as np

    a = np.ones((1500, 1500), np.float32)
    (seconds,) = in_turn([lambda: a @ a], rounds, clock, min)
    return 1500**3 / seconds


def peak_memory(function: Callable[[], object]) -> int:
    """Return how many bytes a call has allocated at most, its result among them, in a thread of its own."""
    tracemalloc.start()
    try:
        with ThreadPoolExecutor(1) as fresh:
            kept = fresh.submit(function).result()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    del kept
    return peak
