"""The loop references in the hidden cells of chapter 13 agree with PyTorch, on random configurations."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from cnnkit import functional as F
from cnnkit import models
from cnnkit.audit import audit
from tests.course.workbench import Workbench, reference_of

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"
Rng = np.random.Generator
UNIT = "13_inception_resnet_densenet"


@cache
def workbench() -> Workbench:
    return Workbench(UNIT)


reference = partial(reference_of, UNIT)


# --- Random configurations


def maps(rng: Rng, channels: int, sizes: tuple[int, int] | None = None, count: int | None = None) -> Any:
    count = int(rng.integers(1, 4)) if count is None else count
    height, width = sizes or rng.integers(1, 6, 2).tolist()
    return rng.standard_normal((count, channels, height, width))


def kernels(rng: Rng, filters: int, channels: int) -> Any:
    return rng.standard_normal((filters, channels, *rng.choice([1, 3], 2)))


def few(rng: Rng, most: int = 4) -> int:
    return int(rng.integers(1, most))


def like(rng: Rng, x: Any, channels: int) -> Any:
    """Return an upstream gradient for maps as large as x."""
    return maps(rng, channels, x.shape[2:], len(x))


def several_maps(rng: Rng) -> tuple[Any, ...]:
    x = maps(rng, few(rng))
    return (x, *(like(rng, x, few(rng, 5)) for _ in range(few(rng))))


def parts(rng: Rng) -> tuple[Any, ...]:
    sizes = tuple(rng.integers(1, 5, few(rng, 6)).tolist())
    return maps(rng, sum(sizes)), sizes


def branches(rng: Rng) -> tuple[Any, ...]:
    x = maps(rng, few(rng))
    return (x, *(kernels(rng, few(rng), x.shape[1]) for _ in range(few(rng, 5))))


def block(rng: Rng) -> tuple[Any, ...]:
    x, inner = maps(rng, few(rng)), few(rng)
    return x, kernels(rng, inner, x.shape[1]), kernels(rng, x.shape[1], inner)


def projection(rng: Rng) -> tuple[Any, ...]:
    x, inner, filters = maps(rng, few(rng)), few(rng), few(rng)
    ws = rng.standard_normal((filters, x.shape[1], 1, 1))
    return x, kernels(rng, inner, x.shape[1]), kernels(rng, filters, inner), ws, few(rng)


def layers(rng: Rng) -> tuple[Any, ...]:
    found = [maps(rng, few(rng))]
    channels = found[0].shape[1]
    for _ in range(few(rng)):
        found.append(kernels(rng, few(rng), channels))
        channels += len(found[-1])
    return tuple(found)


def heads(rng: Rng) -> tuple[Any, ...]:
    x, inner = maps(rng, few(rng)), few(rng)
    ends = [kernels(rng, few(rng), inner) for _ in range(2)]
    return (*(like(rng, x, len(w)) for w in ends), x, kernels(rng, inner, x.shape[1]), *ends)


def backward(draw: Callable[[Rng], tuple[Any, ...]], forward: str) -> Callable[[Rng], tuple[Any, ...]]:
    """Draw the arguments of a forward pass, and an upstream gradient of its output's shape."""

    def drawn(rng: Rng) -> tuple[Any, ...]:
        arguments = draw(rng)
        return rng.standard_normal(reference(forward)(*arguments).shape), *arguments

    return drawn


DRAW: dict[str, Callable[[Rng], tuple[Any, ...]]] = {
    "inception_weights": lambda rng: (few(rng, 40), tuple(rng.integers(1, 40, 6).tolist())),
    "concat_channels": several_maps,
    "split_channels": parts,
    "inception_forward": branches,
    "inception_backward": backward(branches, "inception_forward"),
    "residual_forward": block,
    "residual_backward": backward(block, "residual_forward"),
    "projection_forward": projection,
    "projection_backward": backward(projection, "projection_forward"),
    "dense_channels": lambda rng: (few(rng, 9), few(rng, 9), int(rng.integers(0, 9))),
    "dense_forward": layers,
    "dense_backward": backward(layers, "dense_forward"),
    "mended_heads": heads,
}


