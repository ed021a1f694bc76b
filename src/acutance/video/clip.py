"""What a clip holds, and its frames one after another."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from acutance.video.decoding import ClipError, Damage, decoded, open_clip, refuse_unhandled
from acutance.video.frame import FrameForm, display_matrix, rgb, studio_luma


@dataclass(frozen=True)
class ClipInfo:
    """What a clip holds, from its headers and its first frame.

    Attributes:
        form: size, pixel format and colour tags of its frames.
        codec: FFmpeg's name of the video codec.
        frames: how many there are; an estimate, as headers are, None where nothing says.
        rate: frames a second, on average, None where nothing says.
        time_base: the unit in which the file counts time, in seconds: one over a whole number.
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
    time_base: Fraction
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
    with open_clip(path) as (container, video):
        frame = next(decoded(path, container, video, Damage()), None)
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
            time_base=Fraction(1, (video.time_base or Fraction(1, av.time_base)).denominator),
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
    with open_clip(path, threads or 0) as (container, video):
        yield from decoded(path, container, video)


def _duration(container: InputContainer, video: VideoStream) -> float | None:
    if video.duration and video.time_base:
        return float(video.duration * video.time_base)
    return container.duration / av.time_base if container.duration else None
