"""`degrade`: names, sizes, and the figures that the classroom case is known by."""

from fractions import Fraction

import numpy as np
import pytest
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from acutance.degrade import DegradationError, parse_degradation


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("bicubic-x2", Fraction(2)),
        ("bicubic-x1.5", Fraction(3, 2)),
        ("bicubic-x4/3", Fraction(4, 3)),
        ("bicubic-x1.33", Fraction(4, 3)),
        ("bicubic-x1.333", Fraction(4, 3)),
        ("bicubic-x1.67", Fraction(5, 3)),
        ("bicubic-x1.66", Fraction(5, 3)),
        ("bicubic-x1.3", Fraction(13, 10)),
        ("bicubic-x1.25", Fraction(5, 4)),
        ("bicubic-x1", Fraction(1)),
    ],
)
def test_scales_are_read(name: str, scale: Fraction) -> None:
    assert parse_degradation(name).scale == scale


@pytest.mark.parametrize("name", ["bicubic-x2", "bicubic-x4/3", "bicubic-x3/2"])
def test_a_name_is_read_as_itself(name: str) -> None:
    assert parse_degradation(name).name == name


@pytest.mark.parametrize(
    "name",
    ["bicubic", "bicubic-x", "bicubic-x0", "bicubic-x0.5", "bicubic-x4/0", "nearest-x2", "bicubic-x99", "bicubic-x-2"],
)
def test_other_names_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(DegradationError) as refusal:
        parse_degradation(name)
    assert "\n" not in str(refusal.value)
    assert "expected" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "size", "received"),
    [("bicubic-x2", (101, 64), (50, 32)), ("bicubic-x4/3", (101, 64), (75, 48)), ("bicubic-x3", (10, 9), (3, 3))],
)
def test_sizes(name: str, size: tuple[int, int], received: tuple[int, int]) -> None:
    degradation = parse_degradation(name)
    clean = np.zeros((*size, 3), dtype=np.uint8)
    assert degradation.receive(clean).shape[:2] == received
    assert degradation(clean).shape == degradation.crop(clean).shape


def test_scale_1_changes_nothing() -> None:
    clean = np.random.default_rng(0).integers(0, 256, (20, 31, 3), dtype=np.uint8)
    np.testing.assert_array_equal(parse_degradation("bicubic-x1")(clean), clean)


@pytest.mark.parametrize(("name", "decibels"), [("bicubic-x2", 30.22), ("bicubic-x3", 27.21), ("bicubic-x4/3", 34.43)])
def test_golden_figures_on_a_portrait(name: str, decibels: float) -> None:
    degradation = parse_degradation(name)
    clean = degradation.crop(astronaut())
    assert peak_signal_noise_ratio(clean, degradation(clean)) == pytest.approx(decibels, abs=0.01)
