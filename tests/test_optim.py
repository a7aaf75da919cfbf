"""The optimisers and schedules, step for step, against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnkit import optim
from cnnkit.errors import UsageError
from cnnkit.layers import Linear, Parameter
from tests.oracle import close, needs_torch, torch


def parameter(value: Any) -> Parameter:
    value = np.asarray(value, dtype=np.float64)
    return Parameter(value.shape, lambda shape, rng: value, np.random.default_rng(0), np.float64)


CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.3}),
    ("Adam", {"lr": 0.05}),
    ("Adam", {"lr": 0.05, "betas": (0.5, 0.7), "eps": 1e-3}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.3}),
]


@needs_torch
@pytest.mark.parametrize("name, options", CASES)
def test_seven_steps_are_pytorch_s(name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    ours = [parameter(rng.standard_normal(shape)) for shape in ((2, 3), (4,))]
    theirs = [torch.nn.Parameter(torch.tensor(p.data)) for p in ours]
    our_optimizer = getattr(optim, name)(ours, **options)
    their_optimizer = getattr(torch.optim, name)(theirs, **options)
    for _ in range(7):
        our_optimizer.zero_grad()
        for p, t in zip(ours, theirs, strict=True):
            gradient = rng.standard_normal(p.shape)
            p.add_grad(gradient)
            t.grad = torch.tensor(gradient)
        our_optimizer.step()
        their_optimizer.step()
        for p, t in zip(ours, theirs, strict=True):
            close(p.data, t)


@needs_torch
@pytest.mark.parametrize(
    "name, ours, theirs",
    [
        ("StepLR", {"step_size": 3, "gamma": 0.5}, {"step_size": 3, "gamma": 0.5}),
        ("CosineAnnealingLR", {"T_max": 8}, {"T_max": 8}),
        ("CosineAnnealingLR", {"T_max": 8, "eta_min": 0.01}, {"T_max": 8, "eta_min": 0.01}),
    ],
)
def test_schedules_are_pytorch_s(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    our_optimizer = optim.SGD([parameter([1.0])], lr=0.4)
    tensor = torch.nn.Parameter(torch.ones(1))
    tensor.grad = torch.zeros(1)
    their_optimizer = torch.optim.SGD([tensor], lr=0.4)
    our_schedule = getattr(optim, name)(our_optimizer, **ours)
    their_schedule = getattr(torch.optim.lr_scheduler, name)(their_optimizer, **theirs)
    for _ in range(8):
        their_optimizer.step()
        our_schedule.step()
        their_schedule.step()
        assert our_optimizer.lr == pytest.approx(their_schedule.get_last_lr()[0], abs=1e-12)


def test_a_cosine_stays_at_its_end() -> None:
    optimizer = optim.SGD([parameter([1.0])], lr=0.4)
    schedule = optim.CosineAnnealingLR(optimizer, T_max=2)
    for _ in range(5):
        schedule.step()
    assert optimizer.lr == pytest.approx(0.0, abs=1e-15)


def test_a_step_never_writes_into_an_array_that_others_hold() -> None:
    start = np.ones(3)
    p = parameter([0.0, 0.0, 0.0])
    p.data = start
    p.add_grad(np.ones(3))
    gradient = p.grad
    optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.1).step()
    np.testing.assert_array_equal(start, np.ones(3))
    np.testing.assert_array_equal(gradient, np.ones(3))


def test_single_precision_stays() -> None:
    layer = Linear(3, 2, rng=np.random.default_rng(0))
    for optimizer in (optim.SGD(layer.parameters(), lr=0.1, momentum=0.9), optim.Adam(layer.parameters())):
        layer.weight.add_grad(np.ones((2, 3), np.float32))
        optimizer.step()
        assert layer.weight.data.dtype == np.float32


BAD = [
    (lambda: optim.SGD([], lr=0.1), UsageError, r"SGD: no parameters.*net\.parameters\(\)"),
    (lambda: optim.SGD([np.ones(2)], lr=0.1), UsageError, "no parameters to change"),
    (lambda: optim.SGD([parameter([1.0])], lr=0.0), ValueError, "SGD: lr"),
    (lambda: optim.SGD([parameter([1.0])], momentum=2.0), ValueError, "SGD: momentum"),
    (lambda: optim.Adam([parameter([1.0])], betas=(0.9, 1.5)), ValueError, r"Adam: betas\[1\]"),
    (lambda: optim.Adam([parameter([1.0])], weight_decay=-1), ValueError, "Adam: weight_decay"),
    (lambda: optim.StepLR(optim.SGD([parameter([1.0])]), 0), ValueError, "StepLR: step_size"),
    (lambda: optim.CosineAnnealingLR(optim.SGD([parameter([1.0])]), 0), ValueError, "T_max"),
]


@pytest.mark.parametrize("call, error, said", BAD)
def test_bad_options_get_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        call()
