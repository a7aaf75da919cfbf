"""The losses against PyTorch and naive loops, on labels of every kind, at the limits, and on bad input."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.errors import ShapeError
from cnnkit.functional import losses as L
from cnnkit.gradcheck import gradcheck
from tests.oracle import close, configurations, needs_torch, tensor, torch

REDUCTIONS = st.sampled_from(["mean", "sum", "none"])
CE, CE_BACKWARD = L.cross_entropy, L.cross_entropy_backward
BCE, BCE_BACKWARD = L.binary_cross_entropy_with_logits, L.binary_cross_entropy_with_logits_backward
Case = tuple[Any, Any, Any, dict[str, Any]]  # dy, outputs, target, options


def of(name: str) -> tuple[Any, Any]:
    return getattr(L, name), getattr(L, f"{name}_backward")


def upstream(rng: Any, shape: Any, options: dict[str, Any]) -> Any:
    """Return a dy that fits: one number, or one for each of the single losses."""
    return rng.standard_normal(shape if options["reduction"] == "none" else ())


def random(draw: Callable[..., Any]) -> Any:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


@st.composite
def classifications(draw: Callable[..., Any], largest: float = 1e4) -> Case:
    """Draw scores of N examples, C classes and up to two axes of pixels, with labels of each kind."""
    rng, options = random(draw), {"reduction": draw(REDUCTIONS)}
    n = draw(st.sampled_from([1, 2, 3, 4] * 2 + ([] if options["reduction"] == "mean" else [0])))
    classes, pixels = draw(st.integers(1, 5)), draw(st.lists(st.integers(1, 3), max_size=2))
    logits = draw(st.sampled_from([1.0, min(30.0, largest), largest])) * rng.uniform(
        -1, 1, (n, classes, *pixels)
    )
    labels = rng.integers(0, classes, (n, *pixels))
    kind = draw(st.sampled_from(["number", "one-hot", "probabilities"]))
    if kind == "one-hot":
        labels = np.moveaxis(np.eye(classes)[labels], -1, 1)
    if kind == "probabilities":
        labels = rng.integers(0, 4, logits.shape) + np.moveaxis(np.eye(classes)[labels], -1, 1)
        labels = labels / labels.sum(axis=1, keepdims=True)
    return upstream(rng, (n, *pixels), options), logits, labels, options


@needs_torch
@configurations
@given(classifications())
def test_cross_entropy_is_pytorch_s(case: Case) -> None:
    dy, logits, labels, options = case
    t = tensor(logits)
    y = torch.nn.functional.cross_entropy(t, torch.tensor(labels), **options)
    y.backward(torch.tensor(dy))
    close(CE(logits, labels, **options), y)
    close(CE_BACKWARD(logits, labels, dy=dy, **options), t.grad)


@configurations
@given(classifications(largest=30.0))
def test_cross_entropy_is_the_loops(case: Case) -> None:
    dy, logits, labels, options = case
    single, slopes = np.zeros((len(logits), *logits.shape[2:])), np.zeros(logits.shape)
    for n, *pixel in np.ndindex(*single.shape):
        scores = logits[n, :, *pixel]
        total = sum(math.exp(v) for v in scores)
        for c, score in enumerate(scores):
            t = labels[n, c, *pixel] if labels.shape == logits.shape else labels[n, *pixel] == c
            p = math.exp(score) / total
            single[n, *pixel] -= t * math.log(p)
            slopes[n, c, *pixel] = p - t
    close_to_single(CE(logits, labels, **options), single, options)
    each = np.expand_dims(share(dy, single, options), 1)
    close(CE_BACKWARD(logits, labels, dy=dy, **options), slopes * each)


def close_to_single(ours: Any, single: Any, options: dict[str, Any]) -> None:
    """See that ours are the single losses, or their sum, or their mean."""
    total = sum(single.flat)
    close(ours, {"none": single, "sum": total, "mean": total / max(1, single.size)}[options["reduction"]])


def share(dy: Any, single: Any, options: dict[str, Any]) -> Any:
    return np.ones(single.shape) * dy / (single.size if options["reduction"] == "mean" else 1)


@st.composite
def comparisons(draw: Callable[..., Any], name: str, largest: float = 1e4) -> Case:
    """Draw outputs and targets of any shape, some of them equal, some of them one apart."""
    rng, options = random(draw), {"reduction": draw(REDUCTIONS)}
    empty = [] if options["reduction"] == "mean" else [0]
    shape = draw(st.lists(st.sampled_from([1, 2, 3, 4] * 5 + empty), max_size=4))
    scale = draw(st.sampled_from([1.0, min(30.0, largest), largest]))
    x = np.asarray(scale * rng.uniform(-1, 1, shape))
    if name == "binary_cross_entropy_with_logits":
        target = rng.uniform(0, 1, shape)
        target = np.round(target) if draw(st.booleans()) else target
    else:
        target = x + rng.choice([-3, -1, -0.5, 0, 0.25, 1, 4], shape)
    if name == "smooth_l1_loss" and draw(st.booleans()):
        options["beta"] = draw(st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.3]))
    return upstream(rng, shape, options), x, np.asarray(target), options


def smooth(error: float, beta: float = 1.0) -> float:
    return error**2 / (2 * beta) if abs(error) < beta else abs(error) - beta / 2


def smooth_slope(error: float, beta: float = 1.0) -> float:
    return error / beta if abs(error) < beta else math.copysign(1, error)


# The definitions, one number at a time: the loss of an output x with the target t, and its slope for x.
ONE_NUMBER: dict[str, tuple[Callable[..., float], Callable[..., float]]] = {
    "l1_loss": (lambda x, t: abs(x - t), lambda x, t: 0 if x == t else math.copysign(1, x - t)),
    "mse_loss": (lambda x, t: (x - t) * (x - t), lambda x, t: 2 * (x - t)),
    "smooth_l1_loss": (
        lambda x, t, **beta: smooth(x - t, **beta),
        lambda x, t, **beta: smooth_slope(x - t, **beta),
    ),
    "binary_cross_entropy_with_logits": (
        lambda x, t: t * math.log(1 + math.exp(-x)) + (1 - t) * math.log(1 + math.exp(x)),
        lambda x, t: 1 / (1 + math.exp(-x)) - t,
    ),
}


@needs_torch
@pytest.mark.parametrize("name", ONE_NUMBER)
@configurations
@given(st.data())
def test_values_and_gradients_are_pytorch_s(name: str, data: Any) -> None:
    dy, x, target, options = data.draw(comparisons(name))
    t, (forward, backward) = tensor(x), of(name)
    y = getattr(torch.nn.functional, name)(t, torch.tensor(target), **options)
    y.backward(torch.tensor(dy))
    close(forward(x, target, **options), y)
    close(backward(x, target, dy=dy, **options), t.grad)


@pytest.mark.parametrize("name", ONE_NUMBER)
@configurations
@given(st.data())
def test_each_number_has_its_own_loss(name: str, data: Any) -> None:
    dy, x, target, options = data.draw(comparisons(name, largest=20.0))
    (loss, slope), (forward, backward) = ONE_NUMBER[name], of(name)
    own = {key: value for key, value in options.items() if key != "reduction"}
    single, slopes = np.zeros(x.shape), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        single[i], slopes[i] = loss(x[i], target[i], **own), slope(x[i], target[i], **own)
    close_to_single(forward(x, target, **options), single, options)
    close(backward(x, target, dy=dy, **options), slopes * share(dy, single, options))


@st.composite
def chances(draw: Callable[..., Any], least: int) -> tuple[Any, Any]:
    """Draw probabilities (..., C), numbers from ``least`` to 4 divided by their sum; and dy."""
    rng, before = random(draw), draw(st.lists(st.integers(0, 3), max_size=3))
    weights = rng.integers(least, 5, (*before, draw(st.integers(1, 5)))).astype(float)
    weights[..., 0] += 1
    return rng.standard_normal(before), weights / weights.sum(axis=-1, keepdims=True)


@needs_torch
@configurations
@given(chances(least=0), chances(least=1))
def test_entropy_is_pytorch_s(with_zeros: tuple[Any, Any], positive: tuple[Any, Any]) -> None:
    close(L.entropy(with_zeros[1]), torch.special.entr(torch.tensor(with_zeros[1])).sum(-1))
    dy, p = positive
    t = tensor(p)
    torch.special.entr(t).sum(-1).backward(torch.tensor(dy))
    close(L.entropy_backward(p, dy=dy), t.grad)


@configurations
@given(chances(least=0))
def test_entropy_is_the_loops(case: tuple[Any, Any]) -> None:
    dy, p = case
    want, slopes = np.zeros(p.shape[:-1]), np.zeros(p.shape)
    for *place, outcome in np.ndindex(*p.shape):
        chance = p[*place, outcome]
        if chance > 0:
            want[tuple(place)] += chance * math.log(1 / chance)
            slopes[*place, outcome] = dy[tuple(place)] * (-1 - math.log(chance))
    close(L.entropy(p), want)
    assert (L.entropy(p) >= 0).all() and (L.entropy(p) <= math.log(p.shape[-1]) + 1e-12).all()
    gradient = L.entropy_backward(p, dy=dy)
    assert np.isinf(gradient[p == 0]).all()
    close(np.where(p > 0, gradient, 0), slopes)


@configurations
@given(classifications(largest=30.0), st.floats(-100, 100))
def test_the_kinds_of_labels_and_the_losses_agree(case: Case, constant: float) -> None:
    dy, logits, labels, options = case
    loss, gradient = (
        CE(logits, labels, **options),
        partial(CE_BACKWARD, dy=dy, **options),
    )
    close(CE(logits + constant, labels, **options), loss)
    if labels.shape == logits.shape:
        close(gradient(logits, labels).sum(axis=1), np.zeros((len(logits), *logits.shape[2:])))
    else:
        one_hot = np.moveaxis(np.eye(logits.shape[1])[labels], -1, 1)
        for same in (
            one_hot,
            one_hot.astype(bool),
            one_hot.astype(int),
            labels.astype(np.uint8),
            labels * 1.0,
        ):
            close(CE(logits, same, **options), loss)
            close(gradient(logits, same), gradient(logits, labels))
    if logits.shape[1] == 2 and labels.shape != logits.shape:  # two classes are one yes-or-no question
        close(BCE(logits[:, 1] - logits[:, 0], labels, **options), loss)


def test_cross_entropy_is_least_at_the_entropy() -> None:
    p = np.array([[0.2, 0.3, 0.5]])
    close(CE(np.log(p), p), L.entropy(p)[0])
    close(CE_BACKWARD(np.log(p), p), np.zeros((1, 3)))
    assert CE(np.log(p[:, ::-1]), p) > L.entropy(p)[0]


OUTPUTS = np.array([[0.6, -1.2, 2.3], [3.1, 1.4, 1.2]])
TARGETS = {"cross_entropy": np.array([2, 0])} | {
    name: np.array([[1, 0, 0], [1, 1, 0]]) for name in ONE_NUMBER
}
EACH = pytest.mark.parametrize("name", TARGETS)


@EACH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_dtype_stays_and_input_is_neither_changed_nor_shared(name: str, dtype: str, reduction: str) -> None:
    (forward, backward), options = of(name), {"reduction": reduction}
    x, target = np.repeat(OUTPUTS, 2, axis=1).astype(dtype)[:, ::2], TARGETS[name].copy()
    x.flags.writeable = target.flags.writeable = False
    before = x.copy()
    y, dx = forward(x, target, **options), backward(x, target, **options)
    assert y.dtype == dx.dtype == backward(x, target, dy=np.float64(2), **options).dtype == dtype
    assert dx.shape == x.shape and dx.flags.writeable
    assert not any(np.shares_memory(result, array) for result in (y, dx) for array in (x, target))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(target, TARGETS[name])
    np.testing.assert_allclose(y, forward(OUTPUTS, target, **options), rtol=1e-5)


def test_the_dtype_of_probabilities_as_labels_does_not_count() -> None:
    logits, labels = OUTPUTS.astype(np.float32), np.array([[0.5, 0.5, 0], [0, 0, 1]])
    assert CE(logits, labels).dtype == CE_BACKWARD(logits, labels).dtype == np.float32
    assert CE(OUTPUTS, labels.astype(np.float32)).dtype == np.float64


def test_entropy_keeps_dtype_and_input_too() -> None:
    p = np.repeat(np.array([[0.5, 0.25, 0.25]], np.float32), 2, axis=1)[:, ::2]
    p.flags.writeable = False
    y, dp = L.entropy(p), L.entropy_backward(p)
    assert y.dtype == dp.dtype == np.float32 and not np.shares_memory(dp, p)
    assert L.entropy([0, 1]).dtype == np.float64


@EACH
def test_gradcheck_agrees(name: str) -> None:
    (forward, backward), target = of(name), TARGETS[name]
    for reduction in ("mean", "sum", "none"):
        gradcheck(
            lambda x, how=reduction: forward(x, target, reduction=how),
            lambda dy, x, how=reduction: backward(x, target, dy=dy, reduction=how),
            OUTPUTS,
            rng=np.random.default_rng(0),
            every_entry=True,
        )


def test_gradcheck_agrees_on_entropy() -> None:
    p, rng = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]), np.random.default_rng(0)
    gradcheck(L.entropy, lambda dy, p: L.entropy_backward(p, dy=dy), p, rng=rng, every_entry=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_may_be_large(dtype: str) -> None:
    logits = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)  # a warning would be an error
    np.testing.assert_array_equal(CE(logits, [1, 1], reduction="none"), [2e4, 0])
    np.testing.assert_array_equal(CE_BACKWARD(logits, [1, 1], reduction="sum"), [[1, -1], [0, 0]])
    np.testing.assert_array_equal(BCE(logits, [[0, 0], [1, 1]], reduction="none"), [[1e4, 0], [1e4, 0]])
    np.testing.assert_array_equal(BCE_BACKWARD(logits, [[0, 0], [1, 1]], reduction="sum"), [[1, 0], [-1, 0]])
    largest = np.finfo(dtype).max
    np.testing.assert_array_equal(L.l1_loss(np.array([largest], dtype), [0]), largest)
    np.testing.assert_array_equal(L.smooth_l1_loss(np.array([largest], dtype), [0]), largest)


def test_a_forbidden_class_has_no_part_in_the_loss() -> None:
    logits = np.array([[0.0, 0.0, -np.inf]])
    close(CE(logits, [0]), math.log(2))
    close(CE_BACKWARD(logits, [0]), np.array([[-0.5, 0.5, 0]]))
    assert CE(logits, [2]) == np.inf


@EACH
def test_nan_stays_nan(name: str) -> None:
    forward, backward = of(name)
    x = np.where(OUTPUTS > 3, np.nan, OUTPUTS)
    assert np.isnan(forward(x, TARGETS[name])) and np.isnan(backward(x, TARGETS[name])).any()


@EACH
def test_a_batch_of_none_has_a_sum_but_no_mean(name: str) -> None:
    (forward, backward), x, target = of(name), OUTPUTS[:0], TARGETS[name][:0]
    assert forward(x, target, reduction="sum") == 0
    assert forward(x, target, reduction="none").shape == target.shape
    assert backward(x, target, reduction="sum").shape == backward(x, target, reduction="none").shape == (0, 3)
    for function in (forward, backward):
        with pytest.raises(ValueError, match=f"{function.__name__}: the batch is empty"):
            function(x, target)


def test_one_image_of_one_pixel() -> None:
    logits, labels = np.array([[[[1.0]], [[1.0]]]]), np.array([[[1]]])
    close(CE(logits, labels), math.log(2))
    close(CE_BACKWARD(logits, labels), np.array([[[[0.5]], [[-0.5]]]]))
    assert L.accuracy(logits, labels) == 0  # of equal scores the first counts


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_a_single_number_will_do(name: str) -> None:
    forward, backward = of(name)
    for reduction in ("mean", "sum", "none"):
        assert forward(2.0, 1, reduction=reduction) == forward([2.0], [1])
        assert backward(2.0, 1, reduction=reduction) == backward([2.0], [1])


@configurations
@given(classifications(largest=2.0))
def test_accuracy_counts_the_right_answers(case: Case) -> None:
    _, logits, labels, _ = case
    logits = np.round(logits)  # many a tie
    right = []
    for n, *pixel in np.ndindex(len(logits), *logits.shape[2:]):
        scores, soft = logits[n, :, *pixel], labels.shape == logits.shape
        answer = list(labels[n, :, *pixel]) if soft else labels[n, *pixel]
        right.append(list(scores).index(max(scores)) == (answer.index(max(answer)) if soft else answer))
    if right:
        close(L.accuracy(logits, labels), sum(right) / len(right))


TWO, LOGITS = np.zeros((2, 3)), np.zeros((4, 3))
GOOD, SOFT, PIXELS = (LOGITS, [0] * 4), np.full((4, 3), 1 / 3), np.zeros((2, 3, 5, 5))
BAD = [
    (CE, (LOGITS, [0, 1, 2, 3]), {}, ValueError, r"holds 3, but .* 3 classes.*\s.*from 0 to 2"),
    (CE, (LOGITS, [0, -1, 2, 0]), {}, ValueError, "labels holds -1"),
    (CE, (LOGITS, [0, 1.5, 2, 0]), {}, ValueError, "labels holds 1.5"),
    (CE, (LOGITS, [0, np.nan, 2, 0]), {}, ValueError, "labels holds nan"),
    (CE, (LOGITS, [0, np.inf, 2, 0]), {}, ValueError, "labels holds inf"),
    (CE, (LOGITS, [0, 1, 2]), {}, ShapeError, r"labels has shape \(3,\), but logits has \(4, 3\)"),
    (CE, (LOGITS, [[0], [1], [2], [0]]), {}, ShapeError, r"labels has shape \(4, 1\)"),
    (CE, (LOGITS, SOFT[:2]), {}, ShapeError, r"\(2, 3\), .*\s.*\(4,\) or prob.* \(4, 3\)"),
    (CE, (PIXELS, np.zeros((2, 5))), {}, ShapeError, r"whole numbers \(2, 5, 5\)"),
    (CE, (LOGITS, SOFT * 2), {}, ValueError, "labels holds probabilities with the sum 2"),
    (CE, (LOGITS, SOFT * 0), {}, ValueError, "with the sum 0, but it must be 1"),
    (CE, (LOGITS, SOFT * np.nan), {}, ValueError, "labels holds nan, but a probability"),
    (CE, (LOGITS, [[2, -1, 0]] * 4), {}, ValueError, "holds -1, but a probability is 0 or"),
    (CE, (LOGITS, ["cat"] * 4), {}, ValueError, "labels has dtype <U3"),
    (CE, (LOGITS, None), {}, ValueError, "labels has dtype object"),
    (CE, (LOGITS, [[1], [1, 2]]), {}, ShapeError, "labels is not an array: its rows differ"),
    (CE, (LOGITS * 1j, [0] * 4), {}, ValueError, "logits has dtype complex128"),
    (CE, (LOGITS[0], 1), {}, ShapeError, r"logits has shape \(3,\), .*logits\[None\]"),
    (CE, (1.0, 1), {}, ShapeError, r"logits has shape \(\)"),
    (CE, (LOGITS[:, :0], [0] * 4), {}, ShapeError, "no class to choose from"),
    (CE, GOOD, {"reduction": "avg"}, ValueError, "'avg', .* 'mean', 'sum' or 'none'"),
    (CE, GOOD, {"reduction": None}, ValueError, "reduction is None"),
    (CE, GOOD, {"reduction": np.zeros(2)}, ValueError, "reduction is array"),
    (CE_BACKWARD, (LOGITS, [0, 1, 2, 3]), {}, ValueError, "cross_entropy_backward: labels holds 3"),
    (CE_BACKWARD, GOOD, {"dy": [1] * 4}, ShapeError, r"dy has shape \(4,\), but it"),
    (CE_BACKWARD, GOOD, {"dy": [1], "reduction": "none"}, ShapeError, r"be \(4,\)"),
    (CE_BACKWARD, GOOD, {"dy": "a"}, ValueError, "dy has dtype <U1"),
    (CE_BACKWARD, GOOD, {"reduction": 1}, ValueError, "_backward: reduction is 1"),
    (BCE, (TWO, TWO + 2), {}, ValueError, "binary_cross_entropy_with_logits: targets holds 2"),
    (BCE, (TWO, TWO - 1), {}, ValueError, "targets holds -1"),
    (BCE, (TWO, TWO * np.nan), {}, ValueError, "targets holds nan"),
    (BCE, (TWO, TWO[0]), {}, ShapeError, r"targets has shape \(3,\), but it must be \(2, 3\)"),
    (BCE_BACKWARD, (TWO, TWO + 2), {}, ValueError, "logits_backward: targets holds 2"),
    (L.smooth_l1_loss, (TWO, TWO), {"beta": 0}, ValueError, "smooth_l1_loss: beta is 0, but it must be"),
    (L.smooth_l1_loss, (TWO, TWO), {"beta": "a"}, ValueError, "beta is 'a'"),
    (L.smooth_l1_loss_backward, (TWO, TWO), {"beta": -1.0}, ValueError, "_backward: beta is -1.0"),
    (L.entropy, ([0.5, 0.4],), {}, ValueError, "entropy: p holds probabilities with the sum 0.9"),
    (L.entropy, ([1.5, -0.5],), {}, ValueError, "entropy: p holds -0.5"),
    (L.entropy, ([0.5, np.nan],), {}, ValueError, "entropy: p holds nan"),
    (L.entropy, (1.0,), {}, ShapeError, "entropy: p is a single number"),
    (L.entropy, (np.zeros((2, 0)),), {}, ValueError, "with the sum 0"),
    (L.entropy_backward, ([0.5, 0.4],), {}, ValueError, "entropy_backward: p holds probabilities"),
    (L.entropy_backward, ([0.5, 0.5],), {"dy": [1, 2]}, ShapeError, r"dy has shape \(2,\)"),
    (L.accuracy, (LOGITS, [0, 1, 2, 3]), {}, ValueError, "accuracy: labels holds 3"),
    (L.accuracy, (LOGITS[:0], []), {}, ValueError, "accuracy: the batch is empty"),
]  # fmt: skip
for name in ("l1_loss", "mse_loss", "smooth_l1_loss"):
    for function in of(name):
        BAD += [
            (function, (TWO, TWO[0]), {}, ShapeError, r"target has shape \(3,\), but it must be \(2, 3\)"),
            (function, ("a", TWO), {}, ValueError, f"{function.__name__}: x has dtype <U1"),
            (function, (TWO, None), {}, ValueError, "target has dtype object"),
            (function, (TWO, TWO), {"reduction": "Mean"}, ValueError, "reduction is 'Mean'"),
        ]


@pytest.mark.parametrize("function, arguments, options, error, said", BAD)
def test_bad_input_gets_a_sentence(
    function: Any, arguments: Any, options: Any, error: type, said: str
) -> None:
    with pytest.raises(error, match=said) as raised:
        function(*arguments, **options)
    assert type(raised.value) is error and str(raised.value).count("\n") < 2
