"""What is measured: names between commas."""

import numpy as np
import pytest

from acutance.degrade import BicubicDegradation, CallDegradation, DegradationError
from acutance.evaluate.degradations import CleanDisplay, parse_degradations


def test_each_is_taken_once_and_keeps_its_name() -> None:
    names = ["bicubic-x4/3", "clean", "bicubic-x2", "call-x2-vp8-0.1bpp"]
    parsed = parse_degradations(",".join([*names, "clean", "bicubic-x2"]))
    assert [one.name for one in parsed] == names
    assert [type(one) for one in parsed] == [BicubicDegradation, CleanDisplay, BicubicDegradation, CallDegradation]


def test_clean_is_the_picture_itself() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(CleanDisplay()(picture), picture)


def test_others_are_refused() -> None:
    with pytest.raises(DegradationError, match="got 'dirty'"):
        parse_degradations("bicubic-x2,dirty")
