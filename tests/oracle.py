"""How the library is compared with PyTorch: how many random configurations, and what counts as equal."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

try:
    import torch
except ImportError:  # the comparisons are skipped, and say so
    torch = None

CONFIGURATIONS = int(os.environ.get("CNNKIT_CONFIGURATIONS", "300"))

configurations = settings(
    max_examples=CONFIGURATIONS,
    deadline=None,
    derandomize=CONFIGURATIONS == 300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed: pip install '.[oracle]'")


def tensor(array: Any) -> Any:
    """Return a float64 tensor that collects its gradient."""
    return torch.tensor(np.array(array, dtype=np.float64), requires_grad=True)


def close(ours: Any, theirs: Any) -> None:
    """See that two results agree to 1e-9, relative to the largest number or absolutely below 1."""
    if torch is not None and isinstance(theirs, torch.Tensor):
        theirs = theirs.detach().numpy()
    assert np.shape(ours) == np.shape(theirs), f"shape {np.shape(ours)}, expected {np.shape(theirs)}"
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9 * scale)
