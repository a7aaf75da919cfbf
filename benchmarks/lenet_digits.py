"""Train LeNet-5 on 4,000 real digits, measure it on 1,000 others: python -m benchmarks.lenet_digits [SEED].

NumPy uses one thread unless OMP_NUM_THREADS says more; the time is the wall clock, measurements included.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    """Print accuracy and seconds of each seed, 0 to 4 if none is given."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")

    import numpy as np

    from cnnkit.data import digits, split
    from cnnkit.models import lenet5
    from cnnkit.train import fit

    for seed in map(int, sys.argv[1:] or range(5)):
        rng = np.random.default_rng(seed)
        train, test = split(*digits(), held_out=1000, rng=rng)
        start = time.perf_counter()
        history = fit(lenet5(rng=rng), *train, epochs=10, validation=test, rng=rng, progress=False)
        seconds = time.perf_counter() - start
        print(f"seed {seed}: {history.validation_accuracy[-1]:.1%} of 1,000 held-out digits, {seconds:.1f} s")


if __name__ == "__main__":
    main()
