"""Whatever goes wrong is said in one line, and leaves nothing behind."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from acutance.video import ClipError, process_clip, read_luma

MakeClip = Callable[..., Path]


def identity(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return plane


def refusal(source: Path, target: Path, size: tuple[int, int] | None = None) -> str:
    """Return the message, having made sure that it is one line and that no file came or went."""
    before = {path: path.stat().st_size for path in source.parent.iterdir()}
    with pytest.raises(ClipError) as caught:
        process_clip(source, target, identity, size=size)
    assert {path: path.stat().st_size for path in source.parent.iterdir()} == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "in.mp4", tmp_path / "out.mp4")


def test_text_named_like_a_clip(tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    source.write_text("no clip\n" * 1000)
    assert "is not a clip" in refusal(source, tmp_path / "out.mp4")


def test_playlist_named_like_a_clip(make_clip: MakeClip, tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    source.write_text(f"ffconcat version 1.0\nfile {make_clip('listed.mp4').name}\n")
    assert "is not a clip" in refusal(source, tmp_path / "out.mp4")


def test_sound_alone(tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    with av.open(str(source), "w") as container:
        audio = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 48000
        container.mux(audio.encode(frame))
        container.mux(audio.encode(None))
    assert "holds no video" in refusal(source, tmp_path / "out.mp4")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_truncated_clip(make_clip: MakeClip, tmp_path: Path, suffix: str) -> None:
    source = make_clip(f"in{suffix}", count=150, muxer={"movflags": "faststart"} if suffix == ".mp4" else {})
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    assert "cut short" in refusal(source, tmp_path / "out.mp4")


def test_clip_that_lacks_its_last_bytes(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", muxer={"movflags": "faststart"})
    source.write_bytes(source.read_bytes()[:-20])
    assert "cut short" in refusal(source, tmp_path / "out.mp4")


def test_clip_without_its_index(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    assert "is not a clip that can be read" in refusal(source, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    ("damaged", "message"), [(0.5, "cannot be decoded"), (0.02, "frame 6 cannot be decoded whole")]
)
def test_damaged_frame(make_clip: MakeClip, tmp_path: Path, damaged: float, message: str) -> None:
    source = make_clip("in.mp4", sound=None, encoder={"qp": "10"})
    with av.open(str(source)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][6]
    assert packet.pos is not None
    data = np.fromfile(source, np.uint8)
    data[packet.pos + packet.size // 4 :][: round(damaged * packet.size)] ^= 0x5A
    data.tofile(source)
    assert message in refusal(source, tmp_path / "out.mp4")


def test_missing_folder(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "no folder" in refusal(make_clip("in.mp4"), tmp_path / "none" / "out.mp4")


def test_target_is_a_folder(make_clip: MakeClip, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    assert "is a folder" in refusal(make_clip("in.mp4"), tmp_path / "out.mp4")


def test_target_is_the_source(make_clip: MakeClip) -> None:
    source = make_clip("in.mp4")
    assert "is the source itself" in refusal(source, source)


def test_target_is_a_link_to_the_source(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    (tmp_path / "out.mp4").symlink_to(source)
    assert "is the source itself" in refusal(source, tmp_path / "out.mp4")


def test_unknown_suffix(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "expected one of .m4v, .mkv, .mov, .mp4" in refusal(make_clip("in.mp4"), tmp_path / "out.wmv")


def test_odd_size(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "even sides" in refusal(make_clip("in.mp4"), tmp_path / "out.mp4", size=(641, 360))


def test_ten_bits(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "yuv420p10le" in refusal(make_clip("in.mp4", pixel_format="yuv420p10le"), tmp_path / "out.mp4")


def test_hdr(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "HDR (PQ)" in refusal(make_clip("in.mp4", tags={"color_trc": 16}), tmp_path / "out.mp4")


def test_interlaced(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", size=(320, 192), encoder={"x264-params": "interlaced=1"})
    assert "interlaced" in refusal(source, tmp_path / "out.mp4")


def test_change_of_size(make_clip: MakeClip, tmp_path: Path) -> None:
    later = {"size": (160, 96), "times": range(12, 24), "muxer": {"mpegts_flags": "initial_discontinuity"}}
    parts = [make_clip("a.ts", sound=None), make_clip("b.ts", sound=None, **later)]
    source = tmp_path / "in.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert "frame 12 is 160x96" in refusal(source, tmp_path / "out.mp4")


def test_two_frames_at_one_time(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mkv", times=[0, 4000, 4004, 8000], time_base=Fraction(1, 90000))  # Matroska rounds to 1/1000
    assert "frame 2 has the time 44 after 44" in refusal(source, tmp_path / "out.mp4")


def test_a_map_that_raises_leaves_nothing_and_is_heard(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    seen = 0

    def raise_at_the_fifth(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        nonlocal seen
        seen += 1
        if seen == 5:
            raise RuntimeError("broken")
        return plane

    with pytest.raises(RuntimeError, match="broken"):
        process_clip(source, tmp_path / "out.mp4", raise_at_the_fifth)
    assert list(tmp_path.iterdir()) == [source]


def test_a_failure_leaves_an_older_target_alone(make_clip: MakeClip, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"older")
    source = make_clip("in.mp4", pixel_format="yuv420p10le")
    refusal(source, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"older"


def test_reading_luma_refuses_what_processing_refuses(make_clip: MakeClip) -> None:
    with pytest.raises(ClipError, match="yuv420p10le"):
        next(read_luma(make_clip("in.mp4", pixel_format="yuv420p10le")))
