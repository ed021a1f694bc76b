"""Frames as calls send them: planar 4:2:0 in studio range, from RGB, resized, and back.

All of it is FFmpeg's swscale, as in players: far quicker than `acutance.image.resize`. Its bicubic differs from that by
a code value, in a few places by two, and by more at the borders, which it repeats rather than mirrors.
"""

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av import VideoFrame
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

PLANAR = "yuv420p"
# Without ACCURATE_RND swscale darkens by 0.05 of a code value, without FULL_CHR_H_INT red is 3 code values too dark.
_EXACTLY = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_ANY_RATE = Fraction(30)


@dataclass(frozen=True)
class PlanarFrame:
    """A frame of 8-bit YCbCr, 4:2:0, studio range, ITU-R BT.601.

    Attributes:
        samples: 3H/2×W uint8: the luma plane, then blue and red difference, each H/2×W/2 (FFmpeg's yuv420p).
    """

    samples: NDArray[np.uint8]

    @property
    def luma(self) -> NDArray[np.uint8]:
        """The luma plane, H×W uint8, 16 is black and 235 white (a view)."""
        return self.samples[: len(self.samples) * 2 // 3]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.luma.shape
        return width, height

    def rgb(self) -> NDArray[np.uint8]:
        """Return the frame as players show it, H×W×3 uint8, full range."""
        shown = VideoReformatter().reformat(
            av.VideoFrame.from_ndarray(self.samples, format=PLANAR),
            format="rgb24",
            src_colorspace=Colorspace.ITU601,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_EXACTLY,
            threads=1,
        )
        return shown.to_ndarray().astype(np.uint8, copy=False)

    @classmethod
    def of(cls, frame: VideoFrame) -> "PlanarFrame":
        """Return a copy of a frame of that form."""
        return cls(frame.to_ndarray().astype(np.uint8, copy=False))


def planar(rgb: NDArray[np.uint8], reformatter: VideoReformatter) -> VideoFrame:
    """Return full-range RGB, H×W×3 uint8 with even sides, as a frame of the form of `PlanarFrame`."""
    return reformatter.reformat(
        av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
        format=PLANAR,
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.MPEG,
        interpolation=_EXACTLY,
        threads=1,
    )


class Resizer:
    """Resizes planar frames of one size to another, by bicubic interpolation that is antialiased where it shrinks."""

    def __init__(self, before: tuple[int, int], after: tuple[int, int], a: float) -> None:
        """Set swscale up.

        Args:
            before: (width, height), even.
            after: (width, height), even.
            a: the kernel's free parameter (see `acutance.image.resize.resize_bicubic`).
        """
        self._graph = Graph()
        self._graph.threads = 1
        width, height = before
        options = f"{after[0]}:{after[1]}:flags=bicubic+accurate_rnd:param0=0:param1={-a}"
        self._graph.link_nodes(
            self._graph.add_buffer(width=width, height=height, format=VideoFormat(PLANAR), time_base=1 / _ANY_RATE),
            self._graph.add("scale", options),
            self._graph.add("buffersink"),
        ).configure()
        self._changes = before != after

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """Return the resized frame; the frame itself where the sizes are the same."""
        if not self._changes:
            return frame
        self._graph.vpush(frame)
        return self._graph.vpull()
