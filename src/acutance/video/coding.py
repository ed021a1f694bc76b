"""How frames are coded: H.264, by x264 or a graphics processor, and VP9 where the container holds no H.264."""

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import cast

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from acutance.video.decoding import ClipError
from acutance.video.frame import FrameForm
from acutance.video.target import AVI, WEBM

X264 = "libx264"
_VP9 = "libvpx-vp9"
# What docs/experiments/encoding.md found: beside inference on two cores only ultrafast leaves 1080p30 in real time, and
# its weak spots are cheap to mend. B-frames and finer motion vectors take a third off the bytes for little time; the
# filter and the chroma offset give back what its coarse quantisation takes from flat areas and colours.
# x264's macroblock tree differs from run to run at some widths (AVX-512: 96 and 320 pixels), and a clip that is gone on
# with shall be the one that an uninterrupted run makes.
X264_OPTIONS = {
    "preset": "ultrafast",
    "bf": "3",
    "x264-params": "b-adapt=0:subme=1:deblock=0,0:chroma-qp-offset=-4:mbtree=0",
    "crf": "19",
}
_MASTER_OPTIONS = {"preset": "veryfast", "x264-params": "mbtree=0", "crf": "10"}
# At 720p these take the time of x264's veryfast, for files 1.8 times as large as its at 4 dB more.
_VP9_OPTIONS = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "b": "0", "crf": "20"}
# Constant quality, without B-frames, as each names and orders it in its own way. None could be tried where this was
# written; VA-API moreover takes only frames that are in its own memory, where PyAV cannot put them yet.
HARDWARE = {
    "h264_nvenc": {"preset": "p4", "rc": "constqp", "qp": "19", "bf": "0"},
    "h264_qsv": {"preset": "veryfast", "global_quality": "19", "bf": "0"},
    "h264_videotoolbox": {"flags": "+qscale", "global_quality": str(118 * 70), "bf": "0"},  # 70 of 100
    "h264_vaapi": {"rc_mode": "CQP", "qp": "19", "bf": "0"},
}
"""The options of each hardware encoder, by FFmpeg's name, in the order in which they are tried."""

AUTO = "auto"
SOFTWARE = "software"
ENCODERS = (AUTO, SOFTWARE, *HARDWARE)
"""What a user may choose: the first hardware encoder that opens, x264, or one by name."""


@dataclass(frozen=True)
class Coding:
    """How a clip's frames are coded. Two encoders of the same coding make the same packets of the same frames.

    Attributes:
        muxer: FFmpeg's name of the container format.
        form: of the frames: size, pixel format, colour tags.
        time_base: the unit of the frames' times, in seconds.
        rate: frames a second on average: what the encoder plans with and players show; times do not depend on it.
        sample_aspect_ratio: width over height of a pixel, None where nothing says.
        threads: how many the encoder may use, None for all.
        master: whether others are made from the clip, so that quality counts more than time and bytes; x264 only.
        hardware: FFmpeg's name of a hardware encoder, a key of `HARDWARE`; empty for x264, or libvpx in WebM.
    """

    muxer: str
    form: FrameForm
    time_base: Fraction
    rate: Fraction | None
    sample_aspect_ratio: Fraction | None = None
    threads: int | None = None
    master: bool = False
    hardware: str = ""

    @property
    def encoder(self) -> str:
        """FFmpeg's name of the encoder."""
        return self.hardware or (_VP9 if self.muxer == WEBM else X264)

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

    def opens(self) -> bool:
        """Whether the encoder is here and takes such frames: only opening it tells."""
        try:
            self.new_encoder().open()
        except (av.FFmpegError, UnknownCodecError):
            return False
        return True

    def settings(self) -> dict[str, str]:
        """Return all that the packets depend on besides the frames."""
        return {name: str(value) for name, value in asdict(self).items()} | self._options | {"av": av.__version__}

    @property
    def _options(self) -> dict[str, str]:
        if self.hardware:
            return HARDWARE[self.hardware]
        if self.encoder == _VP9:
            return _VP9_OPTIONS
        # AVI knows one time a frame: frames must come in the order in which they are shown.
        options = _MASTER_OPTIONS if self.master else X264_OPTIONS
        return options | ({"bf": "0"} if self.muxer == AVI else {})

    def _set_up(self, context: VideoCodecContext) -> None:
        context.options = self._options
        context.width, context.height, context.pix_fmt = self.form.width, self.form.height, self._pixel_format
        context.color_range, context.colorspace = self.form.color_range, self.form.matrix
        context.color_primaries, context.color_trc = self.form.primaries, self.form.transfer
        if self.sample_aspect_ratio is not None:
            context.sample_aspect_ratio = self.sample_aspect_ratio
        context.thread_count = self.threads or 0
        context.flags |= Flags.frame_duration  # else the muxer guesses how long the last frame is shown

    @property
    def _pixel_format(self) -> str:
        """The form's, or NV12, which holds the samples of 4:2:0 in the order that graphics processors take."""
        taken = {form.name for form in av.Codec(self.encoder, "w").video_formats or ()}
        swapped = self.form.pixel_format == "yuv420p" and "yuv420p" not in taken
        return "nv12" if swapped else self.form.pixel_format


def choose_encoder(coding: Coding, encoder: str) -> Coding | None:
    """Return the coding by the encoder that a user asks for, None where that one does not open for its frames.

    Args:
        coding: by software.
        encoder: one of `ENCODERS`; ``auto`` is the first hardware encoder that opens, else software.

    Raises:
        ClipError: there is no such encoder.
    """
    if encoder not in ENCODERS:
        raise ClipError(f"encoder: got {encoder!r}, expected one of {', '.join(ENCODERS)}")
    if encoder == SOFTWARE:
        return coding
    names = HARDWARE if encoder == AUTO else (encoder,)
    if coding.muxer != WEBM:  # which holds VP9 alone
        for name in names:
            if (chosen := replace(coding, hardware=name)).opens():
                return chosen
    return coding if encoder == AUTO else None
