"""The gate: what int8 loses is measured, and too much is refused."""

import pytest

from acutance.lab.quantisation import Gate, Loss, QualityError


@pytest.mark.parametrize(("mean", "worst"), [(0.10, 0.50), (-0.02, 0.01)])
def test_a_small_loss_passes(mean: float, worst: float) -> None:
    Loss(pictures=3, psnr=mean, worst_psnr=worst, ssim=0.0).refuse(Gate(mean=0.10, worst=0.50))


@pytest.mark.parametrize(("mean", "worst"), [(0.101, 0.2), (0.05, 0.51), (float("nan"), 0.0)])
def test_a_large_loss_is_refused_in_one_line(mean: float, worst: float) -> None:
    with pytest.raises(QualityError, match=r"expected at most 0\.1 dB and 0\.5 dB") as refusal:
        Loss(pictures=3, psnr=mean, worst_psnr=worst, ssim=0.0).refuse(Gate(mean=0.10, worst=0.50))
    assert "\n" not in str(refusal.value)
