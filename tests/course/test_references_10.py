"""The hidden references of chapter 10 against PyTorch, on random configurations of every operation."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.course.workbench import reference_of
from tests.oracle import close, needs_torch, tensor, torch

UNIT = "10_training"
pytestmark = needs_torch
configurations = pytest.mark.parametrize("seed", range(200))


reference = partial(reference_of, "10_training")

def shape(rng: Any, axes: int = 4, most: int = 5) -> tuple[int, ...]:
    return tuple(map(int, rng.integers(1, most, axes)))


@configurations
def test_initialisation_and_schedule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal(shape(rng, int(rng.integers(2, 6))))
    fan_in, _ = torch.nn.init._calculate_fan_in_and_fan_out(torch.tensor(normal))
    close(reference("he_init")(normal), normal * torch.nn.init.calculate_gain("relu") / fan_in**0.5)
    lr, epochs = float(rng.uniform(0.01, 2)), int(rng.integers(1, 30))
    optimiser = torch.optim.SGD([tensor([0.0])], lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)
    for epoch in range(epochs + 1):
        close(reference("cosine_rate")(lr, epoch, epochs), schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()


@configurations
def test_optimisers_over_four_steps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = rng.standard_normal(shape(rng, int(rng.integers(1, 4))))
    lr, momentum = rng.uniform(0.001, 1), rng.uniform(0, 1)
    beta1, beta2, eps = rng.uniform(0, 0.99), rng.uniform(0, 0.999), 10.0 ** -rng.integers(1, 9)
    theirs = [tensor(start) for _ in range(3)]
    optimisers = [
        torch.optim.SGD(theirs[:1], lr=lr),
        torch.optim.SGD(theirs[1:2], lr=lr, momentum=momentum),
        torch.optim.Adam(theirs[2:], lr=lr, betas=(beta1, beta2), eps=eps),
    ]
    plain, rolling, adam = start, (start, 0 * start), (start, 0 * start, 0 * start)
    for t in range(1, 5):
        g = rng.standard_normal(start.shape)
        plain = reference("sgd_step")(plain, g, lr)
        rolling = reference("sgd_momentum_step")(rolling[0], g, rolling[1], lr, momentum)
        adam = reference("adam_step")(adam[0], g, *adam[1:], t, lr, beta1, beta2, eps)
        for parameter, optimiser in zip(theirs, optimisers, strict=True):
            parameter.grad = torch.tensor(g)
            optimiser.step()
        for ours, parameter in zip((plain, rolling[0], adam[0]), theirs, strict=True):
            close(ours, parameter)


@configurations
def test_a_training_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes, inputs, count = (int(n) for n in rng.integers(2, 6, 3))
    w, b = tensor(rng.standard_normal((classes, inputs))), tensor(rng.standard_normal(classes))
    x, labels, lr = (
        3 * rng.standard_normal((count, inputs)),
        rng.integers(0, classes, count),
        rng.uniform(0, 2),
    )
    loss = torch.nn.functional.cross_entropy(torch.tensor(x) @ w.T + b, torch.tensor(labels))
    loss.backward()
    arrays = w.detach().numpy(), b.detach().numpy()
    ours = reference("train_step")(*arrays, x, tuple(labels.tolist()), lr)
    for mine, their in zip(ours, (loss, w - lr * w.grad, b - lr * b.grad), strict=True):
        close(mine, their)


@configurations
def test_batch_norm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = (1 + shape(rng, 1)[0], *shape(rng, 3))
    x, gamma, beta = (
        tensor(rng.standard_normal(size) * 3 + 1),
        *(tensor(rng.standard_normal(size[1])) for _ in "gb"),
    )
    mean, var, share = rng.standard_normal(size[1]), rng.uniform(0, 3, size[1]), rng.uniform(0, 1)
    eps, running = 10.0 ** -rng.integers(1, 6), [torch.tensor(mean), torch.tensor(var)]
    x_, gamma_, beta_ = (array.detach().numpy() for array in (x, gamma, beta))
    eval_y = torch.nn.functional.batch_norm(x, running[0].clone(), running[1].clone(), gamma, beta, eps=eps)
    close(reference("batchnorm_eval")(x_, gamma_, beta_, mean, var, eps), eval_y)
    y = torch.nn.functional.batch_norm(x, *running, gamma, beta, training=True, momentum=share, eps=eps)
    close(reference("batchnorm_forward")(x_, gamma_, beta_, eps), y)
    for ours, theirs in zip(reference("batchnorm_running")(mean, var, x_, share), running, strict=True):
        close(ours, theirs)
    dy = rng.standard_normal(size)
    y.backward(torch.tensor(dy))
    for ours, theirs in zip(
        reference("batchnorm_backward")(dy, x_, gamma_, eps), (x.grad, gamma.grad, beta.grad), strict=True
    ):
        close(ours, theirs)


@configurations
def test_prices_for_large_weights(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, decay = shape(rng, int(rng.integers(1, 5))), rng.uniform(0, 2)
    start, g = rng.integers(-2, 3, size).astype(float), rng.standard_normal(size)
    for exercise, price in (("add_l2", lambda w: (w**2).sum() / 2), ("add_l1", lambda w: w.abs().sum())):
        w = tensor(start)
        ((torch.tensor(g) * w).sum() + decay * price(w)).backward()
        close(reference(exercise)(g, start, decay), w.grad)


@configurations
def test_dropout(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, p = shape(rng, int(rng.integers(1, 5))), rng.uniform(0, 0.95)
    x, u, dy = tensor(rng.standard_normal(size)), rng.random(size), rng.standard_normal(size)
    theirs = torch.where(torch.tensor(u) < p, 0.0, x) / (1 - p)
    y, mask = reference("dropout_forward")(x.detach().numpy(), u, p)
    close(y, theirs)
    theirs.backward(torch.tensor(dy))
    close(reference("dropout_backward")(dy, mask), x.grad)


@configurations
def test_augmentation_and_local_response(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape(rng, 4, 6))
    flips = tuple(bool(flip) for flip in rng.integers(0, 2, len(x)))
    shifts = [[int(rng.integers(1 - n, n)) for n in x.shape[2:]] for _ in x]
    theirs = [
        torch.nn.functional.pad(torch.tensor(image).flip(-1) if flip else torch.tensor(image), (r, -r, d, -d))
        for image, flip, (d, r) in zip(x, flips, shifts, strict=True)
    ]
    close(reference("augment")(x, flips, shifts), torch.stack(theirs))
    n, alpha, beta, k = 1 + 2 * int(rng.integers(0, 3)), *rng.uniform(0.1, 2, 3)
    damped = torch.nn.functional.local_response_norm(torch.tensor(x), n, alpha=n * alpha, beta=beta, k=k)
    close(reference("local_response_norm")(x, n, alpha, beta, k), damped)


@configurations
def test_an_epoch_of_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, inputs, size = (int(n) for n in rng.integers(1, 9, 3))
    x, t, start, lr = (
        rng.standard_normal((count, inputs)),
        rng.standard_normal(count),
        rng.standard_normal(inputs),
        0.05,
    )
    w = tensor(start)
    optimiser = torch.optim.SGD([w], lr=lr)
    batches = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(t)), batch_size=size
    )
    for xb, tb in batches:
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(xb @ w, tb).backward()
        optimiser.step()
    close(reference("mended_epoch")(start, x, t, size, lr), w)
