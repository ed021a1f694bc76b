"""The demo: soften something sharp, sharpen it again, and show both beside the original."""

from acutance.demo.clip import ClipDemonstration, demonstrate_clip
from acutance.demo.figures import Figures
from acutance.demo.picture import demonstrate_picture
from acutance.demo.portrait import portrait, portrait_clip

__all__ = ["ClipDemonstration", "Figures", "demonstrate_clip", "demonstrate_picture", "portrait", "portrait_clip"]
