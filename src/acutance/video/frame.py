"""One decoded frame: its form, and its luma in studio range.

Colour tags are the code points of ITU-T H.273, as FFmpeg numbers them too: 2 says nothing, a range of 0 says nothing,
1 is studio and 2 full.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import SideData
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from acutance.image.planes import FULL_SPAN, STUDIO_BLACK, STUDIO_SPAN, round_to_uint8

LumaMap = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""From a studio-range luma plane, H×W uint8, C-contiguous and the callee's own, to a new one of the same shape."""

RESIZING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND  # without it swscale darkens by 0.05 of a code value
_TO_RGB = RESIZING | Interpolation.FULL_CHR_H_INT  # without it red comes out 3 code values too dark

UNTAGGED = 2
MATRIX_BT709 = 1
MATRIX_BT601 = 6
_FULL_RANGE = 2
_HD_LINES = 720  # untagged video of that many lines means BT.709

_TO_STUDIO = round_to_uint8(STUDIO_BLACK + np.arange(256) * (STUDIO_SPAN / FULL_SPAN))
_LARGEST_CHANGE = 255
_CHANGE_TO_FULL = np.rint(np.arange(-_LARGEST_CHANGE, _LARGEST_CHANGE + 1) * (FULL_SPAN / STUDIO_SPAN)).astype(np.int16)


@dataclass(frozen=True)
class FrameForm:
    """What all the frames of a clip have in common.

    Attributes:
        width: of the stored frame, in pixels.
        height: of the stored frame, in pixels.
        pixel_format: FFmpeg's name.
        color_range: 0 untagged, 1 studio, 2 full.
        matrix: ITU-T H.273 MatrixCoefficients.
        primaries: ITU-T H.273 ColourPrimaries.
        transfer: ITU-T H.273 TransferCharacteristics.
        interlaced: whether a frame holds two fields.
    """

    width: int
    height: int
    pixel_format: str
    color_range: int
    matrix: int
    primaries: int
    transfer: int
    interlaced: bool

    @classmethod
    def of(cls, frame: VideoFrame) -> "FrameForm":
        """Return the form of a decoded frame."""
        return cls(
            width=frame.width,
            height=frame.height,
            pixel_format=frame.format.name,
            color_range=frame.color_range,
            matrix=frame.colorspace,
            primaries=frame.color_primaries,
            transfer=frame.color_trc,
            interlaced=frame.interlaced_frame,
        )

    @property
    def full_range(self) -> bool:
        """Whether black is 0 and white 255 rather than 16 and 235."""
        return self.color_range == _FULL_RANGE or self.pixel_format.startswith("yuvj")

    @property
    def meant_matrix(self) -> int:
        """The matrix, or, of untagged frames, BT.709 from 720 lines on and BT.601 below."""
        if self.matrix != UNTAGGED:
            return self.matrix
        return MATRIX_BT709 if self.height >= _HD_LINES else MATRIX_BT601

    def __str__(self) -> str:
        tags = f"range {self.color_range}, matrix {self.matrix}, primaries {self.primaries}, transfer {self.transfer}"
        interlaced = ", interlaced" if self.interlaced else ""
        return f"{self.width}x{self.height} {self.pixel_format} ({tags}{interlaced})"


def studio_luma(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return a copy of the luma of an 8-bit planar frame in studio range, H×W uint8."""
    samples = _luma_samples(frame)
    return _TO_STUDIO[samples] if FrameForm.of(frame).full_range else samples.copy()


def rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return an 8-bit planar frame as players show it, H×W×3 uint8, full range."""
    # Set on the frame, as swscale takes every untagged one for BT.601.
    frame.colorspace = FrameForm.of(frame).meant_matrix
    return np.asarray(frame.to_ndarray(format="rgb24", interpolation=_TO_RGB), np.uint8)


def change_luma(frame: VideoFrame, sharpen: LumaMap) -> None:
    """Map the luma of an 8-bit planar frame, in place; chroma, times and tags stay.

    Full range is mapped to studio range for the map, and its *change* is mapped back, so that a map that changes
    nothing leaves the frame bit for bit as it was.

    Raises:
        ValueError: the map returned something else than a uint8 plane of the same shape.
    """
    frame.make_writable()  # the decoder may still predict from this one
    samples = _luma_samples(frame)
    full_range = FrameForm.of(frame).full_range
    before = _TO_STUDIO[samples] if full_range else samples.copy()
    after = sharpen(before.copy() if full_range else before)
    if after.shape != samples.shape or after.dtype != np.uint8:
        raise ValueError(f"the luma map: got {after.shape} {after.dtype} back, expected {samples.shape} uint8")
    if full_range:
        change = _CHANGE_TO_FULL[after.astype(np.int16) - before + _LARGEST_CHANGE]
        samples[:] = np.clip(samples + change, 0, 255)
    else:
        samples[:] = after


def display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    """Return the nine numbers that say how a player turns the frame, None where it shows it as stored."""
    data = frame.side_data.get("DISPLAYMATRIX")
    return tuple(np.frombuffer(bytes(data), np.int32).tolist()) if isinstance(data, SideData) else None


def _luma_samples(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return the frame's own luma memory without the padding of its rows."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)
    return rows[:, : plane.width]
