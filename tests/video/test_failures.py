"""Whatever goes wrong is said in one line, and leaves nothing behind."""

import itertools
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


def frame_times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [(frame.pts or 0) * (frame.time_base or Fraction(1)) for frame in container.decode(video=0)]


def refusal(source: Path, target: Path, size: tuple[int, int] | None = None, *, strict: bool = False) -> str:
    """Return the message, having made sure that it is one line and that no file came or went."""
    before = {path: path.stat().st_size for path in source.parent.iterdir()}
    with pytest.raises(ClipError) as caught:
        process_clip(source, target, identity, size=size, strict=strict)
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
def test_truncated_clip_is_done_as_far_as_it_goes(make_clip: MakeClip, tmp_path: Path, suffix: str) -> None:
    source = make_clip(f"in{suffix}", count=150, muxer={"movflags": "faststart"} if suffix == ".mp4" else {})
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    report = process_clip(source, tmp_path / f"out{suffix}", identity)
    assert 40 < report.frames < 120
    assert any("cut short" in note for note in report.notes)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_strictly_a_truncated_clip_is_refused(make_clip: MakeClip, tmp_path: Path, suffix: str) -> None:
    source = make_clip(f"in{suffix}", count=150, muxer={"movflags": "faststart"} if suffix == ".mp4" else {})
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    message = refusal(source, tmp_path / "out.mp4", strict=True)
    assert "cut short" in message or "damaged" in message


