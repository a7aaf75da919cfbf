"""The engine: every way to compute a convolution against the one before it, on all that it claims."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit import functional as F
from cnnkit.functional import engine
from cnnkit.functional.engine import back, columns, sums, winograd
from cnnkit.functional.engine.cook_toom import minimal
from cnnkit.functional.engine.loops import seven_loops
from cnnkit.functional.engine.workspace import move
from cnnkit.window import Window, window
from tests.convolutions import Layer, layers
from tests.oracle import CONFIGURATIONS, close, configurations

shared = sys.modules["cnnkit.functional.engine.threads"]  # `engine.threads` is the function
some = settings(configurations, max_examples=max(1, CONFIGURATIONS // 3))
AXES = pytest.mark.parametrize("axes", [1, 2, 3])

# The shapes of the benchmarks, smaller where that changes nothing: x, F, kernel, stride, padding, groups.
SHAPES = {
    "LeNet conv1": ((4, 1, 28, 28), 6, 5, 1, 2, 1),
    "LeNet conv2": ((4, 6, 14, 14), 16, 5, 1, 0, 1),
    "small": ((4, 32, 28, 28), 64, 3, 1, 1, 1),
    "AlexNet conv1": ((1, 3, 227, 227), 96, 11, 4, 0, 1),
    "AlexNet conv2": ((1, 96, 27, 27), 256, 5, 1, 2, 1),
    "AlexNet conv2, two towers": ((1, 96, 27, 27), 256, 5, 1, 2, 2),
    "VGG conv1_1": ((1, 3, 64, 64), 64, 3, 1, 1, 1),
    "VGG conv1_2": ((1, 64, 64, 64), 64, 3, 1, 1, 1),
    "VGG conv3": ((1, 256, 28, 28), 256, 3, 1, 1, 1),
    "VGG conv5": ((1, 512, 14, 14), 512, 3, 1, 1, 1),
    "Inception 1x1": ((1, 192, 28, 28), 64, 1, 1, 0, 1),
    "Inception 5x5": ((1, 16, 28, 28), 32, 5, 1, 2, 1),
    "ResNet stem": ((1, 3, 112, 112), 64, 7, 2, 3, 1),
    "ResNet stem, two images": ((2, 3, 112, 112), 64, 7, 2, 3, 1),
    "ResNet 3x3/2": ((1, 128, 28, 28), 128, 3, 2, 1, 1),
    "depthwise": ((1, 64, 28, 28), 64, 3, 1, 1, 64),
    "depthwise/2": ((1, 64, 28, 28), 64, 3, 2, 1, 64),
}


def of_layer(layer: Layer) -> Window:
    return Window(layer.kernel, layer.stride, layer.borders, layer.dilation)


# Where one is not possible, columns stand in for it.
WAYS = ["columns", "columns(2)", "columns(4)", "columns(16)", "tiles(2)", "tiles(4)"]


def drawn(shape: tuple[int, ...], scale: float = 1.0) -> Any:
    rng = np.random.default_rng(0)
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def example(name: str) -> tuple[Any, Any, Window, int]:
    size, filters, k, stride, padding, groups = SHAPES[name]
    w = drawn((filters, size[1] // groups, k, k), 1 / np.sqrt(size[1] // groups * k * k))
    return drawn(size), w, window("conv2d", size[2:], k, stride, padding), groups


def error(ours: Any, exact: Any) -> float:
    """Return the largest error relative to the largest number."""
    assert ours.shape == exact.shape and ours.dtype == np.float32
    return float(np.abs(ours - exact).max() / np.abs(exact).max())


@pytest.mark.parametrize("stride", [1, 2])
def test_im2col_is_the_seven_loops(stride: int) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 2, 6, 5)), rng.standard_normal((3, 2, 3, 2))
    found = window("conv2d", (6, 5), (3, 2), stride)
    close(columns.correlate(x, w, found, 1), seven_loops(x, w, stride))


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_minimal_filtering_is_correlation(m: int, k: int) -> None:
    at, g, bt = minimal(m, k)
    assert len(g) == m + k - 1
    rng = np.random.default_rng(0)
    d, kernel = rng.standard_normal(m + k - 1), rng.standard_normal(k)
    close(at @ ((g @ kernel) * (bt @ d)), np.correlate(d, kernel))


@AXES
@some
@given(data=st.data())
def test_every_way_is_im2col(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    found, groups, size = of_layer(layer), layer.groups, layer.x.shape[2:]
    b = np.arange(1.0, len(layer.w) + 1)
    y = columns.correlate(layer.x, layer.w, found, groups)
    biased = y + b.reshape(-1, *[1] * axes)
    dw = columns.weight_gradient(layer.dy, layer.x, found, groups)
    dx = columns.input_gradient(layer.dy, layer.w, found, groups, size)
    for way in (None, *WAYS):
        close(sums.correlate(layer.x, layer.w, found, groups, way=way), y)
        close(sums.correlate(layer.x, layer.w, found, groups, b, way=way), biased)
        close(sums.weight_gradient(layer.dy, layer.x, found, groups, way=way), dw)
        close(engine.input_gradient(layer.dy, layer.w, found, groups, size, way=way), dx)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("way", [None, *WAYS])
def test_the_way_back_in_many_small_pieces(monkeypatch: pytest.MonkeyPatch, way: str, stride: int) -> None:
    monkeypatch.setattr(back, "SENT", 50)
    for name, value in {"PIECE": 1, "FILTERS": 2, "LARGE": 0, "AT_A_TIME": 5}.items():
        monkeypatch.setattr(winograd, name, value)
    rng = np.random.default_rng(0)
    w, found = rng.standard_normal((4, 2, 4, 4)), window("conv2d", (13, 11), 4, stride, ((1, 2), (2, 1)))
    dy = rng.standard_normal((3, 4, *found.out((13, 11))))
    exact = columns.input_gradient(dy, w, found, 1, (13, 11))
    close(engine.input_gradient(dy, w, found, 1, (13, 11), way=way), exact)
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(w, (0, 1), (-1, -2))), (-1, -2), (0, 1))
    close(engine.input_gradient(dy, last, found, 1, (13, 11), way=way), exact)


def test_one_thread_alone_adds_up_what_is_sent_to_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    dealt: list[Any] = []

    def recorded(work: Any, items: list[Any], enough: bool) -> list[Any]:
        dealt.extend(items)
        return shared.shared_out(work, items, enough)

    monkeypatch.setattr(back, "SENT", 50)
    monkeypatch.setattr(back, "shared_out", recorded)
    found, w, dy = window("conv2d", (9, 9), 4), drawn((2, 3, 4, 4)), drawn((3, 2, 6, 6))
    engine.input_gradient(dy, w, found, 1, (9, 9), way="columns")
    images = [{block[0].start for block in item} for item in dealt]
    assert images == [{0}, {1}, {2}] and len(dealt[0]) > 1


def test_more_padding_than_a_kernel_sees_is_sent_back_as_well() -> None:
    x, w, dy = drawn((1, 2, 1, 12)), drawn((32, 2, 2, 2)), drawn((1, 32, 4, 15))
    found = window("conv2d", (1, 12), 2, 1, 2)
    exact = columns.input_gradient(dy.astype(float), w.astype(float), found, 1, (1, 12))
    assert error(engine.input_gradient(dy, w, found, 1, x.shape[2:]), exact) < 1e-5


@pytest.mark.parametrize("channels", [1, 3, 8, 9, 40, 600])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_move_copies_whatever_the_order_in_memory(channels: int, order: tuple[int, ...]) -> None:
    shape = (4, 5, channels)
    source = drawn(tuple(shape[axis] for axis in order)).transpose(np.argsort(order))
    for out in (np.zeros(shape, np.float32), np.zeros((4, 7, channels), np.float32)[:, 1:-1], source * 0):
        move(source, out)
        np.testing.assert_array_equal(out, source)
        move(source[::2, :0], out[::2, :0])
        move(source[1:, ::2], out[1:, ::2])
        np.testing.assert_array_equal(out, source)


def test_a_move_to_another_dtype_converts() -> None:
    whole = np.arange(4, dtype=np.int32).reshape(2, 2)
    np.testing.assert_array_equal(move(whole, np.empty((2, 2), np.float32)), whole)


@pytest.mark.parametrize("k", [3, 4, 5])
def test_many_channels_and_larger_kernels_round_as_documented(k: int) -> None:
    x, w = drawn((1, 256, 18, 18)), drawn((64, 256, k, k))
    found = window("conv2d", (18, 18), k)
    y = columns.correlate(x.astype(float), w.astype(float), found, 1)
    for way in (None, *WAYS):
        assert error(sums.correlate(x, w, found, 1, way=way), y) < (1e-5 if k == 3 else 2e-5)


@pytest.mark.parametrize("name", SHAPES)
def test_float32_is_as_near_to_float64_as_promised(name: str) -> None:
    x, w, found, groups = example(name)
    y = columns.correlate(x.astype(float), w.astype(float), found, groups)
    dy = drawn(y.shape)
    wide = dy.astype(float), x.astype(float), w.astype(float)
    assert error(sums.correlate(x, w, found, groups), y) < 1e-5
    dx = columns.input_gradient(wide[0], wide[2], found, groups, x.shape[2:])
    assert error(engine.input_gradient(dy, w, found, groups, x.shape[2:]), dx) < 3e-5
    dw = columns.weight_gradient(wide[0], wide[1], found, groups)
    assert error(sums.weight_gradient(dy, x, found, groups), dw) < 3e-5


@pytest.mark.parametrize("name", SHAPES)
def test_float64_is_exact_to_twelve_digits(name: str) -> None:
    x, w, found, groups = example(name)
    x, w = x.astype(float), w.astype(float)
    y = columns.correlate(x, w, found, groups)
    np.testing.assert_allclose(sums.correlate(x, w, found, groups), y, rtol=0, atol=1e-12 * np.abs(y).max())


def test_exact_leaves_winograd_out() -> None:
    x, w, found, groups = example("VGG conv3")
    y = columns.correlate(x.astype(float), w.astype(float), found, groups)
    try:
        engine.exact(True)
        exact = error(sums.correlate(x, w, found, groups), y)
    finally:
        engine.exact(False)
    assert exact < 1e-6 < error(sums.correlate(x, w, found, groups), y)


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_again_gives_the_same_bits_and_more_threads_round_differently_at_most(name: str) -> None:
    x, w, found, groups = example(name)
    dy, b = drawn((len(x), len(w), *found.out(x.shape[2:]))), drawn((len(w),))

    def all_three() -> list[Any]:
        return [
            sums.correlate(x, w, found, groups, b),
            engine.input_gradient(dy, w, found, groups, x.shape[2:]),
            sums.weight_gradient(dy, x, found, groups),
        ]

    before = engine.threads()
    try:
        results = []
        for number in (1, 2):
            engine.threads(number)
            results.append(all_three())
            for first, second in zip(results[-1], all_three(), strict=True):
                np.testing.assert_array_equal(first, second)
        for one, two in zip(*results, strict=True):
            np.testing.assert_allclose(one, two, rtol=0, atol=3e-5 * np.abs(one).max())  # as promised above
    finally:
        engine.threads(before)


def test_where_blas_cannot_be_asked_there_is_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise FileNotFoundError("/proc/self/maps")

    monkeypatch.setattr(shared, "ThreadpoolController", fails)
    monkeypatch.setattr(shared, "_chosen", [])
    shared._blas.cache_clear()
    try:
        assert engine.threads() == 1
        assert engine.threads(2) == 2
        x, w, found, groups = example("VGG conv3")
        assert sums.correlate(x, w, found, groups).shape == x.shape
    finally:
        shared._blas.cache_clear()


def test_any_thread_of_a_program_can_set_what_blas_has() -> None:
    def inside(_: list[int]) -> list[int]:
        return [blas.get_num_threads() for blas in shared._blas()]

    before = engine.threads()
    try:
        engine.threads(2)
        with ThreadPoolExecutor(1) as other:
            shares = other.submit(shared.shared_out, inside, [0, 1], True).result()
            assert [number for share in shares for number in share] == [1] * len(shared._blas()) * 2
            assert inside([]) == [2] * len(shared._blas())
            other.submit(engine.threads, 1).result()
        assert inside([]) == [1] * len(shared._blas())
    finally:
        engine.threads(before)


def test_a_failure_in_one_thread_is_told_when_all_have_ended() -> None:
    ended: list[int] = []

    def work(items: list[int]) -> None:
        if items == [0]:
            raise ValueError("the first")
        time.sleep(0.2)
        ended.extend(items)

    before = engine.threads()
    try:
        engine.threads(2)
        with pytest.raises(ValueError, match="the first"):
            shared.shared_out(work, [0, 1], True)
        assert ended == [1]
    finally:
        engine.threads(before)


@pytest.mark.parametrize("k", [4, 5])
def test_volumes_are_as_near_to_float64_as_pictures(k: int) -> None:
    x, w = drawn((1, 64, 9, 9, 9)), drawn((32, 64, k, k, k))
    found = window("conv3d", (9, 9, 9), k, 1, 2)
    y = columns.correlate(x.astype(float), w.astype(float), found, 1)
    for way in (None, *WAYS):
        assert error(sums.correlate(x, w, found, 1, way=way), y) < 1e-5


def test_a_forked_process_has_threads_of_its_own() -> None:
    code = """if True:
    import os
    import numpy as np
    from cnnkit import functional as F
    from cnnkit.functional import engine
    engine.threads(2)
    x, w = np.ones((4, 64, 56, 56), np.float32), np.ones((64, 64, 3, 3), np.float32)
    y = F.conv2d(x, w)
    child = os.fork()
    if not child:
        os._exit(0 if np.array_equal(F.conv2d(x, w), y) else 1)
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("size", [(1, 3000, 12000), (64, 900, 800)])
def test_a_dense_layer_gives_the_same_with_two_threads(size: tuple[int, int, int]) -> None:
    examples, inputs, outputs = size
    x, w, dy = drawn((examples, inputs)), drawn((outputs, inputs)), drawn((examples, outputs))
    before = engine.threads()
    try:
        results = [
            (F.linear(x, w), *F.linear_backward(dy, x, w)) for number in (1, 2) if engine.threads(number)
        ]
    finally:
        engine.threads(before)
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-5 * np.abs(one).max())
    np.testing.assert_allclose(results[1][0], x @ w.T, rtol=0, atol=1e-5 * np.abs(results[0][0]).max())