# --- What PyTorch says


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    def conv(x: Any, w: Any, stride: int = 1) -> Any:
        padding = (w.shape[2] // 2, w.shape[3] // 2)
        return torch.nn.functional.conv2d(x, w, stride=stride, padding=padding)

    def module(x: Any, *kernels: Any) -> Any:
        return torch.cat([torch.relu(conv(x, w)) for w in kernels], dim=1)

    def residual(x: Any, w1: Any, w2: Any) -> Any:
        return torch.relu(conv(torch.relu(conv(x, w1)), w2) + x)

    def projected(x: Any, w1: Any, w2: Any, ws: Any, stride: int) -> Any:
        return torch.relu(conv(torch.relu(conv(x, w1, stride)), w2) + conv(x, ws, stride))

    def dense(x: Any, *kernels: Any) -> Any:
        for w in kernels:
            x = torch.cat([x, torch.relu(conv(x, w))], dim=1)
        return x

    def through(forward: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: forward(*tensors(arguments)).detach().numpy()

    def tensors(arguments: Any) -> list[Any]:
        return [torch.tensor(a, requires_grad=True) if isinstance(a, np.ndarray) else a for a in arguments]

    def gradients(forward: Callable[..., Any], listed: bool = False) -> Callable[..., Any]:
        def run(dy: Any, *arguments: Any) -> Any:
            given = tensors(arguments)
            forward(*given).backward(torch.tensor(dy))
            found = [tensor.grad.numpy() for tensor in given if hasattr(tensor, "grad")]
            return (found[0], found[1:]) if listed else tuple(found)

        return run

    def weights(c_in: int, spec: tuple[int, ...]) -> int:
        one, reduce3, three, reduce5, five, pool = spec
        sizes = [(c_in, one, 1), (c_in, reduce3, 1), (reduce3, three, 3), (c_in, reduce5, 1)]
        sizes += [(reduce5, five, 5), (c_in, pool, 1)]
        return sum(torch.nn.Conv2d(c, f, k, bias=False).weight.numel() for c, f, k in sizes)

    def widths(c0: int, growth: int, n: int) -> list[int]:
        seen = [torch.zeros(1, c0)]
        for _ in range(n):
            seen.append(torch.cat([seen[-1], torch.zeros(1, growth)], dim=1))
        return [x.shape[1] for x in seen]

    def two_heads(dmain: Any, daux: Any, *arguments: Any) -> Any:
        given = tensors(arguments)
        x, w1, w2, w3 = given
        h = torch.relu(conv(x, w1))
        main = (conv(h, w2) * torch.tensor(dmain)).sum()
        (main + 0.3 * (conv(h, w3) * torch.tensor(daux)).sum()).backward()
        return [tensor.grad.numpy() for tensor in given]

    return {
        "inception_weights": weights,
        "concat_channels": lambda *xs: torch.cat([torch.tensor(x) for x in xs], dim=1).numpy(),
        "split_channels": lambda dy, sizes: [p.numpy() for p in torch.split(torch.tensor(dy), sizes, dim=1)],
        "inception_forward": through(module),
        "inception_backward": gradients(module, listed=True),
        "residual_forward": through(residual),
        "residual_backward": gradients(residual),
        "projection_forward": through(projected),
        "projection_backward": gradients(projected),
        "dense_channels": widths,
        "dense_forward": through(dense),
        "dense_backward": gradients(dense, listed=True),
        "mended_heads": two_heads,
    }


def flat(result: Any) -> list[Any]:
    """Return all arrays of a result in their order, however they are nested."""
    return [x for item in result for x in flat(item)] if isinstance(result, list | tuple) else [result]


def test_every_reference_has_an_oracle() -> None:
    hidden = {name for name in workbench().table if "hidden" in workbench().graded_cells(name)}
    assert hidden == set(DRAW)


@pytest.mark.parametrize("exercise", DRAW)
def test_the_reference_agrees_with_the_oracle(exercise: str) -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    ours, theirs = reference(exercise), oracles(torch)[exercise]
    for seed in range(CONFIGURATIONS):
        arguments = DRAW[exercise](np.random.default_rng(seed))
        got, want = flat(ours(*arguments)), flat(theirs(*arguments))
        assert len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            assert np.shape(one) == np.shape(other), (exercise, seed)
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-9, err_msg=f"{exercise}, seed {seed}")


# --- The numbers in the value exercises, the prose and the box


def convolutions(table: Any) -> list[Any]:
    return [row for row in table.rows if row.kind == "Conv2d"]


def test_the_module_and_the_claims_are_those_of_the_model() -> None:
    table, spec = audit(models.googlenet(), (1, 3, 224, 224)), (64, 96, 128, 16, 32, 32)
    answers = workbench().table
    naive, total, channels, after_nine, detour, most = answers["one_module"]["answer"]
    assert sum(naive) == total and channels == 192 + 64 + 128 + 32 and after_nine == 192 + 9 * (64 + 128 + 32)
    assert reference("inception_weights")(192, spec) == 163328 and detour == 16 * (192 + 25 * 32)
    assert most * (192 + 25 * 32) < naive[2] < (most + 1) * (192 + 25 * 32)
    millions, ratio, layers, shortest, _ = answers["claims"]["answer"]
    assert round(table.parameters / 1e6, 1) == millions and len(convolutions(table)) + 1 == layers
    assert round(audit(models.alexnet(groups=2), (1, 3, 227, 227)).parameters / table.parameters, 1) == ratio
    assert shortest == 3 + 9 + 1
    modules = {row.name: row.shape for row in table.rows if row.kind == "Parallel"}
    said = " ".join(str(value) for value in answers["build_googlenet"]["answer"].values())
    for shape in modules.values():
        assert f"{shape[1]} of {shape[2]} by {shape[3]}" in said


def test_resnet50_and_densenet121_are_those_of_the_models() -> None:
    answers = workbench().table
    block, basic, new, paper, difference = answers["resnet50"]["answer"]
    tables = {v: audit(models.resnet50(variant=v), (1, 3, 224, 224)) for v in ("v1.5", "paper")}
    macs = {v: {row.name: row.macs for row in convolutions(table)} for v, table in tables.items()}
    assert (macs["v1.5"]["layer2.0.conv1"], macs["paper"]["layer2.0.conv1"]) == (new, paper)
    assert tables["v1.5"].macs - tables["paper"].macs == difference and basic == 2 * 9 * 256**2
    of_block = [row.parameters for row in convolutions(tables["v1.5"]) if row.name.startswith("layer1.1.")]
    assert sum(of_block) == block
    ends, count, last, head = answers["densenet121"]["answer"]
    table = audit(models.densenet121(), (1, 3, 224, 224))
    by_name = {row.name: row for row in table.rows}
    found = [
        row.shape[1] for name, row in by_name.items() if re.fullmatch(r".*transition\d\.norm|.*norm5", name)
    ]
    assert found == ends and len(convolutions(table)) + 1 == sum(count) == 121
    deepest = [row.parameters for row in convolutions(table) if "denseblock4.denselayer16" in row.name]
    assert deepest == last and by_name["classifier"].parameters == head


MINIS = {
    "VGG": "vgg",
    "Inception": "inception",
    "AlexNet": "alexnet",
    "ResNet": "resnet",
    "DenseNet": "densenet",
}


def test_the_small_families_do_the_work_that_the_prose_gives_in_this_order() -> None:
    (words,) = [cell.source for cell in workbench().notebook.cells if cell.id == "families-words"]
    tables = [audit(getattr(models, f"mini_{name}")(), (1, 3, 32, 32)) for name in MINIS.values()]
    work = [table.macs for table in tables]
    assert work == sorted(work) and round(work[-1] / work[0]) == 11
    said = re.findall("|".join(rf"{name} ([\d.]+)" for name in MINIS), words.split(" million")[0])
    assert ["".join(groups) for groups in said] == [f"{macs / 1e6:.1f}" for macs in work]
    assert all(table.parameters < 80_000 for table in tables)
    assert {table.parameters for table in tables[3:]} == set(
        sorted(table.parameters for table in tables)[-2:]
    )


def test_what_keras_counts_is_as_the_box_says() -> None:
    (box,) = [cell.source for cell in workbench().notebook.cells if cell.id == "elsewhere"]
    reported = [int(number.replace(",", "")) for number in re.findall(r"\d+,\d{3}(?:,\d{3})?", box)]
    for net, biases in ((models.resnet50(), True), (models.densenet121(), False)):
        table = audit(net, (1, 3, 224, 224))
        running = sum(2 * row.shape[1] for row in table.rows if row.kind == "BatchNorm2d")
        added = sum(row.shape[1] for row in convolutions(table)) if biases else 0
        assert table.parameters + running + added in reported
        assert not biases or {running, added} <= set(reported)


def test_the_pytorch_block_in_the_box_is_ours() -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    (box,) = [cell.source for cell in workbench().notebook.cells if cell.id == "elsewhere"]
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", box, re.S) if "torch." in block]
    rng = np.random.default_rng(0)
    given = {
        "x": rng.standard_normal((2, 4, 7, 9)),
        "w1": rng.standard_normal((6, 4, 3, 3)),
        "w2": rng.standard_normal((4, 6, 3, 3)),
    }
    h = np.maximum(F.conv2d(given["x"], given["w1"], padding=1), 0)
    ours = np.maximum(F.conv2d(h, given["w2"], padding=1) + given["x"], 0)
    np.testing.assert_allclose(eval(code, {"torch": torch, **given}).numpy(), ours, atol=1e-10)