def test_clip_that_lacks_its_last_bytes(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", muxer={"movflags": "faststart"})
    source.write_bytes(source.read_bytes()[:-20])
    assert "cut short" in refusal(source, tmp_path / "out.mp4", strict=True)


def test_clip_without_its_index(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    assert "is not a clip that can be read" in refusal(source, tmp_path / "out.mp4")


def damage(clip: Path, number: int, kind: str) -> None:
    """Spoil a packet of a clip: the length of its first unit, or a little within."""
    with av.open(str(clip)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
    assert packet.pos is not None
    data = np.fromfile(clip, np.uint8)
    if kind == "undecodable":
        data[packet.pos :][:4] = 0xFF
    else:
        data[packet.pos + packet.size // 4 :][: packet.size // 50] ^= 0x5A
    data.tofile(clip)


@pytest.mark.parametrize(
    ("kind", "note", "lost"), [("undecodable", "could not be decoded", 1), ("concealed", "with parts filled in", 0)]
)
def test_damaged_frame_is_counted_and_all_others_keep_their_times(
    make_clip: MakeClip, tmp_path: Path, kind: str, note: str, lost: int
) -> None:
    source = make_clip("in.mp4", sound=None, encoder={"qp": "10"})
    whole = frame_times(source)
    damage(source, 6, kind)
    report = process_clip(source, tmp_path / "out.mp4", identity)
    assert report.damaged == 1
    assert any(note in line for line in report.notes)
    times = frame_times(tmp_path / "out.mp4")
    assert set(times) <= set(whole)
    assert len(times) == len(whole) - lost


@pytest.mark.parametrize("kind", ["undecodable", "concealed"])
def test_strictly_a_damaged_frame_is_refused(make_clip: MakeClip, tmp_path: Path, kind: str) -> None:
    source = make_clip("in.mp4", sound=None, encoder={"qp": "10"})
    damage(source, 6, kind)
    assert "is damaged after" in refusal(source, tmp_path / "out.mp4", strict=True)


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
    assert "expected one of .avi, .m4v, .mkv, .mov, .mp4, .webm" in refusal(make_clip("in.mp4"), tmp_path / "out.wmv")


def test_odd_size(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "even sides" in refusal(make_clip("in.mp4"), tmp_path / "out.mp4", size=(641, 360))


def test_twelve_bits(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", codec="libx265", pixel_format="yuv420p12le")
    assert "yuv420p12le" in refusal(source, tmp_path / "out.mp4")


def test_ten_bits_in_webm(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mkv", pixel_format="yuv420p10le", sound=None)
    assert "10-bit frames cannot be coded as VP9" in refusal(source, tmp_path / "out.webm")


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
    assert "is damaged after" in refusal(source, tmp_path / "out.mp4", strict=True)
    assert process_clip(source, tmp_path / "out.mp4", identity).damaged == 1


def test_times_that_avi_cannot_keep(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", times=[0, 1000, 5555, 8000], time_base=Fraction(1, 90000), sound=None)
    assert "has no constant frame rate" in refusal(source, tmp_path / "out.avi")


def raise_at(number: int) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Return a map that darkens, and raises on the frame of that number."""
    seen = itertools.count()

    def change(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if next(seen) == number:
            raise RuntimeError("broken")
        return plane - np.uint8(20)

    return change


def test_a_map_that_cannot_do_its_first_frame_is_heard(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    with pytest.raises(RuntimeError, match="broken"):
        process_clip(source, tmp_path / "out.mp4", raise_at(0))
    assert list(tmp_path.iterdir()) == [source]


def test_a_later_frame_that_cannot_be_sharpened_stays_as_it_was_and_is_counted(
    make_clip: MakeClip, tmp_path: Path
) -> None:
    source = make_clip("in.mp4", still=True, encoder={"qp": "1"})
    report = process_clip(source, tmp_path / "out.mp4", raise_at(5))
    assert report.untouched == 1
    assert "1 frame(s) could not be sharpened and are as they were (frame 5: broken)" in report.notes
    means = [plane.mean() for plane in read_luma(tmp_path / "out.mp4")]
    assert [round(means[0] - mean) for mean in means] == [0] * 5 + [-20] + [0] * 6


def test_a_frame_that_one_of_several_maps_cannot_sharpen_is_told_by_its_number(
    make_clip: MakeClip, tmp_path: Path
) -> None:
    source = make_clip("in.mp4")
    bad = list(read_luma(source))[5]

    def refuse(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if np.array_equal(plane, bad):
            raise RuntimeError("broken")
        return plane

    report = process_clip(source, tmp_path / "out.mp4", [refuse] * 3)
    assert "1 frame(s) could not be sharpened and are as they were (frame 5: broken)" in report.notes


def test_strictly_a_frame_that_cannot_be_sharpened_is_heard(make_clip: MakeClip, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"):
        process_clip(make_clip("in.mp4"), tmp_path / "out.mp4", raise_at(5), strict=True)


def test_a_failure_leaves_an_older_target_alone(make_clip: MakeClip, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"older")
    source = make_clip("in.mp4", tags={"color_trc": 16})
    refusal(source, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"older"


def test_reading_luma_refuses_what_processing_refuses(make_clip: MakeClip) -> None:
    with pytest.raises(ClipError, match="HDR"):
        next(read_luma(make_clip("in.mp4", tags={"color_trc": 16})))


def test_frames_of_absurd_size(tmp_path: Path) -> None:
    source = tmp_path / "in.avi"
    with av.open(str(source), "w") as container:
        video = container.add_stream("mjpeg", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuvj420p"
        container.mux(video.encode(av.VideoFrame(64, 64, "yuvj420p")))
        container.mux(video.encode(None))
    data = source.read_bytes()
    source.write_bytes(
        data.replace(bytes([0xFF, 0xC0, 0, 17, 8, 0, 64, 0, 64]), bytes([0xFF, 0xC0, 0, 17, 8, *[255] * 4]))
    )
    assert "decoded" in refusal(source, tmp_path / "out.avi")


def test_a_link_where_the_parts_go_is_not_followed(make_clip: MakeClip, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".out.mp4.parts").symlink_to(tmp_path / "elsewhere")
    assert "no folder of ours" in refusal(make_clip("in.mp4"), tmp_path / "out.mp4")


def test_a_folder_of_others_where_the_parts_go_is_not_removed(make_clip: MakeClip, tmp_path: Path) -> None:
    (tmp_path / ".out.mp4.parts").mkdir()
    (tmp_path / ".out.mp4.parts" / "mine.txt").write_text("mine")
    assert "no folder of ours" in refusal(make_clip("in.mp4"), tmp_path / "out.mp4")
    assert (tmp_path / ".out.mp4.parts" / "mine.txt").read_text() == "mine"


def test_a_link_for_a_target_is_replaced_not_followed(make_clip: MakeClip, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").symlink_to(tmp_path / "elsewhere.mp4")
    process_clip(make_clip("in.mp4"), tmp_path / "out.mp4", identity)
    assert not (tmp_path / "out.mp4").is_symlink()
    assert not (tmp_path / "elsewhere.mp4").exists()


def test_a_name_too_long_for_the_disk(make_clip: MakeClip, tmp_path: Path) -> None:
    assert "name too long" in refusal(make_clip("in.mp4"), tmp_path / f"{'x' * 250}.mp4").lower()
