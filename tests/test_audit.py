"""The audit: totals that are known, rows that agree with what really flows, and how it is shown."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cnnkit import models
from cnnkit.audit import Audit, audit
from cnnkit.errors import ShapeError, UsageError
from cnnkit.layers import (
    AvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Parallel,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Upsample,
)
from tests.oracle import configurations
from tests.stacks import CHANNELS, stacks

IMAGENET = (1, 3, 224, 224)


def head(*features: int) -> Sequential:
    """Return dense layers with ReLU and dropout between them."""
    layers: list[Layer] = [Flatten()]
    for inputs, outputs in pairwise(features):
        layers += [Linear(inputs, outputs), ReLU(), Dropout()]
    return Sequential(*layers[:-2])


def vgg16() -> Sequential:
    layers: list[Layer] = []
    channels = 3
    for width, count in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(count):
            layers += [Conv2d(channels, width, 3, padding=1), ReLU()]
            channels = width
        layers += [MaxPool2d(2)]
    return Sequential({"features": Sequential(*layers), "classifier": head(512 * 49, 4096, 4096, 1000)})


def alexnet(groups: int = 1) -> Sequential:
    features = Sequential(
        *[Conv2d(3, 96, 11, stride=4), ReLU(), MaxPool2d(3, stride=2)],
        *[Conv2d(96, 256, 5, padding=2, groups=groups), ReLU(), MaxPool2d(3, stride=2)],
        *[Conv2d(256, 384, 3, padding=1), ReLU()],
        *[Conv2d(384, 384, 3, padding=1, groups=groups), ReLU()],
        *[Conv2d(384, 256, 3, padding=1, groups=groups), ReLU(), MaxPool2d(3, stride=2)],
    )
    return Sequential({"features": features, "classifier": head(256 * 36, 4096, 4096, 1000)})


def lenet5() -> Sequential:
    features = [
        Conv2d(1, 6, 5, padding=2),
        Sigmoid(),
        AvgPool2d(2),
        Conv2d(6, 16, 5),
        Sigmoid(),
        AvgPool2d(2),
    ]
    return Sequential(*features, Flatten(), Linear(400, 120), Linear(120, 84), Linear(84, 10))


# Totals that are known

KNOWN = [
    (lenet5, (1, 1, 28, 28), 61_706, 416_520),
    (alexnet, (1, 3, 227, 227), 62_378_344, 1_135_256_096),
    (lambda: alexnet(groups=2), (1, 3, 227, 227), 60_965_224, 724_406_816),
    (vgg16, IMAGENET, 138_357_544, 15_470_264_320),
]


@pytest.mark.parametrize("build, shape, parameters, macs", KNOWN)
def test_parameters_and_multiply_adds_are_the_known_ones(
    build: Any, shape: Any, parameters: int, macs: int
) -> None:
    table = audit(build(), shape)
    assert (table.parameters, table.macs) == (parameters, macs)
    assert table.weight_bytes == 4 * parameters and table.elsewhere == 0


def test_vgg_16_takes_61_megabytes_with_its_input() -> None:
    table = audit(vgg16(), IMAGENET)
    outputs = sum(row.activation_bytes for row in table.rows[1:])
    assert round(table.activation_bytes / 1e6, 2) == 60.95
    assert round(outputs / 1e6, 2) == 60.35
    assert table.rows[0].activation_bytes == 4 * 3 * 224 * 224
    assert "138,357,544 parameters of float32 take 553.43 MB." in str(table)
    assert "60.95 MB, or 60.35 MB without the input." in str(table)


@pytest.mark.parametrize(
    "net, shape, name, size, stride",
    [
        (alexnet(), (1, 3, 227, 227), "features.12", 195, 32),
        (vgg16(), IMAGENET, "features.30", 212, 32),
        (lenet5(), (1, 1, 28, 28), "5", 16, 4),
        (Sequential(Conv2d(1, 1, 3, stride=2), Conv2d(1, 1, 3, stride=2)), (1, 1, 9, 9), "1", 7, 4),
    ],
)
def test_receptive_fields_are_the_known_ones(net: Any, shape: Any, name: str, size: int, stride: int) -> None:
    (row,) = [row for row in audit(net, shape).rows if row.name == name]
    assert {(field.size, field.stride) for field in row.field} == {(size, stride)}


def test_no_weight_is_drawn() -> None:
    def init(shape: Any, rng: Any) -> Any:
        raise AssertionError("a weight was drawn")

    net = alexnet()
    for parameter in net.parameters():
        parameter._init = init
    table = audit(net, (1, 3, 227, 227))
    assert str(table) and table._repr_html_() and table.to_dict() and net.summary((1, 3, 227, 227))
    assert all(parameter._data is None and parameter._grad is None for parameter in net.parameters())


@pytest.mark.parametrize("name", models.__all__)
def test_every_network_is_audited_to_its_last_score(name: str) -> None:
    net = getattr(models, name)().eval()
    shape = {"lenet5": (1, 1, 28, 28), "alexnet": (1, 3, 227, 227)}.get(name, IMAGENET)
    table = audit(net, (1, 3, 32, 32) if name.startswith("mini") else shape)
    assert table.parameters + table.elsewhere == sum(parameter.size for parameter in net.parameters())
    assert table.macs == net.macs(table.rows[0].shape)
    assert table.rows[-1].shape == net.out_shape(table.rows[0].shape)
    assert all(parameter._data is None for parameter in net.parameters())


def test_where_branches_meet_there_is_a_row_with_their_common_field() -> None:
    rows = {(row.name, row.kind): row for row in audit(models.resnet18(), IMAGENET).rows}
    field = {(axis.size, axis.stride) for axis in rows["layer4.1", "Residual"].field}
    assert field == {(435, 32)}
    assert rows["layer4.1", "Residual"].shape == (1, 512, 7, 7)


# Rows against what really flows


@configurations
@given(stacks(2, max_pools=True))
def test_shapes_and_bytes_are_those_of_a_real_forward_pass(net: Layer) -> None:
    shape = (2, CHANNELS, 17, 19)
    flowed: dict[tuple[str, str], Any] = {("input", ""): np.ones(shape)}
    for path, layer in net.named_layers():
        if not isinstance(layer, Sequential):
            layer.forward = noting(flowed, (path, type(layer).__name__), layer.forward)  # type: ignore[method-assign]
    try:
        table = audit(net, shape)
    except ShapeError:
        with pytest.raises(ShapeError):
            net(np.ones(shape))
        return
    net(np.ones(shape))
    assert [(row.name, row.kind) for row in table.rows] == list(flowed)
    for row, y in zip(table.rows, flowed.values(), strict=True):
        assert row.shape == y.shape
        memory = 0 if row.kind in OVERWRITING else y.size * table.dtype.itemsize
        assert row.activation_bytes == memory


OVERWRITING = ("ReLU", "Identity", "Parallel", "Residual")


def noting(flowed: dict[tuple[str, str], Any], key: tuple[str, str], forward: Any) -> Any:
    def forward_and_note(x: Any) -> Any:
        flowed[key] = forward(x)
        return flowed[key]

    return forward_and_note


def test_macs_are_multiplications_counted_one_by_one() -> None:
    net = Sequential(Conv2d(4, 6, (3, 2), stride=(2, 1), padding=1, groups=2), Flatten(), Linear(192, 5))
    count = 0
    for _ in range(2):  # examples
        for _ in range(6):  # output channels
            for _ in range(4 * 8):  # places
                count += 2 * 3 * 2  # channels of the group, taps
        count += 192 * 5
    assert audit(net, (2, 4, 7, 7)).macs == count


def test_a_batch_multiplies_activations_and_work_but_not_weights() -> None:
    one, five = audit(lenet5(), (1, 1, 28, 28)), audit(lenet5(), (5, 1, 28, 28))
    assert five.macs == 5 * one.macs and five.activation_bytes == 5 * one.activation_bytes
    assert five.parameters == one.parameters and five.weight_bytes == one.weight_bytes


@pytest.mark.parametrize("dtype, itemsize", [("float16", 2), ("float32", 4), ("float64", 8)])
def test_bytes_follow_the_precision_of_the_weights(dtype: str, itemsize: int) -> None:
    table = audit(Conv2d(1, 1, 3, dtype=dtype), (1, 1, 5, 5))
    assert [row.activation_bytes for row in table.rows] == [25 * itemsize, 9 * itemsize]
    assert table.weight_bytes == 10 * itemsize and table.dtype == dtype


def test_without_weights_numbers_have_four_bytes() -> None:
    table = audit(MaxPool2d(2), (1, 1, 4, 4))
    assert (table.activation_bytes, table.weight_bytes, table.parameters) == (4 * 20, 0, 0)


class Detour(Layer):
    """Passes on what it gets; what it holds is for training only."""

    def __init__(self) -> None:
        self.aside = Linear(3, 2)


def test_parameters_beside_the_way_are_told_of_apart() -> None:
    class WithAuxiliary(Sequential):
        def children(self) -> dict[str, Layer]:
            return super().children() | {"aux": Linear(3, 2)}

    table = audit(WithAuxiliary(Linear(3, 4)), (1, 3))
    assert (table.parameters, table.elsewhere) == (16, 8)
    assert "that this input does not pass: 8 parameters." in str(table)
    assert audit(Detour(), (1, 3)).parameters == 8  # a plain layer counts with all that it holds


# How it is shown

NET = Sequential(
    {
        "<conv>": Conv2d(1, 8, (5, 3), stride=(2, 1)),
        "relu": ReLU(),
        "both": Parallel({"a": Conv2d(8, 1000, 1), "b": Residual(Conv2d(8, 8, 3, padding=1))}),
        "up": Upsample(2),
    }
)


HEAD = "name kind output shape parameters MACs bytes field stride start"


def test_the_text_is_aligned_and_numbers_have_thousands() -> None:
    lines = str(audit(NET, (1, 1, 9, 9))).splitlines()
    table = lines[:12]
    assert table[0].split() == HEAD.split()
    assert len({len(line) for line in table[:-1]}) == 1
    assert [" ".join(line.split()) for line in table[2:-2]] == [
        "input (1, 1, 9, 9) 0 0 324 1 1 0",
        "<conv> Conv2d (1, 8, 3, 7) 128 2,520 672 5 x 3 2 x 1 0",
        "relu ReLU (1, 8, 3, 7) 0 0 0 5 x 3 2 x 1 0",
        "both.a Conv2d (1, 1000, 3, 7) 9,000 168,000 84,000 5 x 3 2 x 1 0",
        "both.b Conv2d (1, 8, 3, 7) 584 12,096 672 9 x 5 2 x 1 -2 x -1",
        "both.b Residual (1, 8, 3, 7) 0 0 0 9 x 5 2 x 1 -2 x -1",
        "both Parallel (1, 1008, 3, 7) 0 0 0 9 x 5 2 x 1 -2 x -1",
        "up Upsample (1, 1008, 6, 14) 0 0 338,688 - - -",
    ]
    assert table[11].split() == ["total", *[f"{n:,}" for n in totals(audit(NET, (1, 1, 9, 9)))]]
    ends = {
        table[row].index(number) + len(number) for row, number in [(3, "672"), (5, "84,000"), (9, "338,688")]
    }
    assert len(ends) == 1


def totals(table: Audit) -> list[int]:
    return [table.parameters, table.macs, table.activation_bytes]


class Seen(HTMLParser):
    """Notes tags, attributes and texts, and sees that all is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[tuple[str, str | None, str]] = []
        self.caption = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        if tag in ("th", "td"):
            self.cells.append((tag, dict(attrs).get("scope"), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("th", "td"):
            tag, scope, text = self.cells[-1]
            self.cells[-1] = (tag, scope, text + data)
        elif self.open and self.open[-1] == "caption":
            self.caption += data


def test_the_html_table_has_a_caption_and_headers_with_a_scope() -> None:
    table = audit(NET, (1, 1, 9, 9))
    seen = Seen()
    seen.feed(table._repr_html_())
    assert seen.open == [] and seen.caption == table.in_words()
    rows = [seen.cells[start : start + 9] for start in range(0, len(seen.cells), 9)]
    assert [cell[:2] for cell in rows[0]] == [("th", "col")] * 9
    for row in rows[1:]:
        assert [cell[:2] for cell in row] == [("th", "row")] + [("td", None)] * 8
    assert rows[2][0][2] == "<conv>" and "<conv>" not in table._repr_html_()
    assert [[text for _, _, text in row] for row in rows[1:-1]] == [list(row.cells()) for row in table.rows]


def test_the_dictionary_goes_through_json_and_says_the_same() -> None:
    table = audit(NET, (1, 1, 9, 9))
    found = json.loads(json.dumps(table.to_dict()))
    assert found == table.to_dict()
    assert found["rows"][1] == {
        "name": "<conv>",
        "kind": "Conv2d",
        "shape": [1, 8, 3, 7],
        "parameters": 128,
        "macs": 2520,
        "activation_bytes": 672,
        "field": {"size": [5, 3], "stride": [2, 1], "start": [0, 0]},
    }
    assert found["rows"][-1]["field"] is None
    assert [found["total"][name] for name in ("parameters", "macs", "activation_bytes")] == totals(table)
    for name in ("parameters", "macs", "activation_bytes"):
        assert found["total"][name] == sum(row[name] for row in found["rows"])


def test_the_summary_names_every_layer_on_the_way() -> None:
    lines = NET.summary((1, 1, 9, 9)).splitlines()
    names = [line.split()[0] for line in lines[2:-2]]
    assert names == ["<conv>", "relu", "both.a", "both.b", "both.b", "both", "up"]
    assert " ".join(lines[2].split()) == "<conv> Conv2d (1, 8, 3, 7) 128"
    assert lines[-1].split() == ["total", f"{sum(p.size for p in NET.parameters()):,}"]


# What does not fit

CONV = Conv2d(3, 8, 3)
BAD = [
    (CONV, (3, 32, 32), ShapeError, r"Conv2d: .*\(3, 32, 32\), but it must be \(N, 3"),
    (CONV, (1, 4, 32, 32), ShapeError, r"must be \(N, 3, H, W\)"),
    (Sequential(CONV, Conv2d(9, 1, 1)), (1, 3, 9, 9), ShapeError, r"up to 0, which gives \(1, 8, 7, 7\)"),
    (Sequential(CONV, Linear(8, 1)), (1, 3, 9, 9), ShapeError, "up to 0, which gives .* Then Linear: "),
    (CONV, (1, 3, 2, 2), ShapeError, "audit: .*kernel"),
    (CONV, (1, 3, 0, 2), ShapeError, "input_shape is 0, but it must be a whole number, 1 or more"),
    (CONV, (0, 3, 4, 4), ShapeError, "input_shape is 0"),
    (CONV, (1, 3, 4.5, 4), ShapeError, "input_shape is 4.5"),
    (CONV, (1, 3, True, 4), ShapeError, "input_shape is True"),
    (CONV, (1, 3, None, 4), ShapeError, "input_shape is None"),
    (CONV, (), ShapeError, "must be a tuple, the batch first"),
    (CONV, 224, ShapeError, "must be a tuple, the batch first"),
    (CONV, "1x3", ShapeError, "must be a tuple, the batch first"),
    (CONV, None, ShapeError, "must be a tuple, the batch first"),
    (Parallel(Conv2d(3, 1, 3), Conv2d(3, 1, 1)), (1, 3, 9, 9), ShapeError, "audit: up to 1, .*Parallel: "),
    (Residual(Conv2d(3, 4, 1)), (1, 3, 9, 9), ShapeError, "audit: up to net, .*Residual: "),
    ("a net", (1, 3), UsageError, "net is 'a net', but it must be a layer"),
    (Conv2d, (1, 3), UsageError, "must be a layer"),
]  # fmt: skip


@pytest.mark.parametrize("net, shape, error, said", BAD)
def test_what_does_not_fit_gets_a_sentence(net: Any, shape: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        audit(net, shape)
    assert str(caught.value).startswith("audit: ") and len(str(caught.value).splitlines()) <= 2


def test_a_summary_speaks_for_itself() -> None:
    with pytest.raises(ShapeError, match=r"^summary: up to 0, "):
        Sequential(CONV, Conv2d(9, 1, 1)).summary((1, 3, 9, 9))
    with pytest.raises(ShapeError, match=r"^summary: input_shape is 7"):
        CONV.summary(7)  # type: ignore[arg-type]


def test_layers_know_nothing_of_the_audit() -> None:
    said = "import sys, cnnkit.layers.summary; print([m for m in sys.modules if 'audit' in m])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
