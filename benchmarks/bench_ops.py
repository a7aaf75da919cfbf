"""Our time over PyTorch's for the operations of real networks: python -m benchmarks.bench_ops.

All run in the same process, in turn, in float32, whole calls. Our images and maps have the channels last in
memory, as our layers hand them on (a first layer's image does not); PyTorch is timed in both its orders. The
ratio is our time over that of PyTorch's default order, for pooling over its channels-last order, which is
faster there. Below 1 is faster than PyTorch. For VGG's layers what counts is the geometric mean.

    --rows VGG pool   only rows whose name has one of these words
    --quick           few rounds
    --threads 2       for NumPy and PyTorch alike
    --cpu             CPU time of the process in place of the wall clock, for one thread on a busy machine
    --as-set          with the environment as it is

Without the last one, both sides use the processor as they find it: what holds NumPy's BLAS to an older one is
unset. And neither pays for new memory in every call, which the system otherwise hands out page by page. To
hold both to older instructions: OPENBLAS_CORETYPE=Haswell ONEDNN_MAX_CPU_ISA=AVX2 and --as-set.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A convolution of a known network: x (N, C, H, W), F kernels of k by k, and how fast it should be.

    ``must`` and ``goal`` are for one thread, ``two`` is the goal for two: forward, and forward with backward;
    0 for none.
    """

    name: str
    x: tuple[int, int, int, int]
    filters: int
    k: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    must: tuple[float, float] = (0, 0)
    goal: tuple[float, float] = (0, 0)
    two: tuple[float, float] = (0, 0)
    transposed: bool = False


def of_one_and_eight(name: str, size: tuple[int, int, int], *layer: Any, **options: Any) -> list[Case]:
    """Return the layer for one image, and for a batch of eight."""
    return [
        Case(f"{name}{said}", (images, *size), *layer, **options) for images, said in ((1, ""), (8, ", N=8"))
    ]


VGG: dict[str, Any] = {"k": 3, "padding": 1, "must": (0.65, 0.70), "goal": (0.45, 0.50), "two": (0.6, 0.6)}

CASES = [
    Case("LeNet conv1 5x5", (64, 1, 28, 28), 6, 5, padding=2),
    Case("LeNet conv2 5x5", (64, 6, 14, 14), 16, 5),
    Case("small 3x3", (64, 32, 28, 28), 64, 3, padding=1, must=(0, 0.75), goal=(0, 0.5), two=(0, 0.7)),
    *of_one_and_eight(
        "AlexNet conv1 11x11/4", (3, 227, 227), 96, 11, 4, must=(0.8, 0), goal=(0.6, 0), two=(0.9, 0)
    ),
    *of_one_and_eight(
        "AlexNet conv2 5x5", (96, 27, 27), 256, 5, 1, 2, must=(0.45, 0), goal=(0.33, 0), two=(0.45, 0)
    ),
    Case("VGG conv1_1 3x3", (1, 3, 224, 224), 64, 3, padding=1),
    Case("VGG conv1_2 3x3", (1, 64, 224, 224), 64, **VGG),
    Case("VGG conv1_2 3x3, N=4", (4, 64, 224, 224), 64, **VGG),
    Case("VGG conv3 3x3", (1, 256, 56, 56), 256, **VGG),
    Case("VGG conv3 3x3, N=4", (4, 256, 56, 56), 256, **VGG),
    Case("VGG conv5 3x3", (1, 512, 14, 14), 512, **VGG),
    Case("VGG conv5 3x3, N=4", (4, 512, 14, 14), 512, **VGG),
    *of_one_and_eight("Inception 1x1", (192, 28, 28), 64, 1, must=(1.15, 0), goal=(0.95, 0), two=(1.1, 0)),
    *of_one_and_eight("Inception 5x5", (16, 28, 28), 32, 5, 1, 2),
    *of_one_and_eight(
        "transposed 4x4/2",
        (128, 28, 28),
        64,
        4,
        2,
        1,
        transposed=True,
        must=(1.15, 0),
        goal=(0.8, 0),
        two=(1.1, 0),
    ),
    *of_one_and_eight(
        "ResNet stem 7x7/2", (3, 224, 224), 64, 7, 2, 3, must=(1.15, 0), goal=(0.85, 0), two=(1.0, 0)
    ),
    *of_one_and_eight(
        "ResNet 3x3/2", (128, 56, 56), 128, 3, 2, 1, must=(1.4, 0), goal=(1.1, 0), two=(1.25, 0)
    ),
    *of_one_and_eight(
        "depthwise 3x3", (256, 56, 56), 256, 3, 1, 1, groups=256, must=(2.2, 0), goal=(1.4, 0), two=(2.0, 0)
    ),
]

