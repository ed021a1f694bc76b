"""One decoded frame: its form, and its luma in studio range.

Colour tags are the code points of ITU-T H.273, as FFmpeg numbers them too: 2 says nothing, a range of 0 says nothing,
1 is studio and 2 full.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import SideData
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from acutance.image.planes import STUDIO_BLACK, STUDIO_SPAN, round_to_uint8

LumaMap = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""From a studio-range luma plane, H×W uint8, C-contiguous and the callee's own, to a new one of the same shape."""

RESIZING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND  # without it swscale darkens by 0.05 of a code value
_TO_RGB = RESIZING | Interpolation.FULL_CHR_H_INT  # without it red comes out 3 code values too dark

UNTAGGED = 2
MATRIX_BT709 = 1
MATRIX_BT601 = 6
_FULL_RANGE = 2
_HD_LINES = 720  # untagged video of that many lines means BT.709

_LARGEST_CHANGE = 255

PLANAR = tuple(
    f"yuv{full}{sampling}p{depth}"
    for sampling in (420, 422, 444)
    for full, depth in (("", ""), ("j", ""), ("", "10le"))
)
"""FFmpeg's names of the pixel formats that are handled as they are."""
TAKEN_AS = {"nv12": "yuv420p"}
"""Formats that hold the same samples in another order, and as what they are handled."""


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
    def depth(self) -> int:
        """Bits a sample."""
        return 10 if self.pixel_format.endswith("10le") else 8

    @property
    def full_range(self) -> bool:
        """Whether black is 0 and white the largest code rather than 16 and 235 (of 8 bits)."""
        return self.color_range == _FULL_RANGE or self.pixel_format.startswith("yuvj")

    @property
    def is_plain(self) -> bool:
        """Whether its luma is what students see as it is: 8 bits, studio range."""
        return self.depth == 8 and not self.full_range

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
    """Return a copy of the luma of a planar frame in 8-bit studio range, H×W uint8."""
    form = FrameForm.of(frame)
    samples = _luma_samples(frame, form)
    if form.is_plain:
        return samples.astype(np.uint8)  # a copy
    return _to_studio(form.depth, form.full_range)[samples]


def rgb(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return an 8-bit planar frame as players show it, H×W×3 uint8, full range."""
    # Set on the frame, as swscale takes every untagged one for BT.601.
    frame.colorspace = FrameForm.of(frame).meant_matrix
    return np.asarray(frame.to_ndarray(format="rgb24", interpolation=_TO_RGB), np.uint8)


def change_luma(frame: VideoFrame, sharpen: LumaMap) -> None:
    """Map the luma of a planar frame, in place; chroma, times and tags stay.

    Full range and 10 bits are mapped to 8-bit studio range for the map, and its *change* is mapped back, so that a map
    that changes nothing leaves the frame bit for bit as it was. Where the map raises, the frame is as it was.

    Raises:
        ValueError: the map returned something else than a uint8 plane of the same shape.
    """
    frame.make_writable()  # the decoder may still predict from this one
    form = FrameForm.of(frame)
    samples = _luma_samples(frame, form)
    before = studio_luma(frame)
    after = sharpen(before if form.is_plain else before.copy())
    if after.shape != samples.shape or after.dtype != np.uint8:
        raise ValueError(f"the luma map: got {after.shape} {after.dtype} back, expected {samples.shape} uint8")
    if form.is_plain:
        samples[:] = after
    else:
        change = _change_from_studio(form.depth, form.full_range)[after.astype(np.int16) - before + _LARGEST_CHANGE]
        samples[:] = np.clip(samples + change, 0, 2**form.depth - 1)


@cache
def _to_studio(depth: int, full_range: bool) -> NDArray[np.uint8]:
    """Return a table from sample to 8-bit studio-range code value."""
    samples = np.arange(2**depth)
    if full_range:
        return round_to_uint8(STUDIO_BLACK + samples * (STUDIO_SPAN / (2**depth - 1)))
    return round_to_uint8(samples / 2 ** (depth - 8))


@cache
def _change_from_studio(depth: int, full_range: bool) -> NDArray[np.int16]:
    """Return a table from a change of 8-bit studio-range code values, plus 255, to the change of the samples."""
    changes = np.arange(-_LARGEST_CHANGE, _LARGEST_CHANGE + 1)
    step = (2**depth - 1) / STUDIO_SPAN if full_range else 2 ** (depth - 8)
    return np.asarray(np.rint(changes * step), np.int16)


def display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    """Return the nine numbers that say how a player turns the frame, None where it shows it as stored."""
    data = frame.side_data.get("DISPLAYMATRIX")
    return tuple(np.frombuffer(bytes(data), np.int32).tolist()) if isinstance(data, SideData) else None


def _luma_samples(frame: VideoFrame, form: FrameForm) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the frame's own luma memory without the padding of its rows."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8 if form.depth == 8 else "<u2").reshape(plane.height, -1)
    return rows[:, : plane.width]
