"""Clips of every kind that is taken: the same frames at the same times, tags kept, all else packet for packet."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from acutance.video import pipeline, process_clip, processing
from acutance.video.encoding import encode

MakeClip = Callable[..., Path]
NTSC = Fraction(30000, 1001)
BT601 = {"color_range": 1, "colorspace": 6, "color_primaries": 6, "color_trc": 6}
BT709 = {"color_range": 1, "colorspace": 1, "color_primaries": 1, "color_trc": 1}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "H.264 with B-frames in MP4": ("mp4", {"tags": BT709}),
    "H.265 in MKV, 29.97": ("mkv", {"codec": "libx265", "rate": NTSC}),
    "H.265 of 10 bits in MP4": ("mp4", {"codec": "libx265", "pixel_format": "yuv420p10le", "tags": BT709}),
    "H.264 4:4:4 in MOV, 29.97": ("mov", {"pixel_format": "yuv444p", "rate": NTSC}),
    "H.264 4:2:2 of 10 bits in MKV": ("mkv", {"pixel_format": "yuv422p10le"}),
    "VP9 with Opus in WebM": ("webm", {"codec": "libvpx-vp9", "sound": "libopus", "tags": BT601}),
    "AV1 with Opus in MKV": ("mkv", {"codec": "libsvtav1", "sound": "libopus"}),
    "MPEG-4 with B-frames in AVI": ("avi", {"codec": "mpeg4", "sound": "libmp3lame"}),
    "MJPEG with PCM in AVI": ("avi", {"codec": "mjpeg", "pixel_format": "yuvj420p", "sound": "pcm_s16le"}),
    "NV12 uncoded in AVI": ("avi", {"codec": "rawvideo", "pixel_format": "nv12", "sound": None}),
    "variable rate in MP4": (
        "mp4",
        {
            "times": np.cumsum(np.random.default_rng(1).integers(900, 9000, 40)).tolist(),
            "time_base": Fraction(1, 90000),
        },
    ),
    "turned by 90 degrees, in MOV": ("mov", {"rotation": 90}),
    "late video, in MP4": ("mp4", {"times": range(9, 40), "muxer": {"movie_timescale": "240000"}}),
    "late sound, in MKV": ("mkv", {"sound_start": 24000}),
    "an edit list that cuts the start, in MP4": ("mp4", {"times": range(-7, 20)}),
    "two audio tracks, in MP4": ("mp4", {"tracks": 2}),
}


@pytest.fixture(autouse=True)
def _several_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing, "SEGMENT_FRAMES", 7)


class Copied(NamedTuple):
    """What must come through unchanged of a packet; its time in seconds."""

    data: bytes
    presented: Fraction


def identity(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return plane


def frame_times(path: Path) -> list[Fraction]:
    """Return when each frame is shown; in AVI, where only the order of the packets says so, by that order."""
    with av.open(str(path)) as container:
        if path.suffix == ".avi":
            return [packet.dts * packet.time_base for packet in container.demux(video=0) if packet.dts is not None]
        return [(frame.pts or 0) * (frame.time_base or Fraction(1)) for frame in container.decode(video=0)]


def copied(path: Path) -> list[list[Copied]]:
    """Return the packets of each stream that is not video."""
    with av.open(str(path)) as container:
        streams: dict[int, list[Copied]] = {
            stream.index: [] for stream in container.streams if stream.type in ("audio", "subtitle")
        }
        for packet in container.demux():
            if packet.size and packet.stream.index in streams:
                streams[packet.stream.index].append(Copied(bytes(packet), (packet.pts or 0) * packet.time_base))
        return list(streams.values())


def tags(path: Path) -> tuple[object, ...]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        ratio = container.streams.video[0].sample_aspect_ratio or Fraction(1)
        return (
            frame.width,
            frame.height,
            frame.rotation,
            ratio,
            frame.color_range or 1,
            frame.colorspace,
            frame.color_primaries,
            frame.color_trc,
        )


@pytest.mark.parametrize("kind", KINDS)
def test_frames_times_tags_and_sound_are_those_of_the_source(make_clip: MakeClip, tmp_path: Path, kind: str) -> None:
    suffix, options = KINDS[kind]
    source, target = make_clip(f"in.{suffix}", **{"count": 20, **options}), tmp_path / f"out.{suffix}"
    report = process_clip(source, target, identity)
    assert report.frames == len(frame_times(source)) >= 20
    assert report.damaged == 0
    assert frame_times(target) == frame_times(source)
    assert copied(target) == copied(source)
    assert tags(target) == tags(source)


@pytest.mark.parametrize("color_range", [1, 2])
@pytest.mark.parametrize("colours", [BT601, BT709])
def test_identity_gives_the_encoder_what_the_decoder_gave(
    make_clip: MakeClip,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    colours: dict[str, int],
    color_range: int,
) -> None:
    source = make_clip("in.mp4", tags={**colours, "color_range": color_range})
    coded: list[NDArray[np.uint8]] = []

    def encode_and_keep(context: VideoCodecContext, frame: av.VideoFrame) -> "list[Packet[Stream]]":
        coded.append(np.asarray(frame.to_ndarray(), np.uint8))
        return encode(context, frame)

    monkeypatch.setattr(pipeline, "encode", encode_and_keep)
    process_clip(source, tmp_path / "out.mp4", identity)
    with av.open(str(source)) as container:
        for before, after in zip(container.decode(video=0), coded, strict=True):
            np.testing.assert_array_equal(before.to_ndarray(), after)
    assert tags(tmp_path / "out.mp4") == tags(source)


def test_ten_bits_stay_ten_bits(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", pixel_format="yuv420p10le", encoder={"qp": "1"}, size=(320, 256))
    report = process_clip(source, tmp_path / "out.mp4", lambda plane: plane + np.uint8(3))
    assert any("10-bit" in note for note in report.notes)
    with av.open(str(source)) as before, av.open(str(tmp_path / "out.mp4")) as after:
        first, second = (next(container.decode(video=0)) for container in (before, after))
    assert second.format.name == "yuv420p10le"
    change = second.to_ndarray().astype(int)[:256] - first.to_ndarray()[:256]
    assert abs(change.mean() - 12) < 0.5  # three 8-bit code values


def test_metadata_is_copied(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mkv")
    with av.open(str(source)) as container, av.open(str(tmp_path / "titled.mkv"), "w") as titled:
        titled.metadata["title"] = "A call"
        copies = {stream.index: titled.add_stream_from_template(stream) for stream in container.streams}
        copies[1].metadata["language"] = "fin"
        for packet in container.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                titled.mux(packet)
    process_clip(tmp_path / "titled.mkv", tmp_path / "out.mp4", identity)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.metadata["title"] == "A call"
        assert container.streams.audio[0].language == "fin"
