"""Differences of structure."""

import torch
from torch import Tensor

_SIGMA, _RADIUS = 1.5, 5  # an 11×11 window
_C1, _C2 = 0.01**2, 0.03**2  # of a span of 1


def dissimilarity(output: Tensor, target: Tensor) -> Tensor:
    """Return 1 − SSIM, mean over the windows that lie inside the crops, N×1×H×W in code values / 255.

    Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 13(4), 2004, as
    `acutance.metrics` measures it; as a loss beside one of pixels: Zhao et al., "Loss functions", IEEE TCI 3(1), 2017.
    """
    with torch.autocast(output.device.type, enabled=False):  # variances are differences of like numbers
        a, b = output.float(), target.float()
        means = _blur(torch.cat([a, b, a * a, b * b, a * b]))
        mean_a, mean_b, square_a, square_b, product = means.chunk(5)
        variances = square_a - mean_a.square() + square_b - mean_b.square()
        covariance = product - mean_a * mean_b
        luminance = (2 * mean_a * mean_b + _C1) / (mean_a.square() + mean_b.square() + _C1)
        return 1 - (luminance * (2 * covariance + _C2) / (variances + _C2)).mean()


def _blur(planes: Tensor) -> Tensor:
    """Blur as products of matrices: on a CPU ten times as fast as convolutions of one channel."""
    height, width = planes.shape[-2:]
    return _windows(height, planes) @ planes @ _windows(width, planes).T


def _windows(length: int, like: Tensor) -> Tensor:
    """Return the weights of each window's pixels, windows×length."""
    first = torch.arange(length - 2 * _RADIUS, dtype=like.dtype, device=like.device)
    along = torch.arange(length, dtype=like.dtype, device=like.device) - first[:, None] - _RADIUS
    weights = torch.exp(-0.5 * (along / _SIGMA).square()) * (along.abs() <= _RADIUS)
    return weights / weights.sum(1, keepdim=True)
