"""What convolution is, said as algebra: laws that hold for every layer, whatever computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit import functional as F
from tests.convolutions import Layer, layers
from tests.oracle import CONFIGURATIONS, close, configurations

CONV: dict[int, Any] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_BACKWARD: dict[int, Any] = {1: F.conv1d_backward, 2: F.conv2d_backward, 3: F.conv3d_backward}
CONV_TRANSPOSE: dict[int, Any] = {1: F.conv_transpose1d, 2: F.conv_transpose2d}
laws = settings(configurations, max_examples=max(1, CONFIGURATIONS // 3))
AXES = pytest.mark.parametrize("axes", [1, 2, 3])
SYMMETRIC = ["one", "axes", "valid"]


def inner(a: Any, b: Any) -> Any:
    """Return <a, b>, the sum of all products."""
    return np.vdot(a, b)


def like(array: Any, seed: int = 0) -> Any:
    """Return other random numbers of the same shape."""
    return np.random.default_rng(seed).standard_normal(array.shape)


def flipped(k: Any, axes: int) -> Any:
    """Return kernels turned around on their spatial axes: with them, correlation is convolution."""
    return np.flip(k, range(k.ndim - axes, k.ndim))


@pytest.mark.parametrize("axes", [1, 2])
@laws
@given(data=st.data())
def test_transposed_convolution_is_the_adjoint_of_convolution(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes, paddings=SYMMETRIC))
    padding = tuple(before for before, _ in layer.borders)
    unread = tuple(  # what the last window leaves over comes back as output padding
        (n + 2 * p - d * (k - 1) - 1) % s
        for n, p, d, k, s in zip(
            layer.x.shape[2:], padding, layer.dilation, layer.kernel, layer.stride, strict=True
        )
    )
    back = CONV_TRANSPOSE[axes](
        layer.dy, layer.w, stride=layer.stride, padding=padding, output_padding=unread,
        dilation=layer.dilation, groups=layer.groups,
    )  # fmt: skip
    assert back.shape == layer.x.shape
    close(inner(CONV[axes](layer.x, layer.w, **layer.written), layer.dy), inner(layer.x, back))


@AXES
@laws
@given(data=st.data())
def test_the_gradients_are_the_adjoints_for_every_padding(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    dx, dw, db = CONV_BACKWARD[axes](layer.dy, layer.x, layer.w, **layer.written)
    whole = inner(CONV[axes](layer.x, layer.w, **layer.written), layer.dy)
    close(inner(layer.x, dx), whole)
    close(inner(layer.w, dw), whole)
    ones = np.ones(len(layer.w))
    close(db.sum(), inner(CONV[axes](layer.x, layer.w * 0, ones, **layer.written), layer.dy))


@laws
@given(layers(2))
def test_col2im_is_the_adjoint_of_im2col(layer: Layer) -> None:
    options = {name: value for name, value in layer.written.items() if name != "groups"}
    cols = F.im2col(layer.x, layer.kernel, **options)
    other = like(cols)
    back = F.col2im(other, layer.x.shape[2:], layer.kernel, **options)
    close(inner(cols, other), inner(layer.x, back))


@AXES
@laws
@given(data=st.data(), factor=st.floats(-3, 3))
def test_convolution_is_linear_in_the_images_and_in_the_kernels(axes: int, data: Any, factor: float) -> None:
    layer: Layer = data.draw(layers(axes))
    other, kernels = like(layer.x), like(layer.w)
    y = CONV[axes](layer.x, layer.w, **layer.written)
    close(
        CONV[axes](layer.x + factor * other, layer.w, **layer.written),
        y + factor * CONV[axes](other, layer.w, **layer.written),
    )
    close(
        CONV[axes](layer.x, layer.w + factor * kernels, **layer.written),
        y + factor * CONV[axes](layer.x, kernels, **layer.written),
    )


@AXES
@laws
@given(data=st.data(), steps=st.integers(1, 3))
def test_a_shifted_image_gives_a_shifted_map(axes: int, data: Any, steps: int) -> None:
    """Move an image by ``steps`` strides: the map moves by ``steps``, where no window meets a border."""
    layer: Layer = data.draw(layers(axes, paddings=SYMMETRIC))
    new = like(np.empty((*layer.x.shape[:-1], steps * layer.stride[-1])))
    shifted = np.concatenate([new, layer.x], axis=-1)
    y, z = (CONV[axes](x, layer.w, **layer.written) for x in (layer.x, shifted))
    border, stride = layer.borders[-1][0], layer.stride[-1]
    first = -(-border // stride)  # the first window that lies wholly on the image
    last = (layer.x.shape[-1] + border - layer.dilation[-1] * (layer.kernel[-1] - 1) - 1) // stride
    for i in range(first, last + 1):
        close(z[..., i + steps], y[..., i])


@AXES
@laws
@given(data=st.data())
def test_a_stride_takes_every_so_many_th_output(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes, paddings=["one", "axes", "pairs", "valid", "full"]))
    every = CONV[axes](layer.x, layer.w, **layer.written | {"stride": 1})
    some = every[:, :, *(slice(None, None, s) for s in layer.stride)]
    close(CONV[axes](layer.x, layer.w, **layer.written), some)


@AXES
@laws
@given(data=st.data())
def test_dilation_puts_zeros_between_the_weights(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    spans = [d * (k - 1) + 1 for k, d in zip(layer.kernel, layer.dilation, strict=True)]
    sparse = np.zeros((*layer.w.shape[:2], *spans))
    sparse[:, :, *(slice(None, None, d) for d in layer.dilation)] = layer.w
    close(
        CONV[axes](layer.x, sparse, **layer.written | {"dilation": 1}),
        CONV[axes](layer.x, layer.w, **layer.written),
    )


@AXES
@laws
@given(data=st.data())
def test_groups_are_the_blocks_of_a_kernel_that_is_zero_elsewhere(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    rows, inputs = len(layer.w) // layer.groups, layer.w.shape[1]
    full = np.zeros((len(layer.w), inputs * layer.groups, *layer.kernel))
    for g in range(layer.groups):
        full[g * rows : (g + 1) * rows, g * inputs : (g + 1) * inputs] = layer.w[g * rows : (g + 1) * rows]
    close(
        CONV[axes](layer.x, full, **layer.written | {"groups": 1}),
        CONV[axes](layer.x, layer.w, **layer.written),
    )


@AXES
@laws
@given(data=st.data())
def test_a_kernel_of_one_weight_multiplies_the_channels_of_each_pixel_by_a_matrix(
    axes: int, data: Any
) -> None:
    layer: Layer = data.draw(layers(axes, groups=1))
    matrix = layer.w.reshape(len(layer.w), -1)[:, : layer.x.shape[1]]
    y = CONV[axes](layer.x, matrix.reshape(*matrix.shape, *[1] * axes))
    close(y, np.moveaxis(np.moveaxis(layer.x, 1, -1) @ matrix.T, -1, 1))


@AXES
@laws
@given(data=st.data())
def test_each_image_is_worked_on_alone(axes: int, data: Any) -> None:
    layer: Layer = data.draw(layers(axes))
    y = CONV[axes](layer.x, layer.w, layer.b, **layer.written)
    dx, dw, db = CONV_BACKWARD[axes](layer.dy, layer.x, layer.w, **layer.written)
    parts = []
    for n in range(len(layer.x)):
        image, dy = layer.x[n : n + 1], layer.dy[n : n + 1]
        close(CONV[axes](image, layer.w, layer.b, **layer.written), y[n : n + 1])
        parts.append(CONV_BACKWARD[axes](dy, image, layer.w, **layer.written))
        close(parts[-1][0], dx[n : n + 1])
    close(sum((part[1] for part in parts), np.zeros(dw.shape)), dw)
    close(sum((part[2] for part in parts), np.zeros(db.shape)), db)


@AXES
@laws
@given(data=st.data())
def test_true_convolution_with_full_padding_commutes(axes: int, data: Any) -> None:
    """x * k = k * x: image and kernel change places, once the one that slides is flipped."""
    layer: Layer = data.draw(layers(axes, groups=1))
    x, k = layer.w[:1, :1], like(np.empty((1, 1, *layer.x.shape[2:])))
    close(
        CONV[axes](x, flipped(k, axes), padding="full"),
        CONV[axes](k, flipped(x, axes), padding="full"),
    )


@AXES
@laws
@given(data=st.data(), filters=st.integers(1, 2))
def test_two_layers_without_anything_between_are_one_layer(axes: int, data: Any, filters: int) -> None:
    """The kernel of the one layer is the convolution of the two kernels, summed over the channels between."""
    layer: Layer = data.draw(layers(axes, groups=1, kind="full"))
    second = like(np.empty((filters, len(layer.w), *[2] * axes)))
    x = like(np.empty((2, layer.w.shape[1], *[k + 2 for k in layer.kernel])), 1)
    # Channels of the first kernel as a batch of images; the maps between as their channels.
    one = CONV[axes](layer.w.swapaxes(0, 1), flipped(second, axes), padding="full").swapaxes(0, 1)
    assert one.shape == (filters, layer.w.shape[1], *[k + 1 for k in layer.kernel])
    close(CONV[axes](CONV[axes](x, layer.w), second), CONV[axes](x, one))


@laws
@given(layers(2, paddings=SYMMETRIC, groups=1))
def test_the_matrix_says_the_same_as_the_layer_and_its_transpose_goes_back(layer: Layer) -> None:
    options = {name: value for name, value in layer.written.items() if name != "groups"}
    k, size = layer.w[:1, :1], layer.x.shape[2:]
    matrix = F.conv_matrix(k[0, 0], size, **options)
    x, y = like(np.empty((1, 1, *size))), like(layer.dy[:1, :1]) if len(layer.dy) else None
    close(matrix @ x.ravel(), F.conv2d(x, k, **options).ravel())
    if y is not None:
        dx, _, _ = F.conv2d_backward(y, x, k, **options)
        close(matrix.T @ y.ravel(), dx.ravel())


def test_transposed_convolution_brings_the_shape_back_and_not_the_image() -> None:
    x, w = np.arange(16.0).reshape(1, 1, 4, 4), np.ones((1, 1, 3, 3))
    back = F.conv_transpose2d(F.conv2d(x, w), w)
    assert back.shape == x.shape
    assert not np.allclose(back, x) and not np.allclose(back / back.sum() * x.sum(), x)
    matrix = F.conv_matrix(w[0, 0], (4, 4))
    assert not np.allclose(matrix.T @ matrix, np.eye(16))
    assert not np.allclose(matrix @ matrix.T, np.eye(4))
