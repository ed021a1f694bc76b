"""How a clean picture, or a clip, becomes the one that a user sees on a bad line."""

from acutance.degrade.bicubic import BicubicDegradation
from acutance.degrade.call import CallDegradation, CallFrame
from acutance.degrade.camera import Camera
from acutance.degrade.codec import CodecError
from acutance.degrade.motion import Motion, pan
from acutance.degrade.planar import PlanarFrame
from acutance.degrade.recipes import DegradationError, parse_degradation

__all__ = [
    "BicubicDegradation",
    "CallDegradation",
    "CallFrame",
    "Camera",
    "CodecError",
    "DegradationError",
    "Motion",
    "PlanarFrame",
    "pan",
    "parse_degradation",
]
