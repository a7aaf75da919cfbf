"""im2col, col2im and the convolution matrix against PyTorch, against the loops and against conv2d."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given

from cnnkit.functional import unfold as U
from cnnkit.functional.conv import conv2d
from cnnkit.functional.conv_transpose import conv_transpose2d
from tests import reference
from tests.convolutions import Layer, layers
from tests.oracle import close, configurations, needs_torch, tensor, torch

SYMMETRIC = ["one", "axes", "valid"]


def options_of(layer: Layer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options as written and as the loops take them, without groups."""
    meant = {name: value for name, value in layer.meant.items() if name != "groups"}
    return {name: value for name, value in layer.written.items() if name != "groups"}, meant


def columns_like(layer: Layer) -> Any:
    """Return random columns of the layer's shape: (N, C * taps, places)."""
    taps, places = int(np.prod(layer.kernel)), int(np.prod(layer.dy.shape[2:]))
    return np.random.default_rng(taps).standard_normal((len(layer.x), layer.x.shape[1] * taps, places))


@needs_torch
@configurations
@given(layers(2, paddings=SYMMETRIC))
def test_im2col_and_col2im_are_torch_s_unfold_and_fold(layer: Layer) -> None:
    import torch.nn.functional as TF

    written, meant = options_of(layer)
    padding = tuple(before for before, _ in meant["borders"])
    size, kernel, theirs = layer.x.shape[2:], layer.kernel, (layer.dilation, padding, layer.stride)
    x, cols = tensor(layer.x), tensor(columns_like(layer))
    if len(layer.x) == 0:  # PyTorch folds no empty batch; the loops do, below
        assert U.im2col(layer.x, kernel, **written).shape == columns_like(layer).shape
        return
    y = TF.unfold(x, kernel, *theirs)
    close(U.im2col(layer.x, kernel, **written), y)
    y.backward(cols.detach())
    close(U.im2col_backward(columns_like(layer), layer.x, kernel, **written), x.grad)
    back = TF.fold(cols, size, kernel, *theirs)
    close(U.col2im(columns_like(layer), size, kernel, **written), back)
    back.backward(torch.tensor(np.array(layer.x)))  # the gradient of fold is unfold
    close(U.im2col(layer.x, kernel, **written), cols.grad)


@configurations
@given(layers(2))
def test_im2col_and_col2im_are_the_loops(layer: Layer) -> None:
    written, meant = options_of(layer)
    cols, size = columns_like(layer), layer.x.shape[2:]
    close(U.im2col(layer.x, layer.kernel, **written), reference.im2col(layer.x, layer.kernel, **meant))
    back = reference.col2im(cols, size, layer.kernel, **meant)
    close(U.col2im(cols, size, layer.kernel, **written), back)
    close(U.im2col_backward(cols, layer.x, layer.kernel, **written), back)


@configurations
@given(layers(2, groups=1))
def test_kernels_times_columns_is_the_convolution(layer: Layer) -> None:
    written, _ = options_of(layer)
    product = layer.w.reshape(len(layer.w), -1) @ U.im2col(layer.x, layer.kernel, **written)
    close(product.reshape(layer.dy.shape), conv2d(layer.x, layer.w, **written))


@configurations
@given(layers(2))
def test_the_matrix_is_the_convolution_of_one_channel(layer: Layer) -> None:
    written, meant = options_of(layer)
    k, size = layer.w[0, 0], layer.x.shape[2:]
    matrix = U.conv_matrix(k, size, **written)
    image = np.random.default_rng(1).standard_normal(size)
    y = conv2d(image[None, None], k[None, None], **written)
    assert matrix.shape == (y.size, image.size)
    close(matrix @ image.ravel(), y.ravel())
    close(matrix @ image.ravel(), reference.conv(image[None, None], k[None, None], **meant).ravel())


@configurations
@given(layers(2, paddings=SYMMETRIC))
def test_the_transposed_matrix_is_the_transposed_convolution(layer: Layer) -> None:
    written, meant = options_of(layer)
    k, size, padding = layer.w[0, 0], layer.x.shape[2:], [before for before, _ in meant["borders"]]
    matrix = U.conv_matrix(k, size, **written)
    y = np.random.default_rng(2).standard_normal((1, 1, *layer.dy.shape[2:]))
    unread = tuple(
        (n + 2 * p - d * (taps - 1) - 1) % s
        for n, p, d, taps, s in zip(size, padding, layer.dilation, layer.kernel, layer.stride, strict=True)
    )
    options = {"stride": layer.stride, "padding": padding, "dilation": layer.dilation}
    back = conv_transpose2d(y, k[None, None], output_padding=unread, **options)
    close((matrix.T @ y.ravel()).reshape(size), back[0, 0])


def test_each_row_of_the_matrix_is_the_kernel_at_one_place() -> None:
    matrix = U.conv_matrix(np.array([[1.0, 2.0], [3.0, 4.0]]), (2, 3))
    np.testing.assert_array_equal(matrix, [[1, 2, 0, 3, 4, 0], [0, 1, 2, 0, 3, 4]])


def test_one_size_for_both_axes() -> None:
    np.testing.assert_array_equal(
        U.conv_matrix(np.ones((2, 2)), 3, padding="same"),
        U.conv_matrix(np.ones((2, 2)), [3, 3], padding="same"),
    )
    cols = np.ones((1, 4, 4))
    np.testing.assert_array_equal(U.col2im(cols, np.int64(3), 2), U.col2im(cols, (3, 3), (2, 2)))
