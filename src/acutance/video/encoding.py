"""H.264 out, and VP9 where the container holds no H.264."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from acutance.video.clip import ClipInfo
from acutance.video.decoding import LARGEST_FRAME, ClipError
from acutance.video.frame import MATRIX_BT709, RESIZING, TAKEN_AS, UNTAGGED, FrameForm
from acutance.video.target import AVI, WEBM, muxer_of, new_clip

# Measured on one Zen 4 core at 1080p with CRF 17: superfast takes 20 ms a frame, veryfast 27, faster 51, medium 45;
# superfast's files are four times as large as veryfast's at 2 dB more, all of them above 51 dB of luma PSNR.
# x264's macroblock tree differs from run to run at some widths (AVX-512: 96 and 320 pixels), and a clip that is gone on
# with shall be the one that an uninterrupted run makes. Without it CRF 19 gives on two calls and a noisy pan -0.15 to
# +1.6 dB of what CRF 17 gives with it, in 20 to 40 % more bytes and the same time.
_H264 = {"preset": "veryfast", "x264-params": "mbtree=0"}
_CRF = 19
_MASTER_CRF = 10  # for clips that others are made from
# At 720p on that core these take 8 ms a frame, as x264 does above, for files 1.8 times as large at 4 dB more.
_VP9 = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "b": "0"}
_VP9_CRF = 20
# Sizes such as 854x480 are rounded. A pixel ratio that undid this would have players resample every frame.
_ROUNDED_SIZE = Fraction(1, 100)


@dataclass(frozen=True)
class Coding:
    """How a clip's frames are coded. Two encoders of the same coding make the same packets of the same frames.

    Attributes:
        muxer: FFmpeg's name of the container format; it chooses the codec.
        form: of the frames: size, pixel format, colour tags.
        time_base: the unit of the frames' times, in seconds.
        rate: frames a second on average: what the encoder plans with and players show; times do not depend on it.
        sample_aspect_ratio: width over height of a pixel, None where nothing says.
        threads: how many the encoder may use, None for all.
        crf: x264's constant rate factor.
    """

    muxer: str
    form: FrameForm
    time_base: Fraction
    rate: Fraction | None
    sample_aspect_ratio: Fraction | None = None
    threads: int | None = None
    crf: int = _CRF

    @property
    def encoder(self) -> str:
        """FFmpeg's name of the encoder."""
        return "libvpx-vp9" if self.muxer == WEBM else "libx264"

    def add_to(self, container: OutputContainer) -> VideoStream:
        """Add a stream for such packets."""
        stream = cast(VideoStream, container.add_stream(self.encoder, rate=self.rate, time_base=self.time_base))
        self._set_up(stream.codec_context)
        return stream

    def new_encoder(self) -> VideoCodecContext:
        """Return an encoder whose packets go into such a stream, and need none from before."""
        context = cast(VideoCodecContext, av.CodecContext.create(self.encoder, "w"))
        context.time_base = self.time_base
        if self.rate:
            context.framerate = self.rate
        if self.muxer != AVI:
            context.flags |= Flags.global_header
        self._set_up(context)
        return context

    def settings(self) -> dict[str, str]:
        """Return all that the packets depend on besides the frames."""
        return {name: str(value) for name, value in asdict(self).items()} | self._options | {"av": av.__version__}

    @property
    def _options(self) -> dict[str, str]:
        if self.encoder != "libx264":
            return _VP9 | {"crf": str(_VP9_CRF)}
        # AVI knows one time a frame: frames must come in the order in which they are shown.
        return _H264 | {"crf": str(self.crf)} | ({"bf": "0"} if self.muxer == AVI else {})

    def _set_up(self, context: VideoCodecContext) -> None:
        context.options = self._options
        context.width, context.height, context.pix_fmt = self.form.width, self.form.height, self.form.pixel_format
        context.color_range, context.colorspace = self.form.color_range, self.form.matrix
        context.color_primaries, context.color_trc = self.form.primaries, self.form.transfer
        if self.sample_aspect_ratio is not None:
            context.sample_aspect_ratio = self.sample_aspect_ratio
        context.thread_count = self.threads or 0
        context.flags |= Flags.frame_duration  # else the muxer guesses how long the last frame is shown


