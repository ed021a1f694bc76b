"""Clean clips: files cut as their list says, and a camera's way over a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acutance.data import ClipFile, open_clips, open_set
from acutance.degrade import CallDegradation, parse_degradation
from acutance.evaluate.clips.clean import CleanClips
from acutance.video import ClipError, read_rgb


def _clip(listed: Path) -> ClipFile:
    (clip,) = open_clips(listed).clips
    return clip


def test_a_clip_is_the_region_of_its_frames(clip_list: Path) -> None:
    clip = _clip(clip_list)
    whole = list(read_rgb(clip.path))
    frames = CleanClips(1).load(clip).frames
    assert len(frames) == 8
    np.testing.assert_array_equal(frames, [frame[:, 4:100] for frame in whole])


def test_it_is_made_smaller_and_even(clip_list: Path) -> None:
    clip_list.write_text('[[clip]]\nfile = "shapes.mp4"\nshrink = 1.6\nframes = 3\n')
    frames = CleanClips(1).load(_clip(clip_list)).frames
    assert [frame.shape for frame in frames] == [(50, 64, 3)] * 3  # 104×80 are 65×50


def test_the_luma_is_what_a_call_says_is_clean(clip_list: Path) -> None:
    clip = CleanClips(1).load(_clip(clip_list))
    call = parse_degradation("call-x2-h264-qp30", calls=True)
    assert isinstance(call, CallDegradation)
    sent = call.send(clip.frames)
    for plane, frame in zip(clip.luma, sent, strict=True):
        np.testing.assert_array_equal(plane, frame.clean.luma)


def test_a_picture_is_a_way_over_it_that_its_file_draws(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        Image.fromarray(picture).save(folder / "same.png")
    one, two = (CleanClips(1).load(open_set(tmp_path / name).pictures[0]) for name in ("a", "b"))
    assert len(one.frames) == 60
    np.testing.assert_array_equal(one.frames[0], picture)
    np.testing.assert_array_equal(one.frames, two.frames)


@pytest.mark.parametrize(
    ("text", "message"),
    [("crop = [0, 0, 105, 80]\nframes = 8", "room for the crop"), ("frames = 9", "has 8 frames, expected 9")],
)
def test_a_clip_that_does_not_fit_its_list_is_refused(clip_list: Path, text: str, message: str) -> None:
    clip_list.write_text(f'[[clip]]\nfile = "shapes.mp4"\n{text}\n')
    with pytest.raises(ClipError, match=message):
        CleanClips(1).load(_clip(clip_list))
