"""Which expert of a bank suits a stream: the one whose condition is nearest, in doubt the weaker one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from acutance.estimate import Settled
from acutance.runtime.cards import Condition

AUTO: Literal["auto"] = "auto"
"""What to tell as the scale where it is not known."""

Scale = float | Literal["auto"]
"""Displayed size over received size, as a caller tells it."""

PASS_BELOW = 1.15
"""Frames enlarged by less have nothing to gain: they are passed through as they are."""

UNCODED = "none"
"""What to tell as the codec where there is none."""

_WITHOUT_TRACE = frozenset({UNCODED, "rawvideo", "png", "ffv1", "huffyuv", "ffvhuff", "utvideo", "qtrle"})
# How many bits of H.264 do what one of theirs does, in calls: Ohm et al., "Comparison of the Coding Efficiency of Video
# Coding Standards", IEEE TCSVT 22(12), 2012 (HEVC 40 % fewer at low delay); Chen et al., "An Overview of Core Coding
# Tools in the AV1 Video Codec", PCS 2018 (AV1 30 % fewer than VP9, which is among those that experts are trained on).
_WORTH = {"hevc": 1.67, "av1": 1.43}

# In doublings. Of two students whose scale is wrong by 1.5 one is decibels off, where bits wrong by four cost tenths.
_BITS_BESIDE_SCALE = 0.25
_BITS_OF_NO_CODEC = 1.0  # as many a pixel leave no trace
_LEAN = {True: 1.5, False: 4.0}  # how much dearer it is to change too much than too little: sure of the stream, or not


@dataclass(frozen=True)
class Told:
    """What is known of a stream; None is not known.

    Attributes:
        scale: displayed size over received size, at least 1.
        codec: FFmpeg's name of it (``h264``, ``vp8``), or `UNCODED`.
        bits_per_pixel: what it spends a frame and received pixel, the mean over the frames after the key frame.

    Raises:
        ValueError: a figure is out of range.
    """

    scale: float | None = None
    codec: str | None = None
    bits_per_pixel: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None and not 1.0 <= self.scale < math.inf:
            raise ValueError(f"scale: got {self.scale}, expected 1 or more (displayed size over received size)")
        if self.bits_per_pixel is not None and not 0.0 < self.bits_per_pixel < math.inf:
            raise ValueError(f"bits_per_pixel: got {self.bits_per_pixel}, expected more than 0")

    @classmethod
    def of(cls, scale: Scale, codec: str | None, bits_per_pixel: float | None) -> "Told":
        """Return what a caller tells, who says `AUTO` of a scale that is not known.

        Raises:
            ValueError: a figure is out of range.
        """
        if isinstance(scale, str) and scale != AUTO:
            raise ValueError(f"scale: got {scale!r}, expected a number, or {AUTO}")
        return cls(None if isinstance(scale, str) else scale, codec, bits_per_pixel)

    @property
    def says_coding(self) -> bool:
        """Whether it is known how hard the stream was coded."""
        return self.codec in _WITHOUT_TRACE or self.bits_per_pixel is not None

    @property
    def is_enough(self) -> bool:
        """Whether nothing is left to be looked at in the frames."""
        return self.scale is not None and (self.scale < PASS_BELOW or self.says_coding)

    @property
    def bits(self) -> float | None:
        """Bits a pixel that the experts' codecs would need for the same, None without a codec's trace."""
        if self.bits_per_pixel is None or self.codec in _WITHOUT_TRACE:
            return None
        return self.bits_per_pixel * _WORTH.get(self.codec or "", 1.0)


@dataclass(frozen=True)
class Selection:
    """What was chosen for a stream, and why.

    Attributes:
        expert: its number in the bank, None where frames are passed through as they are.
        trained_scale: what that expert was trained for, None where there is none.
        trained_bits_per_pixel: likewise; None without a codec.
        scale: the stream's.
        scale_from: whether it was told or seen.
        bits_per_pixel: the stream's, as H.264 would need them; None without a codec's trace.
        bits_from: whether they were told or seen; None where neither, as frames are passed through for their scale.
    """

    expert: int | None
    trained_scale: float | None
    trained_bits_per_pixel: float | None
    scale: float
    scale_from: Literal["told", "seen"]
    bits_per_pixel: float | None
    bits_from: Literal["told", "seen"] | None

    def __str__(self) -> str:
        stream = f"×{self.scale:.3g} ({self.scale_from})"
        if self.trained_scale is None:
            return f"passed through, as {stream}"
        trained = Condition(scale=self.trained_scale, bits_per_pixel=self.trained_bits_per_pixel)
        coded = "no codec" if self.bits_per_pixel is None else f"{self.bits_per_pixel:.2g} bits a pixel"
        return f"weights for {trained}, as {stream}, {coded} ({self.bits_from})"


def choose(conditions: Sequence[Condition], told: Told, seen: Settled | None = None) -> Selection:
    """Choose an expert.

    Args:
        conditions: of the experts, in order; at least one.
        told: what is known.
        seen: what the frames look like, for what is not known; None only where `Told.is_enough`.
    """
    scale = seen.scale if told.scale is None and seen is not None else told.scale
    assert scale is not None
    bits = told.bits if told.says_coding or seen is None else seen.bits_per_pixel
    lean = _LEAN[told.is_enough or seen is None or seen.is_sure]
    number = None
    if scale >= PASS_BELOW:
        number = min(range(len(conditions)), key=lambda each: _distance(conditions[each], scale, bits, lean))
    return Selection(
        expert=number,
        trained_scale=None if number is None else conditions[number].scale,
        trained_bits_per_pixel=None if number is None else conditions[number].bits_per_pixel,
        scale=scale,
        scale_from="seen" if told.scale is None else "told",
        bits_per_pixel=bits,
        bits_from="told" if told.says_coding else None if seen is None else "seen",
    )


def _distance(condition: Condition, scale: float, bits: float | None, lean: float) -> tuple[float, float, float]:
    """Return how far a condition is from a stream, ties going to the weaker: smaller scale, then more bits."""
    too_strong = math.log2(condition.scale / scale)
    too_many = _doublings(condition.bits_per_pixel) - _doublings(bits)
    distance = max(lean * too_strong, -too_strong) + _BITS_BESIDE_SCALE * max(too_many, -lean * too_many)
    return round(distance, 9), condition.scale, -_doublings(condition.bits_per_pixel)


def _doublings(bits: float | None) -> float:
    return math.log2(_BITS_OF_NO_CODEC if bits is None else min(bits, _BITS_OF_NO_CODEC))
