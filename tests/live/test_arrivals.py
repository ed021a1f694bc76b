"""Frames come when they are due, by a clock that the tests turn."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from acutance.live.arrivals import Arrival, Playing, arrivals
from acutance.video import ClipError
from acutance.video.decoding import Damage


@dataclass
class Clock:
    """Goes on by what is slept."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.now += seconds
        return False


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _play(playing: Playing, clock: Clock, work: float = 0.0) -> list[tuple[float, Arrival]]:
    """Return the arrivals and when they came; who takes them works on each for some time."""
    came = []
    for arrival in arrivals(playing, Damage(), clock.sleep, clock):
        came.append((clock.now, arrival))
        clock.now += work
    return came


def test_every_frame_comes_at_its_time(clip: Path, clock: Clock) -> None:
    came = _play(Playing(clip, 25.0), clock)
    np.testing.assert_allclose([when for when, _ in came], np.arange(20) / 25)
    assert all(arrival.frame is not None for _, arrival in came)


def test_at_twice_the_rate_they_come_in_half_the_time(clip: Path, clock: Clock) -> None:
    came = _play(Playing(clip, 25.0, fps=50.0), clock)
    np.testing.assert_allclose([when for when, _ in came], np.arange(20) / 50)


def test_a_clip_that_is_too_short_begins_anew(clip: Path, clock: Clock) -> None:
    came = _play(Playing(clip, 25.0, seconds=2.0), clock)
    np.testing.assert_allclose([when for when, _ in came], np.arange(50) / 25)


def test_frames_are_enlarged_first(clip: Path, clock: Clock) -> None:
    (_, first), *_ = _play(Playing(clip, 25.0, size=(130, 98)), clock)
    assert first.frame is not None
    assert (first.frame.width, first.frame.height) == (130, 98)


def test_a_frame_after_whose_time_the_next_one_is_due_comes_without_its_picture(clip: Path, clock: Clock) -> None:
    came = _play(Playing(clip, 25.0), clock, work=0.06)
    late = [arrival.frame is None for _, arrival in came]
    assert len(came) == 20
    assert not any(late[:2])
    assert sum(late) > 10


def test_where_decoding_itself_is_too_slow_four_frames_a_second_come(clip: Path, clock: Clock) -> None:
    came = _play(Playing(clip, 25.0), clock, work=0.1)
    shown = [when for when, arrival in came if arrival.frame is not None]
    assert np.diff(shown[1:]).max() <= 0.25 + 0.1 + 1e-9


def test_it_ends_when_the_sleeper_is_woken(clip: Path, clock: Clock) -> None:
    assert list(arrivals(Playing(clip, 25.0), Damage(), lambda seconds: seconds > 0, clock)) != []
    assert len(list(arrivals(Playing(clip, 25.0), Damage(), lambda seconds: seconds > 0, clock))) == 1


def test_what_is_no_clip_is_said(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "a.mp4").write_bytes(b"not a clip")
    with pytest.raises(ClipError, match="is not a clip"):
        _play(Playing(tmp_path / "a.mp4", 25.0), clock)
