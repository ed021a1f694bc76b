"""What int8 costs in quality, measured with the runtime that users have."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from acutance.lab.samples import PlanePair
from acutance.metrics import fidelity
from acutance.runtime import Sharpener


class QualityError(ValueError):
    """A student that loses too much in int8."""


@dataclass(frozen=True)
class Gate:
    """What int8 may lose, in dB of luma PSNR: on average over the pictures, and on any of them."""

    mean: float
    worst: float


@dataclass(frozen=True)
class Loss:
    """What the pictures of a set lose in int8; negative is a gain.

    Attributes:
        pictures: how many there are.
        psnr: of luma in dB, the mean over the pictures.
        worst_psnr: the largest of any picture.
        ssim: of luma, the mean.
    """

    pictures: int
    psnr: float
    worst_psnr: float
    ssim: float

    def __str__(self) -> str:
        return (
            f"int8 loses {self.psnr:.3f} dB and {self.ssim:.5f} SSIM on average, "
            f"at most {self.worst_psnr:.3f} dB, on {self.pictures} pictures"
        )

    def refuse(self, gate: Gate) -> None:
        """Refuse what does not pass a gate.

        Raises:
            QualityError: it loses more.
        """
        if not (self.psnr <= gate.mean and self.worst_psnr <= gate.worst):
            raise QualityError(
                f"{self}, expected at most {gate.mean:g} dB and {gate.worst:g} dB; "
                "fine-tune it longer with [quantisation] (docs/quantisation.md)"
            )


def measure_loss(f32: Path, int8: Path, pairs: Sequence[PlanePair], scale: float) -> Loss:
    """Sharpen every displayed plane with both files, as frames are, and compare both with the clean plane.

    Args:
        f32: a model file with its card.
        int8: that of the student in int8.
        pairs: at least one, neither trained nor calibrated on.
        scale: what the models are for; the border that is left out is as wide.

    Raises:
        ModelError: a file does not open or fails on a picture.
        CardError: a file has no card that fits.
        MetricError: a picture is too small to compare.
    """
    sharpeners = [Sharpener.load(path, scale, precision=name) for path, name in ((f32, "f32"), (int8, "int8"))]
    losses = []
    for pair in pairs:
        before, after = (fidelity(pair.clean, sharpener.luma(pair.displayed), ceil(scale)) for sharpener in sharpeners)
        losses.append((before.psnr - after.psnr, before.ssim - after.ssim))
    psnr, ssim = np.mean(losses, axis=0)
    return Loss(len(losses), psnr=float(psnr), worst_psnr=max(loss for loss, _ in losses), ssim=float(ssim))
