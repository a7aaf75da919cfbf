"""Receptive fields: the known ones of known networks, and computed ones against measured ones."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkit.audit import audit
from cnnkit.errors import ShapeError
from cnnkit.layers import (
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool2d,
    Identity,
    Layer,
    Linear,
    Parallel,
    Residual,
    Sequential,
    Upsample,
)
from cnnkit.receptive_field import Field, receptive_field, union
from tests.oracle import configurations
from tests.stacks import CHANNELS, positive, stacks

KNOWN = {
    "two 3x3": ([(3,), (3,)], Field(5, 1, 0)),
    "three 3x3": ([(3,), (3,), (3,)], Field(7, 1, 0)),
    "two 3x3 of stride 2": ([(3, 2), (3, 2)], Field(7, 4, 0)),
    "LeNet S4": ([(5,), (2, 2), (5,), (2, 2)], Field(16, 4, 0)),
    "AlexNet pool5": (
        [(11, 4), (3, 2), (5, 1, 2), (3, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2)],
        Field(195, 32, -64),
    ),
    "VGG-16 pool5": (
        [*[(3, 1, 1)] * 2, (2, 2), *[(3, 1, 1)] * 2, (2, 2), *([(3, 1, 1)] * 3 + [(2, 2)]) * 3],
        Field(212, 32, -90),
    ),
    "dilations 1, 2, 4": ([(3, 1, 0, 1), (3, 1, 0, 2), (3, 1, 0, 4)], Field(15, 1, 0)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_fields(name: str) -> None:
    layers, field = KNOWN[name]
    assert receptive_field(layers) == field


def test_fields_through_several_branches_reach_from_the_first_start_to_the_last_end() -> None:
    assert union([Field(3, 2, 5), Field(2, 2, -1), Field(1, 2, 6)]) == Field(9, 2, -1)


@pytest.mark.parametrize("layer", [(0,), (3, 0), (3, 1, 0, 0), (True,), (1.5,)])
def test_a_window_that_cannot_be_is_refused(layer: Any) -> None:
    with pytest.raises(ShapeError, match="must be a whole number, 1 or more"):
        receptive_field([layer])


# Computed against measured


def computed(net: Layer, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[Field, ...]]:
    """Return the output shape and the fields that the audit gives, or skip what does not fit the input."""
    last = audit(net, shape).rows[-1]
    return last.shape, last.field


def measured(net: Layer, shape: tuple[int, ...], unit: tuple[int, ...]) -> list[np.ndarray]:
    """Return, for each axis, the positions where the gradient of one output unit is not 0.

    The unit is taken with all its channels, since branches may see different parts.
    """
    dy = np.zeros(net(np.random.default_rng(0).uniform(0.5, 1.5, shape)).shape)
    dy[0, :, *unit] = 1.0
    seen = net.backward(dy)[0].sum(axis=0)
    return [np.unique(positions) for positions in np.nonzero(seen)]


def see_field(field: Field, unit: int, size: int, seen: np.ndarray) -> bool:
    """Compare a field with the positions measured; tell whether it lies inside the input."""
    first, last = field.start + unit * field.stride, field.start + unit * field.stride + field.size - 1
    inside = first >= 0 and last < size
    if inside:
        assert (seen[0], seen[-1]) == (first, last)
    else:  # padding was seen, too, maybe also by layers in between
        assert len(seen) == 0 or max(first, 0) <= seen[0] <= seen[-1] <= min(last, size - 1)
    return inside


@pytest.mark.parametrize("axes, sizes", [(1, (75,)), (2, (40, 47))])
def test_the_gradient_of_a_unit_reaches_exactly_its_field(axes: int, sizes: tuple[int, ...]) -> None:
    found = {"inside": 0, "all": 0}

    @configurations
    @given(stacks(axes, max_pools=False), st.data())
    def compare(net: Layer, data: Any) -> None:
        shape = (1, CHANNELS, *sizes)
        try:
            (_, _, *outputs), fields = computed(net, shape)
        except ShapeError:
            return  # strides have left less than a kernel needs
        inside = [
            [u for u in range(n) if f.start + u * f.stride >= 0 and f.start + u * f.stride + f.size <= size]
            for n, f, size in zip(outputs, fields, sizes, strict=True)
        ]
        unit = tuple(
            data.draw(st.one_of(*([st.sampled_from(units)] if units else []), st.integers(0, n - 1)))
            for units, n in zip(inside, outputs, strict=True)
        )
        seen = measured(net, shape, unit)
        found["all"] += 1
        found["inside"] += all(map(see_field, fields, unit, sizes, seen))

    compare()
    assert found["all"] >= 200 and found["inside"] >= found["all"] / 3, found


@configurations
@given(stacks(1, max_pools=True))
def test_a_unit_answers_to_a_spot_of_light_exactly_where_its_field_is(net: Layer) -> None:
    size = 60
    try:
        (_, _, outputs), (field,) = computed(net, (1, CHANNELS, size))
    except ShapeError:
        return
    spots = np.repeat(np.eye(size)[:, None], CHANNELS, axis=1)  # one picture for each position
    answers = net(spots).sum(axis=1) > 0
    for unit in range(outputs):
        see_field(field, unit, size, np.nonzero(answers[:, unit])[0])


# Layers of their own kind


def test_axes_have_fields_of_their_own() -> None:
    net = positive(Sequential(Conv2d(2, 2, (5, 1), stride=(2, 1)), AvgPool2d((1, 3))), 0)
    _, fields = computed(net, (1, 2, 20, 20))
    assert fields == (Field(5, 2, 0), Field(3, 3, 0))
    rows, columns = measured(net, (1, 2, 20, 20), (3, 2))
    assert rows.tolist() == [6, 7, 8, 9, 10] and columns.tolist() == [6, 7, 8]


@pytest.mark.parametrize(
    "head", [[Flatten(), Linear(2 * 36, 4)], [GlobalAvgPool2d(), Flatten(), Linear(2, 4)]]
)
def test_behind_flatten_or_a_global_average_a_unit_sees_everything(head: list[Layer]) -> None:
    net = positive(Sequential(Conv2d(2, 2, 3), *head), 0)
    _, fields = computed(net, (1, 2, 8, 8))
    assert [(field.size, field.start) for field in fields] == [(8, 0)] * 2
    assert [len(seen) for seen in measured(net, (1, 2, 8, 8), ())] == [8, 8]


@pytest.mark.parametrize("layer", [Upsample(2), ConvTranspose2d(2, 2, 2, stride=2)])
def test_behind_a_layer_that_enlarges_the_field_is_not_known(layer: Layer) -> None:
    _, fields = computed(Sequential(Conv2d(2, 2, 3), layer, Conv2d(2, 2, 3)), (1, 2, 8, 8))
    assert fields == ()


def test_branches_with_different_fields() -> None:
    wide, narrow = Conv1d(2, 2, 5, padding=2), Conv1d(2, 2, 1)
    for net, want in [
        (Parallel(wide, narrow), Field(5, 1, -2)),
        (Residual(Conv1d(2, 2, 3, padding=((2, 0),))), Field(3, 1, -2)),
        (Residual(Identity(), Conv1d(2, 2, 3, padding=((0, 2),))), Field(3, 1, 0)),
    ]:
        positive(net, 0)
        assert computed(net, (1, 2, 20))[1] == (want,)
        for unit, (seen,) in itertools.product([7], [measured(net, (1, 2, 20), (7,))]):
            assert see_field(want, unit, 20, seen)
