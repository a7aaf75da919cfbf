"""The loop references in the hidden cells of chapter 12 agree with PyTorch, on random configurations."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from math import prod
from typing import Any

import numpy as np
import pytest

from cnnkit import models
from cnnkit.audit import audit
from tests.course.workbench import Workbench, hidden_names, reference_of

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"
Rng = np.random.Generator


@cache
def workbench() -> Workbench:
    return Workbench("12_alexnet_vgg")


reference = partial(reference_of, "12_alexnet_vgg")


def maps(rng: Rng) -> tuple[int, ...]:
    """Return a shape (C, H, W) that is not square."""
    return tuple(int(n) for n in rng.integers((1, 7, 7), (13, 31, 31)))


def layer_on(shape: tuple[int, ...], rng: Rng) -> tuple[Any, ...]:
    """Return a layer that fits behind this shape."""
    if len(shape) == 1:
        return [("linear", int(rng.integers(1, 20))), ("relu",), ("dropout",)][rng.integers(3)]
    room = min(shape[1:])
    k, s, p = int(rng.integers(1, min(room, 6) + 1)), int(rng.integers(1, 5)), int(rng.integers(0, 4))
    groups = int(rng.choice([g for g in (1, 2, 3, 4) if shape[0] % g == 0]))
    kinds = [("conv", groups * int(rng.integers(1, 5)), k, s, p, groups)] * 3
    kinds += [("pool", k, s)] * 2
    kinds += [("relu",), ("lrn",), ("dropout",)]
    return (*kinds, ("flatten",))[rng.integers(len(kinds) + 1)]


def one_layer(rng: Rng) -> tuple[Any, ...]:
    shape = maps(rng) if rng.random() < 0.85 else (int(rng.integers(1, 40)),)
    return layer_on(shape, rng), shape


def one_step(rng: Rng) -> tuple[Any, ...]:
    shape = maps(rng)
    return layer_on(shape, rng), shape, (int(rng.integers(1, 12)), int(rng.integers(1, 7)))


def network(rng: Rng) -> tuple[Any, ...]:
    """Return a list of layers that ends in dense ones, and the shape of its picture."""
    given = shape = maps(rng)
    spec: list[tuple[Any, ...]] = []
    while len(spec) < 7:
        layer = layer_on(shape, rng)
        spec.append(layer)
        shape = tuple(reference("layer_shape")(layer, shape))
    if len(shape) == 3:
        spec += [("flatten",), ("linear", int(rng.integers(1, 9)))]
    return spec, given


def kernels(rng: Rng) -> tuple[Any, ...]:
    return tuple(rng.standard_normal(rng.integers(1, 6, 2)) for _ in range(2))


def dense(rng: Rng) -> tuple[Any, ...]:
    units, channels, height, width = (int(n) for n in rng.integers(1, 7, 4))
    return rng.standard_normal((units, channels * height * width)), height, width


def stages(rng: Rng) -> tuple[Any, ...]:
    count = int(rng.integers(1, 6))
    return tuple(rng.integers(1, 5, count).tolist()), tuple(rng.integers(1, 99, count).tolist())


DRAW: dict[str, Callable[[Rng], tuple[Any, ...]]] = {
    "layer_shape": one_layer,
    "layer_params": one_layer,
    "layer_macs": one_layer,
    "activation_bytes": one_layer,
    "receptive_step": one_step,
    "audit": network,
    "vgg_spec": stages,
    "stack_equivalent": lambda rng: (int(rng.integers(1, 8)), int(rng.integers(1, 30))),
    "compose": kernels,
    "fc_to_conv": dense,
    "mended_count": network,
}


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    """Return how PyTorch does what each exercise asks for."""
    from torch.utils.flop_counter import FlopCounterMode

    nn = torch.nn

    def module(layer: Any, shape: Any) -> Any:
        kind, *numbers = layer
        if kind == "conv":
            f, k, s, p, groups = numbers
            return nn.Conv2d(shape[0], f, k, s, p, groups=groups, device="meta")
        if kind == "linear":
            return nn.Linear(shape[0], *numbers, device="meta")
        if kind == "pool":
            return nn.MaxPool2d(*numbers)
        others = {"relu": nn.ReLU(True), "dropout": nn.Dropout(), "flatten": nn.Flatten()}
        return nn.LocalResponseNorm(5) if kind == "lrn" else others[kind]

    def after(layer: Any, shape: Any) -> list[int]:
        return list(module(layer, shape)(torch.empty(1, *shape, device="meta")).shape[1:])

    def params(layer: Any, shape: Any) -> int:
        return sum(parameter.numel() for parameter in module(layer, shape).parameters())

    def macs(layer: Any, shape: Any) -> int:
        with FlopCounterMode(display=False) as counter:
            after(layer, shape)
        return int(counter.get_total_flops()) // 2

    def memory(layer: Any, shape: Any) -> int:
        free = layer[0] in ("relu", "dropout", "flatten")
        return 0 if free else torch.empty(after(layer, shape), dtype=torch.float32, device="meta").nbytes

    def seen(windows: Any, unit: int) -> Any:
        """The pixels with a gradient, of windows one behind the other on a long line."""
        x = torch.zeros(1, 1, 4000, dtype=torch.float64, requires_grad=True)
        y = x
        for k, s in windows:
            y = nn.functional.conv1d(y, torch.ones(1, 1, k, dtype=torch.float64), stride=s)
        y[0, 0, unit].backward()
        return torch.nonzero(x.grad[0, 0])[:, 0]

    def window(layer: Any, shape: Any) -> tuple[int, int]:
        kind, *numbers = layer
        found = {"conv": tuple(numbers[1:3]), "pool": tuple(numbers), "flatten": (shape[1:2] or [1])[:1]}
        return (*found[kind], 1)[:2] if kind in found else (1, 1)

    def step(layer: Any, shape: Any, field: Any) -> tuple[int, int]:
        first, second = (seen([field, window(layer, shape)], unit) for unit in (0, 1))
        return int(first[-1] - first[0]) + 1, int(second[0] - first[0])

    def whole(spec: Any, shape: Any) -> list[Any]:
        rows, windows = [], []
        for layer in spec:
            windows.append(window(layer, shape))
            pixels = seen(windows, 0)
            numbers = params(layer, shape), macs(layer, shape), memory(layer, shape)
            shape = after(layer, shape)
            rows.append([shape, *numbers, int(pixels[-1]) - int(pixels[0]) + 1])
        return rows

    def vgg(depths: Any, widths: Any) -> list[Any]:
        spec: list[Any] = []
        for depth, width in zip(depths, widths, strict=True):
            conv = nn.Conv2d(1, width, 3, padding=1, device="meta")
            numbers = conv.out_channels, conv.kernel_size[0], conv.stride[0], conv.padding[0], conv.groups
            pool = nn.MaxPool2d(2)
            spec += [("conv", *numbers), ("relu",)] * depth + [("pool", pool.kernel_size, pool.stride)]
        return spec

    def stack(n: int, channels: int) -> tuple[int, int, int]:
        pixels = seen([(3, 1)] * n, 0)
        k = int(pixels[-1]) + 1
        single, three = (
            nn.Conv2d(channels, channels, size, bias=False, device="meta").weight.numel() for size in (k, 3)
        )
        return k, n * three, single

    def compose(first: Any, second: Any) -> Any:
        one, two = (torch.tensor(kernel)[None, None] for kernel in (first, second))
        return nn.functional.conv_transpose2d(one, two)[0, 0]

    def fold(w: Any, height: int, width: int) -> Any:
        x = torch.zeros(w.shape[1] // (height * width), height, width, dtype=torch.float64)
        return torch.autograd.functional.jacobian(lambda x: torch.tensor(w) @ x.flatten(), x)

    def count(spec: Any, shape: Any) -> int:
        total = 0
        for layer in spec:
            total, shape = total + params(layer, shape), after(layer, shape)
        return total

    return {
        "layer_shape": after,
        "layer_params": params,
        "layer_macs": macs,
        "activation_bytes": memory,
        "receptive_step": step,
        "audit": whole,
        "vgg_spec": vgg,
        "stack_equivalent": stack,
        "compose": compose,
        "fc_to_conv": fold,
        "mended_count": count,
    }


def as_lists(value: Any) -> Any:
    return [as_lists(item) for item in value] if isinstance(value, list | tuple) else value


def test_every_reference_has_an_oracle() -> None:
    hidden = {name for name in workbench().table if "hidden" in workbench().graded_cells(name)}
    assert hidden == set(DRAW)


@pytest.mark.parametrize("exercise", DRAW)
def test_the_reference_agrees_with_the_oracle(exercise: str) -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    ours, theirs = reference(exercise), oracles(torch)[exercise]
    for seed in range(CONFIGURATIONS):
        arguments = DRAW[exercise](np.random.default_rng(seed))
        got, want = ours(*arguments), theirs(*arguments)
        if isinstance(got, np.ndarray):
            assert got.shape == tuple(want.shape)
            np.testing.assert_allclose(got, want.numpy(), rtol=0, atol=1e-12, err_msg=f"seed {seed}")
        else:
            assert as_lists(got) == as_lists(want), (seed, arguments)


# --- The values in the tables of answers are those of the library


@pytest.mark.parametrize(
    ("answer", "network", "side"),
    [
        (("two_alexnets", 0), models.alexnet, 227),
        (("two_alexnets", 1), partial(models.alexnet, groups=2), 227),
        (("vgg_family", 0, 0), models.vgg11, 224),
        (("vgg_family", 0, 1), models.vgg13, 224),
        (("vgg_family", 0, 2), models.vgg16, 224),
        (("vgg_family", 0, 3), models.vgg19, 224),
    ],
)
def test_the_parameters_are_those_of_the_models(answer: Any, network: Any, side: int) -> None:
    exercise, *place = answer
    value = workbench().table[exercise]["answer"]
    for index in place:
        value = value[index]
    assert audit(network(), (1, 3, side, side)).parameters == value


def test_memory_and_shares_are_those_of_the_models() -> None:
    memory, shares = (workbench().table[name]["answer"] for name in ("vgg_memory", "shares"))
    table = audit(models.vgg16(), (1, 3, 224, 224))
    picture = table.rows[0].activation_bytes
    assert memory[0] == table.activation_bytes // 4
    found = [table.activation_bytes, table.activation_bytes - picture, table.weight_bytes]
    assert memory[1:] == [round(count / 1e6, 2) for count in found]
    for share, net, side in zip(shares, (models.alexnet(), models.vgg16()), (227, 224), strict=True):
        table = audit(net, (1, 3, side, side))
        dense = [row.parameters for row in table.rows if row.kind == "Linear"]
        macs = sum(row.macs for row in table.rows if row.kind == "Conv2d")
        parts = [sum(dense) / table.parameters, dense[0] / table.parameters, macs / table.macs]
        assert share == [round(100 * part, 1) for part in parts]


def test_the_list_of_the_text_lacks_one_layer() -> None:
    names = hidden_names("12_alexnet_vgg", "fc_to_conv")
    printed, full = names["PRINTED"], names["VGG16"]
    weighted = [[layer for layer in spec if layer[0] in ("conv", "linear")] for spec in (printed, full)]
    assert weighted[0] == weighted[1][:-1] and weighted[1][-1] == ("linear", 1000)
    _, total, count, units, missing = workbench().table["vgg_family"]["answer"]
    assert [count, units, total + missing] == [len(weighted[0]), 1000, 138_357_544]


def test_neurons_are_the_outputs_of_layers_with_weights() -> None:
    rows = audit(models.alexnet(), (1, 3, 227, 227)).rows
    neurons = sum(prod(row.shape) for row in rows if row.parameters)
    assert neurons == workbench().table["two_alexnets"]["answer"][4] == 659_272


def test_the_pytorch_stage_in_the_box_is_ours() -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    (box,) = [cell.source for cell in workbench().notebook.cells if cell.id == "elsewhere"]
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", box, re.S) if "torch." in block]
    theirs = eval(code, {"torch": torch})
    names = hidden_names("12_alexnet_vgg", "fc_to_conv")
    spec = reference("vgg_spec")((2,), (128,))
    ours = names["assemble"](spec, (64, 112, 112), np.random.default_rng(0))
    pairs = list(zip(theirs.parameters(), ours.parameters(), strict=True))
    for parameter, mine in pairs:
        parameter.data = torch.tensor(mine.data)
    x = np.random.default_rng(1).random((2, 64, 10, 14), dtype=np.float32)
    np.testing.assert_allclose(theirs(torch.tensor(x)).detach().numpy(), ours(x), atol=1e-4)


def test_what_the_prose_says_about_shares_holds() -> None:
    words = {cell.id: cell.source for cell in workbench().notebook.cells}
    table = audit(models.alexnet(), (1, 3, 227, 227))
    convolutions = [row.macs for row in table.rows if row.kind == "Conv2d"]
    assert convolutions[1] == max(row.macs for row in table.rows)
    assert f"{convolutions[1] / table.macs:.0%}" == "39%" and "about 39 %" in words["walk"]
    table = audit(models.vgg16(), (1, 3, 224, 224))
    boxes = [row.activation_bytes for row in table.rows if row.kind == "Conv2d"][:2]
    assert 0.4 < sum(boxes) / table.activation_bytes < 0.5
    assert "more than two fifths of the 61 MB" in words["walk-vgg-words"]
