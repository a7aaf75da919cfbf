"""How long ``import cnnkit`` takes beside ``import numpy``: python -m benchmarks.import_time."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from benchmarks.side_by_side import medians


def fresh(statement: str) -> None:
    """Run a statement in a new interpreter."""
    subprocess.run([sys.executable, "-c", statement], check=True)


def main() -> None:
    """Print the ratios, the interpreter's own start included in both."""
    for statement in ("import cnnkit", "import cnnkit.functional", "import cnnkit.models"):
        ours, numpys = medians(partial(fresh, statement), partial(fresh, "import numpy"), rounds=15)
        print(f"{statement:26}{1e3 * ours:7.1f} ms, {ours / numpys:.2f} times import numpy")


if __name__ == "__main__":
    main()
