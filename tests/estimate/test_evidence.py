"""What the evidence shows, of planes that are made so that it must."""

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance.estimate.evidence import EVIDENCE, evidence
from acutance.image.resize import resize_bicubic


def _noise(side: int) -> NDArray[np.uint8]:
    return np.random.default_rng(3).integers(60, 190, (side, side), dtype=np.uint8)


def _seen(plane: NDArray[np.uint8]) -> NDArray[np.float32]:
    seen = evidence(plane)
    assert seen is not None
    return seen


def test_every_figure_is_finite_and_counted() -> None:
    seen = _seen(_noise(200))
    assert seen.shape == (EVIDENCE,)
    assert np.isfinite(seen).all()


def test_rows_and_columns_count_alike() -> None:
    plane = resize_bicubic(_noise(128), (256, 384))  # no more tiles than are looked at
    np.testing.assert_allclose(_seen(plane), _seen(np.ascontiguousarray(plane.T)), atol=1e-4)


def test_brightness_does_not_count() -> None:
    plane = _noise(256)
    np.testing.assert_allclose(_seen(plane), _seen(plane + np.uint8(30)), atol=5e-3)


@pytest.mark.parametrize(("before", "period"), [(192, 0.5), (128, 1 / 3), (96, 0.25)])
def test_the_peak_of_an_enlargement_lies_at_its_frequency(before: int, period: float) -> None:
    seen = _seen(resize_bicubic(_noise(before), (384, 384)))
    peaks = seen[93 : 93 + 76].reshape(2, 38).max(axis=0)  # after 31 frequencies, thrice; 38 periods, of two orders
    assert np.linspace(0.0375, 0.5, 38)[peaks.argmax()] == pytest.approx(period, abs=0.0125)
