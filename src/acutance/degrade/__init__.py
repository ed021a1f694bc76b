"""How a clean picture becomes the one that a user sees on a bad line."""

from acutance.degrade.bicubic import BicubicDegradation
from acutance.degrade.recipes import DegradationError, parse_degradation

__all__ = ["BicubicDegradation", "DegradationError", "parse_degradation"]
