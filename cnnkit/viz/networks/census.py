"""Famous networks, layer by layer: what comes out, what is learned, and what is multiplied, for any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from cnnkit import models
from cnnkit.layers import Conv2d, Layer, Linear, MaxPool2d, Sequential
from cnnkit.viz.words import size as times
from cnnkit.window import Sizes

QUIET = {"ReLU": "ReLU", "LocalResponseNorm": "norm", "Dropout": "dropout"}


@dataclass(frozen=True)
class Plan:
    """A network as it is known: how it is built, for which pictures, and what its layers are called."""

    maker: str
    arguments: str
    channels: int
    size: int
    sizes: tuple[int, int]
    convolutions: tuple[str, ...]
    pools: tuple[str, ...]
    dense: tuple[str, ...]

    @property
    def call(self) -> str:
        """The call that builds it, as one types it."""
        return f"{self.maker}({self.arguments})"


@dataclass(frozen=True)
class Line:
    """A convolution, a pool, a dense layer, or the picture itself; ``then`` names what stands behind it."""

    name: str
    kind: str
    made: str
    shape: Sizes
    parameters: int = 0
    macs: int = 0
    then: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line in words, with the shape behind it."""
        parts = ", ".join(part for part in (self.made, *self.then) if part)
        return f"{self.name}{': ' + parts if parts else ''} → {times(self.shape)}"


def _stages(*depths: int) -> tuple[str, ...]:
    return tuple(f"conv{i}_{j}" for i, depth in enumerate(depths, 1) for j in range(1, depth + 1))


FC, CONVOLUTIONS = ("fc6", "fc7", "fc8"), tuple(f"conv{i}" for i in range(1, 6))
POOLS = tuple(f"pool{i}" for i in range(1, 6))
ALEXNET = (3, 227, (67, 512), CONVOLUTIONS, ("pool1", "pool2", "pool5"), FC)
PLANS = {
    "LeNet-5": Plan("lenet5", "", 1, 28, (12, 64), ("C1", "C3"), ("S2", "S4"), ("C5", "F6", "out")),
    "AlexNet": Plan("alexnet", "", *ALEXNET),
    "AlexNet, 2 groups": Plan("alexnet", "groups=2", *ALEXNET),
    "VGG-11": Plan("vgg11", "", 3, 224, (32, 512), _stages(1, 1, 2, 2, 2), POOLS, FC),
    "VGG-16": Plan("vgg16", "", 3, 224, (32, 512), _stages(2, 2, 3, 3, 3), POOLS, FC),
}


@cache
def _layers(network: str) -> tuple[Layer, ...]:
    plan = PLANS[network]
    build: Callable[..., Sequential] = getattr(models, plan.maker)
    net = build(groups=2) if plan.arguments else build()
    return tuple(layer for _, layer in net.named_layers() if not layer.children())


@cache
def census(network: str, size: int) -> tuple[Line, ...]:
    """Return the picture and all layers with windows or weights; the head is built for this size.

    >>> lines = census("AlexNet", 227)
    >>> [line.shape for line in lines[:3]], sum(line.parameters for line in lines)
    ([(3, 227, 227), (96, 55, 55), (96, 27, 27)], 62378344)
    >>> lines[1].text
    'conv1: 11 × 11, stride 4, ReLU, norm → 96 × 55 × 55'
    """
    plan = PLANS[network]
    shape: Sizes = (1, plan.channels, size, size)
    lines = [Line("picture", "picture", "", shape[1:])]
    names = {Conv2d: iter(plan.convolutions), Linear: iter(plan.dense), MaxPool2d: iter(plan.pools)}
    for layer in _layers(network):
        if isinstance(layer, Linear):
            layer = Linear(shape[1], layer.out_features)  # as many inputs as there are numbers
        after = layer.out_shape(shape)
        if type(layer) in names:
            parameters = sum(parameter.size for parameter in layer.parameters())
            name, kind = next(names[type(layer)]), type(layer).__name__
            lines.append(Line(name, kind, _made(layer), after[1:], parameters, layer.macs(shape)))
        elif type(layer).__name__ in QUIET:
            lines[-1] = replace(lines[-1], then=(*lines[-1].then, QUIET[type(layer).__name__]))
        shape = after
    return tuple(lines)


def _made(layer: Layer) -> str:
    if isinstance(layer, Conv2d):
        stride, groups = layer.stride[0], layer.groups
        more = f", stride {stride}" * (stride > 1) + f", {groups} groups" * (groups > 1)
        return times(layer.kernel_size) + more
    if isinstance(layer, MaxPool2d):
        return f"{layer.kernel_size[0]} × {layer.kernel_size[1]}, stride {layer.stride[0]}"
    return "dense"
