"""The training loop: shuffle, take a batch, go forward, back, and one step downhill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.layers import Conv1d, Conv2d, Conv3d, Layer, Sequential
from cnnkit.optim import SGD, CosineAnnealingLR, Optimizer, StepLR
from cnnkit.shapes import whole
from cnnkit.train.history import History
from cnnkit.train.progress_line import ProgressLine

Array = npt.NDArray[Any]
Augment = Callable[[Array, np.random.Generator], Array]


def fit(
    net: Layer,
    x: Array,
    labels: Array,
    *,
    epochs: int = 1,
    batch_size: int = 64,
    optimizer: Optimizer | None = None,
    schedule: StepLR | CosineAnnealingLR | None = None,
    validation: tuple[Array, Array] | None = None,
    augment: Augment | None = None,
    rng: np.random.Generator | None = None,
    progress: bool = True,
) -> History:
    """Train a classifier with the cross-entropy loss, and show how it goes.

    Parameters
    ----------
    net : layer that turns images into logits (N, classes); it is changed, and left in evaluation mode
    x : array (N, C, H, W), or whatever ``net`` takes
    labels : whole numbers (N,)
    epochs : how often every example is seen
    batch_size : examples a step
    optimizer : None for SGD with momentum 0.9 and a learning rate that falls from 0.05 along a cosine
    schedule : changes the learning rate after each epoch
    validation : (x, labels) that are only measured, after each epoch
    augment : function (batch, rng) -> batch, for the training examples only
    rng : generator for the order of the examples and for ``augment``; the same seed repeats a run
    progress : False shows nothing

    Returns
    -------
    History

    >>> from cnnkit.layers import Linear
    >>> rng = np.random.default_rng(0)
    >>> x, labels = np.eye(4, dtype=np.float32), np.array([0, 0, 1, 1])
    >>> history = fit(Linear(4, 2, rng=rng), x, labels, epochs=50, rng=rng, progress=False)
    >>> history.train_accuracy[-1], history.train_loss[-1] < history.train_loss[0]
    (1.0, True)
    """
    x, labels = _examples("fit", x, labels)
    epochs, batch_size = whole("fit: epochs", epochs, 1), whole("fit: batch_size", batch_size, 1)
    rng = np.random.default_rng() if rng is None else rng
    if optimizer is None:
        optimizer = SGD(net.parameters(), lr=0.05, momentum=0.9)
        schedule = CosineAnnealingLR(optimizer, T_max=epochs)
    history, line = History(), ProgressLine() if progress else None
    for epoch in range(epochs):
        start, seen = time.perf_counter(), []
        net.train()
        for number, chosen in enumerate(_batches(len(x), batch_size, rng)):
            batch = x[chosen] if augment is None else augment(x[chosen], rng)
            with _images_fixed(net):
                seen.append((len(chosen), *_step(net, batch, labels[chosen], optimizer, history)))
            if line:
                done = f"epoch {epoch + 1}/{epochs}: {number + 1}/{ceil(len(x) / batch_size)} batches"
                line.now(f"{done}, loss {history.loss[-1]:.3f}")
        _close_epoch(net, history, np.array(seen), validation, time.perf_counter() - start)
        if schedule is not None:
            schedule.step()
        if line:
            line.done(history.summary())
    return history


def evaluate(net: Layer, x: Array, labels: Array, *, batch_size: int = 256) -> tuple[float, float]:
    """Return the mean loss and the accuracy of a network on examples, in evaluation mode.

    >>> from cnnkit.layers import Identity
    >>> loss, accuracy = evaluate(Identity(), np.array([[0.0, 9.0], [0.0, 9.0]]), np.array([1, 0]))
    >>> round(loss, 2), accuracy
    (4.5, 0.5)
    """
    x, labels = _examples("evaluate", x, labels)
    logits = predict(net, x, batch_size=batch_size)
    return float(F.cross_entropy(logits, labels)), float(F.accuracy(logits, labels))


def predict(net: Layer, x: Array, *, batch_size: int = 256) -> Array:
    """Return the logits of a network for many examples, a batch at a time, in evaluation mode.

    >>> from cnnkit.layers import Flatten
    >>> predict(Flatten(), np.ones((3, 1, 2, 2)), batch_size=2).shape
    (3, 4)
    """
    was_training = net.training
    net.eval()
    starts = range(0, max(1, len(x)), whole("predict: batch_size", batch_size, 1))
    logits = np.concatenate([net(x[start : start + batch_size]) for start in starts])
    net.train(was_training)
    return logits


@contextmanager
def _images_fixed(net: Layer) -> Iterator[None]:
    """Let a first convolution leave out the gradient of the images, which training does not use."""
    first = net
    while isinstance(first, Sequential) and len(first):
        first = first[0]
    if not isinstance(first, Conv1d | Conv2d | Conv3d):
        yield
        return
    before, first.needs_input_grad = first.needs_input_grad, False
    try:
        yield
    finally:
        first.needs_input_grad = before


def _step(net: Layer, x: Array, labels: Array, optimizer: Optimizer, history: History) -> tuple[float, float]:
    """Take one step downhill; return the loss and the accuracy on the batch before it."""
    logits = net(x)
    loss = float(F.cross_entropy(logits, labels))
    optimizer.zero_grad()
    net.backward(F.cross_entropy_backward(logits, labels))
    history.loss.append(loss)
    squares = sum(float(np.vdot(p.grad, p.grad)) for p in optimizer.parameters)
    history.gradient_norm.append(sqrt(squares))
    history.learning_rate.append(optimizer.lr)
    optimizer.step()
    return loss, float(F.accuracy(logits, labels))


def _close_epoch(
    net: Layer, history: History, seen: Array, validation: tuple[Array, Array] | None, seconds: float
) -> None:
    """Write the epoch down: means over its batches, weighed by their sizes, and what validation says."""
    history.step.append(len(history.loss))
    loss, accuracy = np.average(seen[:, 1:], axis=0, weights=seen[:, 0])
    history.train_loss.append(float(loss))
    history.train_accuracy.append(float(accuracy))
    history.seconds.append(seconds)
    net.eval()
    if validation is not None:
        loss, accuracy = evaluate(net, *validation)
        history.validation_loss.append(loss)
        history.validation_accuracy.append(accuracy)


def _batches(count: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield all examples' positions in random order, ``size`` at a time."""
    order = rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def _examples(function: str, x: Array, labels: Array) -> tuple[Array, Array]:
    x, labels = np.asarray(x), np.asarray(labels)
    if x.ndim < 2 or len(x) == 0 or labels.shape != (len(x),):
        raise ShapeError(
            f"{function}: x has shape {x.shape} and labels {labels.shape}. "
            "Both need the same first axis, at least 1 long, and labels no other."
        )
    return x, labels
