"""Differences of spectra."""

import torch
from torch import Tensor


def frequency(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference of the spectra's real and imaginary parts, N×1×H×W in code values / 255.

    Cho et al., "Rethinking Coarse-to-Fine Approach in Single Image Deblurring", ICCV 2021, with the orthonormal
    transform, so that the crop's size does not change the scale. The transform is linear: that of the difference.
    """
    spectrum = torch.fft.rfft2(output - target, norm="ortho")
    return torch.view_as_real(spectrum).abs().mean()