Function = Callable[[], Any]

HELD_BACK = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")


class Row(NamedTuple):
    """One line of the table: our function, PyTorch's in both orders, and PyTorch's in float64."""

    name: str
    ours: Function
    theirs: Function
    theirs_last: Function
    exact: Function
    macs: int = 0
    must: float = 0
    goal: float = 0
    two: float = 0
    against_last: bool = False


def channels_last(array: Any) -> Any:
    """Return the same images with their channels last in memory."""
    import numpy as np

    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)


def kernels_last(array: Any) -> Any:
    """Return the same kernels in the order in which our layers keep theirs."""
    import numpy as np

    return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, (0, 1), (-1, -2))), (-1, -2), (0, 1))


def passes(
    names: tuple[str, str],
    function: Function,
    ours: tuple[Function, Function],
    arrays: list[Any],
    dy: Any,
    **options: Any,
) -> list[Row]:
    """Return the rows of forward, and of forward with backward, of one of PyTorch's functions."""
    import torch

    def leaves(dtype: Any, order: Any) -> tuple[list[Any], Any]:
        def tensor(array: Any) -> Any:
            found = torch.from_numpy(array).to(dtype)
            return found.contiguous(memory_format=order) if array.ndim == 4 else found

        return [tensor(array).requires_grad_() for array in arrays], tensor(dy)

    def forward(dtype: Any, order: Any) -> Function:
        tensors, _ = leaves(dtype, order)

        def call() -> Any:
            with torch.no_grad():
                return [function(*tensors)]

        return call

    def both(dtype: Any, order: Any) -> Function:
        tensors, gradient = leaves(dtype, order)
        return lambda: torch.autograd.grad(function(*tensors), tensors, gradient)

    kinds = [(torch.float32, torch.contiguous_format), (torch.float32, torch.channels_last)]
    kinds.append((torch.float64, torch.contiguous_format))
    macs = options.pop("macs", 0)
    must, goal, two = (options.pop(key, (0, 0)) for key in ("must", "goal", "two"))
    return [
        Row(name, mine, *(make(*kind) for kind in kinds), macs * times, must[i], goal[i], two[i], **options)
        for i, (name, mine, make, times) in enumerate(zip(names, ours, (forward, both), (1, 3), strict=True))
    ]


def convolutions(case: Case) -> list[Row]:
    """Return forward, and forward with backward, of one convolution."""
    import numpy as np
    import torch

    from cnnkit import functional as F

    rng = np.random.default_rng(0)
    inputs = case.x[1] // case.groups
    shape = (case.x[1], case.filters) if case.transposed else (case.filters, inputs)
    x = rng.standard_normal(case.x, dtype=np.float32)
    w = rng.standard_normal((*shape, case.k, case.k), dtype=np.float32) / np.float32(np.sqrt(inputs) * case.k)
    b = rng.standard_normal(case.filters, dtype=np.float32)
    options = {"stride": case.stride, "padding": case.padding, "groups": case.groups}
    name = "conv_transpose2d" if case.transposed else "conv2d"
    our_function, our_backward = getattr(F, name), getattr(F, f"{name}_backward")
    y = our_function(x, w, b, **options)
    dy = rng.standard_normal(y.shape, dtype=np.float32)
    macs = (x.size if case.transposed else y.size) * w[0].size
    our_x = x if case.x[1] <= 3 else channels_last(x)
    our_w, our_dy = kernels_last(w), channels_last(dy)

    def forward() -> Any:
        return [our_function(our_x, our_w, b, **options)]

    def both() -> Any:
        forward()
        return our_backward(our_dy, our_x, our_w, **options)

    theirs = getattr(torch.nn.functional, name)
    return passes(
        (case.name, f"{case.name}, and back"),
        lambda *a: theirs(*a, **options), (forward, both), [x, w, b], dy,
        must=case.must, goal=case.goal, two=case.two, macs=macs,
    )  # fmt: skip


