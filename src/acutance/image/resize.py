"""Antialiased bicubic resizing, to the letter of MATLAB's ``imresize``.

The kernel is Keys' cubic convolution (R. Keys, "Cubic convolution interpolation for digital image processing", IEEE
TASSP 29(6), 1981) with a = −0.5, stretched by 1/s where a picture shrinks; borders are mirrored with the edge repeated.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import Samples, round_to

_BLOCK = 32  # output rows a matrix product: few enough that the band stays narrow, enough for BLAS to run well


def scaled_size(length: int, scale: Fraction | float) -> int:
    """Return ⌈length·scale − 1e-9⌉, the size that MATLAB gives a side which is resized by a factor."""
    return math.ceil(length * scale - 1e-9)


def crop_to_multiple(picture: NDArray[np.uint8], multiple: int) -> NDArray[np.uint8]:
    """Return the picture without the last rows and columns that do not fill a multiple (a view).

    Raises:
        ValueError: a side is shorter than the multiple.
    """
    height, width = (side - side % multiple for side in picture.shape[:2])
    if height == 0 or width == 0:
        raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]} has no {multiple}x{multiple} pixels")
    return picture[:height, :width]


def resize_bicubic(picture: Samples, size: tuple[int, int], *, a: float = -0.5) -> Samples:
    """Resize a picture, rounding half away from zero to whole code values and clipping after each axis.

    The axis with the smaller scale goes first, rows on a tie, as MATLAB does it.

    Args:
        picture: H×W or H×W×C, uint8 or uint16.
        size: (height, width) of the result, each at least 1; the scale of an axis is output length over input length.
        a: the kernel's free parameter: −0.5 is MATLAB's and Pillow's, −0.6 FFmpeg's swscale default.

    Raises:
        ValueError: a side of the picture or of the result is below 1.
    """
    if min(*size, *picture.shape[:2]) < 1:
        raise ValueError(f"cannot resize {picture.shape[1]}x{picture.shape[0]} to {size[1]}x{size[0]}")
    scales = [size[axis] / picture.shape[axis] for axis in (0, 1)]
    result = picture
    for axis in (0, 1) if scales[0] <= scales[1] else (1, 0):
        if size[axis] != result.shape[axis]:
            result = _resize_axis(result, axis, size[axis], a)
    return result if result is not picture else picture.copy()


def _resize_axis(picture: Samples, axis: int, length: int, a: float) -> Samples:
    first = np.ascontiguousarray(np.swapaxes(picture, 0, axis))
    rows = first.reshape(first.shape[0], -1)
    result = np.empty((length, rows.shape[1]), dtype=picture.dtype)
    for start, band in enumerate(_bands(first.shape[0], length, a)):
        top = start * _BLOCK
        block = rows[band.first : band.last].astype(np.float64)
        result[top : top + _BLOCK] = round_to(band.weights @ block, picture.dtype)
    return np.swapaxes(result.reshape(length, *first.shape[1:]), 0, axis)


@dataclass(frozen=True)
class _Band:
    """The weights of a block of output rows over the input rows first..last that they reach."""

    first: int
    last: int
    weights: NDArray[np.float64]


@lru_cache(maxsize=32)
def _bands(length_in: int, length_out: int, a: float) -> tuple[_Band, ...]:
    indices, weights = _taps(length_in, length_out, a)
    bands = []
    for top in range(0, length_out, _BLOCK):
        index, weight = indices[top : top + _BLOCK], weights[top : top + _BLOCK]
        first, last = int(index.min()), int(index.max()) + 1
        dense = np.zeros((len(index), last - first))
        np.add.at(dense, (np.arange(len(index))[:, None], index - first), weight)
        bands.append(_Band(first, last, dense))
    return tuple(bands)


def _taps(length_in: int, length_out: int, a: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each output sample, the input samples that it reads (mirrored into range) and their weights."""
    scale = length_out / length_in
    stretch = max(1.0, 1.0 / scale)
    centres = (np.arange(length_out) + 0.5) / scale - 0.5
    first = np.floor(centres - 2.0 * stretch).astype(np.int64)
    indices = first[:, None] + np.arange(math.ceil(4.0 * stretch) + 2)
    weights = _cubic((centres[:, None] - indices) / stretch, a)
    weights /= weights.sum(axis=1, keepdims=True)
    mirrored = indices % (2 * length_in)
    return np.minimum(mirrored, 2 * length_in - 1 - mirrored), weights


def _cubic(x: NDArray[np.float64], a: float) -> NDArray[np.float64]:
    x = np.abs(x)
    near = (a + 2.0) * x**3 - (a + 3.0) * x**2 + 1.0
    far = a * (x**3 - 5.0 * x**2 + 8.0 * x - 4.0)
    return np.where(x <= 1.0, near, np.where(x <= 2.0, far, 0.0))
