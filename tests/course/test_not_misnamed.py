"""Wrong answers that once got a message about another mistake: a false name is worse than none."""

from __future__ import annotations

import pytest

from tests.course.workbench import Workbench

PAD2D = """
def pad2d(x, p, mode="zeros"):
    if mode == "zeros":
        return zero_pad(x, p)
    (H, W), (rows, columns) = x.shape, (np.arange(-p[0], x.shape[0] + p[0]), np.arange(-p[1], x.shape[1] + p[1]))
    if mode == "replicate":
        {replicate}
    else:
        {reflect}
    return x[np.ix_(rows, columns)]
"""
REFLECT = "rows, columns = H - 1 - abs(H - 1 - abs(rows)), W - 1 - abs(W - 1 - abs(columns))"
CASES = [
    # unit, exercise, answer, what must not be said
    (
        "00_start",
        "add_bias",
        "def add_bias(x, b):\n    y = x.copy()\n    y += b[:, None, None]\n    return y",
        "wrote into x",
    ),
    ("03_shapes", "out_size", "def out_size(n, k, s=1, p=0, d=1): return (n + 2 + p - d * (k - 1) - 1) // s + 1", "bracket"),
    ("03_shapes", "out_size", "def out_size(n, k, s=1, p=0, d=1): return (n + 2 * p * d - d * (k - 1) - 1) // s + 1", "no effect"),
    (
        "03_shapes",
        "same_padding",
        "def same_padding(n, k, s, d=1):\n    out = np.ceil(n / s)\n"
        "    total = max(0, (out - 1) * s + d * (k - 1) + 1 - n)\n    return total // 2, total - total // 2",
        "negative",
    ),
    ("03_shapes", "pad2d", PAD2D.format(replicate=REFLECT, reflect=REFLECT), "exchanged"),
    ("03_shapes", "zero_pad2d", "def zero_pad2d(x, p):\n    y = np.zeros((len(x) + 2 * p[0], len(x[0]) + 2 * p[1]), 'f4')\n"
     "    y[p[0]:p[0] + len(x), p[1]:p[1] + len(x[0])] = x\n    return y", "whole numbers"),
    ("02_convolution", "correlate1d", "def correlate1d(x, k):\n    x -= x.mean()\n    return np.array([x[i:i + len(k)] @ k for i in range(len(x) - len(k) + 1)])", "values are right"),
    ("12_alexnet_vgg", "compose", "def compose(first, second):\n    (h, w), (lh, lw) = first.shape, second.shape\n"
     "    out = np.zeros((h + lh - 1, w + lw - 1), 'f4')\n    for i in range(lh):\n        for j in range(lw):\n"
     "            out[i:i + h, j:j + w] += second[i, j] * first\n    return out", "cut off"),
    ("02_convolution", "mean_filter", "def mean_filter(n): return np.full((n, n), n * n)", "loses what the input"),
]  # fmt: skip


@pytest.mark.parametrize("unit, exercise, code, untrue", CASES, ids=[f"{u[:2]}-{e}" for u, e, *_ in CASES])
def test_nothing_untrue_is_said(unit: str, exercise: str, code: str, untrue: str) -> None:
    complaint = Workbench(unit).grade(exercise, code)["check"]
    assert complaint is not None and untrue not in str(complaint)
