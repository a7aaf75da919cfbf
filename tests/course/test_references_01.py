"""The loop references in the hidden cells of chapter 01 agree with PyTorch, on random configurations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from tests.course.workbench import Workbench, reference_of

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"
Draw = Callable[[np.random.Generator], tuple[Any, ...]]


@cache
def workbench() -> Workbench:
    return Workbench("01_images")


reference = partial(reference_of, "01_images")

def picture(rng: np.random.Generator, *shape: int) -> Any:
    """Return an array of one of the kinds that occur; a size of 0 in the shape is drawn from 1 to 6."""
    sizes = [size or int(rng.integers(1, 7)) for size in shape]
    dtype = rng.choice(["float64", "float32", "int64", "uint8"])
    x = rng.integers(0, 256, sizes) if dtype == "uint8" else 9 * rng.standard_normal(sizes)
    return x.astype(dtype)


def gap_arguments(rng: np.random.Generator) -> tuple[Any, ...]:
    margin = int(rng.integers(0, 3))
    img = picture(rng, *rng.integers(2 * margin + 1, 9, 2))
    shift = (int(d) for d in rng.integers(-4, 5, 2))
    return (str(rng.choice(["window_sum", "edges", "dense"])), img, *shift, margin)


DRAW: dict[str, Draw] = {
    "image_nbytes": lambda rng: tuple(map(int, rng.integers(1, 20, 4))),
    "to_nchw": lambda rng: (picture(rng, 0, 0, 0, 0),),
    "to_nhwc": lambda rng: (picture(rng, 0, 0, 0, 0),),
    "subtract_mean": lambda rng: (picture(rng, 0, 0, 0, 0),),
    "dense_params": lambda rng: (*map(int, rng.integers(1, 60, 2)), bool(rng.integers(2))),
    "conv_params": lambda rng: (*map(int, rng.integers(1, 9, 4)), bool(rng.integers(2))),
    "shift": lambda rng: (picture(rng, 0, 0), *map(int, rng.integers(-8, 9, 2))),
    "equivariance_gap": gap_arguments,
    "mended_grey": lambda rng: (picture(rng, 0, 3, 0, 0),),
}


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    """Return how PyTorch (for bytes: NumPy's packbits) does what each exercise asks for."""
    functional = torch.nn.functional

    def tensor(x: Any) -> Any:
        return torch.tensor(x.astype(float))

    def parameters(layer: Any) -> int:
        return sum(p.numel() for p in layer.parameters())

    def shift(img: Any, dy: int, dx: int) -> Any:
        if abs(dy) >= img.shape[0] or abs(dx) >= img.shape[1]:
            return torch.zeros_like(img)
        return functional.pad(img, (dx, -dx, dy, -dy))  # a negative padding cuts off

    def apply(operation: str, img: Any) -> Any:
        if operation == "dense":
            i = torch.arange(img.numel())
            weights = ((i[:, None] * 73856093 ^ i * 19349663) >> 7) % 5 - 2
            return torch.nn.functional.linear(img.ravel(), weights.double()).reshape(img.shape)
        kernels = {"window_sum": [[1, 1, 1]] * 3, "edges": [[0, 0, 0], [-1, 1, 0], [0, 0, 0]]}
        kernel = torch.tensor(kernels[operation]).double()
        return functional.conv2d(img[None, None], kernel[None, None], padding=1)[0, 0]

    def gap(operation: str, img: Any, dy: int, dx: int, margin: int) -> Any:
        img = tensor(img)
        difference = apply(operation, shift(img, dy, dx)) - shift(apply(operation, img), dy, dx)
        return difference[margin : len(img) - margin, margin : img.shape[1] - margin].abs().max()

    return {
        "image_nbytes": lambda h, w, c, bits: np.packbits(np.ones(h * w * c * bits, bool)).nbytes,
        "to_nchw": lambda x: tensor(x).permute(0, 3, 1, 2),
        "to_nhwc": lambda x: tensor(x).permute(0, 2, 3, 1),
        "subtract_mean": lambda x: tensor(x) - tensor(x).mean((0, 2, 3), keepdim=True),
        "dense_params": lambda n, m, bias: parameters(torch.nn.Linear(n, m, bias=bias)),
        "conv_params": lambda c, f, kh, kw, bias: parameters(torch.nn.Conv2d(c, f, (kh, kw), bias=bias)),
        "shift": lambda img, dy, dx: shift(tensor(img), dy, dx),
        "equivariance_gap": gap,
        "mended_grey": lambda x: (tensor(x) * torch.tensor([1, 2, 1])[:, None, None]).sum(1) / 4,
    }


def test_every_reference_has_an_oracle() -> None:
    hidden = {name for name in workbench().table if "hidden" in workbench().graded_cells(name)}
    assert hidden == set(DRAW)


@pytest.mark.parametrize("exercise", DRAW)
def test_the_reference_agrees_with_the_oracle(exercise: str) -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    ours, theirs = reference(exercise), oracles(torch)[exercise]
    for seed in range(CONFIGURATIONS):
        arguments = DRAW[exercise](np.random.default_rng(seed))
        got, want = np.asarray(ours(*arguments)), np.asarray(theirs(*arguments))
        assert got.shape == want.shape, (exercise, seed)
        scale = max(1.0, float(np.abs(want).max(initial=0)))
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-9 * scale, err_msg=f"{exercise}, seed {seed}")
