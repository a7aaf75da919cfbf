"""Is a gradient right? Compare it with differences of the function itself.

The slope of the number s(x) = sum(dy * f(x)) in a direction v is, nearly, the central difference

    (s(x + h v) - s(x - h v)) / (2 h)

It is wrong by a multiple of h², because f is curved, and by about 1e-16 / h, because float64 rounds. The two
balance near h = 1e-5 and leave ten digits. In float32, with 1e-7 / h, two digits would be left.

Baydin et al. (2018), *Automatic differentiation in machine learning: a survey*, section 2.1.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError
from cnnkit.options import generator, positive

Array = npt.NDArray[Any]
Function = Callable[..., Any]


class GradientError(ValueError):
    """A gradient is not the slope of its function.

    >>> raise GradientError("gradcheck: the gradient of x has shape (3, 2), but x has (2, 3).")
    Traceback (most recent call last):
    ...
    cnnkit.gradcheck.GradientError: gradcheck: the gradient of x has shape (3, 2), but x has (2, 3).
    """


def numeric_gradient(f: Function, x: Array, dy: Array | None = None, *, h: float = 1e-5) -> Array:
    """Return the gradient of sum(dy * f(x)) for x, one central difference an entry: slow, but always right.

    Parameters
    ----------
    f : function of an array; it is called twice an entry
    x : float64 array of any shape; it is not changed
    dy : array of the shape of f(x), the gradient of a loss for it; None where f(x) is one number, the loss
    h : step to either side

    Returns
    -------
    array of the shape of x

    Raises
    ------
    ValueError
        if x or f(x) is not float64, or h is not above 0.
    ShapeError
        if dy has not the shape of f(x).

    >>> numeric_gradient(lambda x: x**2, np.array([1.0, 2.0, 3.0]), dy=np.array([1.0, 1.0, 10.0])).round(6)
    array([ 2.,  4., 60.])
    """
    x = _float64("numeric_gradient: x", x)
    dy = _upstream(dy, _float64("numeric_gradient: f(x)", f(x.copy())))
    h = positive("numeric_gradient: h", h)
    gradient = np.empty(x.shape)
    for entry in np.ndindex(x.shape):
        only_this = np.zeros(x.shape)
        only_this[entry] = 1
        gradient[entry] = _slope(f, x, only_this, dy, h)
    return gradient


def gradcheck(
    forward: Function,
    backward: Function,
    *inputs: Array,
    rng: np.random.Generator,
    every_entry: bool = False,
    h: float = 1e-5,
    tolerance: float = 1e-6,
) -> float:
    """See that ``backward`` returns the gradients of ``forward`` for a random dy, and say how nearly.

    dy is random because ones hide mistakes: they weigh all outputs alike, wherever they stand. Bind options
    with a lambda or functools.partial.

    Parameters
    ----------
    forward : function (*inputs) -> y, one array or number
    backward : function (dy, *inputs) -> one gradient an input, in order; None where there is none
    inputs : float64 arrays; keep them away from kinks (relu at 0) and from ties (max)
    rng : draws dy and the directions
    every_entry : False compares each gradient along one random direction: fast, but a small mistake in one of
        very many entries may pass. True compares every entry: slow, and shows where.
    h : step to either side
    tolerance : how large |analytic - numeric| / max(|analytic|, |numeric|) may be. Numbers so small that
        the rounding of float64 alone could reach it are judged by that rounding.

    Returns
    -------
    the largest relative error

    Raises
    ------
    GradientError
        if a gradient is missing, nan, of another shape or dtype than its input, or wrong.
    ValueError
        if the inputs or forward(*inputs) cannot be checked, such as float32.

    >>> from cnnkit.functional import conv2d, conv2d_backward
    >>> rng = np.random.default_rng(0)
    >>> x, w, b = (rng.standard_normal(shape) for shape in [(2, 3, 5, 5), (4, 3, 3, 3), (4,)])
    >>> error = gradcheck(
    ...     lambda x, w, b: conv2d(x, w, b, stride=2, padding=1),
    ...     lambda dy, x, w, b: conv2d_backward(dy, x, w, stride=2, padding=1),
    ...     x, w, b, rng=rng,
    ... )
    >>> error < 1e-8
    True
    >>> gradcheck(lambda x: x**2, lambda dy, x: dy * x, np.array([1.0]), rng=rng, every_entry=True)
    Traceback (most recent call last):
    ...
    cnnkit.gradcheck.GradientError: gradcheck: the gradient of x is wrong ...
    """
    h, tolerance = positive("gradcheck: h", h), positive("gradcheck: tolerance", tolerance)
    names = _names(forward, len(inputs))
    points = [_point(name, x) for name, x in zip(names, inputs, strict=True)]
    y = _output(forward, points)
    dy = np.asarray(generator("gradcheck", rng).standard_normal(y.shape))
    gradients = _one_an_input(backward(dy.copy(), *_copies(points)), names)
    rounding = _rounding(dy * y, h)
    errors = []
    for i, (name, x, gradient) in enumerate(zip(names, points, gradients, strict=True)):
        if gradient is not None:
            gradient, f = _sound(name, gradient, x), _with_free(forward, points, i)
            if every_entry:
                numeric = numeric_gradient(f, x, dy, h=h)
            else:
                v = _direction(x.shape, rng)
                gradient, numeric = np.sum(gradient * v), _slope(f, x, v, dy, h)
            errors.append(_compare(name, gradient, numeric, rounding, tolerance, every_entry))
    return max(errors)


def _slope(f: Function, x: Array, v: Array, dy: Array, h: float) -> Array:
    """Return how fast sum(dy * f) grows from ``x`` in the direction ``v``."""
    ahead = np.array(f(np.asarray(x + h * v)))  # copies: f may return one and the same array twice
    behind = np.array(f(np.asarray(x - h * v)))
    return np.asarray(np.sum(dy * (ahead - behind)) / (2 * h))


def _rounding(terms: Array, h: float) -> float:
    """Return how far rounding alone may put such a slope out: each term a little, this way or that."""
    return 10 * float(np.finfo(np.float64).eps * np.linalg.norm(terms)) / h


def _direction(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return a random direction of length 1."""
    v = np.asarray(rng.standard_normal(shape))
    return np.asarray(v / np.sqrt(np.sum(v * v)))


