"""The networks once more, in PyTorch, written from the papers and from torchvision's structure.

A twin has weights of the same names as ours, so that it loads our state. Nothing else is shared but the
drawings of LeNet-5's codes.
"""

from __future__ import annotations

from typing import Any

import pytest

from cnnkit.layers import Layer
from cnnkit.models.lenet_parts import digit_codes

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[oracle]'")
nn, F, Tensor = torch.nn, torch.nn.functional, torch.Tensor


def twin(net: Layer, module: Any, *arguments: Any, **options: Any) -> nn.Module:
    """Return a module, built without memory of its own, that holds the weights of our network."""
    with torch.device("meta"):
        other = module(*arguments, **options)
    state = {name: torch.from_numpy(array) for name, array in net.state_dict().items()}
    other.load_state_dict(state, strict=True, assign=True)
    return other.train(net.training)


def macs(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Return the multiply-adds of a twin's convolutions and dense layers, counted from its outputs."""
    counted = []

    def count(layer: Any, inputs: Any, y: Tensor) -> None:
        counted.append(y.numel() * layer.weight[0].numel())

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    module.to("meta").eval()(torch.empty(shape, device="meta"))
    return sum(counted)


# LeNet-5


class LeNet(nn.Module):
    def __init__(self, activation: str, pool: str) -> None:
        super().__init__()
        self.c1, self.c3 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.c5, self.f6, self.output = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
        self.act = getattr(torch, activation)
        self.pool = {"max": F.max_pool2d, "avg": F.avg_pool2d}[pool]

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.act(self.c1(x)), 2)
        x = self.pool(self.act(self.c3(x)), 2).flatten(1)
        return self.output(self.act(self.f6(self.act(self.c5(x)))))


class MapWeights(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(channels)), nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor) -> Tensor:
        corners = x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]
        return corners * self.weight[:, None, None] + self.bias[:, None, None]


class C3(nn.Module):
    """Table I column by column: three neighbours, four neighbours, four with a gap, all six."""

    threes = ([0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5])
    fours = ([0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5])
    gaps = ([0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5])

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(60, 5, 5)), nn.Parameter(torch.empty(16))

    def forward(self, x: Tensor) -> Tensor:
        maps, start = [], 0
        for seen in [*self.threes, *self.fours, *self.gaps, [0, 1, 2, 3, 4, 5]]:
            kernel = self.weight[start : start + len(seen)]
            start += len(seen)
            maps.append(F.conv2d(x[:, seen], kernel[None], self.bias[len(maps)][None]))
        return torch.cat(maps, 1)


class LeNet1998(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c1, self.s2, self.c3, self.s4 = nn.Conv2d(1, 6, 5), MapWeights(6), C3(), MapWeights(16)
        self.c5, self.f6 = nn.Conv2d(16, 120, 5), nn.Linear(120, 84)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
            x = 1.7159 * torch.tanh(2 / 3 * layer(x))
        x = 1.7159 * torch.tanh(2 / 3 * self.f6(x.flatten(1)))
        codes = torch.from_numpy(digit_codes()).to(x.dtype)
        return -torch.stack([((x - code) ** 2).sum(1) for code in codes], 1)


# AlexNet, VGG, SqueezeNet


class Plain(nn.Module):
    """Features, flatten, classifier."""

    def __init__(self, features: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.features, self.classifier = features, classifier

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


def alexnet(groups: int = 1) -> nn.Module:
    lrn = {"alpha": 5 * 1e-4, "beta": 0.75, "k": 2.0}
    features = nn.Sequential(
        *(nn.Conv2d(3, 96, 11, 4), nn.ReLU(), nn.LocalResponseNorm(5, **lrn), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(96, 256, 5, 1, 2, groups=groups), nn.ReLU(), nn.LocalResponseNorm(5, **lrn)),
        nn.MaxPool2d(3, 2),
        *(nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU()),
        *(nn.Conv2d(384, 384, 3, 1, 1, groups=groups), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, 1, 1, groups=groups), nn.ReLU(), nn.MaxPool2d(3, 2)),
    )
    head = [nn.Flatten(), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096)]
    return Plain(features, nn.Sequential(*head, nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000)))


def torchvision_alexnet() -> nn.Module:
    features = nn.Sequential(
        *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2), nn.AdaptiveAvgPool2d(6)),
    )
    head = [nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU()]
    return Plain(features, nn.Sequential(*head, nn.Linear(4096, 1000)))


