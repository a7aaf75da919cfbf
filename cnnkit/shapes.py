"""The arithmetic of sizes: how many outputs a window gives, how much padding it needs. Integers only.

Names follow the papers: ``n`` input size, ``k`` kernel size, ``s`` stride, ``p`` padding on each side,
``d`` dilation. Everything is per axis; a picture uses each function twice.
"""

from __future__ import annotations

import operator

from cnnkit.errors import ShapeError, shown

Pair = tuple[int, int]


def whole(name: str, value: object, least: int) -> int:
    """Return ``value`` as an int, or say what is wrong with it. True is not a number here.

    >>> whole("stride", 2, least=1)
    2
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ShapeError(f"{name} is {shown(value)}, but it must be a whole number, {least} or more.")
    if number < least:
        raise ShapeError(f"{name} is {number}, but it must be a whole number, {least} or more.")
    return number


def pair(name: str, value: object, least: int = 0) -> Pair:
    """Read an option that is one number for both axes or a pair (vertical, horizontal).

    >>> pair("stride", 2), pair("stride", (3, 2))
    ((2, 2), (3, 2))
    """
    values = tuple(value) if isinstance(value, list | tuple) else (value, value)
    if len(values) != 2:
        raise ShapeError(
            f"{name} is {shown(value)}, but it must be one number or a pair (vertical, horizontal)."
        )
    return whole(name, values[0], least), whole(name, values[1], least)


def span(k: int, d: int = 1) -> int:
    """Return how many input positions a kernel of ``k`` weights with dilation ``d`` covers: d (k - 1) + 1.

    >>> span(3), span(3, d=2)
    (3, 5)
    """
    return whole("d", d, 1) * (whole("k", k, 1) - 1) + 1


def out_size(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Return the number of outputs: floor((n + 2p - d (k - 1) - 1) / s) + 1.

    The floor drops a last window that would stick out of the padded input.

    Raises
    ------
    ShapeError
        if the kernel does not fit into the padded input even once, or an argument is out of range.

    References
    ----------
    Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*, relationship 15.

    >>> out_size(227, 11, s=4), out_size(52, 12, s=2), out_size(6, 3, p=1)
    (55, 21, 6)
    """
    padded = whole("n", n, 0) + 2 * whole("p", p, 0)
    if span(k, d) > padded:
        raise ShapeError(
            f"out_size: the kernel spans {span(k, d)} but the padded input is only {padded} long. "
            "Use a smaller kernel or dilation, or more padding."
        )
    return (padded - span(k, d)) // whole("s", s, 1) + 1


def same_padding(n: int, k: int, s: int = 1, d: int = 1) -> Pair:
    """Return the padding (before, after) that gives ceil(n / s) outputs; an odd rest goes after.

    This is TensorFlow's SAME rule. With stride 1 and an odd kernel both sides get (k - 1) / 2.

    >>> same_padding(6, 3), same_padding(6, 4), same_padding(7, 3, s=2)
    ((1, 1), (1, 2), (1, 1))
    """
    outputs = -(-whole("n", n, 1) // whole("s", s, 1))
    total = max(0, (outputs - 1) * s + span(k, d) - n)
    return total // 2, total - total // 2


def inputs_giving(m: int, k: int, s: int = 1, p: int = 0) -> list[int]:
    """Return every input size ``n`` that gives exactly ``m`` outputs: ``s`` neighbours, because of the floor.

    >>> inputs_giving(55, 11, s=4)
    [227, 228, 229, 230]
    """
    smallest = (whole("m", m, 1) - 1) * whole("s", s, 1) + whole("k", k, 1) - 2 * whole("p", p, 0)
    return [n for n in range(smallest, smallest + s) if n >= 1]


def unread_positions(n: int, k: int, s: int = 1, d: int = 1) -> list[int]:
    """Return the input positions (from 0) that no window reads, without padding.

    >>> unread_positions(8, 3, s=2), unread_positions(7, 2, s=3)
    ([7], [2, 5, 6])
    """
    starts = range(0, out_size(n, k, s, 0, d) * s, s)
    read = {start + d * tap for start in starts for tap in range(k)}
    return [position for position in range(n) if position not in read]
