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
# What the PyTorch line in the box is to be compared with, as a function of the names in it.
OURS = {
    "01_images": lambda x, k: x[None, None],
    "02_convolution": lambda x, k: F.correlate2d(x, k),
    "03_shapes": lambda x, k: F.correlate2d(x, k, stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
    "04_channels": lambda x, w, b: F.conv2d(
        x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2
    ),
    "05_family": lambda x, k: F.depthwise_conv2d(np.stack([x] * 3)[None], np.stack([k] * 3)[:, None])[0],
    "06_pooling": lambda x, k: F.max_pool2d(
        x[None, None], (3, 2), stride=2, padding=(1, 0), ceil_mode=True
    )[0, 0],
    "07_transposed": lambda x, k: F.conv_transpose2d(
        x[None, None], k[None, None], stride=(2, 3), padding=(1, 0), output_padding=(1, 2)
    )[0, 0],
    "09_layers": lambda x, k: F.cross_entropy(x, np.array([0, 2, 1, 5, 3, 8, 4])),
    "10_training": lambda x, gamma, beta: F.batch_norm(x, gamma, beta),
    "14_looking_inside": lambda x: np.stack([(f := m.reshape(len(m), -1)) @ f.T / m.size for m in x]),
}
SHAPES = {
    "14_looking_inside": {"x": (2, 4, 7, 9)},
    "04_channels": {"x": (2, 4, 7, 9), "w": (6, 2, 2, 3), "b": (6,)},
    "10_training": {"x": (2, 4, 7, 9), "gamma": (4,), "beta": (4,)},
}


def box(unit: str) -> str:
    notebook = read(ROOT / "solutions" / unit / f"{unit}.ipynb")
    (cell,) = [cell for cell in notebook.cells if cell.id == "elsewhere"]
    return str(cell.source)


def arrays(unit: str) -> dict[str, Any]:
    """Return random arrays by the names in the box: a picture x and a kernel k, or what SHAPES says."""
    rng = np.random.default_rng(0)
    shapes = SHAPES.get(unit, {"x": (7, 9), "k": (2, 3)})
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("unit", OURS)
def test_the_pytorch_line(unit: str) -> None:
    torch = pytest.importorskip(
        "torch", reason="PyTorch is an oracle for this test only and is not installed"
    )
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", box(unit), re.S) if "torch." in block]
    given = arrays(unit)
    theirs = eval(code, {"torch": torch, **given})
    np.testing.assert_allclose(theirs.numpy(), OURS[unit](**given), atol=1e-12)


def test_the_scipy_and_numpy_sentence() -> None:
    import scipy

    x, k = arrays("02_convolution").values()
    codes = re.findall(r"`(scipy\.signal\.[^`]+)`", box("02_convolution"))
    theirs = [eval(code, {"scipy": scipy, "x": x, "k": k}) for code in codes]
    np.testing.assert_allclose(theirs[0], F.correlate2d(x, k), atol=1e-12)
    np.testing.assert_allclose(theirs[1], F.convolve2d(x, k), atol=1e-12)
    a, b = x[0], k[0]
    assert len(np.convolve(a, b)) == len(a) + len(b) - 1
    np.testing.assert_allclose(np.correlate(a, b), F.correlate1d(a, b), atol=1e-12)