VGG = {  # numbers are widths, 0 is a pool: table 1 of the paper, read downwards
    11: [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
    13: [64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
    16: [64, 64, 0, 128, 128, 0, *[256] * 3, 0, *[512] * 3, 0, *[512] * 3, 0],
    19: [64, 64, 0, 128, 128, 0, *[256] * 4, 0, *[512] * 4, 0, *[512] * 4, 0],
}


def vgg(depth: int) -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG[depth]:
        if width:
            layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.ReLU()]
            channels = width
        else:
            layers.append(nn.MaxPool2d(2, 2))
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()]
    return Plain(nn.Sequential(*layers), nn.Sequential(*head, nn.Linear(4096, 1000)))


class Fire(nn.Module):
    def __init__(self, channels: int, few: int, many: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, few, 1)
        self.expand1x1, self.expand3x3 = nn.Conv2d(few, many, 1), nn.Conv2d(few, many, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 64, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(128, 32, 128), Fire(256, 32, 128), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)),
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, 1000, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.classifier(self.features(x))).mean((2, 3))


# GoogLeNet


class Unit(nn.Module):
    def __init__(self, channels: int, out: int, size: int, norm: bool, **options: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, size, bias=not norm, **options)
        self.bn = nn.BatchNorm2d(out, eps=0.001) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    def __init__(self, c: int, a: int, b0: int, b: int, d0: int, d: int, e: int, norm: bool) -> None:
        super().__init__()
        self.branch1 = Unit(c, a, 1, norm)
        self.branch2 = nn.Sequential(Unit(c, b0, 1, norm), Unit(b0, b, 3, norm, padding=1))
        third = Unit(d0, d, 3, norm, padding=1) if norm else Unit(d0, d, 5, norm, padding=2)
        self.branch3 = nn.Sequential(Unit(c, d0, 1, norm), third)
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), Unit(c, e, 1, norm))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class Aux(nn.Module):
    def __init__(self, channels: int, norm: bool) -> None:
        super().__init__()
        self.conv, self.norm = Unit(channels, 128, 1, norm), norm
        self.fc1, self.fc2 = nn.Linear(2048, 1024), nn.Linear(1024, 1000)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x: Tensor) -> Tensor:
        x = F.adaptive_avg_pool2d(x, 4) if self.norm else F.avg_pool2d(x, 5, 3)
        return self.fc2(self.dropout(F.relu(self.fc1(self.conv(x).flatten(1)))))


class GoogLeNet(nn.Module):
    def __init__(self, norm: bool = False, aux: bool = False) -> None:
        super().__init__()
        self.norm, self.aux = norm, aux
        self.conv1 = Unit(3, 64, 7, norm, stride=2, padding=3)
        self.conv2, self.conv3 = Unit(64, 64, 1, norm), Unit(64, 192, 3, norm, padding=1)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32, norm)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64, norm)
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64, norm)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64, norm)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64, norm)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64, norm)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128, norm)
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128, norm)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128, norm)
        if aux:
            self.aux1, self.aux2 = Aux(512, norm), Aux(528, norm)
        self.dropout = nn.Dropout(0.2 if norm else 0.4)
        self.fc = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Any:
        pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        lrn = nn.Identity() if self.norm else nn.LocalResponseNorm(5)
        x = pool(lrn(self.conv3(self.conv2(lrn(pool(self.conv1(x)))))))
        x = pool(self.inception3b(self.inception3a(x)))
        x = first = self.inception4a(x)
        x = second = self.inception4d(self.inception4c(self.inception4b(x)))
        last_pool = nn.MaxPool2d(2, 2, ceil_mode=True) if self.norm else pool
        x = self.inception5b(self.inception5a(last_pool(self.inception4e(x))))
        x = self.fc(self.dropout(x.mean((2, 3))))
        return (x, self.aux1(first), self.aux2(second)) if self.aux and self.training else x


# ResNet


class Basic(nn.Module):
    def __init__(self, channels: int, width: int, stride: int, shortcut: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = shortcut
        if shortcut and (stride > 1 or channels != width):
            conv = nn.Conv2d(channels, width, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(width))
        else:
            self.downsample = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x)) if self.shortcut else F.relu(y)


