"""Every way to compute a convolution against PyTorch in float64: python -m benchmarks.agreement.

Draws convolutions at random (axes, sizes, channels, groups, kernel, stride, padding, dilation, order in
memory), computes output, input gradient and weight gradient by each way in turn, in float32 and in float64,
and prints the largest errors, relative to the largest number of each result.

    --configurations 10000      how many
    --seed 0
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from cnnkit.functional import engine
from cnnkit.window import window

WAYS = (None, "columns", "columns(2)", "columns(4)", "columns(16)", "tiles(2)", "tiles(4)")
LIMITS = {"float32": (1e-5, 3e-5, 3e-5), "float64": (1e-12, 1e-12, 1e-12)}
RESULTS = ("y", "dx", "dw")


def drawn(rng: np.random.Generator) -> dict[str, Any]:
    """Return the options and shapes of a convolution; the window fits at least once."""
    axes = int(rng.choice([1, 2, 2, 2, 3]))
    longest = {1: 60, 2: 22, 3: 9}[axes]
    groups = int(rng.choice([1, 1, 1, 2, 3]))
    depthwise = rng.random() < 0.1
    channels = groups * int(rng.integers(1, 13))
    if depthwise:
        groups = channels
    kernel, stride, padding, dilation = (
        tuple(int(v) for v in rng.integers(low, high, axes))
        for low, high in ((1, 6 if axes < 3 else 4), (1, 4), (0, 4), (1, 3))
    )
    if rng.random() < 0.6:
        stride, dilation = (1,) * axes, (1,) * axes
    least = [max(1, (k - 1) * d + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    size = tuple(int(rng.integers(low, low + longest)) for low in least)
    filters = groups * int(1 if depthwise else rng.choice([rng.integers(1, 13), rng.integers(13, 40)]))
    return {
        "x": (int(rng.integers(1, 4)), channels, *size), "w": (filters, channels // groups, *kernel),
        "stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
    }  # fmt: skip


def one(case: dict[str, Any], rng: np.random.Generator) -> dict[tuple[str, str], list[float]]:
    """Return the errors of y, dx and dw for each dtype and way."""
    import torch

    x, w = rng.standard_normal(case["x"]), rng.standard_normal(case["w"])
    options = {name: case[name] for name in ("stride", "padding", "dilation", "groups")}
    convolve = {3: torch.conv1d, 4: torch.conv2d, 5: torch.conv3d}[x.ndim]
    found = window("agreement", x.shape[2:], w.shape[2:], case["stride"], case["padding"], case["dilation"])
    dy = rng.standard_normal((len(x), len(w), *found.out(x.shape[2:])))
    last = rng.random() < 0.5
    errors = {}
    for dtype in LIMITS:
        ours = [a.astype(dtype) for a in (x, w, dy)]
        tx, tw, tdy = (torch.from_numpy(a.astype("float64")) for a in ours)  # the same rounded numbers
        y = convolve(tx.requires_grad_(), tw.requires_grad_(), **options)
        exact = [y, *torch.autograd.grad(y, (tx, tw), tdy)]
        if last:
            ours = [np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1) for a in ours]
        ax, aw, ady = ours
        for way in WAYS:
            results = (
                engine.correlate(ax, aw, found, case["groups"], way=way),
                engine.input_gradient(ady, aw, found, case["groups"], ax.shape[2:], way=way),
                engine.weight_gradient(ady, ax, found, case["groups"], way=way),
            )
            errors[dtype, way or "as planned"] = [
                float(np.abs(mine - e.detach().numpy()).max() / max(1e-300, float(e.detach().abs().max())))
                for mine, e in zip(results, exact, strict=True)
            ]
    return errors


def main() -> None:
    """Print the largest errors, and end with 1 if one is above its limit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--configurations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    largest: dict[tuple[str, str], np.ndarray[Any, Any]] = {}
    failed = 0
    for number in range(options.configurations):
        case = drawn(rng)
        for key, errors in one(case, rng).items():
            largest[key] = np.maximum(largest.get(key, np.zeros(3)), errors)
            if (np.array(errors) > LIMITS[key[0]]).any():
                failed += 1
                print(f"above the limit: {key}, {dict(zip(RESULTS, errors, strict=True))}, {case}")
        if (number + 1) % 1000 == 0:
            print(f"{number + 1} of {options.configurations} configurations", flush=True)
    print(f"{'dtype':10}{'way':12}" + "".join(f"{name:>10}" for name in RESULTS))
    for (dtype, way), errors in largest.items():
        print(f"{dtype:10}{way:12}" + "".join(f"{error:10.0e}" for error in errors))
    if failed:
        raise SystemExit(f"{failed} results are above their limits.")


if __name__ == "__main__":
    main()