@pytest.mark.parametrize(
    "shape, filters",
    [((1, 64, 224, 224), 64), ((4, 64, 112, 112), 64), ((1, 256, 56, 56), 256), ((1, 3, 500, 500), 64)],
)
@pytest.mark.parametrize("kind", ["forward", "input", "weights"])
def test_the_work_space_stays_below_20_megabytes(shape: Any, filters: int, kind: str) -> None:
    x, w = drawn(shape), drawn((filters, shape[1], 3, 3))
    x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    found = window("conv2d", shape[2:], 3, 1, 1)
    dy = drawn((shape[0], filters, *shape[2:]))
    calls: dict[str, Any] = {
        "forward": lambda: sums.correlate(x, w, found, 1),
        "input": lambda: engine.input_gradient(dy, w, found, 1, shape[2:]),
        "weights": lambda: sums.weight_gradient(dy, x, found, 1),
    }
    tracemalloc.start()
    try:
        with ThreadPoolExecutor(1) as fresh:  # a new thread, which has no work space yet
            result = fresh.submit(calls[kind]).result()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    transformed = 4 * w.nbytes * (2 if kind == "weights" else 1)  # n^2 / k^2 = 36 / 9; and what is added
    assert peak - result.nbytes - transformed < 20e6


def test_a_network_keeps_its_channels_last() -> None:
    x = drawn((2, 32, 28, 28))
    y = F.relu(F.max_pool2d(F.conv2d(x, drawn((64, 32, 3, 3)), padding=1), 2))
    assert np.moveaxis(y, 1, -1).flags.c_contiguous
