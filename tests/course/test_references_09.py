"""The references in the hidden cells of chapter 09 agree with PyTorch's automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from tests.course.workbench import Workbench, hidden_names
from tests.oracle import close, tensor

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"
NETS = ["linear3to3 relu linear3to2", "linear4to3 relu", "conv relu pool flatten", "conv pool relu flatten"]
Rng = np.random.Generator


@cache
def workbench() -> Workbench:
    return Workbench("09_layers")


names = partial(hidden_names, "09_layers")

# --- Random configurations


def sizes(rng: Rng, count: int, most: int = 6) -> tuple[int, ...]:
    return tuple(int(size) for size in rng.integers(1, most, count))


def array(rng: Rng, *shape: int) -> Any:
    return 3 * rng.standard_normal(shape)


def pooled(rng: Rng) -> tuple[Any, ...]:
    """Return dy, x, k, stride: windows that overlap or leave gaps, no two pixels alike."""
    k, stride, (n, c) = sizes(rng, 2, 4), sizes(rng, 2, 4), sizes(rng, 2, 4)
    height, width = (int(rng.integers(size, size + 6)) for size in k)
    x = rng.permutation(n * c * height * width).reshape(n, c, height, width) - 20.0
    outputs = [(size - a) // s + 1 for size, a, s in zip((height, width), k, stride, strict=True)]
    return array(rng, n, c, *outputs), x, k, stride


def scored(rng: Rng) -> tuple[Any, ...]:
    n, classes = sizes(rng, 2, 8)
    scale = rng.choice([1.0, 30.0, 900.0])
    return scale * array(rng, n, classes), tuple(int(label) for label in rng.integers(0, classes, n))


def same_shape(rng: Rng) -> tuple[Any, Any]:
    shape = sizes(rng, int(rng.integers(1, 5)))
    return array(rng, *shape), array(rng, *shape)


def channels(rng: Rng) -> tuple[Any, Any, Any]:
    shape = sizes(rng, 4)
    return array(rng, *shape), array(rng, *shape), array(rng, shape[1])


def dense(rng: Rng) -> tuple[Any, ...]:
    n, c, h, w, f = sizes(rng, 5)
    return array(rng, n, f), array(rng, n, c, h, w), array(rng, f, c * h * w), array(rng, f)


def net(rng: Rng) -> tuple[Any, ...]:
    words = str(rng.choice(NETS))
    n = int(rng.integers(1, 5))
    if words.startswith("conv"):
        height, width = rng.integers(3, 8, 2)
        x = array(rng, n, 1, height, width)
        return words, x, array(rng, n, 2 * ((height - 1) // 2) * ((width - 1) // 2))
    return words, array(rng, n, int(words[6])), array(rng, n, int(words[-1]) if words[-1].isdigit() else 3)


def small_net(rng: Rng) -> tuple[Any, ...]:
    n, d, m, c = sizes(rng, 4)
    labels = tuple(int(label) for label in rng.integers(0, c, n))
    return array(rng, n, d), array(rng, m, d), array(rng, m), array(rng, c, m), array(rng, c), labels


DRAW: dict[str, Callable[[Rng], tuple[Any, ...]]] = {
    "relu_backward": same_shape,
    "prelu": lambda rng: channels(rng)[1:],
    "prelu_backward": channels,
    "sigmoid": lambda rng: same_shape(rng)[:1],
    "tanh": lambda rng: same_shape(rng)[:1],
    "elu": lambda rng: (same_shape(rng)[0], float(rng.uniform(0.1, 3))),
    "max_pool2d_backward": pooled,
    "avg_pool2d_backward": pooled,
    "linear_forward": lambda rng: dense(rng)[1:],
    "linear_backward": lambda rng: dense(rng)[:3],
    "softmax": lambda rng: scored(rng)[:1],
    "one_hot": lambda rng: (scored(rng)[1], 7),
    "cross_entropy": scored,
    "cross_entropy_backward": scored,
    "binary_cross_entropy": lambda rng: (100 * (x := same_shape(rng)[0]), (x > rng.normal()).astype(float)),
    "entropy": lambda rng: (rng.integers(0, 9, int(rng.integers(1, 9))) + np.array([1.0]),),
    "l1_loss": same_shape,
    "l2_loss": same_shape,
    "smooth_l1_loss": same_shape,
    "sequential": net,
    "mended_gradients": small_net,
}


# --- The same in PyTorch


def gradient(y: Any, x: Any, dy: Any = None) -> Any:
    """Return dx for y, which came from x, and dy; dy is 1 where y is a single number."""
    y.backward(None if dy is None else tensor(dy))
    return x.grad


def value_and_slope(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def both(x: Any, *options: Any) -> Any:
        x = tensor(x)
        y = function(x, *options)
        return y, gradient(y.sum(), x)

    return both


def with_gradient(loss: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def both(x: Any, target: Any) -> Any:
        x = tensor(x)
        value = loss(x, tensor(target))
        return value, gradient(value, x)

    return both


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    F = torch.nn.functional

    def through(function: Callable[..., Any]) -> Callable[..., Any]:
        def backward(dy: Any, x: Any, *options: Any) -> Any:
            x = tensor(x)
            return gradient(function(x, *options), x, dy)

        return backward

    def prelu_backward(dy: Any, x: Any, a: Any) -> Any:
        x, a = tensor(x), tensor(a)
        F.prelu(x, a).backward(tensor(dy))
        return x.grad, a.grad

    def linear_backward(dy: Any, x: Any, w: Any) -> Any:
        x, w, b = tensor(x), tensor(w), tensor(np.zeros(len(w)))
        F.linear(x.flatten(1), w, b).backward(tensor(dy))
        return x.grad, w.grad, b.grad

    def cross_entropy_backward(z: Any, labels: Any) -> Any:
        z = tensor(z)
        return gradient(F.cross_entropy(z, torch.tensor(labels)), z)

    def sequential(words: str, x: Any, dy: Any) -> Any:
        y = start = tensor(x)
        for word, layer in zip(words.split(), names("sequential")["build"](words), strict=True):
            if word.startswith("linear"):
                y = F.linear(y, torch.tensor(layer.w), torch.tensor(layer.b))
            elif word == "conv":
                y = F.conv2d(y, torch.tensor(layer.w), torch.tensor(layer.b))
            else:
                y = {
                    "relu": torch.relu,
                    "pool": lambda y: F.max_pool2d(y, 2),
                    "flatten": lambda y: y.flatten(1),
                }[word](y)
        return y, gradient(y, start, dy)

    def mended_gradients(x: Any, *weights_and_labels: Any) -> Any:
        *weights, labels = weights_and_labels
        w1, b1, w2, b2 = weights = [tensor(weight) for weight in weights]
        scores = torch.relu(tensor(x) @ w1.T + b1) @ w2.T + b2
        F.cross_entropy(scores, torch.tensor(labels)).backward()
        return tuple(weight.grad for weight in weights)

    return {
        "relu_backward": through(torch.relu),
        "prelu": lambda x, a: F.prelu(tensor(x), tensor(a)),
        "prelu_backward": prelu_backward,
        "sigmoid": value_and_slope(torch.sigmoid),
        "tanh": value_and_slope(torch.tanh),
        "elu": value_and_slope(F.elu),
        "max_pool2d_backward": through(F.max_pool2d),
        "avg_pool2d_backward": through(F.avg_pool2d),
        "linear_forward": lambda x, w, b: F.linear(tensor(x).flatten(1), tensor(w), tensor(b)),
        "linear_backward": linear_backward,
        "softmax": lambda z: torch.softmax(tensor(z), 1),
        "one_hot": lambda labels, C: F.one_hot(torch.tensor(labels), C),
        "cross_entropy": lambda z, labels: F.cross_entropy(tensor(z), torch.tensor(labels)),
        "cross_entropy_backward": cross_entropy_backward,
        "binary_cross_entropy": with_gradient(F.binary_cross_entropy_with_logits),
        "entropy": lambda counts: torch.distributions.Categorical(tensor(counts)).entropy(),
        "l1_loss": with_gradient(F.l1_loss),
        "l2_loss": with_gradient(F.mse_loss),
        "smooth_l1_loss": with_gradient(F.smooth_l1_loss),
        "sequential": sequential,
        "mended_gradients": mended_gradients,
    }


def test_every_function_exercise_has_its_oracle() -> None:
    functions = {name for name, about in workbench().table.items() if "rows" in about}
    assert functions == set(DRAW)


@pytest.mark.parametrize("exercise", DRAW)
def test_the_reference_agrees_with_pytorch(exercise: str) -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    ours, theirs = names(exercise)["reference"], oracles(torch)[exercise]
    for seed in range(CONFIGURATIONS):
        arguments = DRAW[exercise](np.random.default_rng([seed, 9]))
        got, wanted = ours(*arguments), theirs(*arguments)
        if not isinstance(got, tuple):
            got, wanted = (got,), (wanted,)
        for one, other in zip(got, wanted, strict=True):
            close(one, other)


def test_of_equal_pixels_the_first_gets_the_gradient_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    ours, theirs = names("max_pool2d_backward")["reference"], oracles(torch)["max_pool2d_backward"]
    for seed in range(CONFIGURATIONS):
        dy, x, k, stride = pooled(np.random.default_rng([seed, 10]))
        tied = np.round(x / 20)
        close(ours(dy, tied, k, stride), theirs(dy, tied, k, stride))
