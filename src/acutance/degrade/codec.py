"""Frames through a real codec, in memory, set up as calls set it up: no look-ahead, no B-frames, no dropped frames.

VP8 and VP9 are set up as WebRTC's senders set libvpx up: constant rate, a buffer of a second, quantisers 2 to 56, key
frames aimed at no more than nine frames' bits; but no frame is dropped. There is one key frame, as calls send others
only when they are asked to. With one thread and a fixed speed two runs give the same bytes.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Literal, cast

import av
from av import VideoFrame
from av.codec.codec import UnknownCodecError
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext

from acutance.degrade.planar import PLANAR

FRAME_RATE = Fraction(30)
"""Frames a second of every call; kbit/s are counted at it."""
_KEY_FRAME_INTERVAL = 3000


class CodecError(ValueError):
    """A codec that is not here, does not take such frames, or lost some."""


class Unit(Enum):
    """What a rate is counted in; the value is how a recipe's name writes it."""

    BITS_PER_PIXEL = "bpp"
    KBIT_PER_SECOND = "k"
    QUANTISER = "qp"


@dataclass(frozen=True)
class Rate:
    """How much a codec may spend.

    Attributes:
        unit: bits a received pixel and frame, 1000 bits a second at `FRAME_RATE`, or a fixed quantiser.
        value: how many; a quantiser is whole, on the codec's own scale.
    """

    unit: Unit
    value: float

    def __str__(self) -> str:
        return f"qp{self.value:g}" if self.unit is Unit.QUANTISER else f"{self.value:g}{self.unit.value}"

    def bits_per_second(self, size: tuple[int, int]) -> int | None:
        """Return what frames of (width, height) may take, None where the quantiser is fixed."""
        if self.unit is Unit.QUANTISER:
            return None
        if self.unit is Unit.KBIT_PER_SECOND:
            return round(self.value * 1000)
        return round(self.value * size[0] * size[1] * FRAME_RATE)


@dataclass(frozen=True)
class Codec:
    """An encoder, a decoder, and how they are set up.

    Attributes:
        encoder: FFmpeg's name.
        decoder: FFmpeg's name.
        coarsest: its largest quantiser.
        at_rate: the encoder's options for a rate; ``{bits}`` and ``{kbit}`` a second are filled in.
        at_quantiser: its options for a fixed quantiser; ``{qp}`` is filled in.
    """

    encoder: str
    decoder: str
    coarsest: int
    at_rate: Mapping[str, str]
    at_quantiser: Mapping[str, str]


# x264's macroblock tree differs from run to run at some widths.
_X264 = {"preset": "veryfast", "tune": "zerolatency", "x264-params": "mbtree=0:scenecut=0"}
_X265 = {"preset": "ultrafast", "tune": "zerolatency"}
_X265_PARAMS = "log-level=none:pools=none:frame-threads=1:wpp=0:scenecut=0"
_VPX = {"deadline": "realtime", "lag-in-frames": "0", "auto-alt-ref": "0", "drop-threshold": "0", "static-thresh": "1"}
# A negative speed is a fixed one of VP8; with a positive one libvpx looks at the clock.
_VP8 = _VPX | {"cpu-used": "-6"}
_VP9 = _VPX | {"cpu-used": "7"}
_VPX_RATE = {
    "b": "{bits}",
    "minrate": "{bits}",
    "maxrate": "{bits}",
    "bufsize": "{bits}",
    "qmin": "2",
    "qmax": "56",
    "max-intra-rate": "900",
}
_VPX_QUANTISER = {"b": "0", "crf": "{qp}", "qmin": "{qp}", "qmax": "{qp}"}
_SVT = "lp=1:pred-struct=1:rtc=1"

