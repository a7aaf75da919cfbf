"""The photographs: what they are, how they shrink, and what is said when there is none."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from cnnkit.data import photograph, shrink
from cnnkit.data.photographs import NAMES
from cnnkit.errors import ShapeError, UsageError

IN_COLOUR = {"astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina"}


@pytest.mark.parametrize("name", NAMES)
def test_every_photograph_is_numbers_from_0_to_1(name: str) -> None:
    picture = photograph(name)
    assert picture.dtype == np.float64 and picture.min() >= 0 and 0.5 < picture.max() <= 1
    assert picture.shape[2:] == ((3,) if name in IN_COLOUR else ())


def test_white_is_1() -> None:
    assert photograph("camera").max() == 1


def test_a_photograph_can_be_changed_without_changing_the_next() -> None:
    first = photograph("coins")
    first[:] = 0
    assert photograph("coins").max() > 0.5


@pytest.mark.parametrize(
    ("shape", "longest", "expected"),
    [
        ((512, 512), 256, (256, 256)),
        ((303, 384), 256, (151, 192)),
        ((6, 4, 3), 6, (6, 4, 3)),
        ((7, 5, 3), 4, (3, 2, 3)),
    ],
)
def test_shrinking_averages_blocks(shape: tuple[int, ...], longest: int, expected: tuple[int, ...]) -> None:
    picture = np.arange(np.prod(shape), dtype=float).reshape(shape)
    small, block = shrink(picture, longest), -(-max(shape[:2]) // longest)
    assert small.shape == expected
    np.testing.assert_allclose(
        small[-1, 0], picture[(expected[0] - 1) * block : expected[0] * block, :block].mean((0, 1))
    )


@pytest.mark.parametrize(
    ("shape", "longest", "message"),
    [((5,), 2, "has shape"), ((5, 5), 0, "longest is 0"), ((100, 2), 10, "too narrow")],
)
def test_what_cannot_shrink_is_refused(shape: tuple[int, ...], longest: int, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        shrink(np.zeros(shape), longest)


def test_an_unknown_photograph_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"there is no 'lena'\. The photographs are camera, coins"):
        photograph("lena")


def test_without_scikit_image_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(UsageError, match="pip install scikit-image"):
        photograph("camera")
