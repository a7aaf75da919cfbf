"""Random convolution layers for the property tests: arrays, options as written, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests import reference
from tests.oracle import torch

Draw = Callable[[Any], Any]
PADDINGS = ["one", "axes", "pairs", "mixed", "valid", "same", "full"]
LAYOUTS = ["plain", "read-only", "fortran", "transposed", "reversed", "strided", "broadcast"]
LONGEST = {1: 5, 2: 3, 3: 2}  # a kernel's longest axis, by the number of axes: the loops must stay quick


def laid_out(array: Any, layout: str) -> Any:
    """Return the same numbers, read-only and differently arranged in memory."""
    if layout == "fortran":
        array = np.asfortranarray(array)
    elif layout == "transposed":
        array = np.ascontiguousarray(array.T).T
    elif layout == "reversed":
        array = np.flip(np.flip(array).copy())
    elif layout == "strided":
        wide = np.full([3 * n for n in array.shape], np.nan).astype(array.dtype)
        wide[tuple(slice(1, None, 3) for _ in array.shape)] = array
        array = wide[tuple(slice(1, None, 3) for _ in array.shape)]
    elif layout == "broadcast":
        array = np.broadcast_to(array[None], (2, *array.shape))[1]
    else:
        array = array.copy()
    array.flags.writeable = layout == "plain"
    return array


@dataclass
class Layer:
    """A convolution layer with an input; ``written`` are its options as a caller writes them."""

    x: Any
    w: Any
    b: Any
    dy: Any
    written: dict[str, Any]
    stride: tuple[int, ...]
    borders: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int

    @property
    def meant(self) -> dict[str, Any]:
        """The options as the loops take them."""
        return {
            "stride": self.stride, "borders": self.borders, "dilation": self.dilation, "groups": self.groups
        }  # fmt: skip

    @property
    def kernel(self) -> tuple[int, ...]:
        return tuple(self.w.shape[2:])


def written(draw: Draw, values: tuple[int, ...]) -> Any:
    """Return an option as a caller may write it: one number where all are equal, a tuple, a list, NumPy's."""
    forms: list[Any] = [values, list(values), tuple(np.int64(value) for value in values)]
    if len(set(values)) == 1:
        forms += [values[0], np.int32(values[0])]
    return draw(st.sampled_from(forms))


def per_axis(draw: Draw, axes: int, least: int, most: int) -> tuple[int, ...]:
    """Return one number for each axis; often the same for all."""
    number = st.integers(least, most)
    return (draw(number),) * axes if draw(st.booleans()) else tuple(draw(number) for _ in range(axes))


@st.composite
def layers(
    draw: Draw,
    axes: int,
    paddings: list[str] = PADDINGS,
    kind: str = "any",
    stride: int = 3,
    dilation: int = 3,
    groups: int = 3,
) -> Layer:
    """Draw a layer: any padding of ``paddings``, other options up to these, depthwise if ``kind`` says so."""
    kernel = tuple(draw(st.integers(1, LONGEST[axes])) for _ in range(axes))
    steps, gaps = per_axis(draw, axes, 1, stride), per_axis(draw, axes, 1, dilation)
    kind = draw(st.sampled_from(["full", "full", "depthwise"])) if kind == "any" else kind
    parts = draw(st.integers(1, groups))
    inputs = 1 if kind == "depthwise" else draw(st.integers(1, 2))
    outputs = draw(st.integers(1, 2 if axes == 3 else 3))

    form = draw(st.sampled_from(paddings))
    size, padding, borders = _drawn_padding(draw, form, kernel, steps, gaps)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch = draw(st.sampled_from([1, 2, 3, 2, 1, 2, 3, 0] if axes < 3 else [1, 2, 1, 2, 0]))
    w = rng.standard_normal((outputs * parts, inputs, *kernel))
    out = reference.sizes_out(size, kernel, steps, borders, gaps)
    x = rng.standard_normal((batch, inputs * parts, *size))
    dy = rng.standard_normal((batch, len(w), *out))
    b = rng.standard_normal(len(w)) if draw(st.booleans()) else None
    x, w, dy = (laid_out(array, draw(st.sampled_from(LAYOUTS))) for array in (x, w, dy))
    options = {"stride": written(draw, steps), "padding": padding, "dilation": written(draw, gaps)}
    if kind != "depthwise" or draw(st.booleans()):
        options["groups"] = parts
    options = {
        name: value for name, value in options.items() if value != DEFAULTS[name] or draw(st.booleans())
    }
    if "groups" not in options and kind == "depthwise":
        options["groups"] = np.int64(parts)
    return Layer(x, w, b, dy, options, steps, borders, gaps, parts)


DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}


def _drawn_padding(
    draw: Draw, form: str, kernel: Any, stride: Any, dilation: Any
) -> tuple[tuple[int, ...], Any, tuple[tuple[int, int], ...]]:
    """Return the input's size, the padding as written, and the border that it means."""
    axes = len(kernel)
    more = [draw(st.integers(0, {1: 9, 2: 5, 3: 3}[axes])) for _ in kernel]
    if form in ("valid", "same", "full"):
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        size = tuple(extra + (s if form == "valid" else 1) for extra, s in zip(more, reach, strict=True))
        borders = tuple(map(lambda *axis: reference.border(form, *axis), size, kernel, stride, dilation))
        return size, form, borders
    number = st.integers(0, 2)
    if form == "one":
        p = draw(number)
        borders, padding = ((p, p),) * axes, p
    elif form == "axes":
        each = tuple(draw(number) for _ in kernel)
        borders, padding = tuple((p, p) for p in each), written(draw, each)
    else:
        borders = tuple((draw(number), draw(number)) for _ in kernel)
        padding = [_written_pair(ends, mixed=form == "mixed") for ends in borders]
        padding = draw(st.sampled_from([padding, tuple(padding), tuple(map(_as_list, padding))]))
    size = tuple(
        max(1, d * (k - 1) + 1 - sum(ends)) + extra
        for k, d, ends, extra in zip(kernel, dilation, borders, more, strict=True)
    )
    return size, padding, borders


def _written_pair(ends: tuple[int, int], mixed: bool) -> Any:
    return ends[0] if mixed and ends[0] == ends[1] else ends


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def torch_conv(layer: Layer, tensors: tuple[Any, Any, Any]) -> Any:
    """Return PyTorch's output. Where it knows no such padding, zeros are put around the image first."""
    import torch.nn.functional as TF

    x, w, b = tensors
    axes = len(layer.stride)
    convolve = (TF.conv1d, TF.conv2d, TF.conv3d)[axes - 1]
    padding: Any = layer.written.get("padding", 0)
    if padding == "full" or (padding == "same" and set(layer.stride) != {1}) or _has_pairs(padding):
        x = TF.pad(x, [end for ends in reversed(layer.borders) for end in ends])
        padding = 0
    elif not isinstance(padding, str):
        padding = tuple(before for before, _ in layer.borders)
    return convolve(x, w, b, layer.stride, padding, layer.dilation, layer.groups)


def _has_pairs(padding: Any) -> bool:
    return isinstance(padding, list | tuple) and any(isinstance(p, list | tuple) for p in padding)


def backward(y: Any, dy: Any, *tensors: Any) -> list[Any]:
    """Return PyTorch's gradients of these tensors, given that of y."""
    y.backward(torch.tensor(np.array(dy)))
    return [t.grad for t in tensors]
