"""Pooling and upsampling as naive loops, straight from their definitions.

Every option is a sequence with one entry an axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isnan
from typing import Any

import numpy as np

Index = tuple[int, ...]


def starts(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> list[int]:
    """Return where windows begin; pixels count from 0. With ceil_mode one may stick out by less than s."""
    out = s - 1 if ceil_mode else 0
    return [i for i in range(-p, n, s) if i + d * (k - 1) < n + p + out]


def windows(
    size: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Iterator[tuple[Index, Index, list[Index]]]:
    """Yield each window: its number, where it begins, and its pixels in row-major order."""
    axes = zip(size, kernel, stride, padding, dilation, strict=True)
    every = [starts(n, k, s, p, d, ceil_mode) for n, k, s, p, d in axes]
    for number in np.ndindex(*map(len, every)):
        begin = tuple(places[i] for places, i in zip(every, number, strict=True))
        taps = [
            tuple(b + t * d for b, t, d in zip(begin, tap, dilation, strict=True))
            for tap in np.ndindex(*kernel)
        ]
        yield number, begin, [at for at in taps if all(0 <= i < n for i, n in zip(at, size, strict=True))]


def out_shape(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Index:
    axes = zip(x.shape[2:], kernel, stride, padding, dilation, strict=True)
    return (*x.shape[:2], *(len(starts(n, k, s, p, d, ceil_mode)) for n, k, s, p, d in axes))


def largest(image: Any, pixels: list[Index]) -> Index | None:
    """Return the first pixel that no other exceeds; NaN exceeds all."""
    best = None
    for at in pixels:
        if best is None or image[at] > image[best] or (isnan(image[at]) and not isnan(image[best])):
            best = at
    return best


def max_pool(x: Any, *options: Any) -> np.ndarray:
    y = np.full(out_shape(x, *options), -np.inf)
    for n, c in np.ndindex(*x.shape[:2]):
        for number, _, pixels in windows(x.shape[2:], *options):
            best = largest(x[n, c], pixels)
            if best is not None:
                y[n, c, *number] = x[n, c, *best]
    return y


def max_pool_backward(dy: Any, x: Any, *options: Any) -> np.ndarray:
    dx = np.zeros(x.shape)
    for n, c in np.ndindex(*x.shape[:2]):
        for number, _, pixels in windows(x.shape[2:], *options):
            best = largest(x[n, c], pixels)
            if best is not None:
                dx[n, c, *best] += dy[n, c, *number]
    return dx


def divisor(
    size: Any, begin: Index, pixels: list[Index], kernel: Any, padding: Any, count_include_pad: bool
) -> int:
    """Count the pixels of a window, and the zeros within the padding if they are to be counted."""
    if not count_include_pad:
        return len(pixels)
    counted = 0
    for tap in np.ndindex(*kernel):
        at = [b + t for b, t in zip(begin, tap, strict=True)]
        counted += all(-p <= i < n + p for i, n, p in zip(at, size, padding, strict=True))
    return counted


def avg_pool(
    x: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool
) -> np.ndarray:
    options = (kernel, stride, padding, [1] * len(kernel), ceil_mode)
    y = np.zeros(out_shape(x, *options))
    for n, c in np.ndindex(*x.shape[:2]):
        for number, begin, pixels in windows(x.shape[2:], *options):
            total = sum(float(x[n, c, *at]) for at in pixels)
            y[n, c, *number] = total / divisor(x.shape[2:], begin, pixels, kernel, padding, count_include_pad)
    return y


def avg_pool_backward(
    dy: Any, x: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool
) -> np.ndarray:
    options = (kernel, stride, padding, [1] * len(kernel), ceil_mode)
    dx = np.zeros(x.shape)
    for n, c in np.ndindex(*x.shape[:2]):
        for number, begin, pixels in windows(x.shape[2:], *options):
            size = divisor(x.shape[2:], begin, pixels, kernel, padding, count_include_pad)
            for at in pixels:
                dx[n, c, *at] += dy[n, c, *number] / size
    return dx


def nearest_parts(size: Any, scale: Any) -> Iterator[tuple[Index, Index, float]]:
    """Yield (output, input, part) of repetition: every output is one whole input."""
    for at in np.ndindex(*(n * s for n, s in zip(size, scale, strict=True))):
        yield at, tuple(i // s for i, s in zip(at, scale, strict=True)), 1.0


def neighbours(i: int, n: int, s: int, align_corners: bool) -> list[tuple[int, float]]:
    """Return the one or two pixels of ``n`` on whose line output ``i`` of ``n s`` lies, and their parts."""
    if align_corners:
        place = i * (n - 1) / (n * s - 1) if n * s > 1 else 0.0
    else:
        place = max(0.0, (i + 0.5) / s - 0.5)
    left = min(floor(place), n - 1)
    return [(left, 1.0)] if left == n - 1 else [(left, 1 - (place - left)), (left + 1, place - left)]


def bilinear_parts(size: Any, scale: Any, align_corners: bool) -> Iterator[tuple[Index, Index, float]]:
    """Yield (output, input, part) of straight lines on both axes."""
    for at in np.ndindex(size[0] * scale[0], size[1] * scale[1]):
        for top, a in neighbours(at[0], size[0], scale[0], align_corners):
            for left, b in neighbours(at[1], size[1], scale[1], align_corners):
                yield at, (top, left), a * b


def upsample(x: Any, scale: Any, parts: Any) -> np.ndarray:
    y = np.zeros((*x.shape[:2], *(n * s for n, s in zip(x.shape[2:], scale, strict=True))))
    for at, pixel, part in parts:
        for n, c in np.ndindex(*x.shape[:2]):
            y[n, c, *at] += part * x[n, c, *pixel]
    return y


def upsample_backward(dy: Any, x: Any, parts: Any) -> np.ndarray:
    dx = np.zeros(x.shape)
    for at, pixel, part in parts:
        for n, c in np.ndindex(*x.shape[:2]):
            dx[n, c, *pixel] += part * dy[n, c, *at]
    return dx
