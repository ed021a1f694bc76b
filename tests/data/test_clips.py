"""Sets of clips: what is cut, and what the hash says."""

from fractions import Fraction
from pathlib import Path

import pytest

from acutance.data import DataError, find_clip_list, open_clips


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").write_bytes(b"a")
    (tmp_path / "b.mkv").write_bytes(b"b")
    path = tmp_path / "call.toml"
    path.write_text(
        '[[clip]]\nfile = "a.mp4"\ncrop = [1, 2, 30, 40]\n[[clip]]\nfile = "b.mkv"\nshrink = 1.5\nframes = 9\n'
    )
    return path


def test_clips_are_cut_as_the_list_says(listed: Path) -> None:
    opened = open_clips(listed)
    assert [(clip.name, clip.cut.crop, clip.cut.shrink, clip.cut.frames) for clip in opened.clips] == [
        ("a", (1, 2, 30, 40), Fraction(1), 60),
        ("b", None, Fraction(3, 2), 9),
    ]
    assert opened.name == "call"


def test_a_folder_is_the_set_of_its_list(listed: Path) -> None:
    folder = listed.parent
    assert find_clip_list(folder) is None
    listed.rename(folder / "clips.toml")
    path = find_clip_list(folder)
    assert path is not None
    assert open_clips(path).name == folder.name


def test_the_hash_is_that_of_what_is_measured(listed: Path, tmp_path: Path) -> None:
    before = open_clips(listed).sha256
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    text = listed.read_text()
    moved = elsewhere / "call.toml"
    moved.write_text(text.replace('"a.mp4"', f'"{tmp_path / "a.mp4"}"').replace('"b.mkv"', f'"{tmp_path / "b.mkv"}"'))
    assert open_clips(moved).sha256 == before
    listed.write_text(text.replace("frames = 9", "frames = 8"))
    fewer = open_clips(listed).sha256
    (tmp_path / "a.mp4").write_bytes(b"other")
    assert len({before, fewer, open_clips(listed).sha256}) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip = 1", "clip: "),
        ("[[clip]]\nfile = 'a.mp4'\ncrop = [0, 0, 0, 4]", "width, height ≥ 1"),
        ("[[clip]]\nfile = 'a.mp4'\nshrink = 0.5", "clip.0.shrink"),
        ("[[clip]]\nfile = 'a.mp4'\ncolour = 1", "clip.0.colour"),
        ("[[clip]]\nfile = 'missing.mp4'", "missing.mp4: cannot be read"),
        ("[[clip]]\nfile = 'a.mp4'\n[[clip]]\nfile = 'a.mp4'\nframes = 2", "two clips are called 'a'"),
        ("[[clip", "cannot be read"),
    ],
)
def test_a_list_that_is_wrong_is_refused_in_one_line(listed: Path, text: str, message: str) -> None:
    listed.write_text(text)
    with pytest.raises(DataError) as refused:
        open_clips(listed)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
