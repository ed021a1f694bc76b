"""The clip to measure with."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from acutance.bench.apart.clip import make_clip
from acutance.video import probe_clip, read_luma

_FRAMES = 70  # beyond the loop of 60


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "made.mp4"
    assert make_clip(path, (96, 64), _FRAMES / 30) == _FRAMES
    return path


def test_it_is_h264_with_sound(clip: Path) -> None:
    info = probe_clip(clip)
    assert (info.codec, info.width, info.height, info.rate) == ("h264", 96, 64, Fraction(30))
    assert info.has_audio


def test_all_of_it_moves_and_it_begins_again(clip: Path) -> None:
    planes = list(read_luma(clip))
    assert len(planes) == _FRAMES
    assert all((before != after).mean() > 0.5 for before, after in pairwise(planes))
    assert all(np.array_equal(planes[number], planes[number + 60]) for number in range(10))


def test_it_is_soft(tmp_path: Path) -> None:
    """It has next to no detail that half the pixels could not show."""
    make_clip(tmp_path / "made.mp4", (256, 256), 1 / 30)
    (plane,) = read_luma(tmp_path / "made.mp4")
    window = np.hanning(256)
    spectrum = np.abs(np.fft.fft2((plane - plane.mean()) * window[:, None] * window)) ** 2
    fine = np.abs(np.fft.fftfreq(256)) > 0.27
    assert spectrum[fine].sum() + spectrum[:, fine].sum() < 0.03 * spectrum.sum()


def test_sound_is_as_long_as_the_picture(clip: Path) -> None:
    with av.open(str(clip)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples == pytest.approx(48000 * _FRAMES / 30, abs=2048)
