"""What the demo measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from acutance.metrics import Fidelity


@dataclass(frozen=True)
class Figures:
    """Mean luma PSNR in dB and SSIM against the original, before and after sharpening."""

    psnr_before: float
    ssim_before: float
    psnr_after: float
    ssim_after: float

    @classmethod
    def mean(cls, before: Sequence[Fidelity], after: Sequence[Fidelity]) -> "Figures":
        """Average over frames."""
        means = [np.mean([(one.psnr, one.ssim) for one in some], axis=0) for some in (before, after)]
        return cls(*(float(figure) for figure in np.concatenate(means)))

    def __str__(self) -> str:
        return (
            f"before {self.psnr_before:.2f} dB / {self.ssim_before:.4f}, "
            f"after {self.psnr_after:.2f} dB / {self.ssim_after:.4f}"
        )
