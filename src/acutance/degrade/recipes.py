"""Degradations by name: ``bicubic-xS``, and ``call-SIZE-CODEC-RATE``."""

import re
from fractions import Fraction
from typing import Literal, overload

from acutance.degrade.bicubic import BicubicDegradation
from acutance.degrade.call import CallDegradation, Kernel
from acutance.degrade.codec import CODECS, Rate, Unit

_SCALE = r"\d+(?:\.\d+)?|\d+/\d+"
_BICUBIC = re.compile(rf"bicubic-x(?P<scale>{_SCALE})")
_NUMBER = r"\d+(?:\.\d+)?"
_CALL = re.compile(
    rf"call-(?:x(?P<scale>{_SCALE})|(?P<lines>\d+)p)-(?P<codec>{'|'.join(CODECS)})"
    rf"-(?:(?P<bpp>{_NUMBER})bpp|(?P<k>{_NUMBER})k|qp(?P<qp>\d+))(?P<catrom>-catrom)?"
)
_LARGEST_SCALE = 16
_LINES = (90, 2160)
_BOUNDS = {Unit.BITS_PER_PIXEL: (0.001, 8), Unit.KBIT_PER_SECOND: (10, 100_000)}

_EXPECTED_BICUBIC = "'bicubic-xS' with S an integer, a decimal or a fraction (bicubic-x2, bicubic-x1.5, bicubic-x4/3)"
_EXPECTED_CALL = (
    f"'call-SIZE-CODEC-RATE' with SIZE such as 540p or x2, CODEC one of {', '.join(CODECS)}, and RATE such as 600k "
    "(kbit/s at 30 FPS), 0.1bpp (bits a pixel) or qp24"
)


class DegradationError(ValueError):
    """A degradation's name that cannot be read."""


@overload
def parse_degradation(name: str, *, calls: Literal[False] = False) -> BicubicDegradation: ...


@overload
def parse_degradation(name: str, *, calls: Literal[True]) -> BicubicDegradation | CallDegradation: ...


def parse_degradation(name: str, *, calls: bool = False) -> BicubicDegradation | CallDegradation:
    """Return the degradation of that name.

    A scale is an integer, a fraction or a decimal (``bicubic-x2``, ``bicubic-x4/3``, ``call-x1.5-vp8-0.1bpp``).
    A decimal that is a third cut off or rounded means that third: 1.33 and 1.333 mean 4/3, 1.67 and 1.66 mean 5/3.

    Args:
        name: of the degradation.
        calls: whether the caller takes those of calls too, which need frames that follow each other.

    Raises:
        DegradationError: no such degradation, one that the caller does not take, or a figure out of its range.
    """
    if calls and (match := _CALL.fullmatch(name)):
        return _call(match)
    if match := _BICUBIC.fullmatch(name):
        return BicubicDegradation(_scale(match["scale"]))
    expected = f"{_EXPECTED_BICUBIC}, or {_EXPECTED_CALL}" if calls else _EXPECTED_BICUBIC
    raise DegradationError(f"degradation: got {name!r}, expected {expected}")


def _call(match: re.Match[str]) -> CallDegradation:
    unit = next(unit for unit in Unit if match[unit.value] is not None)
    value = float(match[unit.value])
    least, most = _BOUNDS.get(unit) or (1, CODECS[match["codec"]].coarsest)
    rate = Rate(unit, value)
    if not least <= value <= most:
        raise DegradationError(f"degradation: got the rate {rate}, expected {least} to {most} for {match['codec']}")
    return CallDegradation(
        sent=_scale(match["scale"]) if match["scale"] else _lines(match["lines"]),
        codec=match["codec"],
        rate=rate,
        kernel=Kernel.CATMULL_ROM if match["catrom"] else Kernel.SWSCALE,
    )


def _lines(text: str) -> int:
    lines = int(text)
    if lines % 2 or not _LINES[0] <= lines <= _LINES[1]:
        raise DegradationError(f"degradation: got {lines} lines, expected an even number, {_LINES[0]} to {_LINES[1]}")
    return lines


def _scale(text: str) -> Fraction:
    try:
        scale = _meant_scale(text)
    except ZeroDivisionError:
        scale = Fraction(0)
    if not 1 <= scale <= _LARGEST_SCALE:
        raise DegradationError(f"degradation: got the scale {text}, expected 1 to {_LARGEST_SCALE}")
    return scale


def _meant_scale(text: str) -> Fraction:
    scale = Fraction(text)
    decimals = len(text.partition(".")[2])
    third = Fraction(round(scale * 3), 3)
    if decimals >= 2 and third.denominator == 3 and abs(scale - third) < Fraction(1, 10**decimals):
        return third
    return scale
