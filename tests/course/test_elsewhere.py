"""The boxes "the same elsewhere": their PyTorch and SciPy lines give what cnnkit gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkit import functional as F
from cnnkit.classroom.notebooks.canonical import read

ROOT = Path(__file__).parents[2]
# What the line in the box is to be compared with.
OURS = {
    "02_convolution": lambda x, k: F.correlate2d(x, k),
    "03_shapes": lambda x, k: F.correlate2d(x, k, stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
}


def box(unit: str) -> str:
    notebook = read(ROOT / "solutions" / unit / f"{unit}.ipynb")
    (cell,) = [cell for cell in notebook.cells if cell.id == "elsewhere"]
    return str(cell.source)


def picture_and_kernel() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((7, 9)), rng.standard_normal((2, 3))


@pytest.mark.parametrize("unit", OURS)
def test_the_pytorch_line(unit: str) -> None:
    torch = pytest.importorskip(
        "torch", reason="PyTorch is an oracle for this test only and is not installed"
    )
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", box(unit), re.S) if "torch." in block]
    x, k = picture_and_kernel()
    theirs = eval(code, {"torch": torch, "x": x, "k": k})
    np.testing.assert_allclose(theirs.numpy(), OURS[unit](x, k), atol=1e-12)


def test_the_scipy_and_numpy_sentence() -> None:
    import scipy

    x, k = picture_and_kernel()
    codes = re.findall(r"`(scipy\.signal\.[^`]+)`", box("02_convolution"))
    theirs = [eval(code, {"scipy": scipy, "x": x, "k": k}) for code in codes]
    np.testing.assert_allclose(theirs[0], F.correlate2d(x, k), atol=1e-12)
    np.testing.assert_allclose(theirs[1], F.convolve2d(x, k), atol=1e-12)
    a, b = x[0], k[0]
    assert len(np.convolve(a, b)) == len(a) + len(b) - 1
    np.testing.assert_allclose(np.correlate(a, b), F.correlate1d(a, b), atol=1e-12)
