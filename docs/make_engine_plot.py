"""Make docs/engine.png: the time of a convolution against the number of images and against their size.

    python docs/make_engine_plot.py

needs the extra ``course``. Both should be straight lines through the origin: the work space stays the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import matplotlib  # noqa: E402  # after the threads are set
import numpy as np  # noqa: E402

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

from benchmarks.side_by_side import in_turn  # noqa: E402
from cnnkit import functional as F  # noqa: E402

IMAGES = (1, 2, 4, 8, 12, 16)
SIDES = (28, 56, 112, 168, 224)


def milliseconds(shapes: list[tuple[int, int, int, int]]) -> list[float]:
    """Return the least time of a 3 x 3 convolution with as many kernels as channels, for each shape."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal((64, 64, 3, 3), dtype=np.float32)
    images = [
        np.moveaxis(rng.standard_normal((n, h, v, c), dtype=np.float32), -1, 1) for n, c, h, v in shapes
    ]
    calls = [lambda x=x: F.conv2d(x, w, padding=1) for x in images]
    return [1e3 * seconds for seconds in in_turn(calls, rounds=9, of=min)]


def main() -> None:
    """Measure and draw."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(IMAGES, milliseconds([(n, 64, 56, 56) for n in IMAGES]), "o-")
    left.set(
        xlabel="images of 56 x 56", ylabel="ms", title="64 channels, 64 kernels of 3 x 3", xlim=0, ylim=0
    )
    pixels = [side * side / 1000 for side in SIDES]
    right.plot(pixels, milliseconds([(1, 64, side, side) for side in SIDES]), "o-")
    right.set(xlabel="thousand pixels of one image", ylabel="ms", xlim=0, ylim=0)
    figure.savefig(ROOT / "docs" / "engine.png", dpi=120)


if __name__ == "__main__":
    main()