def _with_free(forward: Function, points: list[Array], i: int) -> Function:
    """Return ``forward`` as a function of its input ``i`` alone; the others stay at their points."""
    return lambda x: forward(*_copies(points[:i]), x, *_copies(points[i + 1 :]))


def _compare(
    name: str, analytic: Array, numeric: Array, rounding: float, tolerance: float, every_entry: bool
) -> float:
    """Return the largest relative error; one above the tolerance is told instead."""
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    # in a number this small, rounding alone may make an error as large as the tolerance
    least = max(rounding / tolerance, np.finfo(np.float64).tiny)
    errors = np.asarray(np.abs(analytic - numeric) / np.maximum(size, least))
    worst = np.unravel_index(np.argmax(errors), errors.shape)
    if not errors[worst] <= tolerance:
        place = f"at {tuple(int(i) for i in worst)}" if every_entry else "along a random direction"
        count = f"; {np.sum(~(errors <= tolerance))} of {errors.size} entries differ" if every_entry else ""
        advice = "" if every_entry else "every_entry=True shows where. "
        raise GradientError(
            f"gradcheck: the gradient of {name} is wrong {place}: {analytic[worst]:.9g}, but differences "
            f"give {numeric[worst]:.9g} (relative error {errors[worst]:.2g}{count}).\n"
            f"{advice}If it should be right, keep the inputs away from kinks (0 of relu) and ties (max)."
        )
    return float(errors[worst])


def _names(function: Function, count: int) -> list[str]:
    """Return the names of the first parameters, for messages; a number where there is no name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a function written in C, without a signature
        parameters = {}.values()
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [*named, *(f"input {i}" for i in range(len(named), count))][:count]


def _copies(arrays: list[Array]) -> list[Array]:
    return [array.copy() for array in arrays]


def _float64(name: str, value: object) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal length
        raise ShapeError(f"{name} is not an array: its rows differ in length.") from None
    if array.dtype != np.float64:
        raise ValueError(
            f"{name} has dtype {array.dtype}, but it must be float64: in any other, a difference over "
            "so small a step is lost to rounding."
        )
    return array


def _point(name: str, value: object) -> Array:
    x = _float64(f"gradcheck: {name}", value)
    if x.size == 0:
        raise ShapeError(f"gradcheck: {name} has shape {x.shape}: there is nothing to differentiate.")
    return x


def _output(forward: Function, points: list[Array]) -> Array:
    """Return forward's result, having seen that a gradient of it can be checked."""
    if not points:
        raise ValueError("gradcheck: there are no inputs. Give them after forward and backward.")
    returned = forward(*_copies(points))
    if isinstance(returned, tuple):
        raise ValueError("gradcheck: forward returns several values, but it must return one array.")
    y = _float64("gradcheck: the result of forward", returned)
    if not np.isfinite(y).all():
        raise ValueError("gradcheck: forward gives nan or inf here. Choose inputs for which it is defined.")
    if not np.array_equal(y, forward(*_copies(points))):
        raise ValueError("gradcheck: forward does not repeat its result. Fix what is random in it.")
    return y


def _upstream(dy: Array | None, y: Array) -> Array:
    if dy is None and y.size != 1:
        raise ShapeError(f"numeric_gradient: f(x) has shape {y.shape}, so it needs a dy of this shape.")
    dy = np.ones(y.shape) if dy is None else _float64("numeric_gradient: dy", dy)
    if dy.shape != y.shape:
        raise ShapeError(f"numeric_gradient: dy has shape {dy.shape}, but f(x) has shape {y.shape}.")
    return dy


def _one_an_input(returned: object, names: list[str]) -> tuple[Any, ...]:
    gradients = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
    if len(gradients) != len(names):
        raise GradientError(
            f"gradcheck: backward returns {len(gradients)} gradients, but there are {len(names)} inputs: "
            f"{', '.join(names)}. Return one for each, in order; None where there is none."
        )
    if all(gradient is None for gradient in gradients):
        raise GradientError("gradcheck: backward returns None for every input, so there is nothing to check.")
    return gradients


def _sound(name: str, value: object, x: Array) -> Array:
    """Return a gradient that has the shape and dtype of its input and no nan."""
    gradient = np.asarray(value)
    if gradient.shape != x.shape:
        raise GradientError(
            f"gradcheck: the gradient of {name} has shape {gradient.shape}, but {name} has {x.shape}. "
            "There is one slope for each number."
        )
    if gradient.dtype != x.dtype:
        raise GradientError(f"gradcheck: the gradient of {name} has dtype {gradient.dtype}, not float64.")
    bad = np.argwhere(~np.isfinite(gradient))
    if len(bad):
        raise GradientError(
            f"gradcheck: the gradient of {name} is {gradient[tuple(bad[0])]} at {tuple(bad[0].tolist())}. "
            "Look for 0 / 0, a logarithm of 0 or an overflow."
        )
    return gradient
