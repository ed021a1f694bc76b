"""What is known of a file before it is sharpened: how it was enlarged, and how hard it was coded."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acutance.runtime import Selection, Sharpener

ASSUMED_SCALE = 2.0
"""Taken where nothing says by how much frames were enlarged."""

_LOOKED_AT = 30  # frames, the first second
_APART = 6  # frames that follow each other show the same


@dataclass(frozen=True)
class Enlarged:
    """By how much a file was enlarged, who says so, and which of a bank's weights were chosen for it.

    Attributes:
        stated: None where its frames say so.
        source: who says so.
        selection: None of what is no bank, or did nothing.
    """

    stated: float | None
    source: str
    selection: "Selection | None"

    @property
    def scale(self) -> float:
        """Displayed size over received size."""
        if self.stated is not None:
            return self.stated
        return ASSUMED_SCALE if self.selection is None else self.selection.scale

    @property
    def said_by(self) -> str:
        """Who says so, where anybody looked."""
        return "assumed" if self.stated is None and self.selection is None else self.source

    def __str__(self) -> str:
        return f"×{self.scale:g} ({self.said_by})" if self.selection is None else str(self.selection)


@dataclass(frozen=True)
class Stream:
    """What a bank is told of a clip.

    Attributes:
        scale: displayed size over received size, at least 1.
        was_seen: whether the clip's frames say so, rather than the user.
        codec: FFmpeg's name.
        bits_per_pixel: what it spends a frame and received pixel, None where nothing says.
    """

    scale: float
    was_seen: bool
    codec: str
    bits_per_pixel: float | None


def look_at(clip: Path, *, scale: float | None, enlarges: bool, threads: int | None) -> Stream:
    """Find out what a bank has to know of a clip.

    Args:
        clip: the file.
        scale: displayed size over received size, None where its first frames have to say.
        enlarges: whether the clip holds the received frames; else it holds the displayed ones, and what it spends is
            spent on the fewer pixels that these were made of.
        threads: how many the decoder may use, None for all.

    Raises:
        ClipError: the clip cannot be read.
    """
    from acutance.video import coded_rate

    coded = coded_rate(clip)
    stated = 1.0 if scale is None and enlarges else scale
    found = _seen_scale(clip, threads) if stated is None else stated
    bits = coded.bits_per_pixel
    if bits is not None and not enlarges:
        bits *= found**2
    return Stream(found, stated is None, coded.codec, bits)


def follow(sharpener: "Sharpener", stream: Stream) -> "Selection | None":
    """Have a bank begin with a stream, and say what it chose; any other model chooses nothing."""
    from dataclasses import replace

    sharpener.follow(stream.scale, stream.codec, stream.bits_per_pixel)
    sharpener.restart()
    selection = sharpener.selection
    if selection is not None and stream.was_seen:
        selection = replace(selection, scale_from="seen")
    return selection


def _seen_scale(clip: Path, threads: int | None) -> float:
    from acutance.estimate import Tracker, estimate
    from acutance.video import read_luma

    tracker, scale = Tracker(), 1.0
    for plane in islice(read_luma(clip, threads), 0, _LOOKED_AT, _APART):
        scale = tracker.feed(estimate(plane)).scale
    return scale
