"""Degradations by name: ``bicubic-xS``."""

import re
from fractions import Fraction

from acutance.degrade.bicubic import BicubicDegradation

_BICUBIC = re.compile(r"bicubic-x(?P<scale>\d+(?:\.\d+)?|\d+/\d+)")
_LARGEST_SCALE = 16


class DegradationError(ValueError):
    """A degradation's name that cannot be read."""


def parse_degradation(name: str) -> BicubicDegradation:
    """Return the degradation of that name.

    The scale is an integer, a fraction or a decimal (``bicubic-x2``, ``bicubic-x4/3``, ``bicubic-x1.5``).
    A decimal that is a third cut off or rounded means that third: 1.33 and 1.333 mean 4/3, 1.67 and 1.66 mean 5/3.

    Raises:
        DegradationError: no such degradation, or a scale outside 1..16.
    """
    match = _BICUBIC.fullmatch(name)
    if match is None:
        raise DegradationError(
            f"degradation: got {name!r}, expected 'bicubic-xS' with S an integer, a decimal or a fraction "
            "(bicubic-x2, bicubic-x1.5, bicubic-x4/3)"
        )
    try:
        scale = _scale(match["scale"])
    except ZeroDivisionError:
        scale = Fraction(0)
    if not 1 <= scale <= _LARGEST_SCALE:
        raise DegradationError(f"degradation: got the scale {match['scale']}, expected 1 to {_LARGEST_SCALE}")
    return BicubicDegradation(scale)


def _scale(text: str) -> Fraction:
    scale = Fraction(text)
    decimals = len(text.partition(".")[2])
    third = Fraction(round(scale * 3), 3)
    if decimals >= 2 and third.denominator == 3 and abs(scale - third) < Fraction(1, 10**decimals):
        return third
    return scale
