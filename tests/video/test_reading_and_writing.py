"""Clips in, and clips made from pictures."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance.image.planes import Matrix, luma
from acutance.video import ClipError, probe_clip, read_luma, read_rgb, write_clip

MakeClip = Callable[..., Path]
RATE = Fraction(30000, 1001)


def colours(index: int, width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """Return smooth colours over the whole cube's faces, which 4:2:0 and the encoder keep well."""
    rows, columns = np.mgrid[:height, :width]
    red, green, blue = rows * 255 / height, columns * 255 / width, (rows + columns + 4 * index) * 200 / (height + width)
    return np.stack([red, green, blue], axis=-1).clip(0, 255).astype(np.uint8)


def test_probe_says_what_was_made(make_clip: MakeClip) -> None:
    info = probe_clip(make_clip("in.mp4", count=30, rate=RATE, sample_aspect_ratio=Fraction(16, 15)))
    assert (info.width, info.height, info.codec, info.frames, info.rate) == (320, 180, "h264", 30, RATE)
    assert info.sample_aspect_ratio == Fraction(16, 15)
    assert info.has_audio


def test_probe_estimates_frames_where_no_header_counts_them(make_clip: MakeClip) -> None:
    frames = probe_clip(make_clip("in.mkv", count=50)).frames
    assert frames is not None
    assert abs(frames - 50) <= 1


def test_probe_hears_silence(make_clip: MakeClip) -> None:
    assert not probe_clip(make_clip("in.mp4", sound=None)).has_audio


def test_luma_of_a_full_range_clip_is_studio_range(make_clip: MakeClip) -> None:
    full = make_clip("full.mp4", pixel_format="yuvj420p", tags={"color_range": 2}, encoder={"qp": "1"})
    studio = make_clip("studio.mp4", encoder={"qp": "1"})
    for mapped, plain in zip(read_luma(full), read_luma(studio), strict=True):
        assert np.abs(mapped - (16 + plain * (219 / 255))).mean() < 1.0


def test_written_clip_holds_the_pictures(tmp_path: Path) -> None:
    write_clip(tmp_path / "out.mp4", (colours(index) for index in range(8)), RATE)
    planes = list(read_luma(tmp_path / "out.mp4"))
    assert len(planes) == 8
    for index, plane in enumerate(planes):
        difference = plane - luma(colours(index), Matrix.BT709)
        assert abs(difference.mean()) < 0.3
        assert np.abs(difference).mean() < 1.0


def test_colours_come_back(tmp_path: Path) -> None:
    write_clip(tmp_path / "out.mp4", (colours(index) for index in range(3)), RATE)
    for index, pixels in enumerate(read_rgb(tmp_path / "out.mp4")):
        difference = pixels.astype(float) - colours(index)
        assert np.abs(difference.mean(axis=(0, 1))).max() < 0.7
        assert np.abs(difference).mean() < 2.0


@pytest.mark.parametrize(("height", "matrix"), [(718, 6), (720, 1)])
def test_untagged_colours_are_guessed_by_the_lines(make_clip: MakeClip, height: int, matrix: int) -> None:
    kind = {"count": 1, "size": (64, height), "sound": None}
    untagged = next(read_rgb(make_clip("untagged.mp4", **kind)))
    tagged = next(read_rgb(make_clip("tagged.mp4", **kind, tags={"colorspace": matrix})))
    np.testing.assert_array_equal(untagged, tagged)


def test_written_clip_says_what_it_is(tmp_path: Path) -> None:
    write_clip(tmp_path / "out.mp4", (colours(index) for index in range(8)), RATE)
    info = probe_clip(tmp_path / "out.mp4")
    assert str(info.form) == "160x96 yuv420p (range 1, matrix 1, primaries 1, transfer 1)"
    assert (info.frames, info.rate, info.duration) == (8, RATE, float(8 / RATE))


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ([], "no frames"),
        ([colours(0, 161)], "even sides"),
        ([colours(0), colours(1, 128)], "frame 1 has the shape"),
    ],
)
def test_pictures_that_make_no_clip(tmp_path: Path, pictures: list[NDArray[np.uint8]], message: str) -> None:
    with pytest.raises(ClipError, match=message):
        write_clip(tmp_path / "out.mp4", pictures, RATE)
    assert not list(tmp_path.iterdir())


def test_pictures_that_fail_to_come_leave_no_clip(tmp_path: Path) -> None:
    def fail_at_the_third() -> Iterator[NDArray[np.uint8]]:
        yield colours(0)
        yield colours(1)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        write_clip(tmp_path / "out.mp4", fail_at_the_third(), RATE)
    assert not list(tmp_path.iterdir())
