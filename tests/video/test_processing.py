"""A clip through a luma map: what changes, and what must not."""

import os
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from acutance.image.resize import resize_bicubic
from acutance.video import ClipError, probe_clip, process_clip, split_threads

MakeClip = Callable[..., Path]
FILM = Fraction(25)
NTSC = Fraction(30000, 1001)
TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")


class AudioPacket(NamedTuple):
    """What must come through unchanged of a packet; times in seconds."""

    data: bytes
    presented: Fraction
    decoded: Fraction


def identity(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return plane


def exact_time(count: int | None, unit: Fraction | None) -> Fraction:
    assert count is not None
    assert unit is not None
    return count * unit


def frame_times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [exact_time(frame.pts, frame.time_base) for frame in container.decode(video=0)]


def audio_packets(path: Path) -> list[AudioPacket]:
    with av.open(str(path)) as container:
        return [
            AudioPacket(
                bytes(packet), exact_time(packet.pts, packet.time_base), exact_time(packet.dts, packet.time_base)
            )
            for packet in container.demux(audio=0)
            if packet.size
        ]


def planes(path: Path) -> list[list[NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        return [
            [
                np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width].copy()
                for plane in frame.planes
            ]
            for frame in container.decode(video=0)
        ]


def psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    error = np.mean((first.astype(np.float64) - second) ** 2)
    return float(10 * np.log10(255**2 / (error + 1e-9)))


def assert_same_times_and_sound(source: Path, target: Path) -> None:
    assert frame_times(target) == frame_times(source)
    assert audio_packets(target) == audio_packets(source)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("rate", [FILM, NTSC])
def test_constant_rate(make_clip: MakeClip, tmp_path: Path, suffix: str, rate: Fraction) -> None:
    source = make_clip(f"in{suffix}", count=70, rate=rate)
    report = process_clip(source, tmp_path / f"out{suffix}", identity)
    assert report.frames == 70
    assert_same_times_and_sound(source, tmp_path / f"out{suffix}")


def test_variable_rate(make_clip: MakeClip, tmp_path: Path) -> None:
    times = np.cumsum(np.random.default_rng(0).integers(1, 9000, 60)) - 1
    source = make_clip("in.mp4", times=times.tolist(), time_base=Fraction(1, 90000))
    process_clip(source, tmp_path / "out.mp4", identity)
    assert_same_times_and_sound(source, tmp_path / "out.mp4")
    assert len(set(np.diff(times))) > 50  # else this tests a constant rate


def test_late_starts(make_clip: MakeClip, tmp_path: Path) -> None:
    exact = {"movie_timescale": "240000"}  # else the source rounds them
    source = make_clip("in.mp4", times=range(7, 40), rate=NTSC, sound_start=12345, muxer=exact)
    process_clip(source, tmp_path / "out.mp4", identity)
    assert_same_times_and_sound(source, tmp_path / "out.mp4")


def test_ten_seconds_of_full_hd(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", count=250, size=(1920, 1080), still=True)
    assert process_clip(source, tmp_path / "out.mp4", identity).frames == 250
    assert_same_times_and_sound(source, tmp_path / "out.mp4")


def test_matroska_rounds_times_to_milliseconds_and_says_so(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", rate=NTSC)
    report = process_clip(source, tmp_path / "out.mkv", identity)
    assert frame_times(tmp_path / "out.mkv") == [Fraction(round(1000 * time), 1000) for time in frame_times(source)]
    assert any("milliseconds" in note for note in report.notes)


def test_advance_counts_every_frame(make_clip: MakeClip, tmp_path: Path) -> None:
    counts: list[int] = []
    process_clip(make_clip("in.mp4", count=9), tmp_path / "out.mp4", identity, advance=counts.append)
    assert sum(counts) == 9


def test_last_frame_is_shown_as_long(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", sound=None, encoder={"bf": "0"}, last_duration=50)
    process_clip(source, tmp_path / "out.mp4", identity)
    assert probe_clip(tmp_path / "out.mp4").duration == (11 + 50) / 25


def test_luma_is_mapped_and_chroma_is_not(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", encoder={"bf": "0", "g": "99"})  # a decoder that must not predict from changed frames
    process_clip(source, tmp_path / "out.mp4", lambda plane: 255 - plane, threads=1)
    for before, after in zip(planes(source), planes(tmp_path / "out.mp4"), strict=True):
        assert psnr(after[0], 255 - before[0]) > 40
        assert min(psnr(after[1], before[1]), psnr(after[2], before[2])) > 40


def test_several_maps_make_the_clip_that_one_makes(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", count=40)

    def invert(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return 255 - plane

    def invert_late(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        time.sleep(0.005)
        return 255 - plane

    process_clip(source, tmp_path / "one.mp4", invert)
    process_clip(source, tmp_path / "several.mp4", [invert, invert_late, invert])
    assert (tmp_path / "several.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()


def test_with_one_thread_the_first_of_several_maps_does_it_all(make_clip: MakeClip, tmp_path: Path) -> None:
    here, seen = threading.get_ident(), []

    def first(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        seen.append(threading.get_ident())
        return plane

    def second(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        raise AssertionError("is not needed")

    process_clip(make_clip("in.mp4", count=9), tmp_path / "out.mp4", [first, second], threads=1, strict=True)
    assert seen == [here] * 9


@pytest.mark.parametrize(
    ("threads", "device", "expected"),
    [
        (1, "cpu", (1,)),
        (2, "cpu", (1, 1)),
        (7, "ort-cpu", (2, 2, 2, 1)),
        (16, "cpu", (4, 4, 4, 4)),
        (8, "gpu", (8,)),
        (None, "gpu", (None,)),
        (None, "cpu", split_threads(os.cpu_count(), "cpu")),
    ],
)
def test_threads_are_shared_among_frames(threads: int | None, device: str, expected: tuple[int | None, ...]) -> None:
    assert split_threads(threads, device) == expected


def test_the_encoder_chooses_the_key_frames_anew(make_clip: MakeClip, tmp_path: Path) -> None:
    process_clip(make_clip("in.mp4", encoder={"g": "1"}), tmp_path / "out.mp4", identity)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(packet.is_keyframe for packet in container.demux(video=0)) == 1


@pytest.mark.parametrize(
    ("pixel_format", "tags"),
    [
        ("yuv420p", (1, 1, 1, 1)),
        ("yuv422p", (1, 6, 6, 6)),
        ("yuv444p", (1, 9, 9, 14)),
        ("yuvj420p", (2, 5, 5, 6)),
        ("yuv420p", (0, 2, 2, 2)),
    ],
)
def test_pixel_format_and_colour_tags_are_kept(
    make_clip: MakeClip, tmp_path: Path, pixel_format: str, tags: tuple[int, ...]
) -> None:
    source = make_clip("in.mp4", count=3, pixel_format=pixel_format, tags=dict(zip(TAGS, tags, strict=True)))
    process_clip(source, tmp_path / "out.mp4", identity)
    with av.open(str(tmp_path / "out.mp4")) as container:
        frame = next(container.decode(video=0))
    assert (frame.format.name, *(getattr(frame, tag) for tag in TAGS)) == (pixel_format, *tags)


def test_full_range_comes_through_unclipped(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", pixel_format="yuvj420p", tags={"color_range": 2})
    process_clip(source, tmp_path / "out.mp4", identity)
    assert psnr(planes(tmp_path / "out.mp4")[0][0], planes(source)[0][0]) > 45


def test_untagged_video_keeps_its_meaning_when_it_grows(make_clip: MakeClip, tmp_path: Path) -> None:
    report = process_clip(make_clip("in.mp4", count=2), tmp_path / "out.mp4", identity, size=(1280, 720))
    assert probe_clip(tmp_path / "out.mp4").form.matrix == 6
    assert report.notes == ("untagged video of 180 lines: taken as BT.601",)


def test_size_is_swscale_bicubic(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4")
    report = process_clip(source, tmp_path / "out.mp4", identity, size=(640, 360))
    assert report.size == (640, 360)
    expected = resize_bicubic(planes(source)[0][0], (360, 640), a=-0.6)
    assert psnr(planes(tmp_path / "out.mp4")[0][0], expected) > 40


def test_resizing_keeps_the_shape_on_screen(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", count=2, size=(360, 288), sample_aspect_ratio=Fraction(16, 15))
    process_clip(source, tmp_path / "out.mp4", identity, size=(640, 360))
    ratio = probe_clip(tmp_path / "out.mp4").sample_aspect_ratio
    assert ratio is not None
    assert ratio * Fraction(640, 360) == Fraction(16, 15) * Fraction(360, 288)


def test_resizing_from_a_rounded_size_leaves_pixels_square(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", count=2, size=(426, 240))
    process_clip(source, tmp_path / "out.mp4", identity, size=(640, 360))
    assert probe_clip(tmp_path / "out.mp4").sample_aspect_ratio == 1


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_rotation_is_kept(make_clip: MakeClip, tmp_path: Path, suffix: str) -> None:
    source = make_clip(f"in{suffix}", count=2, rotation=90)
    process_clip(source, tmp_path / f"out{suffix}", identity)
    assert probe_clip(tmp_path / f"out{suffix}").rotation == 90


CHAPTER = {"id": 1, "start": 0, "end": 400, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}


def test_subtitles_are_copied(tmp_path: Path) -> None:
    source = tmp_path / "in.mkv"
    with av.open(str(source), "w") as container:
        video = container.add_stream("libx264", rate=25)
        subtitles = container.add_mux_stream("subrip", time_base=Fraction(1, 1000))
        subtitles.metadata["language"] = "fin"
        container.mux(video.encode(av.VideoFrame(640, 480, "yuv420p")))
        packet = av.Packet(b"hello")
        packet.stream, packet.pts, packet.dts, packet.duration = subtitles, 40, 40, 300
        packet.time_base = Fraction(1, 1000)
        container.mux(packet)
        container.mux(video.encode(None))
    process_clip(source, tmp_path / "out.mkv", identity)
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.subtitles[0].language == "fin"
        packet = next(container.demux(subtitles=0))
    assert (bytes(packet), packet.pts, packet.duration) == (b"hello", 40, 300)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_chapters_are_copied(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    with av.open(str(source), "w") as container:
        video = container.add_stream("libx264", rate=25)
        container.set_chapters([CHAPTER])  # type: ignore[list-item]
        container.mux(video.encode(av.VideoFrame(640, 480, "yuv420p")))
        container.mux(video.encode(None))
    report = process_clip(source, target, identity)
    with av.open(str(target)) as container:
        assert [entry["metadata"] for entry in container.chapters()] == [{"title": "One"}]
    assert not any("left out" in note for note in report.notes)


def test_subtitles_that_the_format_cannot_hold_are_left_out_and_named(tmp_path: Path) -> None:
    source = tmp_path / "in.mkv"
    with av.open(str(source), "w") as container:
        video = container.add_stream("libx264", rate=25)
        container.add_mux_stream("subrip", time_base=Fraction(1, 1000))
        container.mux(video.encode(av.VideoFrame(640, 480, "yuv420p")))
        container.mux(video.encode(None))
    report = process_clip(source, tmp_path / "out.mp4", identity)
    assert "left out: subtitle stream 1 (srt)" in report.notes


def test_sound_that_the_format_cannot_hold_is_refused(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mkv", sound="wavpack")
    with pytest.raises(ClipError, match=r"cannot hold audio stream 1 \(wavpack\); choose another of .*\.mkv"):
        process_clip(source, tmp_path / "out.mp4", identity)


def test_a_name_with_a_colon_is_a_file(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip("in.mp4", count=2).rename(tmp_path / "data:in.mp4")
    assert process_clip(source, tmp_path / "data:out.mp4", identity).frames == 2
