"""Three ways down one valley: gradient descent, momentum and Adam, step by step in plain numbers."""

from __future__ import annotations

from math import sqrt

FLAT, STEEP = 0.2, 8  # the curvature of the valley along w0 and along w1
START = (-4.5, 1.5)
STEPS = 60
REST = 0.01  # a loss below this counts as having arrived
MOMENTUM, BETA1, BETA2, EPS = 0.8, 0.9, 0.999, 1e-8
LIMITS = {"gradient descent": 2 / STEEP, "momentum": 2 * (1 + MOMENTUM) / STEEP, "Adam": None}
OPTIMISERS = tuple(LIMITS)
Place = tuple[float, float]


def loss(w: Place) -> float:
    """Return the loss 0.1 w0² + 4 w1².

    >>> loss((2, 1))
    4.4
    """
    return (FLAT * w[0] ** 2 + STEEP * w[1] ** 2) / 2


def path(optimiser: str, rate: float, steps: int = STEPS) -> list[Place]:
    """Return the places from the start on, ``steps`` + 1 of them.

    >>> path("gradient descent", 0.25, 2)
    [(-4.5, 1.5), (-4.275, -1.5), (-4.06125, 1.5)]
    >>> [round(w, 3) for w in path("Adam", 0.25, 1)[1]]
    [-4.25, 1.25]
    """
    along = [_along(optimiser, rate, steps, w, curve) for w, curve in zip(START, (FLAT, STEEP), strict=True)]
    return list(zip(*along, strict=True))


def _along(optimiser: str, rate: float, steps: int, w: float, curvature: float) -> list[float]:
    """Return the values of one weight; in this valley the two do not disturb each other."""
    velocity = mean = square = 0.0
    values = [w]
    for t in range(1, steps + 1):
        g = curvature * w
        if optimiser == "Adam":
            mean = BETA1 * mean + (1 - BETA1) * g
            square = BETA2 * square + (1 - BETA2) * g * g
            w -= rate * (mean / (1 - BETA1**t)) / (sqrt(square / (1 - BETA2**t)) + EPS)
        else:
            velocity = (MOMENTUM if optimiser == "momentum" else 0) * velocity + g
            w -= rate * velocity
        values.append(w)
    return values


def arrival(losses: list[float]) -> int | None:
    """Return from which step on the loss stays below 0.01, or None where it does not.

    >>> arrival([3.0, 0.001, 0.02, 0.002, 0.001]), arrival([3.0, 2.0])
    (3, None)
    """
    late = max(step for step, value in enumerate(losses) if step == 0 or not value < REST)
    return late + 1 if late + 1 < len(losses) else None
