"""The references in the hidden cells of chapter 08 agree with PyTorch's automatic differentiation."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.classroom.notebooks.canonical import read
from cnnkit.classroom.notebooks.text import role_of
from cnnkit.functional import conv2d_backward as conv2d_gradients
from tests.course.workbench import reference_of
from tests.oracle import close, needs_torch, tensor

MASTER = Path(__file__).parents[2] / "solutions" / "08_backprop" / "08_backprop.ipynb"
CONFIGURATIONS = 200
Draw = tuple[Any, Any]




reference = partial(reference_of, "08_backprop")

def whole(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def normal(rng: np.random.Generator, *shape: int) -> Any:
    return rng.standard_normal(shape)


def oracle(dy: Any, x: Any, w: Any, **options: Any) -> tuple[Any, Any, Any]:
    """Return dx, dw, db of PyTorch for a layer with any number of axes, (N, C, ...) and (F, C, ...)."""
    import torch

    x, w, b = tensor(x), tensor(w), tensor(np.zeros(len(w)))
    convolution = torch.nn.functional.conv1d if x.ndim == 3 else torch.nn.functional.conv2d
    convolution(x, w, b, **options).backward(torch.tensor(dy))
    return x.grad, w.grad, b.grad


def tables(dy: Any, x: Any, w: Any, **options: Any) -> tuple[Any, Any]:
    """Return dx and dw of PyTorch for one picture, one channel, one kernel."""
    dx, dw, _ = oracle(dy[None, None], x[None, None], w[None, None], **options)
    return dx[0, 0], dw[0, 0]


def numeric_grad(rng: np.random.Generator) -> Draw:
    import torch

    functions: dict[str, Callable[[Any], Any]] = {
        "square": lambda x: x * x,
        "mirror": lambda x: x.flip(0),
        "neighbours": lambda x: x[1:] * x[:-1],
        "correlate": lambda x: torch.nn.functional.conv2d(x[None, None], kernel)[0, 0],
    }
    kernel = torch.tensor([[[[0.0, 1.0], [2.0, 3.0]]]], dtype=torch.float64)
    name = list(functions)[whole(rng, 0, 3)]
    x = tensor(normal(rng, whole(rng, 2, 4), whole(rng, 2, 5)))
    y = functions[name](x)  # of degree two at most, where a central difference is exact for any step
    dy = normal(rng, *y.shape)
    y.backward(torch.tensor(dy))
    return reference("numeric_grad")(name, x.detach().numpy(), dy, 0.125), x.grad


def one_axis(rng: np.random.Generator, stride: int = 1) -> tuple[Any, Any, Any]:
    places, size = whole(rng, 1, 6), whole(rng, 1, 5)
    unread = whole(rng, 0, stride - 1)
    return (
        normal(rng, places),
        normal(rng, (places - 1) * stride + size + unread),
        normal(rng, size),
    )


def weight_slope(rng: np.random.Generator) -> Draw:
    dy, x, w = one_axis(rng)
    a = whole(rng, 0, len(w) - 1)
    return reference("weight_slope")(dy, x, a), tables(dy, x, w)[1][a]


def conv1d_dw(rng: np.random.Generator) -> Draw:
    dy, x, w = one_axis(rng)
    return reference("conv1d_dw")(dy, x), tables(dy, x, w)[1]


def conv1d_dx(rng: np.random.Generator) -> Draw:
    dy, x, w = one_axis(rng)
    return reference("conv1d_dx")(dy, w), tables(dy, x, w)[0]


def conv1d_backward(rng: np.random.Generator) -> Draw:
    stride = whole(rng, 1, 4)
    dy, x, w = one_axis(rng, stride)
    dx, dw = tables(dy, x, w, stride=stride)
    return reference("conv1d_backward")(dy, x, w, stride), (dx, dw, np.sum(dy))


def two_axes(rng: np.random.Generator) -> tuple[Any, Any, Any]:
    places, size = (whole(rng, 1, 4), whole(rng, 1, 5)), (whole(rng, 1, 4), whole(rng, 1, 3))
    x = normal(rng, *(o + k - 1 for o, k in zip(places, size, strict=True)))
    return normal(rng, *places), x, normal(rng, *size)


def conv2d_dw(rng: np.random.Generator) -> Draw:
    dy, x, w = two_axes(rng)
    return reference("conv2d_dw")(dy, x), tables(dy, x, w)[1]


def conv2d_dx_scatter(rng: np.random.Generator) -> Draw:
    dy, x, w = two_axes(rng)
    return reference("conv2d_dx_scatter")(dy, w), tables(dy, x, w)[0]


def conv2d_dx_fullcorr(rng: np.random.Generator) -> Draw:
    dy, x, w = two_axes(rng)
    return reference("conv2d_dx_fullcorr")(dy, w), tables(dy, x, w)[0]


def layer(rng: np.random.Generator, plain: bool = False) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Draw dy, x, w and options of a layer that fit together; ``plain`` for stride 1 and nothing else."""
    kernel = whole(rng, 1, 3), whole(rng, 1, 3)
    stride, dilation = ((1, 1), (1, 1)) if plain else (_pair(rng, 1, 3), _pair(rng, 1, 2))
    padding, groups = ((0, 0), 1) if plain else (_pair(rng, 0, 2), whole(rng, 1, 3))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding, strict=True)]
    size = [n + whole(rng, 0, 4) for n in least]
    pictures, channels, kernels = whole(rng, 1, 3), groups * whole(rng, 1, 2), groups * whole(rng, 1, 3)
    out = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    ]
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    x, w = normal(rng, pictures, channels, *size), normal(rng, kernels, channels // groups, *kernel)
    return normal(rng, pictures, kernels, *out), x, w, options


def _pair(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    return whole(rng, low, high), whole(rng, low, high)


def one_table(rng: np.random.Generator) -> tuple[Any, Any, Any, tuple[int, int], tuple[int, int]]:
    dy, x, w, options = layer(rng)
    while options["dilation"] != (1, 1):
        dy, x, w, options = layer(rng)
    return dy[0, 0], x[0, 0], w[0, 0], options["stride"], options["padding"]


def conv2d_dw_stride(rng: np.random.Generator) -> Draw:
    dy, x, w, stride, padding = one_table(rng)
    right = tables(dy, x, w, stride=stride, padding=padding)[1]
    return reference("conv2d_dw_stride")(dy, x, w.shape, stride, padding), right


def conv2d_dx_stride(rng: np.random.Generator) -> Draw:
    dy, x, w, stride, padding = one_table(rng)
    right = tables(dy, x, w, stride=stride, padding=padding)[0]
    return reference("conv2d_dx_stride")(dy, w, x.shape, stride, padding), right


def conv2d_db(rng: np.random.Generator) -> Draw:
    dy, x, w, options = layer(rng)
    return reference("conv2d_db")(dy), oracle(dy, x, w, **options)[2]


def batch_dw(rng: np.random.Generator) -> Draw:
    dy, x, w, _ = layer(rng, plain=True)
    return reference("batch_dw")(dy, x), oracle(dy, x, w)[1]


def batch_dx(rng: np.random.Generator) -> Draw:
    dy, x, w, _ = layer(rng, plain=True)
    return reference("batch_dx")(dy, w), oracle(dy, x, w)[0]


def conv2d_backward(rng: np.random.Generator) -> Draw:
    dy, x, w, options = layer(rng)
    return reference("conv2d_backward")(dy, x, w, *options.values()), oracle(dy, x, w, **options)


def mended_backward(rng: np.random.Generator) -> Draw:
    s, (kernels, channels, pictures) = whole(rng, 1, 3), (whole(rng, 1, 3) for _ in range(3))
    places, size = _pair(rng, 1, 3), _pair(rng, 1, 3)
    extent = [(o - 1) * s + k + whole(rng, 0, s - 1) for o, k in zip(places, size, strict=True)]
    dy, w = normal(rng, pictures, kernels, *places), normal(rng, kernels, channels, *size)
    x = normal(rng, pictures, channels, *extent)
    return reference("mended_backward")(dy, x, w, s), oracle(dy, x, w, stride=s)


def layer_backward(rng: np.random.Generator) -> Draw:
    import torch

    da, x, w, _ = layer(rng, plain=True)
    b = normal(rng, len(w))
    leaves = [tensor(array) for array in (x, w, b)]
    torch.relu(torch.nn.functional.conv2d(*leaves)).backward(torch.tensor(da))
    return reference("layer_backward")(da, x, w, b), tuple(leaf.grad for leaf in leaves)


OPERATIONS = [
    numeric_grad,
    weight_slope,
    conv1d_dw,
    conv1d_dx,
    conv1d_backward,
    conv2d_dw,
    conv2d_dx_scatter,
    conv2d_dx_fullcorr,
    conv2d_dw_stride,
    conv2d_dx_stride,
    conv2d_db,
    batch_dw,
    batch_dx,
    conv2d_backward,
    mended_backward,
    layer_backward,
]


def test_every_hidden_reference_is_compared() -> None:
    hidden = {role[1] for cell in read(MASTER).cells if (role := role_of(cell)) and role[0] == "hidden"}
    assert hidden == {operation.__name__ for operation in OPERATIONS}


@needs_torch
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_the_reference_agrees_with_pytorch(operation: Callable[[np.random.Generator], Draw]) -> None:
    for seed in range(CONFIGURATIONS):
        ours, theirs = operation(np.random.default_rng(seed))
        if not isinstance(ours, tuple):
            ours, theirs = (ours,), (theirs,)
        for one, other in zip(ours, theirs, strict=True):
            close(one, other)


@needs_torch
def test_the_pytorch_lines_of_the_box_do_what_ours_do() -> None:
    import torch

    (box,) = [cell.source for cell in read(MASTER).cells if cell.id == "elsewhere"]
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", box, re.S) if "torch." in block]
    rng = np.random.default_rng(0)
    x, w, dy = normal(rng, 7, 9), normal(rng, 2, 3), normal(rng, 4, 11)
    names: dict[str, Any] = {"torch": torch, "x": x, "w": w, "dy": dy}
    exec(code, names)
    dx, dw, _ = conv2d_gradients(dy[None, None], x[None, None], w[None, None], stride=(2, 1), padding=(1, 2))
    close(dx[0, 0], names["dx"])
    close(dw[0, 0], names["dw"])
