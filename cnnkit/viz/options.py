"""Reading what a figure is called with: small arrays, and options for one direction or for both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.shapes import Pair, pair
from cnnkit.viz.controls import LARGEST, Limit, Slider, State
from cnnkit.viz.windows import least_padding, most_dilation, most_kernel

Sizes = Callable[[State], Sequence[int]]
DIRECTIONS = ("down", "across")
TIPS = {
    "kernel": "how many weights the kernel has along an axis",
    "stride": "how far the window moves from one output to the next",
    "padding": "how many zeros are put around the input on each side",
    "dilation": "the distance between neighbouring weights on the input",
}


def matrix(figure: str, name: str, value: Any, largest: int) -> npt.NDArray[Any]:
    """Return a small table of numbers as an array (H, W).

    Raises
    ------
    ShapeError
        if it is not a table of finite numbers, or too large to be drawn with its numbers.

    >>> matrix("conv_stepper", "x", [1, 2], largest=12)
    Traceback (most recent call last):
    ...
    cnnkit.errors.ShapeError: conv_stepper: x has shape (2,), but it must be (H, W), from 1 × 1 to 12 × 12.
    """
    array = _numbers(figure, name, value)
    if array.ndim != 2 or not all(1 <= extent <= largest for extent in array.shape):
        raise ShapeError(
            f"{figure}: {name} has shape {array.shape}, "
            f"but it must be (H, W), from 1 × 1 to {largest} × {largest}."
        )
    return array


def vector(figure: str, name: str, value: Any, largest: int) -> npt.NDArray[Any]:
    """Return a short list of numbers as an array (N,); errors as in `matrix`.

    >>> vector("flip_and_slide", "a", [1, 2], largest=8)
    array([1, 2])
    """
    array = _numbers(figure, name, value)
    if array.ndim != 1 or not 1 <= len(array) <= largest:
        raise ShapeError(
            f"{figure}: {name} has shape {array.shape}, but it must be (N,), with 1 to {largest} numbers."
        )
    return array


def _numbers(figure: str, name: str, value: Any) -> npt.NDArray[Any]:
    try:
        array = np.array(value)
    except ValueError:
        raise ShapeError(f"{figure}: {name} has rows of different lengths.") from None
    if array.dtype.kind not in "fiub" or not np.all(np.abs(array.astype(float)) <= LARGEST):
        raise ShapeError(
            f"{figure}: {name} must hold numbers from −{LARGEST} to {LARGEST}, so that they can be shown."
        )
    return array.astype(int) if array.dtype.kind in "ub" else array


def apart(name: str, value: int | Pair) -> State:
    """Return the state entries of an option: one, or one for each direction where a pair is given.

    >>> apart("stride", 2), apart("stride", (3, 2))
    ({'stride': 2}, {'stride_down': 3, 'stride_across': 2})
    """
    down, across = pair(name, value, least=0 if name == "padding" else 1)
    if isinstance(value, tuple | list):
        return {f"{name}_{DIRECTIONS[0]}": down, f"{name}_{DIRECTIONS[1]}": across}
    return {name: down}


def both(state: State, name: str) -> Pair:
    """Return an option as a pair (vertical, horizontal), however the state keeps it.

    >>> both({"stride": 2}, "stride"), both({"stride_down": 3, "stride_across": 2}, "stride")
    ((2, 2), (3, 2))
    """
    if name in state:
        return state[name], state[name]
    return state[f"{name}_{DIRECTIONS[0]}"], state[f"{name}_{DIRECTIONS[1]}"]


def window_sliders(state: State, shape: Sizes, kernel: Sizes) -> list[Slider]:
    """Return sliders for stride, padding and dilation whose limits always leave the kernel room to fit.

    ``shape`` and ``kernel`` tell, for a state, the size of input and kernel along each axis.

    >>> state = {"stride": 1, "padding": 0, "dilation": 1}
    >>> stride, padding, dilation = window_sliders(state, lambda _: (5, 5), lambda _: (3, 3))
    >>> dilation.limits(state), dilation.limits(state | {"padding": 1})
    ((1, 2), (1, 3))
    >>> padding.limits(state | {"dilation": 3, "padding": 1})
    (1, 2)
    """
    axes = range(len(shape(state)))
    highest = max(2, *both(state, "padding"), *(k - 1 for k in kernel(state)))

    def least(axis: int, state: State) -> int:
        return least_padding(shape(state)[axis], kernel(state)[axis], both(state, "dilation")[axis])

    def most(axis: int, state: State) -> int:
        return most_dilation(shape(state)[axis], kernel(state)[axis], both(state, "padding")[axis])

    limits: dict[str, Callable[[Sequence[int]], tuple[Limit, Limit]]] = {
        "stride": lambda over: (1, max(3, *both(state, "stride"))),
        "padding": lambda over: (partial(_extreme, max, least, over), highest),
        "dilation": lambda over: (1, partial(_extreme, min, most, over)),
    }
    return [
        Slider(entry, label, TIPS[name], *limit(over))
        for name, limit in limits.items()
        for entry, label, over in _entries(name, state, axes)
    ]


def kernel_sliders(state: State, shape: Sizes) -> list[Slider]:
    """Return sliders for a kernel's size, which the state keeps under ``kernel``.

    >>> state = {"kernel": 3, "padding": 0, "dilation": 2}
    >>> kernel_sliders(state, lambda _: (5, 7))[0].limits(state)
    (1, 3)
    """

    def most(axis: int, state: State) -> int:
        room = most_kernel(shape(state)[axis], both(state, "padding")[axis], both(state, "dilation")[axis])
        return min(room, largest)

    largest = max(7, *both(state, "kernel"))
    return [
        Slider(entry, label, TIPS["kernel"], 1, partial(_extreme, min, most, over))
        for entry, label, over in _entries("kernel", state, range(len(shape(state))))
    ]


def _extreme(
    pick: Callable[..., int], limit: Callable[[int, State], int], axes: Sequence[int], state: State
) -> int:
    """Return the limit that satisfies every axis."""
    return pick([limit(axis, state) for axis in axes])


def _entries(name: str, state: State, axes: Sequence[int]) -> list[tuple[str, str, Sequence[int]]]:
    """Return (state entry, label, axes it governs) for an option: one slider, or one for each direction."""
    if name in state:
        return [(name, name, axes)]
    return [(f"{name}_{word}", f"{name} {word}", [axis]) for axis, word in enumerate(DIRECTIONS)]
