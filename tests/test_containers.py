"""Networks of layers: forward and back, names and states, weights that are drawn late, and misuse."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import layers as L
from cnnkit.errors import ShapeError, UsageError
from cnnkit.gradcheck import gradcheck
from cnnkit.layers.initial import he_normal, ones, xavier_uniform, zeros
from cnnkit.optim import SGD
from tests import reference
from tests.layer_cases import randomised
from tests.oracle import close, configurations, needs_torch, tensor, torch

# Nets as descriptions, from which ours and PyTorch's are built: ("conv", F), ("seq", ...), ("cat", ...),
# ("res", body, shortcut or not), ("dense", body), ("relu",), ("norm",), ("pool",). Maps keep their size.

leaves = st.one_of(
    st.tuples(st.just("conv"), st.integers(1, 3)),
    st.sampled_from([("relu",), ("norm",), ("pool",), ("tanh",)]),
)
nets = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=0, max_size=4).map(lambda parts: ("seq", *parts)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("cat", *parts)),
        leaves.map(lambda body: ("res", body)),
        inner.map(lambda body: ("res", ("seq", body))),  # with a level of names of its own
        inner.map(lambda body: ("dense", body)),
    ),
    max_leaves=8,
)


def ours(net: Any, channels: int, rng: np.random.Generator) -> tuple[L.Layer, int]:
    """Build a net that takes so many channels; also return how many come out."""
    kind, *parts = net
    if kind == "conv":
        return L.Conv2d(channels, parts[0], 3, padding=1, rng=rng), parts[0]
    if kind == "norm":
        return L.BatchNorm2d(channels), channels
    if kind == "pool":
        return L.AvgPool2d(3, stride=1, padding=1), channels
    if kind in ("relu", "tanh"):
        return {"relu": L.ReLU, "tanh": L.Tanh}[kind](), channels
    if kind == "seq":
        layers = []
        for part in parts:
            layer, channels = ours(part, channels, rng)
            layers.append(layer)
        return L.Sequential(*layers), channels
    built = [ours(part, channels, rng) for part in parts]
    if kind == "cat":
        return L.Parallel(*(layer for layer, _ in built)), sum(out for _, out in built)
    body, out = built[0]
    if kind == "dense":
        return L.Parallel({"identity": L.Identity(), "": body}), channels + out
    shortcut = None if out == channels else L.Conv2d(channels, out, 1, rng=rng)
    return L.Residual(body, shortcut), out


def theirs(net: Any, channels: int) -> tuple[Any, int]:
    """Build the same in PyTorch, straight from what each container means."""
    nn = torch.nn
    kind, *parts = net
    if kind == "conv":
        return nn.Conv2d(channels, parts[0], 3, padding=1), parts[0]
    if kind == "norm":
        return nn.BatchNorm2d(channels), channels
    if kind == "pool":
        return nn.AvgPool2d(3, stride=1, padding=1), channels
    if kind in ("relu", "tanh"):
        return {"relu": nn.ReLU, "tanh": nn.Tanh}[kind](), channels
    if kind == "seq":
        layers = []
        for part in parts:
            layer, channels = theirs(part, channels)
            layers.append(layer)
        return nn.Sequential(*layers), channels
    built = [theirs(part, channels) for part in parts]

    class Join(nn.ModuleList):  # a list of modules, with names as in a sequence
        def forward(self, x: Any) -> Any:
            return torch.cat([layer(x) for layer in self], dim=1)

    if kind == "cat":
        return Join([layer for layer, _ in built]), sum(out for _, out in built)
    body, out = built[0]

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body
            if kind == "res" and out != channels:
                self.downsample = nn.Conv2d(channels, out, 1)

        def forward(self, x: Any) -> Any:
            if kind == "dense":
                return torch.cat([x, self.body(x)], dim=1)
            return self.body(x) + (self.downsample(x) if hasattr(self, "downsample") else x)

    return Around(), channels + out if kind == "dense" else out


@needs_torch
@configurations
@given(net=nets, seed=st.integers(0, 2**32 - 1))
def test_nested_networks_are_their_twins(net: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    (mine, out), (twin, _) = ours(net, 2, rng), theirs(net, 2)
    mine, twin = randomised(mine, rng), twin.double()
    names = [name.replace("body.", "") for name in twin.state_dict()]
    assert list(mine.state_dict()) == names
    arrays = map(torch.tensor, mine.state_dict().values())
    twin.load_state_dict(dict(zip(twin.state_dict(), arrays, strict=True)))
    for training in (True, True, False):
        mine.train(training)
        twin.train(training)
        x = rng.standard_normal((2, 2, 3, 2))
        assert mine.out_shape(x.shape) == (2, out, 3, 2)
        x_ = tensor(x)
        y, y_ = mine(x), twin(x_)
        close(y, y_)
        dy = rng.standard_normal(y.shape)
        y_.backward(torch.tensor(dy)) if y_.requires_grad else None
        close(mine.backward(dy), x_.grad)
        for p, p_ in zip(mine.parameters(), twin.parameters(), strict=True):
            close(p.grad, p_.grad)
        for array, array_ in zip(mine.state_dict().values(), twin.state_dict().values(), strict=True):
            close(array, array_)


@configurations
@given(net=nets)
def test_what_goes_for_layers_goes_for_networks(net: Any) -> None:
    """Sizes, counts, copies and float32, on the same random nets."""
    built, _ = ours(net, 2, np.random.default_rng(0))
    shape, macs = (2, 2, 3, 2), []
    built.trace(L.Signal.input(shape), lambda _, layer, x, y: macs.append(layer.macs(x.shape)))
    assert built.macs(shape) == sum(macs) == multiply_adds(built, np.zeros(shape))
    built.eval()
    x = np.ones(shape, np.float32)
    y = built(x)
    assert y.dtype == built.backward(y).dtype == np.float32
    assert built(np.ones((0, *shape[1:]))).shape == (0, *y.shape[1:])
    assert all(p.grad.dtype == np.float32 for p in built.parameters())
    for other in (copy.deepcopy(built), pickle.loads(pickle.dumps(built))):
        np.testing.assert_array_equal(other(x), built(x))
        assert list(other.state_dict()) == list(built.state_dict())
        assert not {id(p) for p in other.parameters()} & {id(p) for p in built.parameters()}


def multiply_adds(net: L.Layer, x: Any) -> int:
    """Count with loops the products in all convolutions, padding included, while numbers flow."""
    count = 0
    convolutions = [layer for _, layer in net.named_layers() if isinstance(layer, L.Conv2d)]
    net.eval()(x)
    for layer in convolutions:
        p = layer.padding
        padded = np.pad(layer._kept, [(0, 0), (0, 0), (p, p), (p, p)])
        options = {"stride": layer.stride, "borders": [(0, 0)] * 2, "dilation": layer.dilation}
        count += sum(1 for _ in reference.conv_terms(padded, layer.weight.data, groups=1, **options))
    return count


def small(seed: int = 0) -> L.Sequential:
    """Return a network with one of everything that holds or joins."""
    rng = np.random.default_rng(seed)
    body = L.Sequential(L.Conv2d(3, 3, 3, padding=1, rng=rng), L.BatchNorm2d(3), L.PReLU())
    return L.Sequential(
        {
            "stem": L.Conv2d(1, 3, 3, padding=1, rng=rng),
            "block": L.Residual(body, L.Conv2d(3, 3, 1, rng=rng)),
            "branches": L.Parallel({"identity": L.Identity(), "": L.Sequential(L.Conv2d(3, 2, 1, rng=rng))}),
            "head": L.Sequential(L.Dropout(0.5, rng=rng), L.Flatten(), L.Linear(5 * 4, 2, rng=rng)),
        }
    )


NAMES = [
    "stem.weight", "stem.bias",
    "block.0.weight", "block.0.bias",
    "block.1.weight", "block.1.bias",
    "block.1.running_mean", "block.1.running_var", "block.1.num_batches_tracked",
    "block.2.weight",
    "block.downsample.weight", "block.downsample.bias",
    "branches.0.weight", "branches.0.bias",
    "head.2.weight", "head.2.bias",
]  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
def test_the_gradients_of_a_network_are_its_slopes(training: bool) -> None:
    net = randomised(small(), np.random.default_rng(3)).train(training)
    net["head"][0].eval()  # dropout would draw anew each time

    def forward(x: Any, *values: Any) -> Any:
        for parameter, value in zip(net.parameters(), values, strict=True):
            parameter.data = value
        return net(x)

    def backward(dy: Any, x: Any, *values: Any) -> Any:
        net.zero_grad()
        forward(x, *values)
        return net.backward(dy), *(parameter.grad for parameter in net.parameters())

    values = [parameter.data for parameter in net.parameters()]
    x = np.random.default_rng(4).standard_normal((3, 1, 2, 2))
    assert gradcheck(forward, backward, x, *values, rng=np.random.default_rng(5)) < 1e-6


# The tree


def test_names_and_ways_into_a_network() -> None:
    net = small()
    assert list(net.state_dict()) == NAMES
    kept = [name for name in NAMES if "running" not in name and "num_" not in name]
    assert [name for name, _ in net.named_parameters()] == kept
    assert net["stem"] is net[0] and net["head"][-1] is list(net["head"])[2] and len(net) == 4
    paths = [path for path, _ in net.named_layers()]
    assert paths[:6] == ["", "stem", "block", "block", "block.0", "block.1"]
    assert net.parameters()[0] is net["stem"].weight
    assert sum(p.size for p in net.parameters()) == sum(net.state_dict()[name].size for name in kept)
    with pytest.raises(KeyError):
        net["tail"]
    with pytest.raises(IndexError):
        net[4]


def test_train_and_eval_reach_every_layer() -> None:
    net = small()
    assert net.training
    assert net.eval() is net and not any(layer.training for _, layer in net.named_layers())
    assert net.train() is net and all(layer.training for _, layer in net.named_layers())
    net.train(False)
    assert not net["head"][0].training
    x = np.ones((2, 1, 2, 2))
    np.testing.assert_array_equal(net(x), net(x))


def test_a_parameter_in_two_layers_is_one_parameter() -> None:
    net = L.Sequential(L.Linear(3, 3), L.Linear(3, 3))
    net[1].weight = net[0].weight
    assert len(net.parameters()) == 3
    x = np.ones((2, 3))
    net.backward(net(x))
    assert net[0].weight.grad.any()


def test_a_network_prints_as_a_tree() -> None:
    net = L.Sequential({"body": L.Residual(L.Sequential(L.Linear(2, 2), L.ReLU())), "head": L.Linear(2, 1)})
    assert repr(net).splitlines() == [
        "Sequential(",
        "  body: Residual(",
        "    : Sequential(",
        "      0: Linear(2, 2)",
        "      1: ReLU()",
        "    )",
        "  )",
        "  head: Linear(2, 1)",
        ")",
    ]
    assert repr(L.Sequential()) == "Sequential()"


def test_a_layer_of_one_s_own_takes_part() -> None:
    class Twice(L.Layer):
        def __init__(self, size: int) -> None:
            self.inner = L.Linear(size, size)
            self.scale = L.Parameter((1,), ones, np.random.default_rng(0))

        def forward(self, x: Any) -> Any:
            self._kept = y = self.inner(x)
            return y * self.scale.data

        def backward(self, dy: Any) -> Any:
            self.scale.add_grad(np.array([np.sum(dy * self.recall())]))
            return self.inner.backward(dy * self.scale.data)

    net = L.Sequential(Twice(3), L.ReLU())
    assert list(net.state_dict()) == ["0.scale", "0.inner.weight", "0.inner.bias"]
    net.backward(net(np.ones((2, 3))))
    assert repr(net[0]) == "Twice(\n  inner: Linear(3, 3)\n)"


# States


def test_a_state_goes_round_and_shares_nothing() -> None:
    first, second = small(1), small(2)
    x = np.random.default_rng(0).standard_normal((4, 1, 2, 2))
    first(x)  # moves the running statistics
    state = first.state_dict()
    second.load_state_dict(state)
    np.testing.assert_array_equal(first.eval()(x), second.eval()(x))
    assert second["block"].body[1].num_batches_tracked == 1
    for array in state.values():
        array[...] = 0
    assert all(array.any() for name, array in second.state_dict().items() if name.endswith("weight"))
    for (name, a), b in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)
        assert isinstance(a, np.ndarray) and a.dtype == b.dtype and not np.shares_memory(a, b), name
    again, held = first.state_dict(), first.parameters()[0].data
    assert not any(np.shares_memory(array, held) for array in again.values())


def test_a_state_comes_in_the_precision_of_the_network() -> None:
    net = small()
    net.load_state_dict({name: array.astype(np.float64) for name, array in net.state_dict().items()})
    assert {str(array.dtype) for array in net.state_dict().values()} == {"float32", "int64"}
    net.astype("float64")
    assert {str(array.dtype) for array in net.state_dict().values()} == {"float64", "int64"}
    assert all(p.dtype == p.grad.dtype == np.float64 for p in net.parameters())


@needs_torch
def test_a_state_may_hold_tensors() -> None:
    net, twin = L.Linear(3, 2), torch.nn.Linear(3, 2)
    net.load_state_dict({name: value.detach() for name, value in twin.state_dict().items()})
    np.testing.assert_array_equal(net.weight.data, twin.weight.detach().numpy())


def spoilt(**changes: Any) -> dict[str, Any]:
    """Return a state of `small` with some arrays changed, added or, where None, left out."""
    state = small(9).state_dict() | changes
    return {name: array for name, array in state.items() if array is not None}


MISFITS = [
    (spoilt(**{"head.2.bias": None}), UsageError, "^load_state_dict: missing: head.2.bias.\nIs it the state"),
    (spoilt(extra=np.ones(1)), UsageError, "^load_state_dict: left over: extra.\nIs it the state of another"),
    (spoilt(**{"head.2.bias": np.ones(3)}), UsageError, r"shape: head.2.bias \(3,\) instead of \(2,\)"),
    (spoilt(**{"block.1.running_var": np.ones(())}), UsageError, r"running_var \(\) instead of \(3,\)"),
    (spoilt(**{"head.2.bias": None, "head.2.bais": np.ones(2), "stem.bias": np.ones(1)}), UsageError,
     "missing: head.2.bias; left over: head.2.bais; wrong shape: stem.bias"),
    ({}, UsageError, "missing: stem.weight, stem.bias, block.0.weight, and 13 more"),
    (spoilt(**{"head.2.bias": np.array(["a", "b"])}), ValueError, "^load_state_dict: head.2.bias has dtype"),
    (spoilt(**{"head.2.bias": [[1], [2, 3]]}), ShapeError, "^load_state_dict: head.2.bias is not an array"),
    ([1, 2], UsageError, r"^load_state_dict: \[1, 2\] is no state"),
    (None, UsageError, "^load_state_dict: None is no state"),
]  # fmt: skip


@pytest.mark.parametrize("state, error, said", MISFITS)
def test_a_state_that_does_not_fit_changes_nothing(state: Any, error: type, said: str) -> None:
    net = small()
    before = net.state_dict()
    with pytest.raises(error, match=said) as caught:
        net.load_state_dict(state)
    assert str(caught.value).count("\n") < 2
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


# Weights are drawn when they are looked at


def test_the_same_seed_gives_the_same_weights_in_whatever_order_one_looks() -> None:
    forward, backward = small(4), small(4)
    for parameter in reversed(backward.parameters()):
        parameter.data  # noqa: B018
    for a, b in zip(forward.parameters(), backward.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)
    other = small(5)
    assert not np.array_equal(forward["stem"].weight.data, other["stem"].weight.data)
    alike = L.Sequential(*(L.Linear(4, 4, rng=rng) for rng in [np.random.default_rng(0)] * 3))
    assert len({layer.weight.data.tobytes() for layer in alike}) == 3
    assert not np.array_equal(L.Linear(4, 4).weight.data, L.Linear(4, 4).weight.data)


def test_a_network_too_large_to_draw_can_be_built_counted_and_copied() -> None:
    net = L.Sequential(L.Linear(10**6, 10**6), L.Residual(L.Linear(10**6, 10**6)))
    assert sum(p.size for p in net.parameters()) == 2 * (10**12 + 10**6)
    assert net.out_shape((3, 10**6)) == (3, 10**6) and net.macs((1, 10**6)) == 2 * 10**12
    for other in (net, copy.deepcopy(net), pickle.loads(pickle.dumps(net.astype(np.float64)))):
        other.train().zero_grad()
        assert "Linear(1000000, 1000000)" in repr(other)
        assert not any("data" in vars(p) for p in other.parameters())


def test_loading_draws_nothing() -> None:
    def drawn(shape: Any, rng: Any) -> Any:
        raise AssertionError("weights were drawn")

    net, state = small(), small(7).state_dict()
    for parameter in net.parameters():
        parameter._init = drawn
    net.load_state_dict(state)
    np.testing.assert_array_equal(net["stem"].weight.data, state["stem.weight"])


def test_precision_does_not_show_when_a_weight_was_drawn() -> None:
    early, late = L.Linear(5, 4, rng=np.random.default_rng(0)), L.Linear(5, 4, rng=np.random.default_rng(0))
    early.weight.data  # noqa: B018
    np.testing.assert_array_equal(early.astype("float64").weight.data, late.astype("float64").weight.data)


def test_copies_of_a_network_whose_weights_nobody_has_seen_draw_the_same() -> None:
    net = small()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        for a, b in zip(net.parameters(), other.parameters(), strict=True):
            np.testing.assert_array_equal(a.data, b.data)


def test_a_pickled_training_goes_on_as_if_never_stopped() -> None:
    x, dy = np.random.default_rng(0).standard_normal((4, 1, 2, 2)), np.ones((4, 2))
    net = small()
    optimizer = SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step(net: Any, optimizer: Any) -> None:
        optimizer.zero_grad()
        net(x)
        net.backward(dy)
        optimizer.step()

    step(net, optimizer)
    other, others = pickle.loads(pickle.dumps((net, optimizer)))
    for pair in ((net, optimizer), (other, others)):
        step(*pair)
        step(*pair)
    for a, b in zip(net.state_dict().values(), other.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(400, 300), (64, 32, 3, 3), (50, 20, 5)])
def test_first_weights_have_the_size_that_keeps_a_signal_s_strength(shape: tuple[int, ...]) -> None:
    taps = int(np.prod(shape[2:]))
    he = he_normal(shape, np.random.default_rng(0))
    assert abs(he.std() / np.sqrt(2 / (shape[1] * taps)) - 1) < 0.05 and abs(he.mean()) < 0.01
    xavier = xavier_uniform(shape, np.random.default_rng(0))
    limit = np.sqrt(6 / (taps * (shape[0] + shape[1])))
    assert 0.98 * limit < abs(xavier).max() <= limit
    assert abs(xavier.std() / (limit / np.sqrt(3)) - 1) < 0.05
    layer = L.Linear(300, 400, rng=np.random.default_rng(0))
    assert abs(layer.weight.data.std() / np.sqrt(2 / 300) - 1) < 0.02 and not layer.bias.data.any()


# Parameters


def test_numpy_takes_a_parameter_for_its_array() -> None:
    weight = L.Linear(3, 2).weight
    assert np.asarray(weight) is weight.data
    assert np.asarray(weight, dtype="float64").dtype == np.float64
    copied = np.array(weight)
    assert not np.shares_memory(copied, weight.data)
    np.testing.assert_array_equal(np.abs(weight), np.abs(weight.data))


def test_a_gradient_is_a_copy_of_one_s_own_in_the_parameter_s_precision() -> None:
    p = L.Parameter((2,), zeros, np.random.default_rng(0))
    found = np.array([1.0, 2.0], np.float32)
    p.add_grad(found)
    found[:] = 7
    np.testing.assert_array_equal(p.grad, [1, 2])
    p.add_grad(np.array([0.5, 0.5]))
    assert p.grad.dtype == np.float32 and p.grad.tolist() == [1.5, 2.5]
    p.grad *= 2  # as when gradients are clipped
    assert p.grad.tolist() == [3, 5]
    p.grad = None
    assert p.grad.tolist() == [0, 0]


def test_data_can_be_changed_in_place_even_if_it_came_read_only() -> None:
    p = L.Parameter((2,), zeros, np.random.default_rng(0))
    p.data = np.broadcast_to(np.float32(1), (2,))
    p.data += 1
    p.data[0] = 5
    assert p.data.tolist() == [5, 2] and p.data.dtype == np.float32


def bad_draw() -> Any:
    return L.Parameter((2, 3), lambda shape, rng: np.ones(3), np.random.default_rng(0)).data


layer, twice = L.Linear(3, 2), L.ReLU()
BAD = [
    (partial(setattr, layer, "weight", np.ones((2, 3))), UsageError,
     r"^Linear.weight is a Parameter. Write .weight.data = ... instead."),
    (partial(setattr, layer, "bias", [1, 2]), UsageError, r"^Linear.bias is a Parameter"),
    (partial(setattr, layer.weight, "data", np.ones((3, 2))), ShapeError, r"data has shape .* \(2, 3\)"),
    (partial(setattr, layer.weight, "data", "a"), ValueError, "^Parameter: data has dtype"),
    (partial(setattr, layer.weight, "grad", np.ones(3)), ShapeError, r"^Parameter: grad has shape \(3,\)"),
    (partial(layer.weight.add_grad, np.ones(3)), ShapeError, r"^Parameter: the gradient has shape \(3,\)"),
    (partial(layer.weight.astype, "int8"), ValueError, "dtype is 'int8'"),
    (bad_draw, ShapeError, r"^Parameter: what init returns has shape \(3,\), but it must be \(2, 3\)"),
    (partial(L.Parameter, (2,), zeros, 0), ValueError, "^Parameter: rng is 0"),
    (partial(L.Sequential, L.ReLU), UsageError, r"^Sequential: ReLU is a class, .* brackets: ReLU\(\)\?"),
    (partial(L.Parallel, L.Conv2d), UsageError, r"^Parallel: Conv2d is a class, .* brackets"),
    (partial(L.Residual, L.ReLU), UsageError, r"^Residual: ReLU is a class"),
    (partial(L.Residual, L.ReLU(), L.Linear), UsageError, r"^Residual: Linear is a class"),
    (partial(L.Sequential, {"a": L.ReLU}), UsageError, r"^Sequential: ReLU is a class"),
    (partial(L.Sequential, [L.ReLU(), L.Tanh()]), UsageError, r"^Sequential: \[.*Sequential\(\*layers\)"),
    (partial(L.Sequential, np.tanh), UsageError, "^Sequential: <ufunc 'tanh'> is not a layer"),
    (partial(L.Sequential, L.ReLU(), None), UsageError, "^Sequential: None is not a layer"),
    (partial(L.Sequential, {0: L.ReLU()}), UsageError, "^Sequential: 0 is no name of a layer."),
    (partial(L.Parallel), UsageError, "^Parallel: there are no branches"),
    (partial(L.Parallel, {}), UsageError, "^Parallel: there are no branches"),
    (partial(L.Sequential, twice, twice), UsageError, "^Sequential: the same layer stands in two places"),
    (partial(L.Parallel, twice, L.Sequential(twice)), UsageError, "^Parallel: the same layer stands in two"),
    (partial(L.Residual, twice, twice), UsageError, "^Residual: the same layer stands in two places"),
    (partial(L.Residual, L.Sequential({"downsample": L.Linear(2, 2)}), L.Linear(2, 2)), UsageError,
     "^Residual: two layers would be called 'downsample.weight' in the state"),
    (partial(L.Parallel, {"": L.Sequential(L.Linear(1, 1)), "0": L.Linear(1, 1)}), UsageError,
     "^Parallel: two layers would be called '0.weight'"),
    (partial(L.Parallel(L.Linear(3, 2), L.Flatten()), np.ones((2, 3, 3))), ShapeError,
     r"^Parallel: the branches give \(2, 3, 2\), \(2, 9\), which do not fit"),
    (partial(L.Parallel(L.Identity(), L.Conv2d(1, 1, 3)), np.ones((1, 1, 4, 4))), ShapeError,
     r"^Parallel: the branches give \(1, 1, 4, 4\), \(1, 1, 2, 2\)"),
    (partial(L.Parallel(L.Identity(), L.Conv2d(1, 1, 3)).out_shape, (1, 1, 4, 4)), ShapeError, "^Parallel: "),
    (partial(L.Parallel(L.Identity()), np.ones(3)), ShapeError, r"^Parallel: the branches give \(3,\)"),
    (partial(L.Residual(L.Linear(3, 2)), np.ones((1, 3))), ShapeError,
     r"^Residual: the body gives \(1, 2\) but the shortcut \(1, 3\). Give downsample"),
    (partial(L.Residual(L.Linear(3, 2)).out_shape, (1, 3)), ShapeError, "^Residual: the body gives"),
    (partial(L.Sequential(L.ReLU(), L.Linear(3, 2)), np.ones((1, 4))), ShapeError, "^Linear: x has shape"),
    (partial(L.Sequential(L.ReLU()), "x"), ValueError, "^Sequential: x has dtype"),
    (partial(small().backward, np.ones((1, 2))), UsageError, "^Linear.backward: nothing went forward yet"),
    (partial(L.Parallel(L.ReLU()).backward, np.ones((1, 2))), UsageError, "^Parallel.backward: nothing went"),
    (partial(L.Residual(L.ReLU()).backward, np.ones((1, 2))), UsageError, "^Residual.backward: nothing went"),
]  # fmt: skip


@pytest.mark.parametrize("call, error, said", BAD)
def test_misuse_gets_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        call()
    assert str(caught.value).count("\n") < 2


@pytest.mark.parametrize(
    "make", [lambda: L.Parallel(L.Identity(), L.ReLU()), lambda: L.Residual(L.Identity())]
)
def test_where_branches_meet_the_gradient_must_have_the_output_s_shape(make: Any) -> None:
    net = make()
    y = net(np.ones((2, 3, 2)))
    for bad in (y[:, :-1], y[0], np.ones(()), np.ones((1, *y.shape[1:]))):
        with pytest.raises(ShapeError, match=r"^(Parallel|Residual)\.backward: dy has shape"):
            net.backward(bad)


def test_a_container_keeps_a_dictionary_of_its_own() -> None:
    given = {"a": L.ReLU()}
    net = L.Sequential(given)
    given["b"] = L.ReLU()
    assert len(net) == 1


def test_an_empty_sequence_passes_everything_on() -> None:
    net, x = L.Sequential(), np.ones((2, 3))
    np.testing.assert_array_equal(net.backward(net(x)), x)
    assert net.out_shape((2, 3)) == (2, 3) and net.macs((2, 3)) == 0 and net.state_dict() == {}
