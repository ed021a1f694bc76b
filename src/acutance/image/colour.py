"""Putting a sharpened luma back into a picture, so that its colours get sharp with it."""

import numpy as np
from numpy.typing import NDArray

from acutance.image.planes import STUDIO_SPAN, Matrix, Samples, round_to

_RADIUS = 1  # of the neighbourhoods, in pixels
_LEAST_VARIANCE = 16.0  # of luma, 8-bit code values squared: where it varies less, colour has nothing to follow
_LEAST, _MOST = 0.0, 2.0  # of luma's change that red and blue make: no colour runs against luma, or away from it
_BAND = 64  # rows done at a time: what is between them and the result stays in a processor's cache


def add_luma_change(rgb: Samples, change: NDArray[np.float32]) -> Samples:
    """Return the picture with a change of its studio-range luma added, its colours following, rounded and clipped.

    Luma moves by exactly the change. R − Y and B − Y move by the change times their slope against luma, fitted to each
    3×3 neighbourhood as a guided filter does it (He, Sun, Tang, "Guided Image Filtering", ECCV 2010, eq. 5 and 8): an
    edge between two colours gets sharp in all components alike. Red and blue move by 0 to 2 times the change. Where
    colour does not vary with luma, R, G and B move by the same amount, so that hue stays (until one clips).

    Args:
        rgb: H×W×3 or, grey, H×W, uint8 or uint16, full range.
        change: H×W, studio-range 8-bit code values (−219..219).
    """
    full = change * np.float32(255.0 / STUDIO_SPAN)
    per_value = np.float32(np.iinfo(rgb.dtype).max / 255.0)
    if rgb.ndim == 2:
        return round_to(rgb + full * per_value, rgb.dtype)
    moved = np.empty_like(rgb)
    height, halo = len(rgb), 2 * _RADIUS
    for top in range(0, height, _BAND):
        first, last = max(0, top - halo), min(height, top + _BAND + halo)
        changes = _changes(rgb[first:last].astype(np.float32) / per_value, full[first:last])
        rows = slice(top, min(height, top + _BAND))
        inner = slice(top - first, rows.stop - first)
        for component, added in enumerate(changes):
            moved[rows, :, component] = round_to(rgb[rows, :, component] + added[inner] * per_value, rgb.dtype)
    return moved


def _changes(rgb: NDArray[np.float32], change: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return by how much R, G and B move, in 8-bit code values, where luma moves by `change`."""
    weights = [np.float32(weight) for weight in Matrix.BT601.value]
    red, green, blue = (np.ascontiguousarray(rgb[..., component]) for component in range(3))
    luma = weights[0] * red + weights[1] * green + weights[2] * blue
    mean = _mean(luma)
    variance = _mean(luma * luma) - mean * mean
    variance += np.float32(_LEAST_VARIANCE)

    def follow(component: NDArray[np.float32]) -> NDArray[np.float32]:
        difference = component - luma
        slope = _mean(difference * luma)
        slope -= _mean(difference) * mean
        slope /= variance
        return change * np.clip(1 + _mean(slope), np.float32(_LEAST), np.float32(_MOST))

    moved_red, moved_blue = follow(red), follow(blue)
    moved_green = (change - weights[0] * moved_red - weights[2] * moved_blue) / weights[1]
    return [moved_red, moved_green, moved_blue]


def _mean(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of each pixel's neighbourhood; beyond the borders the plane goes on as it ends."""
    size = 2 * _RADIUS + 1
    padded = np.pad(plane, _RADIUS, mode="edge")
    rows = padded[: len(plane)].copy()
    for offset in range(1, size):
        rows += padded[offset : offset + len(plane)]
    width = plane.shape[1]
    total = rows[:, :width].copy()
    for offset in range(1, size):
        total += rows[:, offset : offset + width]
    total *= np.float32(1.0 / size**2)
    return total
