"""The loop references in the hidden cells of chapter 07 agree with PyTorch, on random configurations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from tests.course.workbench import Workbench, reference_of

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"


@cache
def workbench() -> Workbench:
    return Workbench("07_transposed")


reference = partial(reference_of, "07_transposed")

def numbers(rng: np.random.Generator, *shape: int) -> Any:
    """Return an array of one of the kinds that occur; a size of 0 in the shape is drawn from 1 to 5."""
    sizes = [size or int(rng.integers(1, 6)) for size in shape]
    return (9 * rng.standard_normal(sizes)).astype(rng.choice(["float64", "float32", "int64"]))


def pair(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    """Return two whole numbers from low to high."""
    return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))


def convolution(rng: np.random.Generator) -> tuple[Any, ...]:
    k, padding = numbers(rng, 0, 0), pair(rng, 0, 3)
    least = [max(1, size - 2 * p) for size, p in zip(k.shape, padding, strict=True)]
    return k, tuple(int(n + rng.integers(0, 5)) for n in least), pair(rng, 1, 4), padding


def transposed(rng: np.random.Generator, channels: bool) -> tuple[Any, ...]:
    """Return input, kernel and options with which something of the output is left."""
    while True:
        batch, inputs, outputs = (int(size) for size in rng.integers(1, 5, 3))
        x = numbers(rng, batch, inputs, 0, 0) if channels else numbers(rng, 0, 0)
        w = numbers(rng, inputs, outputs, 0, 0) if channels else numbers(rng, 0, 0)
        stride, padding = pair(rng, 1, 4), pair(rng, 0, 3)
        more = tuple(int(rng.integers(0, s)) for s in stride)
        axes = zip(x.shape[-2:], w.shape[-2:], stride, padding, more, strict=True)
        if all((n - 1) * s + k - 2 * p + m >= 1 for n, k, s, p, m in axes):
            return x, w, stride, padding, more


def adjoint(rng: np.random.Generator) -> tuple[Any, ...]:
    kernel, places = pair(rng, 1, 4), pair(rng, 1, 5)
    size = (n + k - 1 for n, k in zip(places, kernel, strict=True))
    return numbers(rng, *size), numbers(rng, *places), numbers(rng, *kernel), numbers(rng, *kernel)


def sizes(rng: np.random.Generator) -> tuple[int, ...]:
    """Return n, k, s, p with which a kernel fits and a transposed convolution leaves something."""
    k, s, p = (int(rng.integers(low, high)) for low, high in ((1, 8), (1, 5), (0, 4)))
    return max(1, k - 2 * p, (2 * p - k) // s + 2) + int(rng.integers(0, 30)), k, s, p


def with_kernel(rng: np.random.Generator, axes: int) -> tuple[Any, ...]:
    k = numbers(rng, *[0] * axes)
    shape = tuple(int(size + rng.integers(0, 5)) for size in k.shape)
    return (k, shape) if axes == 2 else (k, shape[0])


DRAW: dict[str, Callable[[np.random.Generator], tuple[Any, ...]]] = {
    "conv_matrix1d": lambda rng: with_kernel(rng, 1),
    "conv_matrix2d": lambda rng: with_kernel(rng, 2),
    "conv_matrix": convolution,
    "stamp2d": lambda rng: (numbers(rng, 0, 0), numbers(rng, 0, 0)),
    "stamp2d_stride": lambda rng: (numbers(rng, 0, 0), numbers(rng, 0, 0), pair(rng, 1, 4)),
    "transposed_size": lambda rng: (*sizes(rng), int(rng.integers(0, 4))),
    "output_padding_for": sizes,
    "transposed2d": lambda rng: transposed(rng, channels=False),
    "conv_transpose2d": lambda rng: transposed(rng, channels=True),
    "adjoint_gap": adjoint,
    "mended_transposed": lambda rng: (numbers(rng, 0, 0), numbers(rng, 0, 0), pair(rng, 1, 4)),
    "upsample_nearest": lambda rng: (numbers(rng, 0, 0, 0, 0), pair(rng, 1, 4)),
    "stretch1d": lambda rng: (numbers(rng, 0), int(rng.integers(1, 6))),
    "upsample_bilinear": lambda rng: (numbers(rng, 0, 0, 0, 0), pair(rng, 1, 4)),
    "overlap_count": lambda rng: tuple(int(n) for n in rng.integers(1, 8, 3)),
    "even_kernels": lambda rng: (int(rng.integers(1, 8)), int(rng.integers(1, 30))),
}


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    """Return how PyTorch does what each exercise asks for."""
    functional = torch.nn.functional

    def tensor(x: Any) -> Any:
        return torch.tensor(np.asarray(x, dtype=float))

    def matrix(k: Any, shape: Any, stride: Any = 1, padding: Any = 0) -> Any:
        """The matrix of a linear map is its derivative."""

        def convolve(x: Any) -> Any:
            return functional.conv2d(x[None, None], tensor(k)[None, None], None, stride, padding).ravel()

        jacobian = torch.autograd.functional.jacobian(convolve, torch.zeros(shape, dtype=torch.float64))
        return jacobian.reshape(len(jacobian), -1)

    def one(x: Any, k: Any, stride: Any = 1, padding: Any = 0, more: Any = 0) -> Any:
        options = {"stride": stride, "padding": padding, "output_padding": more}
        return functional.conv_transpose2d(tensor(x)[None, None], tensor(k)[None, None], **options)[0, 0]

    def many(x: Any, w: Any, stride: Any, padding: Any, more: Any) -> Any:
        options = {"stride": stride, "padding": padding, "output_padding": more}
        return functional.conv_transpose2d(tensor(x), tensor(w), **options)

    def size(n: int, k: int, s: int, p: int, op: int) -> int:
        bare = torch.nn.functional.conv_transpose1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), None, s, p)
        return int(bare.shape[2] + op)  # PyTorch itself refuses an output padding of s or more

    def rest(n: int, k: int, s: int, p: int) -> int:
        smaller = functional.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), None, s, p)
        return int(n - functional.conv_transpose1d(smaller, torch.zeros(1, 1, k), None, s, p).shape[2])

    def gap(x: Any, y: Any, k: Any, k_back: Any) -> Any:
        there = functional.conv2d(tensor(x)[None, None], tensor(k)[None, None])[0, 0]
        return (there * tensor(y)).sum() - (tensor(x) * one(y, k_back)).sum()

    def larger(x: Any, scale: Any, mode: str) -> Any:
        return functional.interpolate(tensor(x), scale_factor=scale, mode=mode)

    def counts(n: int, k: int, s: int) -> Any:
        return functional.conv_transpose1d(torch.ones(1, 1, n), torch.ones(1, 1, k), None, s)[0, 0]

    def even(s: int, most: int) -> list[int]:
        inside = ((k, counts(3 * k, k, s)[2 * k : 2 * k + s]) for k in range(1, most + 1))
        return [k for k, stamps in inside if stamps.min() == stamps.max()]

    return {
        "conv_matrix1d": lambda k, n: matrix(k[None], (1, n)),
        "conv_matrix2d": matrix,
        "conv_matrix": matrix,
        "stamp2d": one,
        "stamp2d_stride": one,
        "transposed_size": size,
        "output_padding_for": rest,
        "transposed2d": one,
        "conv_transpose2d": many,
        "adjoint_gap": gap,
        "mended_transposed": one,
        "upsample_nearest": lambda x, scale: larger(x, scale, "nearest"),
        "stretch1d": lambda x, scale: larger(x[None, None], scale, "linear")[0, 0],
        "upsample_bilinear": lambda x, scale: larger(x, scale, "bilinear"),
        "overlap_count": counts,
        "even_kernels": even,
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