def pools() -> list[Row]:
    """Return max pooling of three networks."""
    import numpy as np
    import torch

    from cnnkit import functional as F

    rows, rng = [], np.random.default_rng(0)
    for name, shape, k, stride in (
        ("max pool 2x2, LeNet", (64, 6, 28, 28), 2, 2),
        ("max pool 2x2, VGG", (1, 64, 224, 224), 2, 2),
        ("max pool 3x3/2, AlexNet", (1, 96, 55, 55), 3, 2),
        ("max pool 3x3/2, AlexNet N=32", (32, 96, 55, 55), 3, 2),
    ):
        x = rng.standard_normal(shape, dtype=np.float32)
        dy = rng.standard_normal(F.max_pool2d(x, k, stride=stride).shape, dtype=np.float32)
        our_x, our_dy = channels_last(x), channels_last(dy)

        def forward(x: Any = our_x, k: int = k, stride: int = stride) -> Any:
            return [F.max_pool2d(x, k, stride=stride)]

        def both(x: Any = our_x, dy: Any = our_dy, k: int = k, stride: int = stride) -> Any:
            F.max_pool2d(x, k, stride=stride)
            return [F.max_pool2d_backward(dy, x, k, stride=stride)]

        rows += passes(
            (name, f"{name}, and back"),
            lambda x, k=k, stride=stride: torch.nn.functional.max_pool2d(x, k, stride),
            (forward, both), [x], dy, must=(1.5, 3.5), goal=(0.9, 1.8), two=(1.3, 2.5), against_last=True,
        )  # fmt: skip
    return rows


def norms() -> list[Row]:
    """Return batch norm of two sizes."""
    import numpy as np
    import torch

    from cnnkit import functional as F

    rows, rng = [], np.random.default_rng(0)
    for shape in ((32, 64, 28, 28), (8, 256, 56, 56)):
        x, dy = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
        weight, bias = (rng.standard_normal(shape[1], dtype=np.float32) for _ in range(2))
        our_x, our_dy = channels_last(x), channels_last(dy)

        def forward(x: Any = our_x, weight: Any = weight, bias: Any = bias) -> Any:
            return [F.batch_norm(x, weight, bias)]

        def both(x: Any = our_x, dy: Any = our_dy, weight: Any = weight, bias: Any = bias) -> Any:
            F.batch_norm(x, weight, bias)
            return F.batch_norm_backward(dy, x, weight)

        name = f"batch norm, {'x'.join(map(str, shape))}"
        rows += passes(
            (name, f"{name}, and back"),
            lambda x, w, b: torch.nn.functional.batch_norm(x, None, None, w, b, training=True),
            (forward, both), [x, weight, bias], dy, must=(1.0, 1.4), goal=(0.6, 0.9), two=(1.0, 1.4),
        )  # fmt: skip
    return rows


def largest_error(ours: Any, exact: Any) -> float:
    """Return the largest error, each result's relative to its own largest number."""
    import numpy as np

    pairs = zip(ours, (e.detach().numpy() for e in exact), strict=True)
    return max(float(np.abs(mine - e).max() / np.abs(e).max()) for mine, e in pairs)


def reached(ratio: float, must: float, goal: float, two: float, threads: int) -> str:
    """Return which of the lines a ratio stays below; with two threads there is a goal alone.

    >>> [reached(ratio, 0.7, 0.4, 0.6, threads=1) for ratio in (0.5, 0.3, 0.8)]
    ['must', 'goal', 'MISSED']
    >>> [reached(ratio, 0.7, 0.4, 0.6, threads=2) for ratio in (0.5, 0.8)]
    ['goal', '']
    """
    if not must or threads > 2:
        return ""
    if threads == 2:
        return "goal" if ratio <= two else ""
    return "goal" if ratio <= goal else "must" if ratio <= must else "MISSED"