def coding_for(
    source: Path, target: Path, info: ClipInfo, size: tuple[int, int] | None, threads: int | None
) -> tuple[Coding, list[str]]:
    """Return how a clip is coded that shall be like another one, and what there is to say about it.

    Args:
        source: the other one, for messages.
        target: the clip's name; its suffix chooses the format.
        info: what the other one holds.
        size: (width, height) of its frames, None for the other one's.
        threads: how many the encoder may use, None for all.

    Raises:
        ClipError: the format or its encoder cannot hold such frames.
    """
    notes = []
    width, height = size or (info.width, info.height)
    form = replace(info.form, width=width, height=height)
    if info.form.matrix == UNTAGGED:
        meant = info.form.meant_matrix
        if form.meant_matrix != meant:  # players guess by the size: only a tag keeps the colours
            form = replace(form, matrix=meant)
        name = "BT.709" if meant == MATRIX_BT709 else "BT.601"
        notes.append(f"untagged video of {info.height} lines: taken as {name}")
    if size and info.rotation:
        notes.append(
            f"players turn this clip by {info.rotation}°: the size {width}x{height} is that of the stored frames"
        )
    if form.depth > 8:
        notes.append("10-bit video: coded as H.264 High 10, which not every player shows; the change is of 8 bits")
    muxer = muxer_of(target)
    time_base = info.time_base
    if muxer == AVI:
        average = info.frames / info.duration if info.frames and info.duration else None
        if info.rate is None or (average and info.rate > 2 * average):
            raise ClipError(f"{source}: has no constant frame rate, which AVI needs; choose another format")
        time_base = 1 / info.rate
    ratio = info.sample_aspect_ratio or Fraction(1)
    stretch = Fraction(info.width * height, info.height * width)
    if abs(stretch - 1) > _ROUNDED_SIZE:
        ratio *= stretch
    return Coding(muxer, _codable(target, form), time_base, info.rate, ratio, threads), notes


def _codable(path: Path, form: FrameForm) -> FrameForm:
    """Return the form that frames of that form are coded in: the same samples in a layout that the encoder takes.

    Raises:
        ClipError: a side is odd where chroma is halved, or below 1, or the encoder of that container cannot code it.
    """
    form = replace(form, pixel_format=TAKEN_AS.get(form.pixel_format, form.pixel_format))
    across = 1 if "444" in form.pixel_format else 2
    down = 2 if "420" in form.pixel_format else 1
    if min(form.width, form.height) < 1 or form.width % across or form.height % down:
        raise ClipError(
            f"{path}: got frames of {form.width}x{form.height} {form.pixel_format}, expected even sides; "
            "choose another size"
        )
    if form.width * form.height > LARGEST_FRAME:
        raise ClipError(f"{path}: got frames of {form.width}x{form.height}, expected at most {LARGEST_FRAME} pixels")
    if muxer_of(path) != WEBM:
        return form
    if form.depth > 8:
        raise ClipError(f"{path}: 10-bit frames cannot be coded as VP9 here; choose .mkv or .mp4")
    if form.pixel_format.startswith("yuvj"):
        return replace(form, pixel_format=form.pixel_format.replace("yuvj", "yuv"), color_range=ColorRange.JPEG)
    return form


def encode(context: VideoCodecContext, frame: av.VideoFrame) -> "list[Packet[Stream]]":
    """Encode a frame; ``context.encode(None)`` flushes the encoder at the end."""
    frame.pict_type = PictureType.NONE  # else x264 repeats the decoded frame's type
    return context.encode(frame)


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
                form = _codable(path, _bt709(pixels.shape[1], pixels.shape[0]))
                stream = Coding(muxer_of(path), form, 1 / rate, rate, crf=_MASTER_CRF).add_to(container)
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
            container.mux(stream.encode(frame))
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
