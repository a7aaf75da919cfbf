"""The references in the hidden cells of chapter 06, on random configurations, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit.classroom.notebooks.canonical import read
from tests.course.workbench import reference_of

MASTER = Path(__file__).parents[2] / "solutions" / "06_pooling" / "06_pooling.ipynb"
CONFIGURATIONS = 250
Function = Callable[..., Any]


reference = partial(reference_of, "06_pooling")

def window(rng: np.random.Generator, sizes: Any, most: int = 4) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Draw a window that fits, and strides of 1 to 3."""
    k = tuple(int(rng.integers(1, min(n, most) + 1)) for n in sizes)
    return k, tuple(int(s) for s in rng.integers(1, 4, len(sizes)))


def images(rng: np.random.Generator, axes: int = 4) -> np.ndarray:
    x = rng.standard_normal(rng.integers(1, 8, axes))
    return x - 5 * rng.integers(0, 2)  # every other one negative nearly everywhere


def pool2d(torch: Any, x: np.ndarray, *args: Any, kind: str = "max", **options: Any) -> np.ndarray:
    function = getattr(torch.nn.functional, f"{kind}_pool2d")
    return np.asarray(function(torch.tensor(x), *args, **options))


def blocks(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    x = images(rng, 2)
    k = int(rng.integers(1, min(x.shape) + 1))
    return (x, k), pool2d(torch, x[None, None], k)[0, 0]


def one_map(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    x = images(rng, 2)
    k, stride = window(rng, x.shape)
    return (x, k, stride), pool2d(torch, x[None, None], k, stride)[0, 0]


def batch(kind: str) -> Callable[..., tuple[tuple[Any, ...], Any]]:
    def drawn(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
        x = images(rng)
        k, stride = window(rng, x.shape[2:])
        return (x, k, stride), pool2d(torch, x, k, stride, kind=kind)

    return drawn


def padded(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    x = images(rng)
    k, stride = window(rng, x.shape[2:])
    padding, up = tuple(int(rng.integers(0, side // 2 + 1)) for side in k), bool(rng.integers(2))
    return (x, k, stride, padding, up), pool2d(torch, x, k, stride, padding, ceil_mode=up)


def size(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    n, k, s = int(rng.integers(1, 30)), int(rng.integers(1, 8)), int(rng.integers(1, 6))
    k = min(k, n)
    p, up = int(rng.integers(0, k // 2 + 1)), bool(rng.integers(2))
    pooled = torch.nn.functional.max_pool1d(torch.zeros(1, 1, n), k, s, p, ceil_mode=up)
    return (n, k, s, p, up), pooled.shape[2]


def as_conv(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    """Where the weights belong, PyTorch's own mean of one pixel at a time says."""
    k, c = (int(rng.integers(1, 4)), int(rng.integers(1, 4))), int(rng.integers(1, 4))
    pixels = torch.eye(c * k[0] * k[1], dtype=torch.float64).reshape(-1, c, *k)
    answers = torch.nn.functional.avg_pool2d(pixels, k)[:, :, 0, 0]  # (input pixel, output channel)
    return (k, c), answers.T.reshape(c, c, *k).numpy()


def global_mean(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    x = images(rng)
    return (x,), torch.nn.AdaptiveAvgPool2d(1)(torch.tensor(x))[:, :, 0, 0].numpy()


def heartbeats(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    x, h = rng.integers(-3, 4, rng.integers(1, 15)).astype(float), int(rng.integers(0, 4))
    series = torch.tensor(x)[None, None]
    largest = torch.nn.functional.max_pool1d(series, 2 * h + 1, 1, h)[0, 0].numpy()
    least = float(rng.integers(-4, 4))
    return (x, 2 * h + 1, least), np.flatnonzero((x == largest) & (x >= least))


def changes(torch: Any, rng: np.random.Generator) -> tuple[tuple[Any, ...], Any]:
    a = rng.standard_normal(rng.integers(1, 5, rng.integers(2, 5)))
    b = rng.standard_normal(a.shape)
    before, after = torch.tensor(a).flatten(1), torch.tensor(b).flatten(1)
    return (a, b), ((after - before).norm(dim=1) / before.norm(dim=1)).numpy()


ORACLES: dict[str, Callable[..., tuple[tuple[Any, ...], Any]]] = {
    "max_pool_blocks": blocks,
    "max_pool_map": one_map,
    "max_pool2d": batch("max"),
    "avg_pool2d": batch("avg"),
    "avg_pool_as_conv": as_conv,
    "pooled_size": size,
    "max_pool2d_padded": padded,
    "global_avg_pool": global_mean,
    "peaks": heartbeats,
    "feature_change": changes,
    "mended_max_pool": one_map,
}


@pytest.mark.parametrize("exercise", ORACLES)
def test_a_reference_agrees_with_pytorch(exercise: str) -> None:
    torch = pytest.importorskip(
        "torch", reason="PyTorch is an oracle for this test only and is not installed"
    )
    ours, rng = reference(exercise), np.random.default_rng(6)
    for _ in range(CONFIGURATIONS):
        arguments, expected = ORACLES[exercise](torch, rng)
        found = np.asarray(ours(*arguments))
        assert found.shape == np.shape(expected), arguments
        np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=str(arguments))


def test_every_hidden_cell_has_its_oracle() -> None:
    hidden = {cell.id.removesuffix("-hidden") for cell in read(MASTER).cells if cell.id.endswith("-hidden")}
    assert hidden == set(ORACLES)
