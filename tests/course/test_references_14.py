"""The loop references in the hidden cells of chapter 14 agree with PyTorch, on random configurations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from cnnkit.classroom.notebooks.bank import given_names
from tests.course.workbench import Workbench, hidden_names, reference_of

CONFIGURATIONS = 200
REASON = "PyTorch is an oracle for this test only and is not installed"
Rng = np.random.Generator


@cache
def workbench() -> Workbench:
    return Workbench("14_looking_inside")


reference = partial(reference_of, "14_looking_inside")


def sizes(rng: Rng, count: int, most: int = 5) -> tuple[int, ...]:
    return tuple(int(size) for size in rng.integers(1, most, count))


def array(rng: Rng, *shape: int) -> Any:
    """Return whole numbers, so that sums are exactly 0 now and then, or others."""
    whole = rng.integers(-3, 4, shape)
    return [whole.astype(float), whole, rng.standard_normal(shape)][rng.integers(3)]


def small_net(rng: Rng) -> tuple[Any, ...]:
    C, H, W, F, K = sizes(rng, 5)
    return array(rng, C, H, W), array(rng, F, C), array(rng, K, F), int(rng.integers(K))


def occluded(rng: Rng) -> tuple[Any, ...]:
    (C,), size, stride = sizes(rng, 1, 4), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    shape = (C, size + int(rng.integers(4)), size + int(rng.integers(4)))
    return array(rng, *shape), array(rng, *shape), size, stride


def two(rng: Rng, axes: int) -> tuple[Any, Any]:
    shape = sizes(rng, axes)
    return array(rng, *shape), array(rng, *shape)


def maps_and_grams(rng: Rng) -> tuple[Any, Any]:
    N, C, H, W = sizes(rng, 4)
    return array(rng, N, C, H, W), array(rng, N, C, C)


def moved(rng: Rng) -> tuple[Any, ...]:
    x, w = two(rng, 3)
    return x, w, int(rng.integers(-4, 5)), int(rng.integers(-4, 5)), float(rng.choice([0.5, 1, 2]))


def three_losses(rng: Rng) -> tuple[Any, ...]:
    words = str(rng.choice(["conv1to2 relu pool", "conv1to2 relu conv2to2", "pool conv1to2 relu"]))
    build = hidden_names("14_looking_inside", "gather_gradients")["build"]
    N, H, W = int(rng.integers(1, 3)), int(rng.integers(3, 6)), int(rng.integers(4, 9))
    x = array(rng, N, 1, H, W)
    y, gradients = x.astype(float), []
    for layer in build(words):
        y = layer.forward(y)
        gradients.append(array(rng, *y.shape))
    return words, x, *gradients, tuple(float(weight) for weight in rng.choice([0, 0.5, 1, 2, 3], 3))


def adams(rng: Rng) -> tuple[Any, ...]:
    shape = sizes(rng, 3)
    x, dx, mean = (array(rng, *shape) for _ in range(3))
    square = rng.choice([0.0, 1.0, 5.5], shape) if rng.integers(2) else np.abs(array(rng, *shape))
    low = float(rng.integers(-4, 1))
    return x, dx, mean, square, int(rng.integers(1, 6)), float(rng.choice([0.1, 2])), low, low + 3


DRAW: dict[str, Callable[[Rng], tuple[Any, ...]]] = {
    "class_gradient": small_net,
    "saliency": lambda rng: (array(rng, *sizes(rng, 4)),),
    "grad_cam": lambda rng: two(rng, 3),
    "occlusion_map": occluded,
    "similarity": lambda rng: two(rng, 2),
    "ascent_step": lambda rng: (*two(rng, 3), float(rng.choice([0.5, 2])), -2.0, 2.5),
    "mended_jitter": moved,
    "gram": lambda rng: (array(rng, *sizes(rng, 4)),),
    "gram_backward": lambda rng: maps_and_grams(rng)[::-1],
    "content_loss": lambda rng: two(rng, 4),
    "style_loss": maps_and_grams,
    "tv_loss": lambda rng: (array(rng, *sizes(rng, 4)),),
    "tv_backward": lambda rng: (array(rng, *sizes(rng, 4)),),
    "gather_gradients": three_losses,
    "picture_step": adams,
}


def oracles(torch: Any) -> dict[str, Callable[..., Any]]:
    """Return how PyTorch does what each exercise asks for; gradients come from autograd."""

    def tensor(value: Any) -> Any:
        return torch.tensor(np.asarray(value, dtype=float))

    def gradient(function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
        """Return a loss and its gradient."""
        x = tensor(x).requires_grad_()
        loss = function(x)
        loss.backward()
        return loss.detach().numpy(), x.grad.numpy()

    def score(x: Any, w: Any, v: Any, k: int) -> Any:
        z = torch.nn.functional.conv2d(x[None], tensor(w)[:, :, None, None])
        return (tensor(v) @ torch.relu(z)[0].mean(dim=(1, 2)))[k]

    def gram(f: Any) -> Any:
        return torch.einsum("nahw,nbhw->nab", f, f) / f[0].numel()

    def variation(x: Any) -> Any:
        mean, none = torch.nn.functional.mse_loss, x.sum() * 0
        down = mean(x[:, :, 1:], x[:, :, :-1], reduction="sum") if x.shape[2] > 1 else none
        across = mean(x[..., 1:], x[..., :-1], reduction="sum") if x.shape[3] > 1 else none
        return (down + across) / x.numel()

    def grad_cam(a: Any, da: Any) -> Any:
        alpha = torch.nn.functional.adaptive_avg_pool2d(tensor(da)[None], 1)
        return torch.relu((alpha * tensor(a)).sum(dim=1))[0].numpy()

    def occlusion(x: Any, w: Any, size: int, stride: int) -> Any:
        """Sums under the square are average pools."""
        parts = tensor(w) * tensor(x)
        lost = torch.nn.functional.avg_pool2d(parts, size, stride, divisor_override=1)
        whole = parts.sum(dim=(1, 2), keepdim=True)
        return (torch.relu(whole) - torch.relu(whole - lost)).sum(dim=0).numpy()

    def similarity(a: Any, b: Any) -> Any:
        rows = torch.stack([tensor(a).ravel(), tensor(b).ravel()])
        return torch.nan_to_num(torch.corrcoef(rows)[0, 1]).numpy() if rows.shape[1] > 1 else 0.0

    def ascent(x: Any, dx: Any, lr: float, low: float, high: float) -> Any:
        rms = torch.linalg.vector_norm(tensor(dx)) / dx.size**0.5
        return torch.clamp(tensor(x) + torch.nan_to_num(lr * tensor(dx) / rms), low, high).numpy()

    def jitter(x: Any, w: Any, down: int, right: int, lr: float) -> Any:
        def moved_score(x: Any) -> Any:
            return (tensor(w) * torch.roll(x, (down, right), dims=(1, 2)) ** 2).sum() / 2

        return x + lr * gradient(moved_score, x)[1]

    def gather(words: str, x: Any, *given: Any) -> Any:
        *upstream, weights = given
        functional = torch.nn.functional

        def conv(inputs: int) -> Callable[[Any], Any]:
            w = tensor(3 * np.arange(8 * inputs) % 7 - 3).reshape(2, inputs, 2, 2)
            return lambda y: functional.conv2d(y, w)

        makers = {
            "conv1to2": conv(1),
            "conv2to2": conv(2),
            "relu": torch.relu,
            "pool": lambda y: functional.avg_pool2d(y, (1, 2)),
        }

        def loss(y: Any) -> Any:
            total = 0
            for word, dy, weight in zip(words.split(), upstream, weights, strict=True):
                y = makers[word](y)
                total = total + weight * (tensor(dy) * y).sum()
            return total

        return gradient(loss, x)[1]

    def adam(
        x: Any, dx: Any, mean: Any, square: Any, t: int, lr: float, low: float, high: float
    ) -> tuple[Any, ...]:
        picture = tensor(x).requires_grad_()
        optimizer = torch.optim.Adam([picture], lr=lr)
        optimizer.state[picture] = {
            "step": torch.tensor(float(t - 1)),
            "exp_avg": tensor(mean),
            "exp_avg_sq": tensor(square),
        }
        picture.grad = tensor(dx)
        optimizer.step()
        kept = optimizer.state[picture]
        new = picture.detach().clamp(low, high), kept["exp_avg"], kept["exp_avg_sq"]
        return tuple(value.numpy() for value in new)

    return {
        "class_gradient": lambda x, w, v, k: gradient(lambda y: score(y, w, v, k), x)[1],
        "saliency": lambda dx: tensor(dx).abs().amax(dim=1).numpy(),
        "grad_cam": grad_cam,
        "occlusion_map": occlusion,
        "similarity": similarity,
        "ascent_step": ascent,
        "mended_jitter": jitter,
        "gram": lambda f: gram(tensor(f)).numpy(),
        "gram_backward": lambda dg, f: gradient(lambda y: (tensor(dg) * gram(y)).sum(), f)[1],
        "content_loss": lambda f, target: gradient(
            lambda y: torch.nn.functional.mse_loss(y, tensor(target)), f
        ),
        "style_loss": lambda f, target: gradient(
            lambda y: torch.nn.functional.mse_loss(gram(y), tensor(target)), f
        ),
        "tv_loss": lambda x: variation(tensor(x)).numpy(),
        "tv_backward": lambda x: gradient(variation, x)[1],
        "gather_gradients": gather,
        "picture_step": adam,
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
        pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
        for one, other in pairs:
            assert np.shape(one) == np.shape(other), (exercise, seed)
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-9, err_msg=f"{exercise}, seed {seed}")


def test_the_numbers_by_hand_are_those_of_the_references() -> None:
    first, second, turned = (
        np.array([[1, 2], [0, 1]]),
        np.array([[2, 0], [3, -1]]),
        np.array([[0, 2], [-1, 3]]),
    )
    G = reference("gram")(np.stack([first, second])[None])[0]
    exchanged = reference("gram")(np.stack([first[::-1], second[::-1]])[None])[0]
    other = reference("gram")(np.stack([first, turned])[None])[0]
    doubled = reference("gram")(2 * np.stack([first, second])[None])[0]
    different = len(np.triu_indices(64)[0])
    expected = [G.tolist(), exchanged[0, 1], other[0, 1], (doubled / G)[0, 0], different]
    assert workbench().table["gram_by_hand"]["answer"] == expected


def test_the_similarities_of_the_leaflet_are_those_of_the_reference() -> None:
    methods = hidden_names("14_looking_inside", "ascent_step")["METHODS"]
    numbers = [round(reference("similarity")(*maps.values()), 2) for maps in methods.values()]
    assert workbench().table["sanity"]["answer"] == [numbers, "b"]
    assert min(methods, key=lambda name: abs(reference("similarity")(*methods[name].values()))) == "B"


@pytest.mark.parametrize(
    ("helper", "exercise"),
    [
        ("library_saliency", "saliency"),
        ("library_grad_cam", "grad_cam"),
        ("library_similarity", "similarity"),
        ("library_gram", "gram"),
        ("library_gram_gradient", "gram_backward"),
        ("library_content_loss", "content_loss"),
        ("library_style_loss", "style_loss"),
        ("library_tv_backward", "tv_backward"),
        ("library_picture_step", "picture_step"),
    ],
)
def test_the_notebooks_own_helper_does_what_the_exercise_asks_for(helper: str, exercise: str) -> None:
    ours = given_names(workbench().notebook, "quiz")[helper]
    for seed in range(20):
        arguments = DRAW[exercise](np.random.default_rng(seed))
        got, want = ours(*arguments), reference(exercise)(*arguments)
        pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
        for one, other in pairs:
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-9, err_msg=f"{helper}, seed {seed}")
