"""Every layer against its twin in PyTorch, and what must hold for all of them."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnkit import layers as L
from cnnkit.errors import ShapeError, UsageError
from cnnkit.gradcheck import gradcheck
from tests import reference
from tests.layer_cases import EXAMPLES, FAMILIES, randomised
from tests.oracle import close, configurations, needs_torch, tensor, torch

KINDS = pytest.mark.parametrize("kind", EXAMPLES)
seeds = st.integers(0, 2**32 - 1)


def example(kind: str) -> tuple[L.Layer, Any]:
    """Return a new layer of this kind with random parameters in float64, and an input for it."""
    build, shape = EXAMPLES[kind]
    rng = np.random.default_rng(5)
    return randomised(build(), rng), rng.standard_normal(shape)


def test_there_is_an_example_of_every_layer() -> None:
    containers = {"Layer", "Parallel", "Parameter", "Residual", "Sequential", "Signal"}
    assert set(EXAMPLES) == set(L.__all__) - containers


# Against PyTorch and against loops


@needs_torch
@pytest.mark.parametrize("family", FAMILIES)
@configurations
@given(data=st.data(), seed=seeds)
def test_a_layer_is_its_twin(family: str, data: Any, seed: int) -> None:
    """Three batches in training, one in evaluation: outputs, all gradients, running statistics, names."""
    case = data.draw(FAMILIES[family]())
    rng = np.random.default_rng(seed)
    ours, theirs = randomised(case.layer, rng), case.twin().double()
    state = {name: torch.tensor(array) for name, array in ours.state_dict().items()}
    assert list(state) == list(theirs.state_dict())
    theirs.load_state_dict(state)
    if family == "norms" and case.shape[0] * prod(case.shape[2:]) == 1:
        ours, theirs = ours.eval(), theirs.eval()
    for batch in range(4):
        if batch == 3:
            ours, theirs = ours.eval(), theirs.eval()
        x = rng.standard_normal(case.shape)
        x_ = tensor(x)
        y, y_ = ours(x), theirs(x_)
        assume(np.isfinite(y).all())  # a dilated window wholly in the padding
        close(y, y_)
        dy = rng.standard_normal(y.shape)
        y_.backward(torch.tensor(dy))
        close(ours.backward(dy), x_.grad)
        for (name, parameter), (name_, parameter_) in zip(
            ours.named_parameters(), theirs.named_parameters(), strict=True
        ):
            assert name == name_
            close(parameter.grad, parameter_.grad)  # the sum over all batches so far
        for name, array in theirs.state_dict().items():
            close(ours.state_dict()[name], array)


@pytest.mark.parametrize("family", FAMILIES)
@configurations
@given(data=st.data())
def test_the_shape_that_is_foretold_is_the_shape_that_comes(family: str, data: Any) -> None:
    case = data.draw(FAMILIES[family](oracle=False))
    layer = case.layer.eval()
    for shape in (case.shape, (0, *case.shape[1:])):
        y = layer(np.ones(shape, np.float32))
        assert layer.out_shape(shape) == layer.out_shape(list(shape)) == y.shape
        assert y.dtype == np.float32
        assert layer.backward(np.ones(y.shape, np.float32)).shape == shape
    signal = L.Signal.input(case.shape)
    assert layer.trace(signal, lambda *_: None).shape == layer.out_shape(case.shape)


@KINDS
@configurations
@given(data=st.data())
def test_out_shape_refuses_what_forward_refuses(kind: str, data: Any) -> None:
    """On shapes of any kind, and on those that are nearly right."""
    layer, right = EXAMPLES[kind][0]().eval(), EXAMPLES[kind][1]
    nearly = st.tuples(*(st.just(n) | st.integers(0, n + 2) for n in right))
    shape = data.draw(nearly | st.lists(st.integers(0, 4), max_size=6).map(tuple))
    try:
        foretold: Any = layer.out_shape(shape)
    except ShapeError as error:
        foretold = error
    if isinstance(foretold, tuple):
        assert layer(np.ones(shape)).shape == foretold
        assert layer.macs(shape) >= 0
    else:
        assert str(foretold).startswith(f"{kind}: ")
        with pytest.raises(ShapeError, match=f"^{kind}: "):
            layer(np.ones(shape))
        assert layer._kept is None


@pytest.mark.parametrize("family", ["convolutions", "transposed"])
@configurations
@given(data=st.data())
def test_multiply_adds_are_those_that_loops_count(family: str, data: Any) -> None:
    """Padding counts as input here, and what is cut off as output: that is what the sums run over."""
    case = data.draw(FAMILIES[family]())
    layer, axes = case.layer, len(case.shape) - 2
    assume(prod(case.shape) * prod(layer.kernel_size) < 500)
    options = {"stride": layer.stride, "dilation": layer.dilation, "groups": layer.groups}
    w = np.zeros(layer.weight.shape)
    if family == "convolutions":
        padding = layer.window(case.shape).padding
        size = [n + sum(ends) for n, ends in zip(case.shape[2:], padding, strict=True)]
        terms = reference.conv_terms(
            np.zeros((*case.shape[:2], *size)), w, borders=[(0, 0)] * axes, **options
        )
    else:
        size = [100] * axes
        terms = reference.stamps(np.zeros(case.shape), w, size, padding=[0] * axes, **options)
    assert layer.macs(case.shape) == sum(1 for _ in terms)


def test_multiply_adds_of_the_other_layers() -> None:
    assert L.Linear(3, 5).macs((2, 3)) == 2 * 3 * 5
    assert L.Linear(3, 5, bias=False).macs((2, 4, 3)) == 2 * 4 * 3 * 5
    for kind, (build, shape) in EXAMPLES.items():
        assert (build().macs(shape) > 0) == ("Conv" in kind or kind == "Linear")


@KINDS
@pytest.mark.parametrize("training", [True, False])
def test_the_gradients_are_the_slopes(kind: str, training: bool) -> None:
    layer, x = example(kind)
    layer.train(training and kind != "Dropout")

    def forward(x: Any, *values: Any) -> Any:
        for parameter, value in zip(layer.parameters(), values, strict=True):
            parameter.data = value
        return layer(x)

    def backward(dy: Any, x: Any, *values: Any) -> Any:
        layer.zero_grad()
        forward(x, *values)
        return layer.backward(dy), *(parameter.grad for parameter in layer.parameters())

    values = [parameter.data for parameter in layer.parameters()]
    assert gradcheck(forward, backward, x, *values, rng=np.random.default_rng(0)) < 1e-6


def test_dropout_passes_the_gradient_where_it_passed_the_number() -> None:
    layer, x = L.Dropout(0.4, rng=np.random.default_rng(0)), np.ones((50, 40))
    y = layer(x)
    assert set(np.unique(y)) == {0.0, 1 / 0.6}
    np.testing.assert_array_equal(layer.backward(x), y)
    assert not np.array_equal(layer(x), y)
    layer.eval()
    state = copy.deepcopy(layer.rng.bit_generator.state)
    np.testing.assert_array_equal(layer(x), x)
    np.testing.assert_array_equal(layer.backward(3 * x), 3 * x)
    assert layer.rng.bit_generator.state == state, "evaluation draws nothing"


def test_dropout_of_a_single_number() -> None:
    layer = L.Dropout(0.5, rng=np.random.default_rng(0))
    for _ in range(4):
        y = layer(np.array(1.0))
        assert layer.backward(np.array(1.0)) == y


def test_running_statistics_are_untouched_where_training_is_refused() -> None:
    layer = L.BatchNorm2d(2)
    before = layer.state_dict()
    with pytest.raises(ValueError, match="one number a channel"):
        layer(np.ones((1, 2, 1, 1)))
    assert all(np.array_equal(before[name], array) for name, array in layer.state_dict().items())
    layer(np.ones((0, 2, 3, 3)))
    np.testing.assert_array_equal(layer.running_var, before["running_var"])


def test_evaluation_leaves_the_statistics_alone_and_keeps_those_of_its_forward() -> None:
    layer, x = example("BatchNorm2d")
    dy = np.random.default_rng(1).standard_normal(x.shape)
    layer.eval()
    layer(x)
    before, dx = layer.state_dict(), layer.backward(dy)
    assert before["num_batches_tracked"] == 0
    layer.running_var = layer.running_var * 4  # as another batch in training would
    np.testing.assert_array_equal(layer.backward(dy), dx)


# What holds for all


@KINDS
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8"])
def test_precision_stays_and_the_input_too(kind: str, dtype: str) -> None:
    """In float32 all is float32; whole numbers give what the same floats give."""
    layer, shape = EXAMPLES[kind][0](), EXAMPLES[kind][1]
    x = np.arange(3 * prod(shape)).reshape(*shape[:-1], 3 * shape[-1])[..., ::3].astype(dtype)
    x = x[:, ::-1]
    x.flags.writeable = False
    before, expected = x.copy(), "float32" if dtype == "float32" else "float64"
    for mode in (True, False):
        layer.train(mode)
        y = layer(x)
        dy = np.broadcast_to(y.dtype.type(0.5), y.shape)
        assert y.dtype == layer.backward(dy).dtype == expected
        assert all(p.grad.dtype == p.data.dtype == np.float32 for p in layer.parameters())
        np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(layer(x), layer(x.astype(expected).copy()))
    np.testing.assert_array_equal(layer(x.tolist()), layer(x.astype(np.float64)))
    assert all(a.dtype == np.float32 for a in layer.state_dict().values() if a.ndim)


@KINDS
def test_backward_wants_a_forward_first(kind: str) -> None:
    layer = EXAMPLES[kind][0]()
    with pytest.raises(UsageError, match=rf"^{kind}.backward: nothing went forward yet. Call forward\(x\)"):
        layer.backward(np.ones(EXAMPLES[kind][1]))


@KINDS
def test_backward_wants_a_gradient_of_the_output_s_shape(kind: str) -> None:
    layer, x = example(kind)
    for mode in (True, False):
        y = layer.train(mode)(x)
        layer.zero_grad()
        for bad in (
            np.ones((*y.shape, 1)),
            np.ones((y.shape[0] + 1, *y.shape[1:])),
            np.ones(()),
            y * 1j,
            "dy",
        ):
            with pytest.raises(ValueError, match=r"^\w+(_backward|\.backward): dy "):
                layer.backward(bad)
        assert not any(parameter.grad.any() for parameter in layer.parameters())
        assert layer.backward(y.tolist()).shape == x.shape


@KINDS
def test_two_backwards_add_and_zero_grad_forgets(kind: str) -> None:
    layer, x = example(kind)
    dy = layer(x) + 1
    layer.backward(dy)
    once = [parameter.grad.copy() for parameter in layer.parameters()]
    layer.backward(2 * dy)
    for parameter, grad in zip(layer.parameters(), once, strict=True):
        assert grad.any()
        np.testing.assert_allclose(parameter.grad, 3 * grad, rtol=1e-12)
    layer.zero_grad()
    assert not any(parameter.grad.any() for parameter in layer.parameters())


@KINDS
@pytest.mark.parametrize("clone", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_and_pickles_go_on_alike_and_apart(kind: str, clone: Callable[[Any], Any]) -> None:
    for looked in (True, False):
        layer, x = EXAMPLES[kind][0](), example(kind)[1]
        if looked:
            layer.backward(layer(x) + 1)
        other = clone(layer)
        assert other._kept is None, "what the last forward kept stays behind"
        y, theirs = layer(x), other(x)
        np.testing.assert_array_equal(y, theirs)
        np.testing.assert_array_equal(layer.backward(y), other.backward(y))
        for ours, copied in zip(layer.parameters(), other.parameters(), strict=True):
            np.testing.assert_array_equal(ours.grad, copied.grad)
            copied.data += 1
            assert not np.array_equal(ours.data, copied.data)


@KINDS
def test_a_repr_builds_the_same_layer(kind: str) -> None:
    layer = EXAMPLES[kind][0]()
    again = eval(repr(layer), {name: getattr(L, name) for name in L.__all__})
    assert repr(again) == repr(layer)
    assert again.out_shape(EXAMPLES[kind][1]) == layer.out_shape(EXAMPLES[kind][1])


REPRS = [
    (L.Conv2d(3, 8, 3), "Conv2d(3, 8, (3, 3))"),
    (L.Conv2d(4, 8, (3, 1), stride=2, padding="same", groups=2),
     "Conv2d(4, 8, (3, 1), stride=(2, 2), padding='same', groups=2)"),
    (L.ConvTranspose1d(4, 8, 3, stride=2, padding=1, output_padding=1),
     "ConvTranspose1d(4, 8, (3,), stride=(2,), padding=(1,), output_padding=(1,))"),
    (L.MaxPool2d(3, stride=2, ceil_mode=True), "MaxPool2d((3, 3), stride=(2, 2), ceil_mode=True)"),
    (L.AvgPool1d(3, count_include_pad=False), "AvgPool1d((3,), stride=(3,), count_include_pad=False)"),
    (L.BatchNorm2d(64), "BatchNorm2d(64)"),
    (L.BatchNorm2d(64, eps=1e-3), "BatchNorm2d(64, eps=0.001)"),
    (L.LocalResponseNorm(5, k=2.0), "LocalResponseNorm(5, k=2.0)"),
    (L.Linear(120, 84), "Linear(120, 84)"),
    (L.Dropout(), "Dropout()"),
    (L.Dropout(0.2), "Dropout(p=0.2)"),
    (L.ReLU(), "ReLU()"),
    (L.Upsample(2, mode="bilinear"), "Upsample(2, mode='bilinear')"),
    (L.Linear(3, 2).weight, "Parameter(shape=(2, 3), dtype=float32)"),
]  # fmt: skip


@pytest.mark.parametrize("layer, said", REPRS)
def test_reprs_say_what_one_would_write(layer: Any, said: str) -> None:
    assert repr(layer) == said


LIKE_TORCH = [
    *("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d"),
    *("MaxPool1d", "MaxPool2d", "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d"),
    *("Linear", "BatchNorm1d", "BatchNorm2d", "LocalResponseNorm", "PReLU", "LeakyReLU", "ELU", "Dropout"),
]


@needs_torch
@pytest.mark.parametrize("name", LIKE_TORCH)
def test_arguments_may_be_given_in_pytorchs_order(name: str) -> None:
    def in_order(layer: Any) -> list[str]:
        parameters = inspect.signature(layer).parameters.values()
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    ours, theirs = in_order(getattr(L, name)), in_order(getattr(torch.nn, name))
    assert ours and ours == theirs[: len(ours)]


# Bad arguments


X = np.ones((2, 3, 4, 4))
BAD = [
    (partial(L.Conv2d, 0, 8, 3), ShapeError, "^Conv2d: in_channels is 0"),
    (partial(L.Conv1d, 3, 0, 3), ShapeError, "^Conv1d: out_channels is 0"),
    (partial(L.Conv2d, 3.0, 8, 3), ShapeError, "^Conv2d: in_channels is 3.0"),
    (partial(L.Conv2d, True, 8, 3), ShapeError, "^Conv2d: in_channels is True"),
    (partial(L.Conv2d, 3, 8, 0), ShapeError, "^Conv2d: kernel_size is 0"),
    (partial(L.Conv2d, 3, 8, (3, 3, 3)), ShapeError, r"^Conv2d: kernel_size is \(3, 3, 3\)"),
    (partial(L.Conv2d, 3, 8, "3"), ShapeError, "^Conv2d: kernel_size is '3'"),
    (partial(L.Conv2d, 3, 8, None), ShapeError, "^Conv2d: kernel_size is None"),
    (partial(L.Conv3d, 3, 8, 3, stride=0), ShapeError, "^Conv3d: stride is 0"),
    (partial(L.Conv2d, 3, 8, 3, dilation=(1, 0)), ShapeError, "^Conv2d: dilation is 0"),
    (partial(L.Conv2d, 3, 8, 3, padding=-1), ShapeError, "^Conv2d: padding is -1"),
    (partial(L.Conv2d, 3, 8, 3, padding=1.5), ShapeError, "^Conv2d: padding is 1.5"),
    (partial(L.Conv2d, 3, 8, 3, padding="smae"), ShapeError, "^Conv2d: padding is 'smae', .* 'same'"),
    (partial(L.Conv2d, 3, 8, 3, padding=(1, 1, 1)), ShapeError, r"^Conv2d: padding is \(1, 1, 1\)"),
    (partial(L.Conv2d, 3, 8, 3, groups=2), ShapeError, "^Conv2d: 3 input and 8 output channels do not split"),
    (partial(L.Conv2d, 4, 9, 3, groups=2), ShapeError, "^Conv2d: 4 input and 9 output channels do not split"),
    (partial(L.Conv2d, 4, 8, 3, groups=0), ShapeError, "^Conv2d: groups is 0"),
    (partial(L.Conv2d, 4, 8, 3, rng=7), ValueError, "^Conv2d: rng is 7, but it must be a NumPy generator"),
    (partial(L.Conv2d, 4, 8, 3, dtype="int64"), ValueError, "^Conv2d: dtype is 'int64', but weights are"),
    (partial(L.Conv2d, 4, 8, 3, dtype="nonsense"), ValueError, "^Conv2d: dtype is 'nonsense'"),
    (partial(L.ConvTranspose2d, 3, 8, 3, padding="same"), ShapeError, "^ConvTranspose2d: padding is 'same'"),
    (partial(L.ConvTranspose2d, 3, 8, 3, output_padding=1), ShapeError, "^ConvTranspose2d: output_padding"),
    (partial(L.ConvTranspose2d, 3, 8, 3, groups=2), ShapeError, "^ConvTranspose2d: 3 input"),
    (partial(L.ConvTranspose2d, 3, 8, 3, output_padding=-1), ShapeError, "output_padding is -1"),
    (partial(L.MaxPool2d, 0), ShapeError, "^MaxPool2d: kernel_size is 0"),
    (partial(L.MaxPool2d, 2, stride=0), ShapeError, "^MaxPool2d: stride is 0"),
    (partial(L.MaxPool2d, 2, stride=(2, 2, 2)), ShapeError, r"^MaxPool2d: stride is \(2, 2, 2\)"),
    (partial(L.MaxPool2d, 2, padding=2), ShapeError, "^MaxPool2d: padding is .* at most half a window"),
    (partial(L.MaxPool2d, 2, padding="same"), ShapeError, "^MaxPool2d: padding is 'same'"),
    (partial(L.MaxPool2d, 2, dilation=0), ShapeError, "^MaxPool2d: dilation is 0"),
    (partial(L.AvgPool3d, 2, padding=-1), ShapeError, "^AvgPool3d: padding is -1"),
    (partial(L.BatchNorm2d, 0), ShapeError, "^BatchNorm2d: num_features is 0"),
    (partial(L.BatchNorm1d, 3, eps=0), ValueError, "^BatchNorm1d: eps is 0"),
    (partial(L.BatchNorm1d, 3, momentum=1.5), ValueError, "^BatchNorm1d: momentum is 1.5"),
    (partial(L.BatchNorm1d, 3, momentum=None), ValueError, "^BatchNorm1d: momentum is None"),
    (partial(L.BatchNorm1d, 3, dtype=int), ValueError, "^BatchNorm1d: dtype is"),
    (partial(L.LocalResponseNorm, 0), ShapeError, "^LocalResponseNorm: size is 0"),
    (partial(L.LocalResponseNorm, 5, beta="a"), ValueError, "^LocalResponseNorm: beta is 'a'"),
    (partial(L.Linear, 0, 4), ShapeError, "^Linear: in_features is 0"),
    (partial(L.Linear, 4, -1), ShapeError, "^Linear: out_features is -1"),
    (partial(L.Linear, 4, 4, dtype=bool), ValueError, "^Linear: dtype is"),
    (partial(L.Linear, 4, 4, rng=np.random.RandomState(0)), ValueError, "^Linear: rng is"),
    (partial(L.Dropout, 1.1), ValueError, "^Dropout: p is 1.1"),
    (partial(L.Dropout, -0.1), ValueError, "^Dropout: p is -0.1"),
    (partial(L.Dropout, "half"), ValueError, "^Dropout: p is 'half'"),
    (partial(L.Dropout, 0.5, rng=0), ValueError, "^Dropout: rng is 0"),
    (partial(L.LeakyReLU, "a"), ValueError, "^LeakyReLU: negative_slope is 'a'"),
    (partial(L.ELU, float("nan")), ValueError, "^ELU: alpha is nan"),
    (partial(L.PReLU, 0), ShapeError, "^PReLU: num_parameters is 0"),
    (partial(L.PReLU, init=float("inf")), ValueError, "^PReLU: init is inf"),
    (partial(L.Softmax, 0.5), ShapeError, "^Softmax: axis is 0.5"),
    (partial(L.Softmax, None), ShapeError, "^Softmax: axis is None"),
    (partial(L.Upsample, 0), ShapeError, "^Upsample: scale_factor is 0"),
    (partial(L.Upsample, 1.5), ShapeError, "^Upsample: scale_factor is 1.5"),
    (partial(L.Upsample, (2, 0)), ShapeError, "^Upsample: scale_factor is 0"),
    (partial(L.Upsample, 2, mode="cubic"), ValueError, "^Upsample: mode is 'cubic'"),
    (partial(L.Upsample, 2, align_corners=True), ValueError, "^Upsample: align_corners is for the mode"),
    (partial(L.Conv2d(4, 8, 3), X), ShapeError, r"^Conv2d: x has shape \(2, 3, 4, 4\), .* \(N, 4, H, W\)"),
    (partial(L.Conv2d(3, 8, 3), X[0]), ShapeError, r"^Conv2d: x has shape \(3, 4, 4\), .* \(N, 3, H, W\)"),
    (partial(L.Conv2d(3, 8, 5), X), ShapeError, r"^Conv2d: the kernel spans \(5, 5\)"),
    (partial(L.ConvTranspose2d(3, 1, 1, padding=2), X), ShapeError, "^ConvTranspose2d: the output would"),
    (partial(L.MaxPool2d(5), X), ShapeError, "^MaxPool2d: the kernel spans"),
    (partial(L.MaxPool1d(2), X), ShapeError, r"^MaxPool1d: x has shape .* \(N, C, L\)"),
    (partial(L.BatchNorm2d(4), X), ShapeError, r"^BatchNorm2d: x has shape .* \(N, 4, H, W\)"),
    (partial(L.BatchNorm1d(3), X), ShapeError, r"^BatchNorm1d: .* must be \(N, 3\) or \(N, 3, L\)"),
    (partial(L.Linear(5, 2), X), ShapeError, r"^Linear: x has shape .* \(N, 5\). Is a Flatten missing"),
    (partial(L.PReLU(2), X), ShapeError, r"^PReLU: x has shape .* \(N, 2, ...\)"),
    (partial(L.Conv2d(3, 8, 3), "image"), ValueError, "^Conv2d: x has dtype <U5, but it must hold real"),
    (partial(L.Conv2d(3, 8, 3), None), ValueError, "^Conv2d: x has dtype object"),
    (partial(L.Flatten(), X * 1j), ValueError, "^Flatten: x has dtype complex128"),
    (partial(L.Identity(), [[1], [2, 3]]), ShapeError, "^Identity: x is not an array: its rows differ"),
    (partial(L.Linear(2, 2).astype, int), ValueError, "^Linear.astype: dtype is"),
    (partial(L.Layer(), X), NotImplementedError, "Layer has no forward"),
    (partial(L.Layer().backward, X), NotImplementedError, "Layer has no backward"),
]  # fmt: skip


@pytest.mark.parametrize("call, error, said", BAD)
def test_bad_arguments_get_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        call()
    assert str(caught.value).count("\n") < 2
