"""The networks: exact counts, the names of their weights, and the same numbers as their twins in PyTorch."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import sqrt
from typing import Any

import numpy as np
import pytest

from cnnkit import models
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import BatchNorm2d, Dropout, Layer, Signal
from cnnkit.models.googlenet import MODULES
from cnnkit.models.googlenet_heads import AdaptiveAvgPool2d, WithHeads
from cnnkit.models.lenet_parts import DigitCodes, ScaledTanh, Subsample, TableConv2d, digit_codes
from tests.oracle import close, needs_torch, torch

if torch is not None:
    from tests import twins
else:
    twins = None

Make = Callable[..., Any]
IMAGENET, GREY = (3, 224, 224), (1, 28, 28)


def make(name: str, **options: Any) -> Make:
    return partial(getattr(models, name), **options)


def other(name: str, *arguments: Any, **options: Any) -> Make:
    """Return a function that makes a twin, found by name when it is called: PyTorch may be missing."""
    return lambda: partial(getattr(twins, name), *arguments, **options)


# name: (our network, its twin, shape of an image, parameters, multiply-adds of one image in G as printed)
NETWORKS: dict[str, tuple[Make, Make, tuple[int, int, int], int, str]] = {
    "lenet5": (make("lenet5"), other("LeNet", "relu", "max"), GREY, 61_706, "0.000417"),
    "alexnet": (make("alexnet"), other("alexnet"), (3, 227, 227), 62_378_344, "1.135"),
    "alexnet grouped": (
        make("alexnet", groups=2), other("alexnet", 2), (3, 227, 227), 60_965_224, "0.724"
    ),
    "alexnet torchvision": (
        make("alexnet", variant="torchvision"), other("torchvision_alexnet"), IMAGENET, 61_100_840, "0.714"
    ),
    "vgg11": (make("vgg11"), other("vgg", 11), IMAGENET, 132_863_336, "7.61"),
    "vgg13": (make("vgg13"), other("vgg", 13), IMAGENET, 133_047_848, "11.31"),
    "vgg16": (make("vgg16"), other("vgg", 16), IMAGENET, 138_357_544, "15.47"),
    "vgg19": (make("vgg19"), other("vgg", 19), IMAGENET, 143_667_240, "19.63"),
    "googlenet": (make("googlenet"), other("GoogLeNet"), IMAGENET, 6_998_552, "1.58"),
    "googlenet torchvision": (
        make("googlenet", variant="torchvision"), other("GoogLeNet", norm=True), IMAGENET, 6_624_904, "1.50"
    ),
    "resnet18": (
        make("resnet18"), other("ResNet", (2, 2, 2, 2), deep=False), IMAGENET, 11_689_512, "1.81"
    ),
    "resnet34": (
        make("resnet34"), other("ResNet", (3, 4, 6, 3), deep=False), IMAGENET, 21_797_672, "3.66"
    ),
    "resnet50": (
        make("resnet50"), other("ResNet", (3, 4, 6, 3), deep=True), IMAGENET, 25_557_032, "4.09"
    ),
    "resnet101": (
        make("resnet101"), other("ResNet", (3, 4, 23, 3), deep=True), IMAGENET, 44_549_160, "7.80"
    ),
    "resnet152": (
        make("resnet152"), other("ResNet", (3, 8, 36, 3), deep=True), IMAGENET, 60_192_808, "11.51"
    ),
    "resnet50 paper": (
        make("resnet50", variant="paper"),
        other("ResNet", (3, 4, 6, 3), deep=True, paper=True), IMAGENET, 25_557_032, "3.86",
    ),
    "resnet101 paper": (
        make("resnet101", variant="paper"),
        other("ResNet", (3, 4, 23, 3), deep=True, paper=True), IMAGENET, 44_549_160, "7.57",
    ),
    "resnet152 paper": (
        make("resnet152", variant="paper"),
        other("ResNet", (3, 8, 36, 3), deep=True, paper=True), IMAGENET, 60_192_808, "11.28",
    ),
    "densenet121": (make("densenet121"), other("DenseNet"), IMAGENET, 7_978_856, "2.83"),
    "squeezenet1_1": (make("squeezenet1_1"), other("SqueezeNet"), IMAGENET, 1_235_496, "0.349"),
}  # fmt: skip
# The exact numbers behind the printed ones.
MACS = {
    "lenet5": 416_520,
    "alexnet": 1_135_256_096,
    "alexnet grouped": 724_406_816,
    "alexnet torchvision": 714_188_480,
    "vgg11": 7_609_090_048,
    "vgg13": 11_308_466_176,
    "vgg16": 15_470_264_320,
    "vgg19": 19_632_062_464,
    "googlenet": 1_582_671_872,
    "googlenet torchvision": 1_498_376_192,
    "resnet18": 1_814_073_344,
    "resnet34": 3_663_761_408,
    "resnet50": 4_089_184_256,
    "resnet101": 7_801_405_440,
    "resnet152": 11_513_626_624,
    "resnet50 paper": 3_857_973_248,
    "resnet101 paper": 7_570_194_432,
    "resnet152 paper": 11_282_415_616,
    "densenet121": 2_834_161_664,
    "squeezenet1_1": 349_151_936,
}
# Networks without a dense head on flattened maps take small images, not square ones here, to be quick.
SMALL = ("googlenet", "resnet", "densenet", "squeezenet")
MINIS: dict[str, tuple[Make, Make]] = {
    "lenet5 relu max": (make("lenet5"), other("LeNet", "relu", "max")),
    "lenet5 tanh avg": (make("lenet5", activation="tanh", pool="avg"), other("LeNet", "tanh", "avg")),
    "lenet5 sigmoid avg": (
        make("lenet5", activation="sigmoid", pool="avg"), other("LeNet", "sigmoid", "avg")
    ),
    "lenet5 paper": (make("lenet5", variant="paper"), other("LeNet1998")),
    "mini_alexnet": (make("mini_alexnet"), other("mini_alexnet")),
    "mini_vgg": (make("mini_vgg"), other("mini_vgg")),
    "mini_vgg grey": (make("mini_vgg", in_channels=1), other("mini_vgg", 1)),
    "mini_inception": (make("mini_inception"), other("MiniInception")),
    "mini_resnet": (make("mini_resnet"), other("MiniResNet")),
    "mini_resnet deeper": (make("mini_resnet", blocks=2), other("MiniResNet", blocks=2)),
    "mini_resnet plain": (make("mini_resnet", shortcuts=False), other("MiniResNet", shortcuts=False)),
    "mini_densenet": (make("mini_densenet"), other("MiniDenseNet")),
}  # fmt: skip


def lived_in(net: Layer, rng: np.random.Generator) -> Layer:
    """Give a fresh network biases and statistics that differ everywhere, as training would.

    The largest weights repeat a million numbers, whose count has no factor in common with any width: to draw
    a hundred million would take longer than all else here.
    """
    million = rng.standard_normal(1_000_003, np.float32)
    for path, parameter in net.named_parameters():
        if parameter.size > 4_000_000:
            parameter.data = np.resize(million * sqrt(2 / parameter.shape[1]), parameter.shape)
        if parameter.data.ndim == 1:
            offset = 0.0 if path.endswith("bias") else 1.0
            parameter.data = offset + 0.2 * rng.standard_normal(parameter.shape)
    for _, layer in net.named_layers():
        if isinstance(layer, BatchNorm2d):
            layer.running_mean += 0.2 * rng.standard_normal(layer.num_features).astype(np.float32)
            layer.running_var *= rng.uniform(0.5, 1.5, layer.num_features).astype(np.float32)
    return net


def without_dropout(net: Layer) -> Layer:
    """Let dropout drop nothing, so that two libraries can train alike."""
    for _, layer in net.named_layers():
        if isinstance(layer, Dropout):
            layer.p = 0.0
    return net


def image(name: str) -> tuple[int, int, int]:
    """Return the shape of an image that one of the small networks takes."""
    size = 32 if name == "lenet5 paper" else 28
    return 1 if "lenet" in name or "grey" in name else 3, size, size


def traced(net: Layer, shape: tuple[int, ...]) -> tuple[Signal, list[tuple[str, Layer, Signal, Signal]]]:
    steps: list[Any] = []
    end = net.trace(Signal.input(shape), lambda *step: steps.append(step))
    return end, steps


# Counts


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_and_multiply_adds(name: str) -> None:
    ours, _, shape, parameters, printed = NETWORKS[name]
    net = ours()
    assert sum(p.size for p in net.parameters()) == parameters
    end, steps = traced(net, (1, *shape))
    assert end.shape == (1, 10 if name == "lenet5" else 1000)
    assert sum(layer.macs(before.shape) for _, layer, before, _ in steps) == MACS[name]
    digits = len(printed.partition(".")[2])
    assert f"{MACS[name] / 1e9:.{digits}f}" == printed


@needs_torch
@pytest.mark.parametrize("name", NETWORKS)
def test_counts_are_those_of_the_twin(name: str) -> None:
    _, theirs, shape, parameters, _ = NETWORKS[name]
    with torch.device("meta"):
        module = theirs()()
    assert sum(p.numel() for p in module.parameters()) == parameters
    assert twins.macs(module, (1, *shape)) == MACS[name]


def test_nothing_is_drawn_by_counting() -> None:
    net = models.vgg19()
    net.macs((1, *IMAGENET))
    assert all(p._data is None for p in net.parameters())


def test_lenet_layer_by_layer() -> None:
    net = models.lenet5(variant="paper")
    names = ("c1", "s2", "c3", "s4", "c5", "f6")
    counts = {name: sum(p.size for p in net[name].parameters()) for name in names}
    assert counts == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}
    assert sum(counts.values()) == sum(p.size for p in net.parameters()) == 60_000
    _, steps = traced(net, (1, 1, 32, 32))
    shapes = {path: after.shape[1:] for path, _, _, after in steps}
    assert [shapes[name] for name in ("c1", "s2", "c3", "s4", "c5", "f6", "output")] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (84,), (10,)
    ]  # fmt: skip
    macs = {path: layer.macs(before.shape) for path, layer, before, _ in steps}
    assert {path: number for path, number in macs.items() if number} == {
        "c1": 117_600, "c3": 150_000, "c5": 48_000, "f6": 10_080
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "layer", "size", "stride"),
    [("alexnet", "features.14", 195, 32), ("vgg16", "features.30", 212, 32), ("lenet5", "s4", 16, 4)],
)
def test_receptive_fields(name: str, layer: str, size: int, stride: int) -> None:
    ours, _, shape, _, _ = NETWORKS[name]
    _, steps = traced(ours(), (1, *shape))
    fields = {path: after.field for path, _, _, after in steps}
    assert [(field.size, field.stride) for field in fields[layer]] == [(size, stride)] * 2


def test_sizes_of_maps() -> None:
    _, steps = traced(models.googlenet(), (1, *IMAGENET))
    pools = [after.shape[1:] for path, _, _, after in steps if path.startswith("maxpool")]
    assert pools == [(64, 56, 56), (192, 28, 28), (480, 14, 14), (832, 7, 7)]
    _, steps = traced(models.alexnet(), (1, 3, 227, 227))
    assert [after.shape[2] for _, layer, _, after in steps if "Pool" in type(layer).__name__] == [27, 13, 6]
    assert models.squeezenet1_1()["features"].out_shape((1, 3, 227, 227)) == (1, 512, 14, 14)


def test_widths_of_the_inception_modules_are_those_of_the_paper() -> None:
    assert [sum((w[0], w[2], w[4], w[5])) for w in MODULES.values()] == [
        256, 480, 512, 512, 512, 528, 832, 832, 1024
    ]  # fmt: skip


@pytest.mark.parametrize("name", MINIS)
@pytest.mark.parametrize("size", [28, 32])
def test_minis_are_small_and_take_both_sizes(name: str, size: int) -> None:
    net = MINIS[name][0]()
    assert sum(p.size for p in net.parameters()) < 100_000 or name == "mini_resnet deeper"
    if name.startswith("mini"):
        channels = 1 if "grey" in name else 3
        assert net.out_shape((5, channels, size, size)) == (5, 10)


# Names


TORCHVISION_NAMES = {
    "alexnet torchvision": "features.0.weight features.3.weight features.6.weight features.8.weight "
    "features.10.bias classifier.1.weight classifier.4.weight classifier.6.bias",
    "vgg11": "features.0.weight features.3.weight features.6.weight features.8.weight features.11.weight "
    "features.13.weight features.16.weight features.18.weight classifier.0.weight classifier.3.weight "
    "classifier.6.bias",
    "vgg16": "features.0.weight features.2.weight features.5.weight features.7.weight features.10.weight "
    "features.28.bias classifier.0.weight classifier.3.weight classifier.6.weight",
    "resnet18": "conv1.weight bn1.weight bn1.bias bn1.running_mean bn1.running_var bn1.num_batches_tracked "
    "layer1.0.conv1.weight layer1.0.bn1.running_var layer1.1.conv2.weight layer2.0.downsample.0.weight "
    "layer2.0.downsample.1.running_mean layer4.1.bn2.bias fc.weight fc.bias",
    "resnet50": "layer1.0.conv1.weight layer1.0.bn3.weight layer1.0.downsample.0.weight "
    "layer3.5.conv3.weight layer4.2.bn3.num_batches_tracked fc.weight",
    "densenet121": "features.conv0.weight features.norm0.running_mean "
    "features.denseblock1.denselayer1.norm1.weight features.denseblock3.denselayer24.conv2.weight "
    "features.transition3.norm.bias features.transition1.conv.weight features.norm5.running_var "
    "classifier.weight",
    "squeezenet1_1": "features.0.weight features.3.squeeze.weight features.3.expand1x1.weight "
    "features.3.expand3x3.bias features.12.expand3x3.weight classifier.1.weight classifier.1.bias",
    "googlenet torchvision": "conv1.conv.weight conv1.bn.running_mean conv3.bn.weight "
    "inception3a.branch1.conv.weight inception3a.branch2.0.conv.weight inception4e.branch3.1.bn.bias "
    "inception5b.branch4.1.conv.weight fc.weight",
}
HOW_MANY_NAMES = {
    "alexnet torchvision": 16, "vgg11": 22, "vgg16": 32, "resnet18": 122, "resnet50": 320,
    "densenet121": 727, "squeezenet1_1": 52, "googlenet torchvision": 344,
}  # fmt: skip


@pytest.mark.parametrize("name", TORCHVISION_NAMES)
def test_weights_have_the_names_of_torchvision(name: str) -> None:
    net = NETWORKS[name][0]()
    names = [f"{path}.{held}".lstrip(".") for path, layer in net.named_layers() for held in layer.held()]
    assert set(TORCHVISION_NAMES[name].split()) <= set(names)
    assert len(names) == len(set(names)) == HOW_MANY_NAMES[name]


def test_every_name_of_resnet18() -> None:
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected = {"conv1.weight", "fc.weight", "fc.bias", *(f"bn1.{name}" for name in norm)}
    for block in (f"layer{stage}.{place}" for stage in (1, 2, 3, 4) for place in (0, 1)):
        for number in (1, 2):
            expected |= {f"{block}.conv{number}.weight", *(f"{block}.bn{number}.{name}" for name in norm)}
    for block in ("layer2.0", "layer3.0", "layer4.0"):
        expected |= {f"{block}.downsample.0.weight", *(f"{block}.downsample.1.{name}" for name in norm)}
    assert set(models.resnet18(num_classes=2).state_dict()) == expected


def test_auxiliary_classifiers_have_the_names_of_torchvision() -> None:
    names = {name for name, _ in models.googlenet(variant="torchvision", aux_logits=True).named_parameters()}
    for aux in ("aux1", "aux2"):
        assert {
            f"{aux}.{rest}" for rest in ("conv.conv.weight", "conv.bn.bias", "fc1.weight", "fc2.bias")
        } <= names


# The same numbers as the twins


@needs_torch
@pytest.mark.parametrize("name", NETWORKS)
def test_logits_equal_the_twins(name: str) -> None:
    ours, theirs, shape, _, _ = NETWORKS[name]
    rng = np.random.default_rng(3)
    net = lived_in(ours(rng=rng), rng).eval()
    module = twins.twin(net, theirs())
    shape = (3, 71, 64) if name.startswith(SMALL) else shape
    x = rng.standard_normal((1, *shape), np.float32)
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    logits = net(x)
    assert logits.dtype == np.float32 and logits.shape == expected.shape
    spread = np.abs(expected - expected.mean()).max()
    assert spread > 0.01 * np.abs(expected).max(), "all logits are alike: the comparison would show nothing"
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-4 * spread)


@needs_torch
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", MINIS)
def test_gradients_equal_the_twins(name: str, training: bool) -> None:
    ours, theirs = MINIS[name]
    rng = np.random.default_rng(5)
    net = without_dropout(lived_in(ours(rng=rng), rng)).astype(np.float64).train(training)
    same_gradients(net, theirs(), rng.standard_normal((3, *image(name))), rng)


@needs_torch
@pytest.mark.parametrize(
    "name",
    ["resnet18", "resnet50", "resnet50 paper", "densenet121", "squeezenet1_1", "googlenet torchvision"],
)
def test_gradients_of_the_families(name: str) -> None:
    ours, theirs, _, _, _ = NETWORKS[name]
    rng = np.random.default_rng(6)
    net = without_dropout(lived_in(ours(rng=rng), rng)).astype(np.float64).eval()
    same_gradients(net, theirs(), rng.standard_normal((2, 3, 64, 39)), rng)


@needs_torch
@pytest.mark.parametrize("variant", ["paper", "torchvision"])
def test_gradients_through_the_auxiliary_classifiers(variant: str) -> None:
    rng = np.random.default_rng(7)
    net = models.googlenet(variant=variant, aux_logits=True, rng=rng)
    net = without_dropout(lived_in(net, rng)).astype(np.float64)
    for _, layer in net.named_layers():
        if isinstance(layer, BatchNorm2d):
            layer.training = False
    x = rng.standard_normal((1, 3, 224, 230))
    theirs = partial(twins.GoogLeNet, norm=variant == "torchvision", aux=True)
    same_gradients(net, theirs, x, rng, norms_in_training=variant == "paper")


def same_gradients(
    net: Layer, theirs: Any, x: Any, rng: np.random.Generator, norms_in_training: bool = True
) -> None:
    """Compare outputs, the gradient of x, those of all weights, and what is left in the state behind them."""
    module = without_twins_dropout(twins.twin(net, theirs))
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d) and not norms_in_training:
            layer.eval()
    tensor = torch.from_numpy(x.copy()).requires_grad_()
    ours, expected = net(x), module(tensor)
    outputs = ours if isinstance(ours, tuple) else (ours,)
    results = expected if isinstance(expected, tuple) else (expected,)
    assert len(outputs) == len(results)
    for y, result in zip(outputs, results, strict=True):
        close(y, result)
    dys = tuple(rng.standard_normal(y.shape) for y in outputs)
    dx = net.backward(dys if isinstance(ours, tuple) else dys[0])
    torch.autograd.backward(results, [torch.from_numpy(dy) for dy in dys])
    close(dx, tensor.grad)
    gradients = {name: parameter.grad for name, parameter in module.named_parameters()}
    assert gradients.keys() == {name for name, _ in net.named_parameters()}
    for name, parameter in net.named_parameters():
        close(parameter.grad, gradients[name])
    for name, array in net.state_dict().items():
        close(array, module.state_dict()[name])


def without_twins_dropout(module: Any) -> Any:
    for layer in module.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    return module


# The parts that are ours alone


def test_auxiliary_outputs_come_in_training_only() -> None:
    net = models.googlenet(num_classes=7, aux_logits=True, rng=np.random.default_rng(0))
    shape = (1, *IMAGENET)
    paths = [path for path, *_ in traced(net, shape)[1]]
    assert {"aux1.fc2", "aux2.fc2"} <= set(paths)
    assert paths.index("aux1.fc2") < paths.index("inception4b.branch1.conv")
    net.eval()
    assert not any(path.startswith("aux") for path, *_ in traced(net, shape)[1])
    assert net.macs(shape) == models.googlenet(num_classes=7).macs(shape)
    assert net(np.zeros((1, 3, 32, 32), np.float32)).shape == (1, 7)  # no head, so any size


def test_with_heads_wants_as_many_gradients_as_outputs() -> None:
    net = WithHeads({"a": ScaledTanh(), "b": ScaledTanh()}, {"a": ("aux", ScaledTanh())})
    with pytest.raises(UsageError, match="nothing went forward yet"):
        net.backward(np.ones((1, 2)))
    net(np.ones((1, 2)))
    with pytest.raises(UsageError, match=r"1 gradients came, but forward gave 2 outputs\."):
        net.backward(np.ones((1, 2)))
    net.eval()(np.ones((1, 2)))
    with pytest.raises(UsageError, match=r"2 gradients came, but forward gave 1 "):
        net.backward((np.ones((1, 2)), np.ones((1, 2))))


@needs_torch
@pytest.mark.parametrize("shape", [(14, 14), (4, 4), (2, 3), (9, 5), (1, 1)])
def test_adaptive_pool(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    layer, x = AdaptiveAvgPool2d(4), rng.standard_normal((2, 3, *shape))
    tensor = torch.from_numpy(x).requires_grad_()
    expected = torch.nn.functional.adaptive_avg_pool2d(tensor, 4)
    close(layer(x), expected)
    dy = rng.standard_normal((2, 3, 4, 4))
    expected.backward(torch.from_numpy(dy))
    close(layer.backward(dy), tensor.grad)


def test_digits_are_drawn_far_apart() -> None:
    codes = digit_codes()
    assert codes.shape == (10, 84) and set(codes.ravel()) == {-1.0, 1.0}
    apart = (codes[:, None] != codes[None]).sum(axis=2) + 99 * np.eye(10, dtype=int)
    assert apart.min() >= 6


def test_the_network_of_1998_learns() -> None:
    rng = np.random.default_rng(0)
    net = models.lenet5(variant="paper", rng=rng)
    x, labels = rng.standard_normal((10, 1, 32, 32), np.float32), np.arange(10)
    for _ in range(60):
        scores = net(x)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        net.zero_grad()
        net.backward((p / p.sum(axis=1, keepdims=True) - np.eye(10, dtype=np.float32)) / 10)
        for parameter in net.parameters():
            parameter.data = parameter.data - 0.005 * parameter.grad
    assert (net(x).argmax(axis=1) == labels).all()


@pytest.mark.parametrize("name", [*MINIS, "squeezenet1_1", "resnet18"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept_there_and_back(name: str, dtype: Any) -> None:
    ours = MINIS[name][0] if name in MINIS else NETWORKS[name][0]
    rng = np.random.default_rng(0)
    net = ours(rng=rng, dtype=dtype)
    assert {p.dtype for p in net.parameters()} == {np.dtype(dtype)}
    x = rng.standard_normal((2, *image(name))).astype(dtype)
    x.setflags(write=False)
    before = x.copy()
    y = net(x)
    dx = net.backward(np.ones_like(y))
    assert y.dtype == dx.dtype == dtype and dx.shape == x.shape
    assert {p.grad.dtype for p in net.parameters()} == {np.dtype(dtype)}
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", MINIS)
def test_an_empty_batch_passes(name: str) -> None:
    net = MINIS[name][0]().eval()
    y = net(np.zeros((0, *image(name)), np.float32))
    assert y.shape == (0, 10)
    assert net.backward(y).shape == (0, *image(name))


@pytest.mark.parametrize("name", models.__all__)
def test_a_seed_makes_a_network(name: str) -> None:
    weights = [
        getattr(models, name)(num_classes=10, rng=np.random.default_rng(seed)).parameters()[0].data
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.parametrize("name", models.__all__)
def test_classes_are_counted_in_the_last_layer(name: str) -> None:
    size = {"alexnet": 227, "lenet5": 28}.get(name, 32 if name.startswith("mini") else 224)
    channels = 1 if name == "lenet5" else 3
    assert getattr(models, name)(num_classes=17).out_shape((2, channels, size, size)) == (2, 17)


BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: models.alexnet(variant="2012"), ValueError, "alexnet: variant is '2012', but it must be"),
    (lambda: models.alexnet(variant=["paper"]), ValueError, "alexnet: variant is"),
    (lambda: models.alexnet(variant="torchvision", groups=2), ValueError, "one tower. Leave groups at 1"),
    (lambda: models.alexnet(groups=5), ValueError, "do not split into 5 groups"),
    (lambda: models.googlenet(variant="v1.5"), ValueError, "googlenet: variant is 'v1.5'"),
    (lambda: models.resnet50(variant="torchvision"), ValueError, "resnet50: variant is .* 'v1.5' or 'paper'"),
    (lambda: models.resnet152(variant=None), ValueError, "resnet152: variant is None"),
    (lambda: models.lenet5(variant="old"), ValueError, "lenet5: variant is 'old'"),
    (lambda: models.lenet5(activation="ReLU"), ValueError, "lenet5: activation is 'ReLU'"),
    (lambda: models.lenet5(pool="mean"), ValueError, "lenet5: pool is 'mean', but it must be 'max' or 'avg'"),
    (lambda: models.lenet5(5, variant="paper"), ValueError, "tells ten digits apart"),
    (lambda: models.lenet5(variant="paper", pool="avg"), ValueError, "Leave out num_classes"),
    (lambda: models.vgg16(0), ShapeError, "out_features is 0"),
    (lambda: models.mini_resnet(blocks=0), ShapeError, "mini_resnet: blocks is 0"),
    (lambda: models.mini_vgg(in_channels=0), ShapeError, "in_channels is 0"),
    (lambda: models.mini_vgg()(np.zeros((1, 3, 64, 64))), ShapeError, r"shape \(1, 2048\).* another size"),
    (lambda: models.mini_vgg()(np.zeros((1, 1, 32, 32))), ShapeError, r"x has shape .* \(N, 3, H, W\)"),
    (lambda: models.vgg11().out_shape((1, 3, 128, 128)), ShapeError, "has the image another size"),
    (lambda: models.lenet5(variant="paper").out_shape((1, 1, 28, 28)), ShapeError, "kernel"),
    (lambda: Subsample(6)(np.zeros((1, 5, 4, 4))), ShapeError, "Subsample: .* 4 axes and 6 channels"),
    (lambda: TableConv2d(5).out_shape((1, 3, 14, 14)), ShapeError, "TableConv2d: .* 6 channels"),
    (lambda: DigitCodes()(np.zeros((1, 83))), ShapeError, r"DigitCodes: .* expects \(N, 84\)"),
    (lambda: AdaptiveAvgPool2d(0), ShapeError, "AdaptiveAvgPool2d: output_size is 0"),
    (lambda: AdaptiveAvgPool2d(2)(np.zeros((3, 3))), ShapeError, "AdaptiveAvgPool2d: x has shape"),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_arguments_are_refused_in_words(case: int) -> None:
    call, error, message = BAD[case]
    with pytest.raises(error) as raised:
        call()
    assert re.search(message, str(raised.value)) and len(str(raised.value).splitlines()) <= 2
