"""The degradations that are measured: those of `acutance.degrade`, and none at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from acutance.degrade import BicubicDegradation, CallDegradation, parse_degradation

CLEAN = "clean"
"""The name of no degradation: the clean picture is displayed as it is, and whoever changes it makes it worse."""


@dataclass(frozen=True)
class CleanDisplay(BicubicDegradation):
    """Displays the clean picture itself."""

    scale: Fraction = Fraction(1)

    @property
    def name(self) -> str:
        """`CLEAN`."""
        return CLEAN

    def display(self, received: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what was received."""
        return received

    def receive(self, clean: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the clean picture."""
        return clean


AnyDegradation = BicubicDegradation | CallDegradation


def parse_degradations(names: str) -> Sequence[AnyDegradation]:
    """Return the degradations of names between commas, each once: ``clean``, ``bicubic-x1.5``, ``call-x2-vp8-0.1bpp``.

    Raises:
        DegradationError: no such degradation, or a figure out of its range.
    """
    parsed = (
        CleanDisplay() if name == CLEAN else parse_degradation(name, calls=True)
        for name in map(str.strip, names.split(","))
    )
    return tuple(dict.fromkeys(parsed))
