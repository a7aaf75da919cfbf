"""The references in the hidden cells of chapter 05 agree with PyTorch, SciPy and counting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.course.workbench import reference_of
from tests.oracle import close, needs_torch, tensor

try:
    import torch
except ImportError:  # the comparisons are skipped, and say so
    torch = None

MASTER = Path(__file__).parents[2] / "solutions" / "05_family" / "05_family.ipynb"
configurations = pytest.mark.parametrize("seed", range(200))


reference = partial(reference_of, "05_family")

def draw(seed: int) -> tuple[np.random.Generator, Callable[..., Any], Callable[[int, int], int]]:
    """Return a generator, a maker of normal arrays, and a maker of whole numbers (both ends included)."""
    rng = np.random.default_rng([5, seed])
    return rng, lambda *shape: rng.standard_normal(shape), lambda low, high: int(rng.integers(low, high + 1))


def sizes(whole: Callable[[int, int], int], axes: int) -> tuple[list[int], list[int], tuple[int, ...]]:
    """Draw (kernel, input, stride) along some axes."""
    kernel = [whole(1, 3) for _ in range(axes)]
    return kernel, [k + whole(0, 4) for k in kernel], tuple(whole(1, 3) for _ in range(axes))


@needs_torch
@configurations
def test_conv1d(seed: int) -> None:
    _, normal, whole = draw(seed)
    (kernel,), (length,), (stride,) = sizes(whole, 1)
    n, c, f = (whole(1, 4) for _ in range(3))
    x, w, b = normal(n, c, length), normal(f, c, kernel), normal(f) if whole(0, 1) else None
    theirs = torch.nn.functional.conv1d(tensor(x), tensor(w), None if b is None else tensor(b), stride=stride)
    close(reference("conv1d")(x, w, b, stride), theirs)


@configurations
def test_find_beats(seed: int) -> None:
    scipy = pytest.importorskip("scipy.signal")
    rng, normal, whole = draw(seed)
    y, level = normal(whole(3, 40)), float(rng.normal())
    theirs, _ = scipy.find_peaks(y, height=level)
    assert reference("find_beats")(y, level) == theirs.tolist()


@needs_torch
@configurations
def test_conv3d(seed: int) -> None:
    _, normal, whole = draw(seed)
    kernel, size, stride = sizes(whole, 3)
    x, w = normal(*size), normal(*kernel)
    theirs = torch.nn.functional.conv3d(tensor(x)[None, None], tensor(w)[None, None], stride=stride)[0, 0]
    close(reference("conv3d")(x, w, stride), theirs)


@needs_torch
@configurations
def test_motion_kernel_is_silent_for_its_motion_alone(seed: int) -> None:
    _, normal, whole = draw(seed)
    reach = whole(1, 3)
    down, right = (whole(-reach, reach) for _ in range(2))
    frame = torch.tensor(normal(9, 10))
    film = torch.stack([torch.roll(frame, (t * down, t * right), (0, 1)) for t in range(3)])
    w = torch.tensor(reference("motion_kernel")(down, right, reach), dtype=torch.float64)
    assert w.shape == (2, 2 * reach + 1, 2 * reach + 1) and w[0].sum() == 1 and w[1].sum() == -1
    answers = torch.nn.functional.conv3d(film[None, None], w[None, None])
    assert abs(answers).max() == 0
    other = torch.stack([torch.roll(frame, (t * down, t * (right + 1)), (0, 1)) for t in range(3)])
    assert abs(torch.nn.functional.conv3d(other[None, None], w[None, None])).max() > 0.1


@needs_torch
@configurations
def test_motion_scores(seed: int) -> None:
    _, normal, whole = draw(seed)
    kernel, size, _ = sizes(whole, 3)
    film, blocks = normal(*size), normal(whole(1, 4), *kernel)
    theirs = torch.nn.functional.conv3d(tensor(film)[None, None], tensor(blocks)[:, None])[0]
    close(reference("motion_scores")(film, blocks), (theirs**2).mean(dim=(1, 2, 3)))


@needs_torch
@configurations
def test_is_separable(seed: int) -> None:
    _, normal, whole = draw(seed)
    height, width, terms = whole(1, 5), whole(1, 5), whole(1, 3)
    k = sum(np.multiply.outer(normal(height), normal(width)) for _ in range(terms))
    answer = reference("is_separable")(k)
    assert (answer is None) == (int(torch.linalg.matrix_rank(tensor(k), rtol=1e-6)) > 1)
    if answer is not None:
        close(np.multiply.outer(*answer), k)


@needs_torch
@pytest.mark.parametrize("exercise", ["separable_conv2d", "mended_separable_conv2d"])
@configurations
def test_separable_conv2d(exercise: str, seed: int) -> None:
    _, normal, whole = draw(seed)
    kernel, size, _ = sizes(whole, 2)
    x, column, row = normal(*size), normal(kernel[0]), normal(kernel[1])
    k = tensor(column)[:, None] * tensor(row)
    theirs = torch.nn.functional.conv2d(tensor(x)[None, None], k[None, None])[0, 0]
    close(reference(exercise)(x, column, row), theirs)


@needs_torch
@configurations
def test_depthwise_conv2d(seed: int) -> None:
    _, normal, whole = draw(seed)
    kernel, size, stride = sizes(whole, 2)
    n, c = whole(1, 3), whole(1, 4)
    x, w = normal(n, c, *size), normal(c, *kernel)
    theirs = torch.nn.functional.conv2d(tensor(x), tensor(w)[:, None], stride=stride, groups=c)
    close(reference("depthwise_conv2d")(x, w, stride), theirs)


@needs_torch
@configurations
def test_pointwise(seed: int) -> None:
    _, normal, whole = draw(seed)
    n, c, f, height, width = (whole(1, 4) for _ in range(5))
    x, w = normal(n, c, height, width), normal(f, c)
    theirs = torch.nn.functional.conv2d(tensor(x), tensor(w)[:, :, None, None])
    close(reference("pointwise")(x, w), theirs)


@needs_torch
@configurations
def test_mult_count_is_outputs_times_weights_that_each_needs(seed: int) -> None:
    _, _, whole = draw(seed)
    kernel, size, _ = sizes(whole, 2)
    c, f = whole(1, 4), whole(1, 5)

    def products(n: list[int], k: list[int], c_in: int, c_out: int, groups: int = 1) -> int:
        layer = torch.nn.Conv2d(c_in, c_out, tuple(k), groups=groups, bias=False)
        y = layer(torch.zeros(1, c_in, *n))
        return int(y[0, 0].numel() * layer.weight.numel())

    between = [size[0] - kernel[0] + 1, size[1]]
    theirs = {
        "full": products(size, kernel, c, f),
        "separable": f * c * (products(size, [kernel[0], 1], 1, 1) + products(between, [1, kernel[1]], 1, 1)),
        "depthwise": products(size, kernel, c, c, groups=c)
        + products([size[0] - kernel[0] + 1, size[1] - kernel[1] + 1], [1, 1], c, f),
    }
    for kind, count in theirs.items():
        assert reference("mult_count")(kind, *size, *kernel, c, f) == count


@needs_torch
@configurations
def test_equivalent_kernel(seed: int) -> None:
    _, normal, whole = draw(seed)
    kernel, size, _ = sizes(whole, 2)
    c, f = whole(1, 4), whole(1, 4)
    x, depth, point = tensor(normal(2, c, *size)), normal(c, *kernel), normal(f, c)
    apart = torch.nn.functional.conv2d(x, tensor(depth)[:, None], groups=c)
    theirs = torch.nn.functional.conv2d(apart, tensor(point)[:, :, None, None])
    once = torch.nn.functional.conv2d(x, tensor(reference("equivalent_kernel")(depth, point)))
    close(once.detach().numpy(), theirs)