def about_the_machine(threads: int) -> str:
    """Return which instructions either side uses, and the versions."""
    import numpy as np
    import torch
    from threadpoolctl import threadpool_info

    blas = next((p for p in threadpool_info() if p["internal_api"] == "openblas"), {})
    return (
        f"{threads} thread(s). NumPy {np.__version__}, BLAS for {blas.get('architecture', 'unknown')}"
        f"{' (OPENBLAS_CORETYPE is set)' if 'OPENBLAS_CORETYPE' in os.environ else ''}; "
        f"PyTorch {torch.__version__} for {torch.backends.cpu.get_cpu_capability()}"
        f"{' (ONEDNN_MAX_CPU_ISA is set)' if 'ONEDNN_MAX_CPU_ISA' in os.environ else ''}"
    )


def read_options(description: str | None, rounds: int) -> argparse.Namespace:
    """Read the command line, and begin anew where the environment is not the one that the options ask for."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--rows", nargs="*", default=[""])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--as-set", action="store_true")
    options = parser.parse_args()
    if options.cpu and options.threads > 1:
        parser.error("--cpu adds the time of all threads up: use it with one thread.")
    options.rounds = 3 if options.quick else options.rounds
    options.timing = {"clock": time.process_time, "of": min} if options.cpu else {"of": statistics.median}
    options.timing["warm"] = 0.05 if options.threads > 1 else 0.0
    wanted = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(options.threads))
    if not options.as_set:
        wanted |= {"MALLOC_TRIM_THRESHOLD_": str(1 << 32), "MALLOC_MMAP_THRESHOLD_": str(1 << 32)}
    kept = {k: v for k, v in os.environ.items() if options.as_set or k not in HELD_BACK}
    if os.environ != kept | wanted:  # these are read before Python begins: begin anew
        os.execve(sys.executable, sys.orig_argv, kept | wanted)
    return options


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, rounds=15)

    import torch

    from benchmarks.side_by_side import gemm_rate, in_turn, peak_memory

    torch.set_num_threads(options.threads)
    print(about_the_machine(options.threads))
    rate = gemm_rate(clock=options.timing.get("clock", time.perf_counter))
    print(f"NumPy's product of matrices: {2e-9 * rate:.0f} GFLOP/s. Times in ms, {options.rounds} rounds.")
    print(
        f"{'operation':36}{'ours':>8}{'PyTorch':>9}{'its last':>9}{'ratio':>7}{'':8}"
        f"{'of gemm':>8}{'error':>9}{'scratch':>9}"
    )
    together: dict[tuple[float, float, float], list[float]] = {}  # VGG's lines are for the mean of its rows
    makers: list[Callable[[], list[Row]]] = [lambda case=case: convolutions(case) for case in CASES]
    for rows in [*makers, pools, norms]:
        for row in rows():
            if not any(word.lower() in row.name.lower() for word in options.rows):
                continue
            ours, theirs, last = in_turn(
                [row.ours, row.theirs, row.theirs_last], options.rounds, **options.timing
            )
            ratio = ours / (last if row.against_last else theirs)
            results = row.ours()
            error = largest_error(results, row.exact())
            scratch = peak_memory(row.ours) - sum(result.nbytes for result in results)
            lines = row.must, row.goal, row.two
            if row.must and row.name.startswith("VGG"):
                together.setdefault(lines, []).append(ratio)
                lines = 0, 0, 0
            line = reached(ratio, *lines, options.threads)
            share = f"{row.macs / ours / rate:8.2f}" if row.macs else f"{'':8}"
            print(
                f"{row.name:36}{1e3 * ours:8.2f}{1e3 * theirs:9.2f}{1e3 * last:9.2f}{ratio:7.2f} "
                f"{line:7}{share}{error:9.0e}{scratch / 1e6:6.1f} MB",
                flush=True,
            )
    for (lines, ratios), said in zip(together.items(), ("", ", and back"), strict=False):
        mean = statistics.geometric_mean(ratios)
        name = f"geometric mean of {len(ratios)} of VGG{said}"
        print(f"{name:36}{'':25}{mean:7.2f} {reached(mean, *lines, options.threads)}")


if __name__ == "__main__":
    main()
