"""How parameters follow their gradients downhill, and how the step size changes on the way."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, inf, pi
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import UsageError
from cnnkit.layers.parameter import Parameter
from cnnkit.options import between, positive
from cnnkit.shapes import whole

Array = npt.NDArray[Any]


class Optimizer:
    """What all optimisers share: parameters, a learning rate ``lr`` and a weight decay."""

    def __init__(self, parameters: Iterable[Parameter], lr: float, weight_decay: float) -> None:
        name = type(self).__name__
        self.parameters = list(parameters)
        if not self.parameters or not all(isinstance(p, Parameter) for p in self.parameters):
            raise UsageError(f"{name}: no parameters to change. Pass net.parameters().")
        self.lr = positive(f"{name}: lr", lr)
        self.weight_decay = between(f"{name}: weight_decay", weight_decay, 0, inf)

    def step(self) -> None:
        """Change every parameter once by its gradient."""
        for number, parameter in enumerate(self.parameters):
            gradient = parameter.grad
            if self.weight_decay:
                gradient = gradient + self.weight_decay * parameter.data
            parameter.data = parameter.data - self.lr * self._direction(number, gradient)

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters:
            parameter.zero_grad()

    def _direction(self, number: int, gradient: Array) -> Array:
        """Return where parameter ``number`` should go, the learning rate apart."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent: w <- w - lr v with v <- momentum v + gradient.

    Parameters
    ----------
    parameters : of the network, ``net.parameters()``
    lr : learning rate
    momentum : share of the last step that goes on
    weight_decay : pulls every weight towards 0, as if weight_decay / 2 w² were part of the loss

    References
    ----------
    Sutskever et al. (2013), *On the importance of initialization and momentum in deep learning*, with the
    learning rate outside the velocity, as PyTorch has it.

    >>> p = Parameter((1,), lambda shape, rng: np.ones(shape), np.random.default_rng(0), np.float64)
    >>> p.add_grad(np.array([2.0]))
    >>> SGD([p], lr=0.25).step()
    >>> p.data
    array([0.5])
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.01,
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.momentum = between("SGD: momentum", momentum, 0, 1)
        self._velocity: list[Array | None] = [None] * len(self.parameters)

    def _direction(self, number: int, gradient: Array) -> Array:
        last = self._velocity[number]
        velocity = gradient if last is None else self.momentum * last + gradient
        if self.momentum:
            self._velocity[number] = velocity
        return velocity


class Adam(Optimizer):
    """Divide a running mean of the gradient by the running size of it: every weight gets steps of its own.

    Parameters
    ----------
    parameters, lr, weight_decay : as in `SGD`
    betas : how much of the last mean, and of the last mean square, goes on
    eps : added to the size, against division by 0

    References
    ----------
    Kingma and Ba (2015), *Adam*, algorithm 1.

    >>> p = Parameter((2,), lambda shape, rng: np.ones(shape), np.random.default_rng(0), np.float64)
    >>> p.add_grad(np.array([100.0, -0.01]))
    >>> Adam([p], lr=0.1).step()
    >>> p.data.round(4)
    array([0.9, 1.1])
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.betas = between("Adam: betas[0]", betas[0], 0, 1), between("Adam: betas[1]", betas[1], 0, 1)
        self.eps = positive("Adam: eps", eps)
        self._steps = 0
        self._mean: list[Any] = [0.0] * len(self.parameters)
        self._square: list[Any] = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Change every parameter once by its gradient."""
        self._steps += 1
        super().step()

    def _direction(self, number: int, gradient: Array) -> Array:
        b1, b2 = self.betas
        self._mean[number] = b1 * self._mean[number] + (1 - b1) * gradient
        self._square[number] = b2 * self._square[number] + (1 - b2) * gradient * gradient
        mean = self._mean[number] / (1 - b1**self._steps)  # both started at 0: make up for it
        square = self._square[number] / (1 - b2**self._steps)
        return np.asarray(mean / (np.sqrt(square) + self.eps))


class StepLR:
    """Multiply the learning rate by ``gamma`` after every ``step_size`` epochs.

    >>> optimizer = SGD([Parameter((1,), np.ones, np.random.default_rng(0))], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> [(schedule.step(), optimizer.lr)[1] for _ in range(4)]
    [1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, *, gamma: float = 0.1) -> None:
        self.optimizer = optimizer
        self.step_size = whole("StepLR: step_size", step_size, 1)
        self.gamma = positive("StepLR: gamma", gamma)
        self._first = optimizer.lr
        self._epoch = 0

    def step(self) -> None:
        """Set the learning rate for the next epoch."""
        self._epoch += 1
        self.optimizer.lr = self._first * self.gamma ** (self._epoch // self.step_size)


class CosineAnnealingLR:
    """Lower the learning rate along half a cosine, from its first value to ``eta_min`` in ``T_max`` epochs.

    References
    ----------
    Loshchilov and Hutter (2017), *SGDR: stochastic gradient descent with warm restarts*, without restarts.

    >>> optimizer = SGD([Parameter((1,), np.ones, np.random.default_rng(0))], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
    >>> [round((schedule.step(), optimizer.lr)[1], 3) for _ in range(2)]
    [0.5, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, *, eta_min: float = 0.0) -> None:
        self.optimizer = optimizer
        self.T_max = whole("CosineAnnealingLR: T_max", T_max, 1)
        self.eta_min = between("CosineAnnealingLR: eta_min", eta_min, 0, optimizer.lr)
        self._first = optimizer.lr
        self._epoch = 0

    def step(self) -> None:
        """Set the learning rate for the next epoch; after ``T_max`` it stays where it is."""
        self._epoch = min(self._epoch + 1, self.T_max)
        way = (1 + cos(pi * self._epoch / self.T_max)) / 2
        self.optimizer.lr = self.eta_min + (self._first - self.eta_min) * way
