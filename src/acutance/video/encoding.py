"""H.264 out."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from acutance.video.clip import ClipError
from acutance.video.frame import MATRIX_BT709, RESIZING, FrameForm
from acutance.video.target import new_clip

# Measured on one Zen 4 core at 1080p with CRF 17: superfast takes 20 ms a frame, veryfast 27, faster 51, medium 45;
# superfast's files are four times as large as veryfast's at 2 dB more, all of them above 51 dB of luma PSNR.
_PRESET = "veryfast"
_CRF = 17
_MASTER_CRF = 10  # for clips that others are made from


def add_video(
    container: OutputContainer,
    form: FrameForm,
    *,
    time_base: Fraction,
    rate: Fraction | None,
    sample_aspect_ratio: Fraction | None = None,
    crf: int = _CRF,
    threads: int | None = None,
) -> VideoStream:
    """Add an H.264 stream whose frames will have that form.

    Args:
        container: where to.
        form: of the frames: size, pixel format, colour tags.
        time_base: the unit of the frames' times, in seconds.
        rate: frames a second on average: what the encoder plans with and players show; times do not depend on it.
        sample_aspect_ratio: width over height of a pixel.
        crf: x264's constant rate factor.
        threads: how many the encoder may use, None for all.
    """
    options = {"preset": _PRESET, "crf": str(crf)}
    stream = container.add_stream("libx264", rate=rate, options=options, time_base=time_base)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = form.width, form.height, form.pixel_format
    context.color_range, context.colorspace = form.color_range, form.matrix
    context.color_primaries, context.color_trc = form.primaries, form.transfer
    if sample_aspect_ratio is not None:
        context.sample_aspect_ratio = sample_aspect_ratio
    context.thread_count = threads or 0
    context.flags |= Flags.frame_duration  # else the muxer guesses how long the last frame is shown
    return stream


def encode(stream: VideoStream, frame: av.VideoFrame) -> "list[Packet[Stream]]":
    """Encode a frame; ``stream.encode(None)`` flushes the encoder at the end."""
    frame.pict_type = PictureType.NONE  # else x264 repeats the decoded frame's type
    return stream.encode(frame)


def refuse_uneven(path: Path, form: FrameForm) -> None:
    """Refuse sizes that the chroma planes of the pixel format cannot halve.

    Raises:
        ClipError: a side is odd where chroma is halved, or below 1.
    """
    across = 1 if "444" in form.pixel_format else 2
    down = 2 if "420" in form.pixel_format else 1
    if min(form.width, form.height) < 1 or form.width % across or form.height % down:
        raise ClipError(
            f"{path}: got frames of {form.width}x{form.height} {form.pixel_format}, expected even sides; "
            "choose another size"
        )


def write_clip(path: Path, frames: Iterable[NDArray[np.uint8]], rate: Fraction) -> None:
    """Write pictures as a clip without sound: H.264, 4:2:0, studio range, tagged BT.709, of high quality.

    Args:
        path: the clip's name; its suffix chooses the format.
        frames: H×W×3 RGB, uint8, full range, all of one size with even sides.
        rate: frames a second.

    Raises:
        ClipError: there is no frame, a size is odd or another than the first one's, or the clip cannot be written.
    """
    reformatter = VideoReformatter()
    stream = None
    first_shape: tuple[int, ...] = ()
    with new_clip(path, {}) as container:
        for index, pixels in enumerate(frames):
            if stream is None:
                first_shape = pixels.shape
                form = _bt709(pixels.shape[1], pixels.shape[0])
                refuse_uneven(path, form)
                stream = add_video(container, form, time_base=1 / rate, rate=rate, crf=_MASTER_CRF)
            if pixels.shape != first_shape:
                raise ClipError(f"{path}: frame {index} has the shape {pixels.shape}, those before {first_shape}")
            frame = reformatter.reformat(
                av.VideoFrame.from_ndarray(pixels, format="rgb24"),
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=RESIZING,
            )
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(encode(stream, frame))
        if stream is None:
            raise ClipError(f"{path}: there are no frames to write")
        container.mux(stream.encode(None))


def _bt709(width: int, height: int) -> FrameForm:
    return FrameForm(
        width=width,
        height=height,
        pixel_format="yuv420p",
        color_range=ColorRange.MPEG,
        matrix=MATRIX_BT709,
        primaries=ColorPrimaries.BT709,
        transfer=ColorTrc.BT709,
        interlaced=False,
    )
