"""The shape of a picture on the screen."""

from dataclasses import dataclass
from fractions import Fraction

from acutance.video.clip import ClipInfo


@dataclass(frozen=True)
class Shape:
    """How a stored frame is turned and stretched to be displayed."""

    width: int
    height: int
    rotation: int

    @classmethod
    def of(cls, clip: ClipInfo, size: tuple[int, int] | None) -> "Shape":
        """Return the displayed size, in square pixels, of a clip whose stored frames are resized to a size.

        The picture keeps its shape, so the height is that of the resized frames and the width follows.
        """
        aspect = Fraction(clip.width, clip.height) * (clip.sample_aspect_ratio or 1)
        height = clip.height if size is None else size[1]
        width = round(height * aspect)
        turned = clip.rotation % 180 != 0
        return cls(*((height, width) if turned else (width, height)), rotation=clip.rotation)

    def within(self, width: int, height: int) -> tuple[int, int]:
        """Return the largest (width, height) of that aspect that fits."""
        factor = min(width / self.width, height / self.height)
        return max(1, round(self.width * factor)), max(1, round(self.height * factor))
