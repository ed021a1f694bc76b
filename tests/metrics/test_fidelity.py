"""PSNR and SSIM against the formulas written out, and the protocol around them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d

from acutance.metrics import MetricError, fidelity, plane_psnr, plane_ssim

_WINDOW = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
_WINDOW_2D = np.outer(_WINDOW, _WINDOW) / _WINDOW.sum() ** 2


def _wang_2004(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """SSIM as its paper's equation 13 has it, by plain convolution over the windows that lie inside."""

    def mean(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = convolve2d(plane, _WINDOW_2D, mode="valid")
        return result

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mu1, mu2 = mean(first), mean(second)
    variance1, variance2 = mean(first**2) - mu1**2, mean(second**2) - mu2**2
    covariance = mean(first * second) - mu1 * mu2
    index = ((2 * mu1 * mu2 + c1) * (2 * covariance + c2)) / ((mu1**2 + mu2**2 + c1) * (variance1 + variance2 + c2))
    return float(index.mean())


def _studio_luma(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """MATLAB's ``rgb2ycbcr`` for doubles, unrounded."""
    result: NDArray[np.float64] = 16 + rgb / 255.0 @ np.array([65.481, 128.553, 24.966])
    return result


def _picture(seed: int, smoothness: float) -> NDArray[np.uint8]:
    """Noise, or with smoothness something with the spectrum of a photograph: coarse shapes, finer ones, grain."""
    generator = np.random.default_rng(seed)
    height, width = generator.integers(24, 70, size=2)
    noise = generator.normal(0.0, 1.0, (height, width, 3))
    if smoothness:
        noise = sum(gaussian_filter(noise, (sigma, sigma, 0)) * sigma for sigma in (smoothness, 2.0, 0.7))
    picture: NDArray[np.uint8] = np.clip(128 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)
    return picture


@pytest.mark.parametrize("seed", range(50))
def test_equals_the_formulas(seed: int) -> None:
    clean = _picture(seed, smoothness=0.0 if seed % 2 else 6.0)
    shown = np.clip(gaussian_filter(clean.astype(float), (1, 1, 0)) + seed % 5, 0, 255).astype(np.uint8)
    border = 1 + seed % 3
    measured = fidelity(clean, shown, border)
    inside = slice(border, -border)
    ours, theirs = (_studio_luma(picture[inside, inside]) for picture in (clean, shown))
    assert measured.psnr == pytest.approx(10 * np.log10(255**2 / np.mean((ours - theirs) ** 2)), abs=1e-4)
    assert measured.ssim == pytest.approx(_wang_2004(ours, theirs), abs=1e-5)
    channels = [
        (clean[inside, inside, channel].astype(float), shown[inside, inside, channel].astype(float))
        for channel in range(3)
    ]
    psnr = np.mean([10 * np.log10(255**2 / np.mean((a - b) ** 2)) for a, b in channels])
    assert measured.rgb_psnr == pytest.approx(psnr, abs=1e-9)
    assert measured.rgb_ssim == pytest.approx(np.mean([_wang_2004(a, b) for a, b in channels]), abs=1e-9)


def test_a_grey_picture_is_its_own_luma() -> None:
    clean = _picture(1, smoothness=6.0)[..., 0]
    shown = clean // 2
    expected = 10 * np.log10(255**2 / np.mean((clean[2:-2, 2:-2].astype(float) - shown[2:-2, 2:-2]) ** 2))
    assert fidelity(clean, shown, 2).psnr == pytest.approx(expected, abs=1e-9)


def test_the_border_does_not_count() -> None:
    clean = _picture(2, smoothness=6.0)
    shown = clean.copy()
    shown[:3] = shown[-3:] = shown[:, :3] = shown[:, -3:] = 0
    assert fidelity(clean, shown, 3).psnr == 100.0
    assert fidelity(clean, shown, 2).psnr < 40.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 60))
def test_closer_is_never_worse(seed: int, error: int) -> None:
    clean = _picture(seed, smoothness=6.0)
    sign = np.random.default_rng(seed).choice([-1, 1], size=clean.shape)
    near, far = (np.clip(clean + sign * step, 0, 255).astype(np.uint8) for step in (error, error + 5))
    assert fidelity(clean, far, 2).psnr <= fidelity(clean, near, 2).psnr


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(MetricError, match=r"\(20, 20, 3\) clean and \(20, 22, 3\) shown"):
        fidelity(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 22, 3), np.uint8), 2)


def test_a_picture_smaller_than_a_window_is_refused() -> None:
    with pytest.raises(MetricError, match="14x40 is too small"):
        fidelity(np.zeros((40, 14), np.uint8), np.zeros((40, 14), np.uint8), 2)


def test_floats_are_refused() -> None:
    picture = np.zeros((40, 40, 3))
    with pytest.raises(MetricError, match="float64, expected"):
        fidelity(picture, picture, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(6))
def test_planes_are_measured_as_grey_pictures(seed: int) -> None:
    clean = _picture(seed, smoothness=6.0 if seed % 2 else 0.0)[..., 0]
    shown = gaussian_filter(clean, 1)
    whole = fidelity(clean, shown, seed % 3)
    assert plane_psnr(clean, shown, seed % 3) == pytest.approx(whole.psnr, abs=1e-4)
    assert plane_ssim(clean, shown, seed % 3) == pytest.approx(whole.ssim, abs=1e-6)
