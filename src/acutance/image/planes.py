"""Luma from RGB, sample ranges, and rounding to samples.

A *plane* is one H×W component. Students see *studio-range* luma: 16 is black and 235 is white in 8-bit code values
(ITU-R BT.601-7 §2.5.3, BT.709-6 §3.4, BT.2100-2 table 9: "narrow range").
"""

from enum import Enum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Plane = TypeVar("Plane", NDArray[np.uint8], NDArray[np.float32])
Samples = TypeVar("Samples", NDArray[np.uint8], NDArray[np.uint16])

STUDIO_BLACK = 16.0
STUDIO_SPAN = 219.0
FULL_SPAN = 255.0


class Matrix(Enum):
    """The luma weights (red, green, blue) of a colour matrix."""

    BT601 = (0.299, 0.587, 0.114)
    BT709 = (0.2126, 0.7152, 0.0722)


class Range(Enum):
    """Which code values mean black and white."""

    STUDIO = "studio"
    FULL = "full"


def luma(rgb: NDArray[np.uint8] | NDArray[np.uint16], matrix: Matrix = Matrix.BT601) -> NDArray[np.float32]:
    """Return the unrounded studio-range luma of a full-range picture.

    Args:
        rgb: H×W×3 or, grey, H×W, uint8 or uint16, full range.
        matrix: the luma weights; pictures use BT.601 (ITU-R BT.601-7 §2.5.1; MATLAB's ``rgb2ycbcr``).

    Returns:
        H×W float32 in 16..235: 8-bit code values, for 16-bit pictures too.
    """
    if rgb.ndim == 2:
        grey = rgb.astype(np.float32)
    else:
        red, green, blue = (np.float32(weight) for weight in matrix.value)
        grey = red * rgb[..., 0] + green * rgb[..., 1] + blue * rgb[..., 2]
    return np.float32(STUDIO_BLACK) + grey * np.float32(STUDIO_SPAN / np.iinfo(rgb.dtype).max)


def round_to_uint8(values: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the values rounded half away from zero (below zero is clipped anyway) and clipped to 0..255."""
    return round_to(values, np.dtype(np.uint8))


def round_to(values: NDArray[np.float32] | NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the values rounded as `round_to_uint8` does it and clipped to what an unsigned dtype holds."""
    return np.clip(np.floor(values + 0.5), 0.0, float(np.iinfo(dtype).max)).astype(dtype)
