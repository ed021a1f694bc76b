"""Differences of pixels between the student's picture and a target, in code values / 255."""

import torch
from torch import Tensor

_EPSILON = 1e-3
_LEAST_MSE = 1e-5  # 50 dB: as good as the eye can tell, and the gradient of a flat crop stays finite


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference (for pictures: Zhao et al., "Loss functions", IEEE TCI 3(1), 2017)."""
    return (output - target).abs().mean()


def charbonnier(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean of √(d² + ε²), ε = 1e-3 (Lai et al., "LapSRN", CVPR 2017): L1 that is smooth at zero."""
    return torch.sqrt((output - target).square() + _EPSILON**2).mean()


def psnr(output: Tensor, target: Tensor) -> Tensor:
    """Return minus the PSNR of each crop in dB, mean over the crops (Chen et al., "HINet", CVPRW 2021).

    A crop counts by how much of its error goes, not by how large its error is: with L1 a student of a few thousand
    weights learns text and little else. At an RMS error of 0.01 a weight of 0.001 pulls about as hard as an L1 of 1.
    """
    return 10.0 * ((output - target).square().flatten(1).mean(1) + _LEAST_MSE).log10().mean()


def flicker(output: Tensor, target: Tensor) -> Tensor:
    """Return how fast each crop's error changes from frame to frame, in dB, mean over the crops.

    `acutance.metrics.flicker` in the manner of `psnr`: 10 lg of the mean of ((outₜ − outₜ₋₁) − (cleanₜ − cleanₜ₋₁))².

    Args:
        output: 2N×1×S×S: N later frames, then the frames before them.
        target: likewise.
    """
    after, before = (output - target).chunk(2)
    return 10.0 * ((after - before).square().flatten(1).mean(1) + _LEAST_MSE).log10().mean()
