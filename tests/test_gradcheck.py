"""The gradient checker, checked: it refuses wrong gradients, accepts right ones and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from cnnkit import functional as F
from cnnkit.errors import ShapeError
from cnnkit.gradcheck import GradientError, gradcheck, numeric_gradient

Function = Callable[..., Any]
MODES = pytest.mark.parametrize("every_entry", [False, True], ids=["direction", "every entry"])


def normal(*shapes: tuple[int, ...]) -> Function:
    """Return a function that draws arrays of these shapes."""
    return lambda rng: [np.asarray(rng.standard_normal(shape)) for shape in shapes]


def distinct(*shapes: tuple[int, ...]) -> Function:
    """The same, with all numbers of an array at least 0.25 apart and none near 0: no ties and no kinks."""
    return lambda rng: [
        (rng.permutation(np.prod(shape, dtype=int)) - np.prod(shape, dtype=int) // 2 + 0.5).reshape(shape) / 4
        for shape in shapes
    ]


# --- wrong gradients: forward, backward, inputs, and what is said


def with_dx(change: Function) -> tuple[Function, Function, Function]:
    """A convolution whose dx is changed."""

    def backward(dy: Any, x: Any, w: Any, b: Any) -> Any:
        dx, dw, db = F.conv2d_backward(dy, x, w)
        return change(dx, dy, x, w), dw, db

    return F.conv2d, backward, normal((2, 2, 4, 5), (3, 2, 2, 2), (3,))


def with_dw(change: Function) -> tuple[Function, Function, Function]:
    """A convolution whose dw is changed."""

    def backward(dy: Any, x: Any, w: Any, b: Any) -> Any:
        dx, dw, db = F.conv2d_backward(dy, x, w)
        return dx, change(dw, dy, x, w), db

    return F.conv2d, backward, normal((2, 2, 4, 5), (3, 2, 2, 2), (3,))


def with_db(change: Function) -> tuple[Function, Function, Function]:
    """A convolution whose db is changed."""

    def backward(dy: Any, x: Any, w: Any, b: Any) -> Any:
        dx, dw, _ = F.conv2d_backward(dy, x, w)
        return dx, dw, change(dy)

    return F.conv2d, backward, normal((2, 2, 4, 5), (3, 2, 2, 2), (3,))


def scattered_without_adding(dx: Any, dy: Any, x: Any, w: Any) -> Any:
    """Later windows overwrite what earlier ones sent to the same pixel."""
    wrong = np.zeros_like(x)
    for i, j in np.ndindex(*dy.shape[2:]):
        wrong[:, :, i : i + 2, j : j + 2] = np.einsum("nf,fcab->ncab", dy[:, :, i, j], w)
    return wrong


def one_entry_off(dx: Any, *_: Any) -> Any:
    wrong = dx.copy()
    wrong[1, 0, 2, 3] *= 1.01
    return wrong


def with_nan(dx: Any, *_: Any) -> Any:
    return np.where(np.arange(dx.size).reshape(dx.shape) == 7, np.nan, dx)


def softmax_diagonal_only(dy: Any, x: Any) -> Any:
    p = F.softmax(x)
    return dy * p * (1 - p)


def mean_squares(x: Any) -> Any:
    return np.mean(x**2)


ONE = normal((3, 4))
WRONG = {
    "sign": (*with_dx(lambda dx, *_: -dx), "gradient of x is wrong"),
    "factor 2": (*with_dw(lambda dw, *_: 2 * dw), "gradient of w is wrong"),
    "divided by N": (*with_dw(lambda dw, dy, *_: dw / len(dy)), "gradient of w is wrong"),
    "missing 1 / N": (mean_squares, lambda dy, x: dy * 2 * x, ONE, "gradient of x is wrong"),
    "transposed": (np.matmul, lambda dy, x, w: (dy @ w.T, dy.T @ x), normal((3, 3), (3, 3)), "is wrong"),
    "sent to the mirrored place": (lambda x: x.T, lambda dy, x: dy, normal((3, 3)), "gradient of x is wrong"),
    "flipped kernel": (
        *with_dx(lambda dx, dy, x, w: F.conv2d_backward(dy, x, w[:, :, ::-1, ::-1])[0]), "of x is wrong"
    ),
    "flipped dw": (*with_dw(lambda dw, *_: dw[:, :, ::-1]), "gradient of w is wrong"),
    "channels of the kernel mixed up": (*with_dw(lambda dw, *_: dw[:, ::-1]), "gradient of w is wrong"),
    "= instead of +=": (*with_dx(scattered_without_adding), "gradient of x is wrong"),
    "one pixel too far": (*with_dx(lambda dx, *_: np.roll(dx, 1, axis=-1)), "gradient of x is wrong"),
    "only the first image": (
        *with_dw(lambda dw, dy, x, w: F.conv2d_backward(dy[:1], x[:1], w)[1]), "gradient of w is wrong"
    ),
    "upstream ignored": (np.tanh, lambda dy, x: 1 - np.tanh(x) ** 2, ONE, "is wrong"),
    "upstream taken as ones": (
        *with_dx(lambda dx, dy, x, w: F.conv2d_backward(np.ones_like(dy), x, w)[0]), "gradient of x is wrong"
    ),
    "upstream added": (np.sin, lambda dy, x: dy + np.cos(x), ONE, "is wrong"),
    "upstream averaged": (np.exp, lambda dy, x: dy.mean() * np.exp(x), ONE, "is wrong"),
    "the slope at y": (np.tanh, lambda dy, x: dy * (1 - x**2), ONE, "is wrong"),
    "relu by the sign of dy": (F.relu, lambda dy, x: dy * (dy > 0), distinct((3, 4)), "is wrong"),
    "leaky where it should be flat": (
        F.relu, partial(F.leaky_relu_backward, negative_slope=0.01), distinct((3, 4)), "is wrong"
    ),
    "db over N only, at one place": (*with_db(lambda dy: dy[:, :, 0, 0].sum(0)), "gradient of b is wrong"),
    "db over N only": (
        *with_db(lambda dy: dy.sum(axis=0)), r"gradient of b has shape \(3, 3, 4\), but b has \(3,\)"
    ),
    "db averaged": (*with_db(lambda dy: dy.mean(axis=(0, 2, 3))), "gradient of b is wrong"),
    "one entry by 1 %": (*with_dx(one_entry_off), "gradient of x is wrong"),
    "all entries by 0.01 %": (*with_dw(lambda dw, *_: dw * 1.0001), "gradient of w is wrong"),
    "a small shift": (*with_dw(lambda dw, *_: dw + 1e-3), "gradient of w is wrong"),
    "zeros": (*with_dx(lambda dx, *_: np.zeros_like(dx)), "gradient of x is wrong"),
    "tiny numbers, factor 2": (lambda x: 1e-15 * x, lambda dy, x: 2e-15 * dy, ONE, "is wrong"),
    "large numbers, 0.01 %": (lambda x: 1e9 * x, lambda dy, x: 1.0001e9 * dy, ONE, "is wrong"),
    "softmax without its cross terms": (F.softmax, softmax_diagonal_only, ONE, "is wrong"),
    "batch norm with constant statistics": (
        F.batch_norm,
        lambda dy, x: F.batch_norm_backward(dy, x, mean=x.mean(axis=0), var=x.var(axis=0))[0],
        normal((6, 3)), "gradient of x is wrong",
    ),
    "local response with its window not mirrored": (
        lambda x: F.local_response_norm(x, 2, alpha=1.0),
        lambda dy, x: F.local_response_norm_backward(dy[:, ::-1], x[:, ::-1], 2, alpha=1.0)[:, ::-1],
        normal((2, 5)), "gradient of x is wrong",
    ),
    "average sent to the first": (
        lambda x: x.mean(axis=1), lambda dy, x: np.where(np.arange(4) == 0, dy[:, None], 0), ONE, "is wrong"
    ),
    "shape off": (*with_dw(lambda dw, *_: dw[0]), r"of w has shape \(2, 2, 2\), but w has \(3, 2, 2, 2\)"),
    "shape flat": (*with_dx(lambda dx, *_: dx.ravel()), r"gradient of x has shape \(80,\), but x has"),
    "gradient in float32": (*with_dx(lambda dx, *_: dx.astype("f4")), "of x has dtype float32, not float64"),
    "gradient of whole numbers": (*with_dw(lambda dw, *_: dw.astype(int)), "of w has dtype int64"),
    "gradient of text": (F.relu, lambda dy, x: dy.astype(str), ONE, "gradient of x has dtype <U"),
    "nan": (*with_dx(with_nan), r"gradient of x is nan at \(0, 0, 1, 2\). Look for 0 / 0"),
    "inf": (*with_db(lambda dy: dy.sum((0, 2, 3)) + np.inf), r"gradient of b is inf at \(0,\)"),
    "one gradient missing": (
        F.conv2d, lambda dy, x, w, b: F.conv2d_backward(dy, x, w)[:2], with_dx(lambda dx, *_: dx)[2],
        "backward returns 2 gradients, but there are 3 inputs: x, w, b. Return one for each",
    ),
    "one gradient too many": (
        F.conv2d, F.conv2d_backward, normal((1, 1, 3, 3), (1, 1, 2, 2)), "returns 3 gradients"
    ),
    "rows that look like gradients": (
        np.multiply, lambda dy, x, y: np.stack([dy * y, dy * x]), normal((3,), (3,)), "returns 1 gradients"
    ),
    "no gradient at all": (F.relu, lambda dy, x: None, ONE, "None for every input, so there is nothing"),
}  # fmt: skip


@MODES
@pytest.mark.parametrize("forward, backward, draw, said", WRONG.values(), ids=WRONG)
def test_a_wrong_gradient_is_refused(
    forward: Function, backward: Function, draw: Function, said: str, every_entry: bool
) -> None:
    for seed in range(5):  # not by luck
        rng = np.random.default_rng(seed)
        inputs = draw(rng)
        with pytest.raises(GradientError, match=said) as caught:
            gradcheck(forward, backward, *inputs, rng=rng, every_entry=every_entry)
        assert str(caught.value).startswith("gradcheck: ")
        assert str(caught.value).count("\n") < 2


def test_the_table_has_wrong_gradients_that_ones_would_not_show() -> None:
    """Why dy is random: with ones, three of the mistakes above give the numbers of the right gradient."""
    x = np.random.default_rng(0).standard_normal((3, 3))
    for name, right in (
        ("sent to the mirrored place", lambda dy, x: dy.T),
        ("upstream ignored", F.tanh_backward),
        ("upstream averaged", lambda dy, x: dy * np.exp(x)),
    ):
        ones = np.ones((3, 3))
        np.testing.assert_array_equal(WRONG[name][1](ones, x), right(ones, x))


# --- right gradients, of every operation that has a backward


def biased(name: str, *shapes: tuple[int, ...], **options: Any) -> tuple[Function, Function, Function]:
    """An operation (x, w, b) whose backward takes no b."""
    forward, backward = getattr(F, name), getattr(F, f"{name}_backward")
    return (
        partial(forward, **options),
        lambda dy, *inputs: backward(dy, *inputs[:-1], **options),
        normal(*shapes),
    )


def plain(name: str, draw: Function, **options: Any) -> tuple[Function, Function, Function]:
    """An operation whose backward takes what the forward took."""
    return partial(getattr(F, name), **options), partial(getattr(F, f"{name}_backward"), **options), draw


def loss(name: str, draw: Function, *others: Any, **options: Any) -> tuple[Function, Function, Function]:
    """A loss of its first argument; its dy stands after the arguments, because it mostly is 1."""
    forward, backward = getattr(F, name), getattr(F, f"{name}_backward")
    return (
        lambda x: forward(x, *others, **options),
        lambda dy, x: backward(x, *others, dy=dy, **options),
        draw,
    )


def evaluated(dy: Any, x: Any, weight: Any, bias: Any) -> Any:
    return F.batch_norm_backward(dy, x, weight, mean=[1, 2, 3], var=[4, 5, 6])


LABELS, ONE_HOT = np.array([2, 0, 1, 2]), np.array([[0, 0, 1], [1, 0, 0], [0.5, 0.25, 0.25], [0, 1, 0]])
FAR = np.arange(12.0).reshape(4, 3) / 3 - 2.1
RIGHT = {
    "conv1d": biased("conv1d", (2, 4, 9), (6, 2, 3), (6,), stride=2, padding=1, dilation=2, groups=2),
    "conv2d": biased("conv2d", (2, 2, 5, 6), (4, 2, 2, 3), (4,), stride=(2, 1), padding=((1, 0), 2)),
    "conv2d, same": biased("conv2d", (1, 3, 4, 4), (2, 3, 3, 2), (2,), padding="same", dilation=(1, 2)),
    "conv3d": biased("conv3d", (1, 2, 3, 4, 4), (2, 2, 2, 2, 3), (2,), stride=(1, 2, 1), padding="full"),
    "conv_transpose1d": biased(
        "conv_transpose1d", (2, 4, 3), (4, 1, 3), (2,), stride=3, padding=1, output_padding=2, groups=2
    ),
    "conv_transpose2d": biased(
        "conv_transpose2d", (2, 2, 3, 2), (2, 3, 2, 3), (3,), stride=(2, 3), padding=1, dilation=2
    ),
    "depthwise_conv2d": biased("depthwise_conv2d", (2, 2, 4, 5), (4, 1, 3, 2), (4,), stride=2, padding=1),
    "depthwise_separable_conv2d": biased(
        "depthwise_separable_conv2d", (2, 2, 4, 5), (4, 1, 3, 2), (3, 4, 1, 1), (3,), dilation=(1, 2)
    ),
    "separable_conv2d": plain("separable_conv2d", normal((2, 2, 5, 4), (3,), (2,)), stride=(2, 1), padding=1),
    "im2col": plain("im2col", normal((2, 2, 4, 5)), kernel_size=(2, 3), stride=(2, 1), padding=1),
    "avg_pool1d": plain("avg_pool1d", normal((2, 2, 8)), kernel_size=3, stride=2, padding=1, ceil_mode=True),
    "avg_pool2d": plain(
        "avg_pool2d", normal((2, 2, 5, 6)), kernel_size=3, padding=1, count_include_pad=False
    ),
    "avg_pool3d": plain("avg_pool3d", normal((1, 2, 3, 4, 5)), kernel_size=2, stride=(1, 2, 2)),
    "max_pool1d": plain("max_pool1d", distinct((2, 2, 9)), kernel_size=3, stride=2, padding=1, dilation=2),
    "max_pool2d": plain("max_pool2d", distinct((2, 2, 6, 6)), kernel_size=3, stride=2, ceil_mode=True),
    "max_pool3d": plain("max_pool3d", distinct((1, 2, 3, 4, 4)), kernel_size=2, stride=1, padding=1),
    "global_avg_pool": plain("global_avg_pool", normal((2, 3, 4, 2))),
    "global_max_pool": plain("global_max_pool", distinct((2, 3, 4, 2))),
    "upsample_nearest": plain("upsample_nearest", normal((2, 2, 3, 2)), scale_factor=(2, 3)),
    "upsample_bilinear": plain("upsample_bilinear", normal((2, 2, 3, 4)), scale_factor=2),
    "upsample_bilinear, corners": plain(
        "upsample_bilinear", normal((1, 2, 3, 4)), scale_factor=(3, 2), align_corners=True
    ),
    "linear": biased("linear", (4, 5), (3, 5), (3,)),
    "relu": plain("relu", distinct((4, 5))),
    "leaky_relu": plain("leaky_relu", distinct((4, 5)), negative_slope=0.2),
    "prelu": plain("prelu", lambda rng: [*distinct((2, 3, 4))(rng), rng.random(3)]),
    "prelu, one slope": plain("prelu", lambda rng: [*distinct((2, 3, 4))(rng), rng.random(1)]),
    "elu": plain("elu", distinct((4, 5)), alpha=1.5),
    "sigmoid": plain("sigmoid", normal((4, 5))),
    "tanh": plain("tanh", normal((4, 5))),
    "softmax": plain("softmax", normal((2, 3, 4)), axis=1),
    "log_softmax": plain("log_softmax", normal((2, 3, 4)), axis=-1),
    "batch_norm": biased("batch_norm", (4, 3, 2, 2), (3,), (3,), eps=1e-3),
    "batch_norm, (N, C)": biased("batch_norm", (7, 3), (3,), (3,)),
    "batch_norm, evaluation": (
        lambda x, weight, bias: F.batch_norm(x, weight, bias, mean=[1, 2, 3], var=[4, 5, 6]),
        evaluated, normal((2, 3, 4), (3,), (3,)),
    ),
    "local_response_norm": plain("local_response_norm", normal((2, 6, 3)), size=4, alpha=0.7, beta=0.6, k=2),
    "dropout": (
        lambda x: F.dropout(x, 0.3, rng=np.random.default_rng(5))[0],
        lambda dy, x: F.dropout_backward(dy, F.dropout(x, 0.3, rng=np.random.default_rng(5))[1]),
        normal((4, 5)),
    ),
    "cross_entropy": loss("cross_entropy", normal((4, 3)), LABELS),
    "cross_entropy, probabilities": loss("cross_entropy", normal((4, 3)), ONE_HOT, reduction="sum"),
    "cross_entropy, each": loss("cross_entropy", normal((4, 3)), LABELS, reduction="none"),
    "binary_cross_entropy_with_logits": loss(
        "binary_cross_entropy_with_logits", normal((4, 3)), np.array(ONE_HOT > 0.3, float)
    ),
    "l1_loss": loss("l1_loss", distinct((4, 3)), np.zeros((4, 3))),
    "mse_loss": loss("mse_loss", normal((4, 3)), FAR, reduction="none"),
    "smooth_l1_loss": loss("smooth_l1_loss", distinct((4, 3)), np.zeros((4, 3)), beta=0.8),
    "entropy": loss("entropy", lambda rng: [rng.dirichlet(np.full(4, 5.0), 3)]),
}  # fmt: skip


@MODES
@pytest.mark.parametrize("forward, backward, draw", RIGHT.values(), ids=RIGHT)
def test_the_gradients_of_every_operation_are_right(
    forward: Function, backward: Function, draw: Function, every_entry: bool
) -> None:
    for seed in range(1 if every_entry else 5):
        rng = np.random.default_rng(seed)
        inputs = draw(rng)
        before = [x.copy() for x in inputs]
        assert gradcheck(forward, backward, *inputs, rng=rng, every_entry=every_entry) <= 1e-6
        for x, was in zip(inputs, before, strict=True):
            np.testing.assert_array_equal(x, was)


def test_every_backward_stands_in_the_table() -> None:
    named = {name.removesuffix("_backward") for name in F.__all__ if name.endswith("_backward")}
    assert named == {name.split(",")[0] for name in RIGHT}


# --- what gradcheck returns and accepts


@MODES
def test_the_error_is_returned_and_the_tolerance_decides(every_entry: bool) -> None:
    def slightly_off(dy: Any, x: Any) -> Any:
        return dy * np.cos(x) * (1 + 1e-4)

    check = partial(gradcheck, np.sin, slightly_off, np.array([0.3, 1.2, -2.0]), every_entry=every_entry)
    assert 0.99e-4 < check(tolerance=1e-3, rng=np.random.default_rng(0)) < 1.01e-4
    with pytest.raises(GradientError, match=r"relative error 0\.0001"):
        check(tolerance=0.9e-4, rng=np.random.default_rng(0))


def test_the_largest_error_of_all_inputs_is_returned() -> None:
    error = gradcheck(
        lambda x, y: x + y,
        lambda dy, x, y: (dy * (1 + 3e-7), dy * (1 + 1e-8)),
        np.ones(3), np.ones(3), rng=np.random.default_rng(0),
    )  # fmt: skip
    assert 2.9e-7 < error < 3.1e-7


@MODES
def test_an_input_without_gradient_is_left_out_but_the_others_are_not(every_entry: bool) -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 3))
    check = partial(gradcheck, np.multiply, rng=np.random.default_rng(0), every_entry=every_entry)
    assert check(lambda dy, x, y: (None, dy * x), x, y) < 1e-8
    with pytest.raises(GradientError, match="is wrong"):
        check(lambda dy, x, y: (None, dy * y), x, y)


@MODES
def test_numbers_without_axes_and_flat_functions_can_be_checked(every_entry: bool) -> None:
    check = partial(gradcheck, rng=np.random.default_rng(0), every_entry=every_entry)
    assert check(lambda x: x**3, lambda dy, x: dy * 3 * x**2, np.float64(2.0)) < 1e-8
    assert check(lambda x: x - x, lambda dy, x: 0 * dy, np.ones(4)) == 0
    assert check(lambda x: 1 + 1e-13 * x, lambda dy, x: 1e-13 * dy, np.ones(4)) < 1e-6  # all of it rounding
    assert check(lambda x: 1e6 + x, lambda dy, x: dy, np.ones(4)) < 1e-6  # the last digits of it rounding


@MODES
def test_read_only_and_strided_inputs_stay_as_they_are_even_if_a_function_writes_into_its_arguments(
    every_entry: bool,
) -> None:
    def forward(x: Any, y: Any) -> Any:
        x *= y
        return x

    def backward(dy: Any, x: Any, y: Any) -> Any:
        dx, dz = dy * y, dy * x
        dy[...] = x[...] = y[...] = 0
        return dx, dz

    x, y = np.random.default_rng(0).standard_normal((2, 6, 4))[:, ::2, ::-1]
    before = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    rng = np.random.default_rng(1)
    assert gradcheck(forward, backward, x, y, rng=rng, every_entry=every_entry) < 1e-8
    np.testing.assert_array_equal((x, y), before)


def test_the_seed_decides() -> None:
    def error(seed: int) -> float:
        return gradcheck(np.exp, lambda dy, x: dy * np.exp(x), np.ones(3), rng=np.random.default_rng(seed))

    assert error(0) == error(0) != error(1)


def test_every_entry_says_where_and_a_direction_says_how_to_find_out() -> None:
    def backward(dy: Any, x: Any) -> Any:
        return np.where(np.arange(6).reshape(2, 3) == 5, 3.0, 2.0) * dy

    class Fixed(np.random.Generator):
        """Draws twos for dy."""

        def standard_normal(self, size: Any = None, **_: Any) -> Any:
            return np.full(size, 2.0)

    rng = Fixed(np.random.PCG64(0))
    with pytest.raises(GradientError) as caught:
        gradcheck(lambda signal: 2 * signal, backward, np.ones((2, 3)), rng=rng, every_entry=True)
    assert str(caught.value) == (
        "gradcheck: the gradient of signal is wrong at (1, 2): 6, but differences give 4 "
        "(relative error 0.33; 1 of 6 entries differ).\n"
        "If it should be right, keep the inputs away from kinks (0 of relu) and ties (max)."
    )
    with pytest.raises(
        GradientError, match=r"of signal is wrong along a random direction: .*\nevery_entry=True"
    ):
        gradcheck(lambda signal: 2 * signal, backward, np.ones((2, 3)), rng=rng)


@pytest.mark.parametrize(
    "forward, name",
    [
        (lambda image: image, "image"),
        (partial(lambda scale, image: scale * image, 1.0), "image"),
        (lambda *images: images[0], "input 0"),
        (partial(lambda image, scale: image * scale, scale=1.0), "image"),
    ],
)
def test_an_input_has_the_name_that_the_function_gives_it(forward: Function, name: str) -> None:
    with pytest.raises(GradientError, match=f"the gradient of {name} is wrong"):
        gradcheck(forward, lambda dy, x: 2 * dy, np.ones(2), rng=np.random.default_rng(0))


@MODES
def test_a_kink_is_named_as_a_possible_cause(every_entry: bool) -> None:
    with pytest.raises(GradientError, match="kinks"):
        gradcheck(F.relu, F.relu_backward, np.zeros(3), rng=np.random.default_rng(0), every_entry=every_entry)


# --- numeric_gradient


def test_numeric_gradient_is_a_central_difference() -> None:
    """Of x³ it is 3 x² + h² exactly; one-sided it would be off by 3 x h."""
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    for h in (1e-1, 1e-2):
        found = numeric_gradient(lambda x: x**3, x, dy=np.ones((2, 2)), h=h)
        np.testing.assert_allclose(found, 3 * x**2 + h**2, rtol=1e-11)
    found = numeric_gradient(lambda x: np.sum(x**3), x)
    np.testing.assert_allclose(found, 3 * x**2, rtol=1e-9)


def test_numeric_gradient_weighs_every_output_by_its_dy() -> None:
    rng = np.random.default_rng(0)
    matrix, x, dy = (rng.standard_normal(shape) for shape in [(4, 3), (3,), (4,)])
    np.testing.assert_allclose(numeric_gradient(lambda x: matrix @ x, x, dy), matrix.T @ dy, atol=1e-9)


def test_numeric_gradient_of_numbers_of_any_shape() -> None:
    assert numeric_gradient(lambda x: x**2, np.float64(3.0)).shape == ()
    assert numeric_gradient(np.sin, np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)
    assert numeric_gradient(lambda x: [x[0] * 3, 1.0], [2.0], dy=[1.0, 5.0]).round(6).tolist() == [3.0]


def test_numeric_gradient_leaves_x_alone_whatever_f_does() -> None:
    x = np.arange(1.0, 7.0).reshape(2, 3)[:, ::-1]
    x.flags.writeable = False
    before, out = x.copy(), np.zeros((2, 3))

    def writes_into_x(x: Any) -> Any:
        x *= x
        return x

    functions = [writes_into_x, lambda x: np.multiply(x, x, out=out), lambda x: (x * x).T[::-1].T[:, ::-1]]
    for f in functions:
        found = numeric_gradient(f, x, dy=np.ones((2, 3)))
        np.testing.assert_allclose(found, 2 * before, rtol=1e-8)
        np.testing.assert_array_equal(x, before)
    view = numeric_gradient(lambda x: x[:, :1], x, dy=np.array([[2.0], [3.0]]))
    np.testing.assert_allclose(view, [[2, 0, 0], [3, 0, 0]], atol=1e-9)


# --- bad input

X = np.ones((2, 3))
check = partial(gradcheck, lambda x: 2 * x, lambda dy, x: 2 * dy, rng=np.random.default_rng(0))
draws = np.random.default_rng(0)
BAD = [
    (partial(check, X.astype(np.float32)), ValueError, "gradcheck: x has dtype float32, but it must"),
    (partial(check, X.astype(int)), ValueError, "x has dtype int64.* so small a step is lost to rounding"),
    (partial(check, X > 0), ValueError, "x has dtype bool"),
    (partial(check, X * 1j), ValueError, "x has dtype complex128"),
    (partial(check, [["a"]]), ValueError, "x has dtype <U1"),
    (partial(check, None), ValueError, "x has dtype object"),
    (partial(check, [[1.0], [2.0, 3.0]]), ShapeError, "x is not an array: its rows differ"),
    (partial(check, np.zeros((0, 3))), ShapeError, r"x has shape \(0, 3\): there is nothing"),
    (check, ValueError, "gradcheck: there are no inputs"),
    (partial(check, X, rng=0), ValueError, "gradcheck: rng is 0, but it must be a NumPy generator"),
    (partial(check, X, h=0), ValueError, "gradcheck: h is 0, but it must be a number above 0"),
    (partial(check, X, h=-1e-5), ValueError, "h is -1e-05"),
    (partial(check, X, tolerance=0), ValueError, "tolerance is 0"),
    (partial(check, X, tolerance=None), ValueError, "tolerance is None"),
    (partial(gradcheck, lambda x: (x, x), None, X, rng=draws), ValueError, "forward returns several values"),
    (partial(gradcheck, lambda x: x * np.nan, None, X, rng=draws), ValueError, "gives nan or inf here"),
    (partial(gradcheck, lambda x: x.astype("f4"), None, X, rng=draws), ValueError,
     "result of forward has dtype float32"),
    (partial(gradcheck, lambda x: x * draws.random(), None, X, rng=draws), ValueError, "does not repeat"),
    (partial(gradcheck, lambda x: F.dropout(x, rng=draws)[0], None, np.ones(99), rng=draws), ValueError,
     "forward does not repeat its result. Fix what is random"),
    (partial(numeric_gradient, np.sum, X.astype(np.float32)), ValueError,
     "numeric_gradient: x has dtype float32, but it must be float64"),
    (partial(numeric_gradient, np.sum, [1, 2]), ValueError, "numeric_gradient: x has dtype int64"),
    (partial(numeric_gradient, lambda x: x.astype("f4"), X, X), ValueError, r"f\(x\) has dtype float32"),
    (partial(numeric_gradient, np.sin, X), ShapeError, r"f\(x\) has shape \(2, 3\), so it needs a dy"),
    (partial(numeric_gradient, np.sin, X, X[0]), ShapeError, r"dy has shape \(3,\), but f\(x\)"),
    (partial(numeric_gradient, np.sin, X, X.astype(int)), ValueError, "dy has dtype int64"),
    (partial(numeric_gradient, np.sum, X, h=0), ValueError, "numeric_gradient: h is 0"),
    (partial(numeric_gradient, np.sum, X, h="1"), ValueError, "h is '1'"),
]  # fmt: skip


@pytest.mark.parametrize("call, error, said", BAD)
def test_bad_input_gets_a_sentence(call: Any, error: type, said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        call()
    assert not isinstance(caught.value, GradientError)
    assert str(caught.value).count("\n") < 2
