"""The arithmetic of sizes against counting."""

from __future__ import annotations

import itertools

import pytest

from cnnkit import shapes
from cnnkit.errors import ShapeError

SMALL = [
    (n, k, s, p, d)
    for n, k, s, p, d in itertools.product(range(1, 10), range(1, 5), range(1, 4), range(3), range(1, 4))
    if d * (k - 1) + 1 <= n + 2 * p
]


def places(n: int, k: int, s: int, p: int, d: int) -> list[int]:
    """Return the starts of all windows that fit, by trying."""
    return [start for start in range(-p, n + p, s) if start + d * (k - 1) < n + p]


def test_out_size_counts_the_windows() -> None:
    for case in SMALL:
        assert shapes.out_size(*case) == len(places(*case)), case


def test_same_padding_is_the_least_that_gives_enough_outputs() -> None:
    for n, k, s, _, d in SMALL:
        before, after = shapes.same_padding(n, k, s, d)
        total, wanted = before + after, -(-n // s)
        counts = [len(places(n + extra, k, s, 0, d)) for extra in range(total + 1)]
        assert counts[-1] >= wanted and all(count < wanted for count in counts[:-1]), (n, k, s, d)
        assert after - before in (0, 1)


def test_inputs_giving_is_the_inverse() -> None:
    for m, k, s, p in itertools.product(range(1, 6), range(1, 5), range(1, 4), range(3)):
        found = [n for n in range(1, 40) if n + 2 * p >= k and shapes.out_size(n, k, s, p) == m]
        assert shapes.inputs_giving(m, k, s, p) == found


def test_unread_positions_are_in_no_window() -> None:
    for n, k, s, p, d in SMALL:
        if p == 0:
            read = {start + d * tap for start in places(n, k, s, 0, d) for tap in range(k)}
            assert shapes.unread_positions(n, k, s, d) == sorted(set(range(n)) - read)


BAD = [
    (shapes.out_size, (5, 6), "spans 6 but the padded input is only 5"),
    (shapes.out_size, (5, 3, 0), "s is 0, but it must be a whole number, 1 or more"),
    (shapes.out_size, (5.0, 3), "n is 5.0, but it must be a whole number"),
    (shapes.out_size, ("5", 3), "n is '5'"),
    (shapes.same_padding, (0, 3), "n is 0"),
    (shapes.inputs_giving, (0, 3), "m is 0"),
    (shapes.pair, ("stride", (1, 2, 3)), "one number or a pair"),
]


@pytest.mark.parametrize("function, arguments, said", BAD)
def test_bad_input_gets_a_sentence(function, arguments, said) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError, match=said):
        function(*arguments)
