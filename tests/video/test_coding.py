"""Which encoder codes a clip, and that hardware is used where it opens and only there."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from acutance.video import AUTO, ClipError, check_encoder, coding, process_clip
from acutance.video.coding import HARDWARE, Coding
from acutance.video.encoding import encode
from acutance.video.frame import FrameForm

MakeClip = Callable[..., Path]
# Stands in for hardware: a real encoder that opens here, and is none that would be chosen otherwise.
OPENS = {"libx265": {"preset": "ultrafast", "x265-params": "log-level=none", "bf": "0"}}
OPENS_NOT: dict[str, dict[str, str]] = {"h264_none": {}}


def codec_of(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.name


def form(pixel_format: str) -> FrameForm:
    return FrameForm(320, 180, pixel_format, 1, 1, 1, 1, interlaced=False)


def test_software_is_x264_whatever_opens(make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "HARDWARE", OPENS)
    assert process_clip(make_clip("in.mp4"), tmp_path / "out.mp4", np.copy).encoder == "libx264"


def test_auto_takes_the_first_that_opens(make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "HARDWARE", OPENS_NOT | OPENS)
    report = process_clip(make_clip("in.mp4"), tmp_path / "out.mp4", np.copy, encoder=AUTO)
    assert report.encoder == "libx265"
    assert codec_of(tmp_path / "out.mp4") == "hevc"


@pytest.mark.parametrize(("suffix", "encoder"), [(".mp4", "libx264"), (".webm", "libvpx-vp9")])
def test_auto_falls_back_and_says_so(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, encoder: str
) -> None:
    monkeypatch.setattr(coding, "HARDWARE", OPENS_NOT)
    report = process_clip(make_clip("in.mkv", sound=None), tmp_path / f"out{suffix}", np.copy, encoder=AUTO)
    assert report.encoder == encoder
    assert f"no hardware encoder opens for this clip: coded by {encoder}" in report.notes


def test_one_that_does_not_open_for_a_clip_is_named(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coding, "ENCODERS", (*coding.ENCODERS, "h264_none"))
    monkeypatch.setattr(coding, "HARDWARE", OPENS_NOT)
    source = make_clip("in.mp4")
    with pytest.raises(ClipError, match=r"out\.mp4: h264_none does not open for 320x180 yuv420p in \.mp4"):
        process_clip(source, tmp_path / "out.mp4", np.copy, encoder="h264_none")
    assert list(tmp_path.iterdir()) == [source]


def test_no_such_encoder() -> None:
    with pytest.raises(ClipError, match="got 'x264', expected one of auto, software, h264_nvenc"):
        check_encoder("x264")


@pytest.mark.parametrize("encoder", HARDWARE)
def test_hardware_opens_or_is_refused_in_one_line(encoder: str) -> None:
    try:
        check_encoder(encoder)
    except ClipError as error:
        assert str(error) == f"encoder {encoder}: does not open here; choose auto or software"  # noqa: PT017


def test_samples_reordered_for_hardware_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of x264, which takes both orders, and codes them to the same bytes."""
    frame = av.VideoFrame(320, 180, "yuv420p")
    for number, plane in enumerate(frame.planes):
        plane.update(bytes((index * (number + 1)) // 7 % 256 for index in range(plane.buffer_size)))
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    packets = []
    for pixel_format in ("yuv420p", "nv12"):
        context = Coding("mp4", form("yuv420p"), Fraction(1, 25), Fraction(25), threads=1).new_encoder()
        context.pix_fmt = pixel_format
        coded = [*encode(context, frame), *context.encode(None)]
        packets.append(b"".join(bytes(packet) for packet in coded))
    assert packets[0] == packets[1]
