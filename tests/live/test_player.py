"""Threads, and that every frame is accounted for."""

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance import ModelError, Sharpener
from acutance.live import Player, Playing, Report, Stage
from acutance.runtime import BackendInfo
from acutance.runtime.backends.baselines import Identity
from acutance.runtime.models import OpenModel
from acutance.video import ClipError


class _Slow(Identity):
    """Takes its time, and fails on a frame if it shall."""

    info = BackendInfo("sleep", "cpu", "exact")

    def __init__(self, seconds: float, fails_at: int | None = None) -> None:
        self._seconds = seconds
        self._left = fails_at

    def run_uint8(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        time.sleep(self._seconds)
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise ModelError("the model failed")
        return luma.copy()


def _player(
    clip: Path, slow: _Slow | None = None, *, seconds: float | None = None, fps: float = 100.0, shows: bool = False
) -> Player:
    sharpener = Sharpener.load("unsharp") if slow is None else Sharpener(OpenModel("slow", slow, None, 1))
    return Player(Playing(clip, 25.0, fps, seconds=seconds), Stage([sharpener]), shows=shows)


def _played(player: Player) -> Report:
    player.start()
    return player.report()


def _accounted_for(report: Report) -> int:
    return sum(report.sharpened.values()) + report.passed + report.halved + report.dropped


def test_every_frame_is_accounted_for(clip: Path) -> None:
    report = _played(_player(clip))
    assert report.decoded == 20 == _accounted_for(report)
    assert report.unshown == 0
    assert 0 < report.frame_p50 <= report.frame_p95


def test_where_sharpening_is_too_slow_the_newest_frame_wins(clip: Path) -> None:
    report = _played(_player(clip, _Slow(0.05), seconds=1.0))
    assert report.decoded == 100 == _accounted_for(report)
    assert report.dropped >= 70  # there is time for 20
    assert report.latency_p95 < 50 + 50 + 100  # nothing queues up: one frame's work, one frame's wait, and noise


def test_frames_that_nobody_shows_in_time_are_counted(clip: Path) -> None:
    player = _player(clip, shows=True)
    report = _played(player)
    assert report.unshown == sum(report.sharpened.values()) - 1
    assert player.dropped == report.dropped + report.unshown
    assert player.screen.take() is not None
    assert player.screen.take() is None


def test_stopping_ends_it_soon(clip: Path) -> None:
    player = _player(clip, seconds=3600.0)
    player.start()
    time.sleep(0.2)
    player.stop()
    began = time.monotonic()
    report = player.report()
    assert time.monotonic() - began < 2.0
    assert report.decoded == _accounted_for(report)


def test_a_model_that_fails_ends_it_with_its_error(clip: Path) -> None:
    player = _player(clip, _Slow(0.0, fails_at=3), seconds=3600.0)
    with pytest.raises(ModelError, match="the model failed"):
        _played(player)
    assert player.is_over


def test_a_clip_that_cannot_be_read_ends_it_with_its_error(tmp_path: Path) -> None:
    player = _player(tmp_path / "none.mp4")
    with pytest.raises(ClipError, match="there is no such file"):
        _played(player)
    assert player.is_over


def test_the_report_says_what_there_was(clip: Path) -> None:
    lines = str(_played(_player(clip))).splitlines()
    assert "20 frames in" in lines[0]
    assert "by unsharp; dropped:" in lines[0]
    assert lines[1].startswith("from decoded to sharpened: p95 ")
    assert lines[2] == "tier changes: 0"