CODECS = {
    "h264": Codec(
        "libx264", "h264", 51, _X264 | {"b": "{bits}", "maxrate": "{bits}", "bufsize": "{bits}"}, _X264 | {"qp": "{qp}"}
    ),
    "h265": Codec(
        "libx265",
        "hevc",
        51,
        _X265 | {"b": "{bits}", "x265-params": _X265_PARAMS + ":vbv-maxrate={kbit}:vbv-bufsize={kbit}"},
        _X265 | {"x265-params": _X265_PARAMS + ":qp={qp}"},
    ),
    "vp8": Codec(
        "libvpx",
        "vp8",
        63,
        _VP8 | _VPX_RATE | {"undershoot-pct": "100", "overshoot-pct": "15"},
        _VP8 | _VPX_QUANTISER,
    ),
    "vp9": Codec(
        "libvpx-vp9",
        "vp9",
        63,
        _VP9 | _VPX_RATE | {"undershoot-pct": "50", "overshoot-pct": "50", "aq-mode": "3"},
        _VP9 | _VPX_QUANTISER,
    ),
    "av1": Codec(
        "libsvtav1",
        "libdav1d",
        63,
        {"preset": "10", "b": "{bits}", "svtav1-params": _SVT + ":rc=2"},
        {"preset": "10", "svtav1-params": _SVT + ":rc=0:aq-mode=0:qp={qp}"},
    ),
}
"""By the names that recipes use."""


def transmit(frames: Iterable[VideoFrame], codec: Codec, rate: Rate) -> Iterator[tuple[VideoFrame, int]]:
    """Encode frames and decode them again.

    Args:
        frames: planar 4:2:0, all of one size; their times are set.
        codec: one of `CODECS`.
        rate: what it may spend.

    Yields:
        Each decoded frame, in order, and the bits of its packet.

    Raises:
        CodecError: the encoder or decoder is not here or does not take such frames, or a frame got lost.
    """
    encoder: VideoCodecContext | None = None
    decoder = _created(codec.decoder, "r")
    bits: dict[int | None, int] = {}
    sent = received = 0

    def decoded(packets: "list[Packet[Stream]]") -> Iterator[tuple[VideoFrame, int]]:
        nonlocal received
        for packet in packets:
            bits[packet.pts] = bits.get(packet.pts, 0) + 8 * packet.size
            for frame in decoder.decode(packet):
                if frame.pts != received:
                    raise CodecError(f"{codec.encoder}: frame {received} got lost, expected every one back")
                received += 1
                yield frame, bits.pop(frame.pts)

    for frame in frames:
        encoder = encoder or _encoder(codec, rate, (frame.width, frame.height))
        frame.pts, frame.time_base = sent, 1 / FRAME_RATE
        sent += 1
        yield from decoded(encoder.encode(frame))
    yield from decoded(encoder.encode(None) if encoder else [])
    if received != sent:
        raise CodecError(f"{codec.encoder}: got {received} of {sent} frames back")


def _encoder(codec: Codec, rate: Rate, size: tuple[int, int]) -> VideoCodecContext:
    os.environ.setdefault("SVT_LOG", "0")  # SVT-AV1 writes to standard error, past FFmpeg's log; 0 is what is fatal
    context = _created(codec.encoder, "w")
    context.width, context.height = size
    context.pix_fmt = PLANAR
    context.time_base, context.framerate = 1 / FRAME_RATE, FRAME_RATE
    context.gop_size = _KEY_FRAME_INTERVAL
    bits = rate.bits_per_second(size)
    if bits is None:
        filled = {"qp": f"{rate.value:g}"}
        options = codec.at_quantiser
    else:
        filled = {"bits": str(bits), "kbit": str(max(1, bits // 1000))}
        options = codec.at_rate
    context.options = {name: value.format(**filled) for name, value in options.items()}
    try:
        context.open()
    except av.FFmpegError as error:
        raise CodecError(
            f"{codec.encoder}: does not open for frames of {size[0]}x{size[1]} at {rate} ({error.strerror}); "
            "choose another size or rate"
        ) from error
    return context


def _created(name: str, mode: Literal["r", "w"]) -> VideoCodecContext:
    try:
        context = cast(VideoCodecContext, av.CodecContext.create(name, mode))
    except UnknownCodecError as error:
        raise CodecError(f"{name}: this build of FFmpeg does not have it; install the av wheel from PyPI") from error
    context.thread_count = 1
    return context
