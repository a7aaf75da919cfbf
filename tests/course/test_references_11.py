"""The loop references in the hidden cells of chapter 11 agree with PyTorch, on random configurations."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from cnnkit import models
from cnnkit.layers import MaxPool2d, Signal
from tests.course.workbench import Workbench, reference_of

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"
Rng = np.random.Generator


@cache
def workbench() -> Workbench:
    return Workbench("11_lenet")


reference = partial(reference_of, "11_lenet")

def stack(rng: Rng, padding: bool = True) -> tuple[tuple[int, int, int, int], ...]:
    """Return one to four layers (k, s, p, d); no window lies in padding alone."""
    layers = []
    for _ in range(rng.integers(1, 5)):
        k, s, d = int(rng.integers(1, 6)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
        layers.append((k, s, int(rng.integers(0, d * (k - 1) + 1)) if padding else 0, d))
    return tuple(layers)


def sizes(rng: Rng) -> tuple[Any, ...]:
    layers = stack(rng, padding=False)
    return tuple(k for k, *_ in layers), tuple(s for _, s, *_ in layers)


def one_layer(rng: Rng) -> tuple[int, ...]:
    """Return the field of a first layer, and a second layer behind it."""
    (k, s, p, _), behind = stack(rng)[0], stack(rng)[0]
    p = min(p, k - 1)
    return k, s, -p, *behind


def unit(rng: Rng) -> tuple[int, ...]:
    """Return size, stride and start of a single layer, a unit of it, and how many pixels there are."""
    k, s = int(rng.integers(1, 9)), int(rng.integers(1, 6))
    p, n = int(rng.integers(0, k)), int(rng.integers(k, 40))
    return k, s, -p, int(rng.integers(0, (n + 2 * p - k) // s + 1)), n


def measured(rng: Rng) -> tuple[Any, ...]:
    layers, n = stack(rng), int(rng.integers(30, 60))
    units = [n]
    for k, s, p, d in layers:
        units.append((units[-1] + 2 * p - d * (k - 1) - 1) // s + 1)
    return (layers, n, int(rng.integers(units[-1]))) if min(units) > 0 else measured(rng)


def scored(rng: Rng) -> tuple[Any, tuple[int, ...], int]:
    """Return scores without ties, labels, and how many classes there are."""
    count, classes = int(rng.integers(1, 30)), int(rng.integers(2, 9))
    return rng.standard_normal((count, classes)), tuple(rng.integers(0, classes, count).tolist()), classes


def tried(rng: Rng) -> tuple[Any, ...]:
    scores, labels, classes = scored(rng)
    return scores, labels, int(rng.integers(1, classes + 1))


def portion(rng: Rng) -> tuple[Any, ...]:
    scores, labels, _ = scored(rng)
    return scores, labels, int(rng.integers(1, len(labels) + 4))


def table(rng: Rng) -> tuple[Any, ...]:
    scores, labels, classes = scored(rng)
    return labels, tuple(scores.argmax(axis=1).tolist()), classes + int(rng.integers(0, 3))


def pictures(rng: Rng) -> tuple[Any, ...]:
    shape = rng.integers(1, 5, 3)
    kind = rng.choice(["float64", "int64", "uint8"])
    return tuple((40 * rng.standard_normal((count, *shape)) + 100).astype(kind) for count in (5, 3))


DRAW: dict[str, Callable[[Rng], tuple[Any, ...]]] = {
    "receptive_size": sizes,
    "through_layer": one_layer,
    "receptive_field": lambda rng: (stack(rng),),
    "unit_sees": unit,
    "measured_pixels": measured,
    "normalise": pictures,
    "top_k_accuracy": tried,
    "confusion_table": table,
    "worst_mistakes": portion,
    "mended_accuracy": portion,
}


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    """Return how PyTorch does what each exercise asks for."""

    def seen(layers: Any, n: int, i: int) -> Any:
        """The pixels with a gradient, of convolutions whose weights are all 1."""
        x = torch.zeros(1, 1, n, dtype=torch.float64, requires_grad=True)
        y = x
        for k, s, p, d in layers:
            weights = torch.ones(1, 1, k, dtype=torch.float64)
            y = torch.nn.functional.conv1d(y, weights, None, s, p, d)
        y[0, 0, i].backward()
        return torch.nonzero(x.grad[0, 0])[:, 0]

    def field(layers: Any) -> tuple[int, int, int]:
        """Size, stride and start, measured at two neighbouring units far from both borders."""
        step = int(np.prod([s for _, s, _, _ in layers]))
        i = 1 + sum(d * k for k, _, _, d in layers)
        one, next_one = (seen(layers, (2 * i + 3) * step + 40 * step, unit) for unit in (i, i + 1))
        stride = int(next_one[0] - one[0])
        return int(one[-1] - one[0]) + 1, stride, int(one[0]) - i * stride

    def unit_sees(size: int, stride: int, start: int, i: int, n: int) -> tuple[int, int]:
        pixels = seen([(size, stride, -start, 1)], n, i)
        return int(pixels[0]), int(pixels[-1])

    def normalise(train: Any, held: Any) -> Any:
        train, held = (torch.tensor(np.asarray(x, dtype=float)) for x in (train, held))
        return [((x - train.mean()) / train.std(correction=0)).numpy() for x in (train, held)]

    def top_k(scores: Any, labels: Any, k: int) -> Any:
        best = torch.topk(torch.tensor(scores), k, dim=1).indices
        return (best == torch.tensor(labels)[:, None]).any(dim=1).double().mean()

    def confusion(labels: Any, predictions: Any, classes: int) -> Any:
        true, taken_for = (
            torch.nn.functional.one_hot(torch.tensor(classes_of), classes)
            for classes_of in (labels, predictions)
        )
        return true.T @ taken_for

    def worst(scores: Any, labels: Any, count: int) -> Any:
        scores, labels = torch.tensor(scores), torch.tensor(labels)
        gap = scores.amax(dim=1) - scores.gather(1, labels[:, None])[:, 0]
        return torch.sort(gap, descending=True).indices[: int((gap > 0).sum())][:count]

    def accuracy(scores: Any, labels: Any, size: int) -> Any:
        return (torch.tensor(scores).argmax(dim=1) == torch.tensor(labels)).double().mean()

    return {
        "receptive_size": lambda ks, ss: field([(k, s, 0, 1) for k, s in zip(ks, ss, strict=True)])[0],
        "through_layer": lambda size, stride, start, *layer: field([(size, stride, -start, 1), layer]),
        "receptive_field": field,
        "unit_sees": unit_sees,
        "measured_pixels": seen,
        "normalise": normalise,
        "top_k_accuracy": top_k,
        "confusion_table": confusion,
        "worst_mistakes": worst,
        "mended_accuracy": accuracy,
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
        got, want = ours(*arguments), theirs(*arguments)
        pairs = zip(got, want, strict=True) if exercise == "normalise" else [(got, want)]
        for one, other in pairs:
            one, other = np.asarray(one), np.asarray(other)
            assert one.shape == other.shape, (exercise, seed)
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-9, err_msg=f"{exercise}, seed {seed}")


@pytest.mark.parametrize("network, side", [("alexnet", 227), ("vgg16", 224), ("lenet5", 28)])
def test_the_answers_about_famous_networks_are_those_of_the_models(network: str, side: int) -> None:
    fields = []

    def see_pools(path: str, layer: Any, x: Signal, y: Signal) -> None:
        if isinstance(layer, MaxPool2d):
            fields.append([y.field[0].size, y.field[0].stride])

    channels = 1 if network == "lenet5" else 3
    getattr(models, network)().trace(Signal.input((1, channels, side, side)), see_pools)
    answers = {name: workbench().table[name]["answer"] for name in ("famous", "views")}
    sizes, strides = answers["views"][:2]
    expected = {
        "alexnet": answers["famous"][0],
        "vgg16": answers["famous"][1],
        "lenet5": [sizes[-1], strides[-1]],
    }
    assert fields[-1] == expected[network]


def test_the_parameters_of_1998_are_those_of_the_model() -> None:
    counts: dict[str, int] = {}
    for path, parameter in models.lenet5(variant="paper").named_parameters():
        layer = path.split(".")[0]
        counts[layer] = counts.get(layer, 0) + parameter.size
    assert [list(counts.values()), sum(counts.values())] == workbench().table["lenet_1998"]["answer"]


def test_the_pytorch_network_in_the_box_is_ours() -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    (box,) = [cell.source for cell in workbench().notebook.cells if cell.id == "elsewhere"]
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", box, re.S) if "torch." in block]
    theirs, ours = eval(code, {"torch": torch}), models.lenet5(rng=np.random.default_rng(0))
    pairs = list(zip(theirs.parameters(), ours.parameters(), strict=True))
    for parameter, mine in pairs:
        parameter.data = torch.tensor(mine.data)
    x = np.random.default_rng(1).random((2, 1, 28, 28), dtype=np.float32)
    assert sum(parameter.numel() for parameter, _ in pairs) == 61706
    np.testing.assert_allclose(theirs(torch.tensor(x)).detach().numpy(), ours(x), atol=1e-5)
