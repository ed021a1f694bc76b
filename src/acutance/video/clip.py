"""Clips in: what a file holds, and its frames one after another."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.reformatter import ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from acutance.video.frame import FrameForm, display_matrix, rgb, studio_luma

# Files only, and only formats that hold their own data: a playlist named like a clip would open whatever it lists.
_OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,matroska,avi,mpegts,flv"}
_PIXEL_FORMATS = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p")
_HDR = {ColorTrc.SMPTE2084: "PQ", ColorTrc.ARIB_STD_B67: "HLG"}
_MISSING_SECONDS = 2.0  # a last frame may be shown that long without the file saying so; more is missing


class ClipError(ValueError):
    """A clip that cannot be read, handled or written; the message names the file, what was found and what to do."""


@dataclass(frozen=True)
class ClipInfo:
    """What a clip holds, from its headers and its first frame.

    Attributes:
        form: size, pixel format and colour tags of its frames.
        codec: FFmpeg's name of the video codec.
        frames: how many there are; an estimate, as headers are, None where nothing says.
        rate: frames a second, on average, None where nothing says.
        duration: in seconds, None where nothing says.
        sample_aspect_ratio: width over height of a pixel, None where nothing says.
        display_matrix: how a player turns the frames (nine numbers, FFmpeg's layout), None where it does not.
        rotation: that turn in degrees, counterclockwise.
        has_audio: whether there is at least one audio stream.
    """

    form: FrameForm
    codec: str
    frames: int | None
    rate: Fraction | None
    duration: float | None
    sample_aspect_ratio: Fraction | None
    display_matrix: tuple[int, ...] | None
    rotation: int
    has_audio: bool

    @property
    def width(self) -> int:
        """Of the stored frames, in pixels."""
        return self.form.width

    @property
    def height(self) -> int:
        """Of the stored frames, in pixels."""
        return self.form.height


def probe_clip(path: Path) -> ClipInfo:
    """Say what a clip holds.

    Raises:
        ClipError: the file is no clip, holds no video, or its first frame cannot be decoded.
    """
    with open_clip(path, threads=1) as (container, video):
        frame = next((item for item in decoded(path, container, video) if isinstance(item, av.VideoFrame)), None)
        if frame is None:
            raise ClipError(f"{path}: holds no frame that can be decoded")
        duration = _duration(container, video)
        rate = video.guessed_rate or video.average_rate
        estimate = round(duration * rate) if duration and rate else None
        return ClipInfo(
            form=FrameForm.of(frame),
            codec=video.codec_context.name,
            frames=video.frames or estimate,
            rate=rate,
            duration=duration,
            sample_aspect_ratio=video.sample_aspect_ratio or None,
            display_matrix=display_matrix(frame),
            rotation=frame.rotation,
            has_audio=bool(container.streams.audio),
        )


def read_luma(path: Path, threads: int | None = None) -> Iterator[NDArray[np.uint8]]:
    """Yield the luma of each frame in studio range, H×W uint8.

    Args:
        path: the clip.
        threads: how many the decoder may use, None for all.

    Raises:
        ClipError: the file is no clip, is damaged, or is of a kind that is not handled (see `refuse_unhandled`).
    """
    return (studio_luma(frame) for frame in _frames(path, threads))


def read_rgb(path: Path, threads: int | None = None) -> Iterator[NDArray[np.uint8]]:
    """Yield each stored frame as players show its colours, H×W×3 uint8, full range.

    Args:
        path: the clip.
        threads: how many the decoder may use, None for all.

    Raises:
        ClipError: as `read_luma`.
    """
    return (rgb(frame) for frame in _frames(path, threads))


def _frames(path: Path, threads: int | None) -> Iterator[av.VideoFrame]:
    refuse_unhandled(path, probe_clip(path).form)
    with open_clip(path, threads) as (container, video):
        for item in decoded(path, container, video):
            if isinstance(item, av.VideoFrame):
                yield item


def refuse_unhandled(path: Path, form: FrameForm) -> None:
    """Refuse frames that cannot go the common road: 8-bit planar YCbCr, progressive, of ordinary dynamic range.

    Raises:
        ClipError: they are of another kind.
    """
    if form.transfer in _HDR:
        raise ClipError(f"{path}: is HDR ({_HDR[ColorTrc(form.transfer)]}); convert it to 8-bit BT.709 first")
    if form.pixel_format not in _PIXEL_FORMATS:
        raise ClipError(
            f"{path}: got frames of {form.pixel_format}, expected 8-bit planar YCbCr ({', '.join(_PIXEL_FORMATS)}); "
            "convert it first"
        )
    if form.interlaced:
        raise ClipError(f"{path}: is interlaced; deinterlace it first")


@contextmanager
def open_clip(path: Path, threads: int | None = None) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a clip and choose its video stream.

    Args:
        path: a regular file.
        threads: how many the decoder may use, None for all.

    Raises:
        ClipError: there is no such file, it is no clip, or it holds no video.
    """
    if not path.is_file():
        raise ClipError(f"{path}: there is no such file")
    try:
        container = av.open(
            f"file:{path}", "r", container_options=_OPEN_OPTIONS, metadata_errors="surrogateescape"
        )  # the prefix keeps FFmpeg from taking a name with a colon for a URL
    except av.FFmpegError as error:
        raise ClipError(f"{path}: is not a clip that can be read ({error.strerror})") from error
    with container:
        # Cover art is a video stream of one picture.
        videos = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
        if not videos:
            raise ClipError(f"{path}: holds no video")
        video = videos[0]
        if video.codec_context is None:
            raise ClipError(f"{path}: holds video of a codec that cannot be decoded here")
        video.thread_count = threads or 0
        video.thread_type = "AUTO"
        yield container, video


def decoded(
    path: Path, container: InputContainer, video: VideoStream, copied: Collection[Stream] = ()
) -> Iterator["av.VideoFrame | av.Packet[Stream]"]:
    """Yield each frame of the video, decoded, and each packet of the copied streams, as it lies in the file.

    Every frame has a form like the first one's and a time after that of the frame before it.

    Raises:
        ClipError: the file is damaged or cut short; the message says how far it came.
    """
    copied_indices = {stream.index for stream in copied}
    first_form: FrameForm | None = None
    last_time: int | None = None
    count = 0
    end = 0.0
    try:
        for packet in container.demux():
            if packet.is_corrupt:
                raise ClipError(f"{path}: is cut short or damaged after {count} frames")
            if packet.pts is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index in copied_indices and packet.size:  # the empty ones only flush decoders
                yield packet
            if packet.stream.index != video.index:
                continue
            for frame in video.decode(packet):
                form = FrameForm.of(frame)
                first_form = first_form or form
                _refuse_irregular(path, count, frame, first_form, last_time)
                last_time = frame.pts
                count += 1
                yield frame
    except av.FFmpegError as error:
        raise ClipError(f"{path}: cannot be decoded after {count} frames ({error.strerror})") from error
    stated = (container.duration or 0) / av.time_base
    if stated - end > _MISSING_SECONDS:
        raise ClipError(f"{path}: is cut short: it states {stated:.1f} s and ends after {end:.1f} s, {count} frames")


def _refuse_irregular(path: Path, index: int, frame: av.VideoFrame, first: FrameForm, last_time: int | None) -> None:
    if frame.is_corrupt:
        raise ClipError(f"{path}: is damaged: frame {index} cannot be decoded whole")
    if (form := FrameForm.of(frame)) != first:
        raise ClipError(f"{path}: frame {index} is {form}, those before are {first}; cut the clip there first")
    if frame.pts is None or (last_time is not None and frame.pts <= last_time):
        raise ClipError(
            f"{path}: frame {index} has the time {frame.pts} after {last_time} (in {frame.time_base} s), expected a "
            "later one; rewrite its times first"
        )


def _duration(container: InputContainer, video: VideoStream) -> float | None:
    if video.duration and video.time_base:
        return float(video.duration * video.time_base)
    return container.duration / av.time_base if container.duration else None
