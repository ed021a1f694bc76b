"""What training pictures go through: one degradation, or several of one scale, of which each picture meets one."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import (
    BicubicDegradation,
    CallDegradation,
    CallFrame,
    Camera,
    DegradationError,
    parse_degradation,
)
from acutance.degrade.codec import Unit
from acutance.image.planes import luma, round_to_uint8

_VIEW = (720, 1280)  # of what is coded: several frames of each picture are
_FRAMES = (3, 12)  # a later frame: the key frame has taken what the codec may spend in the first


@dataclass(frozen=True)
class Degraded:
    """A training picture, degraded.

    Attributes:
        clean: H×W uint8, studio-range luma.
        displayed: H×W uint8, studio-range luma.
        received: h×w×3 uint8 RGB, as a teacher is shown it.
        before: the frame before; None where the picture is not one of a call.
    """

    clean: NDArray[np.uint8]
    displayed: NDArray[np.uint8]
    received: NDArray[np.uint8]
    before: "Degraded | None" = None


@dataclass(frozen=True)
class Mixture:
    """Degradations of one scale.

    Attributes:
        parts: all bicubic, or all of calls.
    """

    parts: tuple[BicubicDegradation | CallDegradation, ...]

    @property
    def name(self) -> str:
        """As `parse_mixture` reads it."""
        return ",".join(part.name for part in self.parts)

    @property
    def scale(self) -> Fraction:
        """Displayed size over received size."""
        return _scale(self.parts[0])

    @property
    def has_frames(self) -> bool:
        """Whether what it makes of a picture are two frames of a call."""
        return isinstance(self.parts[0], CallDegradation)

    @property
    def bits_per_pixel(self) -> float | None:
        """What the codecs may spend a received pixel and frame, geometric mean; None without a codec."""
        rates = [part.rate.value for part in self.parts if isinstance(part, CallDegradation)]
        return math.exp(math.fsum(map(math.log, rates)) / len(rates)) if rates else None

    def which(self, number: int) -> str:
        """Return the name of what the picture of that number goes through."""
        return self._part(number).name

    def __call__(self, picture: NDArray[np.uint8], number: int) -> Degraded:
        """Degrade a picture.

        Args:
            picture: H×W×3 RGB or H×W grey, uint8.
            number: of the picture; chooses among the parts, and is the seed of a call's camera and of its motion.

        Raises:
            ValueError: the picture is too small, or a codec does not take it.
        """
        part = self._part(number)
        if isinstance(part, CallDegradation):
            return _called(part, picture, number)
        received = part.receive(picture)
        return Degraded(
            clean=round_to_uint8(luma(part.crop(picture))),
            displayed=round_to_uint8(luma(part.display(received))),
            received=np.stack([received] * 3, axis=2) if received.ndim == 2 else received,
        )

    def _part(self, number: int) -> BicubicDegradation | CallDegradation:
        return self.parts[number % len(self.parts)]


def parse_mixture(names: str) -> Mixture:
    """Return the mixture of degradations whose names stand between commas.

    Raises:
        DegradationError: there is no such degradation, their scales differ, sizes are fixed, bicubic ones are mixed
            with others, or a call's rate is not in bits a pixel.
    """
    parts = tuple(parse_degradation(name.strip(), calls=True) for name in names.split(","))
    if len({type(part) for part in parts}) > 1 or (len(parts) > 1 and isinstance(parts[0], BicubicDegradation)):
        raise DegradationError(f"degradation: got {names!r}, expected one without a codec, or several with one")
    for part in parts:
        if isinstance(part, CallDegradation) and (
            isinstance(part.sent, int) or part.rate.unit is not Unit.BITS_PER_PIXEL
        ):
            raise DegradationError(
                f"degradation: got {part.name!r}, expected a scale and bits a pixel to train for, such as "
                "call-x2-h264-0.1bpp"
            )
    if len({_scale(part) for part in parts}) > 1:
        raise DegradationError(f"degradation: got {names!r}, expected one scale")
    return Mixture(parts)


def _scale(part: BicubicDegradation | CallDegradation) -> Fraction:
    scale = part.scale if isinstance(part, BicubicDegradation) else part.sent
    assert isinstance(scale, Fraction)
    return scale


def _called(part: CallDegradation, picture: NDArray[np.uint8], number: int) -> Degraded:
    random = np.random.default_rng(number)
    height, width = picture.shape[:2]
    top, left = (
        int(random.integers(max(side - view, 0) + 1)) for side, view in zip((height, width), _VIEW, strict=True)
    )
    view = np.ascontiguousarray(picture[top : top + _VIEW[0], left : left + _VIEW[1]])
    until = int(random.integers(*_FRAMES))
    frames = part.film_picture(view, seed=number, until=until, keep=2, camera=Camera.draw(number))
    before, after = (_frame(frame) for frame in frames)
    return replace(after, before=before)


def _frame(frame: CallFrame) -> Degraded:
    return Degraded(
        clean=frame.clean.luma,
        displayed=frame.displayed.luma,
        received=frame.received.rgb(),
    )
