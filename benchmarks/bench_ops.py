"""Our time over PyTorch's for the operations of real networks: python -m benchmarks.bench_ops [--threads 1].

Both run in the same process, in turn, in float32, whole calls. A ratio below 1 is faster than PyTorch.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A convolution of a known network: x (N, C, H, W), F kernels of k by k."""

    name: str
    x: tuple[int, int, int, int]
    filters: int
    k: int
    stride: int = 1
    padding: int = 0
    groups: int = 1


CASES = [
    Case("LeNet conv1 5x5", (64, 1, 28, 28), 6, 5, padding=2),
    Case("LeNet conv2 5x5", (64, 6, 14, 14), 16, 5),
    Case("small 3x3", (64, 32, 28, 28), 64, 3, padding=1),
    Case("AlexNet conv1 11x11/4", (1, 3, 227, 227), 96, 11, stride=4),
    Case("AlexNet conv2 5x5", (1, 96, 27, 27), 256, 5, padding=2),
    Case("VGG conv1_2 3x3", (1, 64, 224, 224), 64, 3, padding=1),
    Case("VGG conv3 3x3", (1, 256, 56, 56), 256, 3, padding=1),
    Case("VGG conv5 3x3", (1, 512, 14, 14), 512, 3, padding=1),
    Case("Inception 1x1", (1, 192, 28, 28), 64, 1),
    Case("ResNet stem 7x7/2", (1, 3, 224, 224), 64, 7, stride=2, padding=3),
    Case("ResNet 3x3/2", (1, 128, 56, 56), 128, 3, stride=2, padding=1),
    Case("depthwise 3x3", (1, 256, 56, 56), 256, 3, padding=1, groups=256),
]

Contest = tuple[str, Callable[[], Any], Callable[[], Any]]


def convolutions(case: Case) -> list[Contest]:
    """Return forward, and forward with backward, of one convolution, as (name, ours, PyTorch's)."""
    import numpy as np
    import torch

    from cnnkit import functional as F

    rng = np.random.default_rng(0)
    x = rng.standard_normal(case.x, dtype=np.float32)
    w = rng.standard_normal((case.filters, case.x[1] // case.groups, case.k, case.k), dtype=np.float32)
    b = np.zeros(case.filters, np.float32)
    options = {"stride": case.stride, "padding": case.padding, "groups": case.groups}
    dy = rng.standard_normal(F.conv2d(x, w, b, **options).shape, dtype=np.float32)
    tx, tw, tb, tdy = (torch.from_numpy(array) for array in (x, w, b, dy))
    leaves = [tensor.clone().requires_grad_() for tensor in (tx, tw, tb)]

    def theirs() -> object:
        with torch.no_grad():
            return torch.nn.functional.conv2d(tx, tw, tb, **options)

    def ours_both() -> object:
        F.conv2d(x, w, b, **options)
        return F.conv2d_backward(dy, x, w, **options)

    def theirs_both() -> object:
        return torch.autograd.grad(torch.nn.functional.conv2d(*leaves, **options), leaves, tdy)

    return [
        (case.name, lambda: F.conv2d(x, w, b, **options), theirs),
        (f"{case.name}, and back", ours_both, theirs_both),
    ]


def others() -> list[Contest]:
    """Return max pooling and batch norm, forward, and forward with backward."""
    import numpy as np
    import torch

    from cnnkit import functional as F

    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 96, 55, 55), dtype=np.float32)
    many = rng.standard_normal((32, 64, 28, 28), dtype=np.float32)
    scale, offset = np.ones(64, np.float32), np.zeros(64, np.float32)
    tx, tmany = torch.from_numpy(x).requires_grad_(), torch.from_numpy(many).requires_grad_()
    tscale, toffset = (torch.from_numpy(array).requires_grad_() for array in (scale, offset))
    dy = np.ones((1, 96, 27, 27), np.float32)

    def pool_both() -> object:
        F.max_pool2d(x, 3, stride=2)
        return F.max_pool2d_backward(dy, x, 3, stride=2)

    def their_pool() -> Any:
        return torch.nn.functional.max_pool2d(tx, 3, stride=2)

    def norm_both() -> object:
        F.batch_norm(many, scale, offset)
        return F.batch_norm_backward(many, many, scale)

    def their_norm() -> Any:
        return torch.nn.functional.batch_norm(tmany, None, None, tscale, toffset, training=True)

    leaves = [tmany, tscale, toffset]
    return [
        ("max pool 3x3/2, AlexNet", lambda: F.max_pool2d(x, 3, stride=2), their_pool),
        ("max pool, and back", pool_both, lambda: torch.autograd.grad(their_pool().sum(), tx)),
        ("batch norm, 32x64x28x28", lambda: F.batch_norm(many, scale, offset), their_norm),
        ("batch norm, and back", norm_both, lambda: torch.autograd.grad(their_norm().sum(), leaves)),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)

    import torch

    from benchmarks.side_by_side import medians

    torch.set_num_threads(options.threads)
    print(f"{options.threads} thread(s), medians of {options.rounds} rounds, PyTorch {torch.__version__}")
    print(f"{'operation':34}{'ours, ms':>10}{'PyTorch, ms':>13}{'ratio':>8}")
    for name, ours, theirs in [entry for case in CASES for entry in convolutions(case)] + others():
        our_time, their_time = medians(ours, theirs, options.rounds)
        print(f"{name:34}{1e3 * our_time:10.2f}{1e3 * their_time:13.2f}{our_time / their_time:8.2f}")


if __name__ == "__main__":
    main()
