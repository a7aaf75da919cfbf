"""A real series of numbers in time: an electrocardiogram, the voltage of a beating heart.

It comes with PyWavelets.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.data.files import contents, damaged, packaged

Array = npt.NDArray[Any]


def ecg() -> Array:
    """Return an electrocardiogram of three heartbeats.

    Returns
    -------
    array (1024,), float64; whole numbers from -112 to 250. PyWavelets states neither their unit nor how many
        were taken a second, so count in samples: the beats peak at 190, 518 and 848.

    Raises
    ------
    UsageError
        if PyWavelets is not installed, or its file is damaged.

    >>> series = ecg()
    >>> series.shape, series[[190, 518, 848]]
    ((1024,), array([250., 236., 188.]))
    """
    path = packaged("ecg", "pywt", "data/ecg.npz", install="PyWavelets")
    try:
        with np.load(io.BytesIO(contents("ecg", path)), allow_pickle=False) as file:
            series = file["data"].astype(np.float64)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged("ecg", path, str(error)) from None
    if series.ndim != 1:
        raise damaged("ecg", path, f"its series has shape {series.shape}")
    return np.asarray(series)
