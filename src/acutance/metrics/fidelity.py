"""PSNR and SSIM under one protocol; the formulas themselves are scikit-image's.

Luma is unrounded BT.601 studio luma, and a grey picture is its own luma; a border as wide as the scale is cut off,
where enlarging had to invent what lies outside. SSIM is that of Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, "Image
quality assessment: from error visibility to structural similarity", IEEE TIP 13(4), 2004: 11×11 Gaussian window,
σ = 1.5, mean over the windows that lie inside.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import mean_squared_error, structural_similarity

from acutance.image.planes import luma

SSIM_WINDOW = 11
LARGEST_PSNR = 100.0
_PEAK = 255.0


class MetricError(ValueError):
    """Two pictures that cannot be compared."""


@dataclass(frozen=True)
class Fidelity:
    """How close a picture is to the clean one.

    Attributes:
        psnr: of luma, in dB; 100 for equal pictures, whose PSNR has no bound.
        ssim: of luma, at most 1.
        rgb_psnr: mean of the channels' PSNR, in dB.
        rgb_ssim: mean of the channels' SSIM.
    """

    psnr: float
    ssim: float
    rgb_psnr: float
    rgb_ssim: float


def fidelity(clean: NDArray[np.uint8], shown: NDArray[np.uint8], border: int) -> Fidelity:
    """Compare a shown picture with the clean one.

    Args:
        clean: H×W×3 RGB, or H×W grey; uint8, full range.
        shown: of the same shape.
        border: rows and columns to leave out on each side: the scale, rounded up.

    Raises:
        MetricError: the pictures differ in shape, are not uint8, or are smaller than a window inside the border.
    """
    check_pair(clean, shown)
    check_size(clean, border)
    inside = slice(border, -border or None)
    clean, shown = clean[inside, inside], shown[inside, inside]
    psnr, ssim = compare_planes(luma_plane(clean), luma_plane(shown))
    if clean.ndim == 2:
        return Fidelity(psnr, ssim, psnr, ssim)
    channels = [compare_planes(clean[..., channel], shown[..., channel]) for channel in range(3)]
    rgb_psnr, rgb_ssim = np.mean(channels, axis=0)
    return Fidelity(psnr, ssim, float(rgb_psnr), float(rgb_ssim))


def plane_psnr(clean: NDArray[np.uint8], shown: NDArray[np.uint8], border: int) -> float:
    """Return the PSNR of a clip's luma planes, H×W uint8 each, as `fidelity` of grey pictures says it.

    Raises:
        MetricError: as `fidelity`.
    """
    return _psnr(*_inside(clean, shown, border))


def plane_ssim(clean: NDArray[np.uint8], shown: NDArray[np.uint8], border: int) -> float:
    """Return the SSIM of such planes, computed in float32: within 1e-6 of `fidelity`, in a third of its time.

    Raises:
        MetricError: as `fidelity`.
    """
    return _ssim(*_inside(clean, shown, border))


def luma_plane(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the plane that is measured: H×W float32 studio luma, or a grey picture's own values."""
    return picture.astype(np.float32) if picture.ndim == 2 else luma(picture)


def check_pair(clean: NDArray[np.uint8], shown: NDArray[np.uint8]) -> None:
    """Raise MetricError unless both are uint8 pictures of one shape, H×W×3 or H×W."""
    for picture in (clean, shown):
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
            raise MetricError(f"picture: got {picture.shape} {picture.dtype}, expected (height, width, 3) uint8 RGB")
    if clean.shape != shown.shape:
        raise MetricError(f"pictures: got {clean.shape} clean and {shown.shape} shown, expected one shape")


def check_size(picture: NDArray[np.uint8], border: int) -> None:
    """Raise MetricError where a picture is smaller than a window inside the border."""
    height, width = picture.shape[:2]
    if min(height, width) - 2 * border < SSIM_WINDOW:
        raise MetricError(
            f"a picture of {width}x{height} is too small to compare: expected at least {SSIM_WINDOW} pixels a side "
            f"inside a border of {border}"
        )


def _inside(
    clean: NDArray[np.uint8], shown: NDArray[np.uint8], border: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    check_pair(clean, shown)
    check_size(clean, border)
    inside = slice(border, -border or None)
    return clean[inside, inside].astype(np.float32), shown[inside, inside].astype(np.float32)


def compare_planes(clean: NDArray[np.generic], shown: NDArray[np.generic]) -> tuple[float, float]:
    """Return PSNR in dB and SSIM of two planes, H×W code values of 0 to 255, rounded or not, without a border."""
    pair = clean.astype(np.float64), shown.astype(np.float64)
    return _psnr(*pair), _ssim(*pair)


def _psnr(clean: NDArray[np.floating[Any]], shown: NDArray[np.floating[Any]]) -> float:
    error = float(mean_squared_error(clean, shown))
    return LARGEST_PSNR if error == 0.0 else min(LARGEST_PSNR, float(10.0 * np.log10(_PEAK**2 / error)))


def _ssim(clean: NDArray[np.floating[Any]], shown: NDArray[np.floating[Any]]) -> float:
    """Return SSIM, computed in the planes' own precision."""
    return float(
        structural_similarity(
            clean, shown, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=_PEAK
        )
    )
