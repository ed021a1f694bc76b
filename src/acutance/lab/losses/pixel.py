"""Differences of pixels between the student's picture and a target, in code values / 255."""

import torch
from torch import Tensor

_EPSILON = 1e-3


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference (for pictures: Zhao et al., "Loss functions", IEEE TCI 3(1), 2017)."""
    return (output - target).abs().mean()


def charbonnier(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean of √(d² + ε²), ε = 1e-3 (Lai et al., "LapSRN", CVPR 2017): L1 that is smooth at zero."""
    return torch.sqrt((output - target).square() + _EPSILON**2).mean()
