"""`acutance degrade` through a call's codec, on pictures and clips."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from typer.testing import CliRunner, Result

from acutance.cli.main import app
from acutance.degrade import Motion, pan
from acutance.pictures import read_picture
from acutance.video import probe_clip, read_rgb, write_clip


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["degrade", *(str(word) for word in words)])


def _said(result: Result) -> str:
    """The only line of all that was printed."""
    assert len(result.output.splitlines()) == 1, result.output
    return result.output


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.fromarray(astronaut()[:181, :241]).save(tmp_path / "in.png")
    return tmp_path / "in.png"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    write_clip(tmp_path / "in.mp4", pan(astronaut(), Motion.draw(1), 9, 4, (240, 180)), Fraction(24))
    return tmp_path / "in.mp4"


def test_a_picture_becomes_a_later_frame_of_a_call(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    result = _run(picture, out, "--recipe", "call-x2-vp8-0.1bpp", "--frame", 6, "--seed", 3, "--received")
    assert result.exit_code == 0
    assert "240x180, received as 120x90 in vp8, frame 6 of a camera's way (seed 3)" in _said(result)
    clean, displayed = (read_picture(path).pixels.astype(float) for path in (picture, out))
    assert 0.5 < np.abs(displayed - clean[:180, :240]).mean() < 15
    assert read_picture(tmp_path / "out.received.png").pixels.shape == (90, 120, 3)


def test_a_grey_picture_comes_out_grey(picture: Path, tmp_path: Path) -> None:
    Image.fromarray(astronaut()[..., 1]).save(picture)
    assert _run(picture, tmp_path / "out.png", "--recipe", "call-x2-h264-qp30", "--frame", 1).exit_code == 0
    assert read_picture(tmp_path / "out.png").pixels.ndim == 2


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("call-90p-h264-200k", "received as 120x90 in h264, 9 frames, "),
        ("bicubic-x2", "received as 120x90, 9 frames"),
    ],
)
def test_a_clip_keeps_its_frames(clip: Path, tmp_path: Path, recipe: str, said: str) -> None:
    out = tmp_path / "out.mp4"
    result = _run(clip, out, "--recipe", recipe, "--received")
    assert result.exit_code == 0
    assert said in _said(result)
    clean, displayed, small = (list(read_rgb(path)) for path in (clip, out, tmp_path / "out.received.mp4"))
    assert len(clean) == len(displayed) == len(small) == 9
    assert small[0].shape == (90, 120, 3)
    assert 0.5 < np.abs(np.array(displayed, float) - np.array(clean, float)).mean() < 15
    assert probe_clip(out).rate == 24


@pytest.mark.parametrize(("source", "target"), [("in.png", "out.png"), ("in.mp4", "out.mp4")])
def test_what_is_too_small_is_one_line(picture: Path, clip: Path, tmp_path: Path, source: str, target: str) -> None:
    result = _run(tmp_path / source, tmp_path / target, "--recipe", "call-540p-h264-600k")
    assert result.exit_code == 1
    assert f"{source}: frames of 240x180 cannot be sent as 540p" in _said(result)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "in.png"]


def test_a_call_that_cannot_be_read_is_one_line(picture: Path, tmp_path: Path) -> None:
    result = _run(picture, tmp_path / "out.png", "--recipe", "call-540p-h266-600k")
    assert result.exit_code == 2
    assert "expected 'bicubic-xS'" in _said(result)
