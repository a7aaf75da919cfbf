"""The hidden references of chapter 04 against PyTorch, on random configurations of every operation."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.course.workbench import reference_of
from tests.oracle import close, needs_torch, torch

UNIT = "04_channels"
pytestmark = needs_torch


reference = partial(reference_of, "04_channels")

class Layer:
    """A random layer: sizes, options, numbers. Every size and option differs from axis to axis."""

    def __init__(self, seed: int, groups: bool = False, knobs: bool = True) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.groups = int(rng.integers(1, 4)) if groups else 1
        self.channels, self.filters = (int(n) * self.groups for n in rng.integers(1, 4, 2))
        self.kernel = tuple(map(int, rng.integers(1, 4, 2)))
        self.stride, self.dilation = ((1, 1), (1, 1))
        self.padding: tuple[int, ...] = (0, 0)
        if knobs:
            self.stride, self.dilation = (tuple(map(int, rng.integers(1, 4, 2))) for _ in range(2))
            self.padding = tuple(map(int, rng.integers(0, 3, 2)))
        spans = [d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True)]
        least = [max(1, span - 2 * p) for span, p in zip(spans, self.padding, strict=True)]
        self.size = tuple(int(n + extra) for n, extra in zip(least, rng.integers(0, 4, 2), strict=True))
        self.x = rng.standard_normal((int(rng.integers(1, 4)), self.channels, *self.size))
        self.w = rng.standard_normal((self.filters, self.channels // self.groups, *self.kernel))
        self.b = rng.standard_normal(self.filters) if rng.integers(3) else None

    def by_torch(self, **left_out: Any) -> Any:
        """Return PyTorch's answer; ``left_out`` replaces options that the exercise does not have."""
        options = {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }
        bias = None if self.b is None else torch.tensor(self.b)
        w = torch.tensor(self.w)
        return torch.nn.functional.conv2d(torch.tensor(self.x), w, bias, **options | left_out)


configurations = pytest.mark.parametrize("seed", range(200))


@configurations
def test_one_kernel_and_all_kernels_of_one_picture(seed: int) -> None:
    layer = Layer(seed, knobs=False)
    bias = np.zeros(layer.filters) if layer.b is None else layer.b
    theirs = layer.by_torch()
    close(reference("conv_channels")(layer.x[0], layer.w[0]), theirs[0, 0] - bias[0])
    for exercise in ("conv_filters", "mended_layer"):
        close(reference(exercise)(layer.x[0], layer.w, bias), theirs[0])
    close(reference("conv_batch")(layer.x, layer.w, bias), theirs)


@configurations
def test_all_options(seed: int) -> None:
    layer = Layer(seed)
    ours = reference("conv2d_knobs")(layer.x, layer.w, layer.b, layer.stride, layer.padding, layer.dilation)
    close(ours, layer.by_torch())


@configurations
def test_groups(seed: int) -> None:
    layer = Layer(seed, groups=True)
    options = layer.stride, layer.padding, layer.dilation, layer.groups
    close(reference("conv2d")(layer.x, layer.w, layer.b, *options), layer.by_torch())


@configurations
def test_one_by_one(seed: int) -> None:
    layer = Layer(seed)
    w = layer.w[:, :, :1, :1]
    theirs = torch.nn.functional.conv2d(torch.tensor(layer.x), torch.tensor(w))
    close(reference("conv1x1_as_matmul")(layer.x, w[:, :, 0, 0]), theirs)


@configurations
def test_columns_and_their_product(seed: int) -> None:
    layer = Layer(seed)
    unfold = torch.nn.functional.unfold(
        torch.tensor(layer.x), layer.kernel, padding=layer.padding, stride=layer.stride
    )
    close(reference("im2col")(layer.x, *layer.kernel, layer.stride, layer.padding), unfold)
    ours = reference("conv2d_im2col")(layer.x, layer.w, layer.b, layer.stride, layer.padding)
    close(ours, layer.by_torch(dilation=1))


@configurations
def test_macs_are_the_multiplications_that_the_output_needs(seed: int) -> None:
    layer = Layer(seed, groups=True)
    theirs = layer.by_torch(dilation=1)
    counted = reference("conv_macs")(
        layer.channels, layer.size, layer.filters, layer.kernel, layer.stride, layer.padding, layer.groups
    )
    assert counted == theirs[0].numel() * layer.w[0].size