class Bottleneck(nn.Module):
    def __init__(self, channels: int, width: int, stride: int, paper: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, stride if paper else 1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, 1 if paper else stride, 1, bias=False)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(n) for n in (width, width, 4 * width))
        self.downsample: nn.Module = nn.Identity()
        if channels != 4 * width:
            conv = nn.Conv2d(channels, 4 * width, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(4 * width))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self, depths: tuple[int, ...], deep: bool, paper: bool = False) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        channels = 64
        for number, (width, depth) in enumerate(zip((64, 128, 256, 512), depths, strict=True), start=1):
            blocks: list[nn.Module] = []
            for place in range(depth):
                stride = 2 if number > 1 and place == 0 else 1
                block = Bottleneck(channels, width, stride, paper) if deep else Basic(channels, width, stride)
                channels = 4 * width if deep else width
                blocks.append(block)
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


# DenseNet


class DenseLayer(nn.Module):
    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels), nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class DenseBlock(nn.Module):
    """Every layer is given the list of all maps so far, as the paper says it."""

    def __init__(self, channels: int, depth: int, growth: int) -> None:
        super().__init__()
        for number in range(depth):
            self.add_module(f"denselayer{number + 1}", DenseLayer(channels + number * growth, growth))

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.children():
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)


class Transition(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class DenseNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, 64, 7, 2, 3, bias=False))
        self.features.add_module("norm0", nn.BatchNorm2d(64))
        self.features.add_module("relu0", nn.ReLU())
        self.features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        for number, (channels, depth) in enumerate(((64, 6), (128, 12), (256, 24), (512, 16)), start=1):
            self.features.add_module(f"denseblock{number}", DenseBlock(channels, depth, 32))
            if number < 4:
                self.features.add_module(f"transition{number}", Transition(channels + 32 * depth))
        self.features.add_module("norm5", nn.BatchNorm2d(1024))
        self.classifier = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.relu(self.features(x)).mean((2, 3)))


# The families in small


def mini_alexnet(channels: int = 3) -> nn.Module:
    pool = nn.MaxPool2d(3, 2, 1)
    features = nn.Sequential(
        *(nn.Conv2d(channels, 16, 5, padding=2), nn.ReLU(), nn.LocalResponseNorm(5), pool),
        *(nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.LocalResponseNorm(5), pool),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), pool),
    )
    head = [nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 10)]
    return Plain(features, nn.Sequential(*head))


def mini_vgg(channels: int = 3) -> nn.Module:
    layers: list[nn.Module] = []
    for few, many in ((channels, 8), (8, 16), (16, 32)):
        layers += [nn.Conv2d(few, many, 3, padding=1), nn.ReLU(), nn.Conv2d(many, many, 3, padding=1)]
        layers += [nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)]
    head = [nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 10)]
    return Plain(nn.Sequential(*layers), nn.Sequential(*head))


class MiniInception(nn.Module):
    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv1 = Unit(channels, 16, 3, False, padding=1)
        self.inception2a = Inception(16, 8, 8, 16, 4, 8, 8, False)
        self.inception2b = Inception(40, 16, 12, 24, 4, 8, 8, False)
        self.inception3a = Inception(56, 24, 16, 48, 8, 16, 16, False)
        self.dropout, self.fc = nn.Dropout(0.4), nn.Linear(104, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)
        x = F.max_pool2d(self.inception2b(self.inception2a(x)), 3, 2, ceil_mode=True)
        return self.fc(self.dropout(self.inception3a(x).mean((2, 3))))


class MiniResNet(nn.Module):
    def __init__(self, channels: int = 3, blocks: int = 1, shortcuts: bool = True) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        for number, (few, many) in enumerate(((16, 16), (16, 32), (32, 64)), start=1):
            first = Basic(few, many, 1 if number == 1 else 2, shortcuts)
            others = [Basic(many, many, 1, shortcuts) for _ in range(blocks - 1)]
            setattr(self, f"layer{number}", nn.Sequential(first, *others))
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.fc(x.mean((2, 3)))


class MiniDenseNet(nn.Module):
    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.features = nn.ModuleDict(
            {
                "conv0": nn.Conv2d(channels, 16, 3, padding=1, bias=False),
                "denseblock1": DenseBlock(16, 3, 12),
                "transition1": Transition(52),
                "denseblock2": DenseBlock(26, 3, 12),
                "transition2": Transition(62),
                "denseblock3": DenseBlock(31, 3, 12),
                "norm4": nn.BatchNorm2d(67),
            }
        )
        self.classifier = nn.Linear(67, 10)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.features.values():
            x = layer(x)
        return self.classifier(F.relu(x).mean((2, 3)))
