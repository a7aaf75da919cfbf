"""cnnkit: convolutional networks from the inside, in NumPy.

The library teaches by being readable; ``cnnkit.classroom`` holds what checks, builds and grades the
course. Importing this package loads NumPy and nothing heavier; its parts load when they are first named:

>>> import cnnkit
>>> cnnkit.shapes.out_size(227, 11, s=4)
55
"""

from __future__ import annotations

import importlib
from typing import Any

from cnnkit.errors import ShapeError, UsageError

__version__ = "0.1.0"
__all__ = ["ShapeError", "UsageError", "__version__"]

PARTS = (
    "audit",
    "data",
    "functional",
    "gradcheck",
    "layers",
    "models",
    "optim",
    "receptive_field",
    "shapes",
    "train",
    "viz",
    "weights",
)


def __getattr__(name: str) -> Any:
    if name in PARTS:
        return importlib.import_module(f"cnnkit.{name}")
    raise AttributeError(f"module 'cnnkit' has no attribute {name!r}. Its parts are {', '.join(PARTS)}.")


def __dir__() -> list[str]:
    return sorted([*__all__, *PARTS])
