"""Which frames are sharpened, by what, and which part of them."""

from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np
import pytest

from acutance import Sharpener
from acutance.live import Change, Stage
from acutance.runtime.budget import TimeBudget
from acutance.video.frame import studio_luma

NewFrame = Callable[[], av.VideoFrame]
FPS = 30.0


@dataclass
class Clock:
    """Goes on by a step whenever somebody looks at it."""

    now: float = 0.0
    step: float = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _tiers() -> list[Sharpener]:
    return [Sharpener.load("unsharp"), Sharpener.load("cas")]


def _budget(level: int = 0) -> TimeBudget:
    """Return a budget that starts at a level: unsharp, cas, half the frames, passed through."""
    cheap = [0.010, 0.010, 0.050, 0.500][level]
    return TimeBudget([0.020 if level == 0 else 10.0, cheap], FPS)


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_left_of_the_wipe_nothing_changes_as_the_picture_is_displayed(new_frame: NewFrame, rotation: int) -> None:
    stage = Stage(_tiers(), rotation=rotation)
    stage.wipe = 0.5
    frame = new_frame()
    assert stage(frame, 0.0)
    whole = Sharpener.load("unsharp").luma(studio_luma(new_frame()))
    shown, before, after = (
        np.rot90(plane, rotation // 90) for plane in (studio_luma(frame), studio_luma(new_frame()), whole)
    )
    middle = shown.shape[1] // 2
    np.testing.assert_array_equal(shown[:, :middle], before[:, :middle])
    np.testing.assert_array_equal(shown[:, middle:], after[:, middle:])
    assert (before[:, :middle] != after[:, :middle]).any()


def test_strength_is_every_tier_s(new_frame: NewFrame) -> None:
    tiers = _tiers()
    stage = Stage(tiers)
    stage.strength = 0.0
    frame = new_frame()
    stage(frame, 0.0)
    np.testing.assert_array_equal(studio_luma(frame), studio_luma(new_frame()))
    assert [tier.strength for tier in tiers] == [0.0, 0.0]


def test_slow_frames_take_it_to_the_next_tier_and_it_says_so(new_frame: NewFrame, clock: Clock) -> None:
    told: list[Change] = []
    clock.step = 0.050  # a frame's time, as it looks before and after
    stage = Stage(_tiers(), _budget(), on_change=told.append, clock=clock)
    for index in range(3):
        assert stage.level_name == "unsharp"
        stage(new_frame(), index / FPS)
    assert stage.level_name == "cas"
    assert told == stage.changes == [Change(0.07, "unsharp", "cas")]
    assert str(told[0]) == "0.1 s: unsharp -> cas"
    assert stage.sharpened == {"unsharp": 3}
    assert stage.milliseconds == pytest.approx(50.0)


def test_at_half_the_frames_every_second_one_is_left_out(new_frame: NewFrame, clock: Clock) -> None:
    stage = Stage(_tiers(), _budget(2), clock=clock)
    assert [stage(new_frame(), 0.0) for _ in range(6)] == [False, True] * 3
    assert (stage.halved, stage.sharpened) == (3, {"cas, half the frames": 3})


def test_a_frame_that_is_passed_through_is_as_it_was(new_frame: NewFrame, clock: Clock) -> None:
    stage = Stage(_tiers(), _budget(3), clock=clock)
    frame = new_frame()
    assert stage(frame, 0.0)
    np.testing.assert_array_equal(studio_luma(frame), studio_luma(new_frame()))
    assert (stage.passed, stage.level_name, stage.runs_as) == (1, "passed through", "no model")


def test_at_strength_0_it_does_not_climb(new_frame: NewFrame, clock: Clock) -> None:
    tiers = _tiers()
    clock.step = 0.001
    stage = Stage(tiers, TimeBudget([0.030, 0.010], FPS), clock=clock)
    stage.strength = 0.0
    for _ in range(20):
        clock.now += 1.0
        stage(new_frame(), 0.0)
    assert stage.level_name == "cas"
    stage.strength = 1.0
    for _ in range(20):
        clock.now += 1.0
        stage(new_frame(), 0.0)
    assert stage.level_name == "unsharp"


def test_where_a_bank_passes_frames_through_it_does_not_climb(new_frame: NewFrame, clock: Clock) -> None:
    tiers = [Sharpener.load("unsharp"), Sharpener.load("fast", 1.0, codec="none")]
    stage = Stage(tiers, TimeBudget([0.030, 0.010], FPS), clock=clock)
    for _ in range(300):
        clock.now += 1 / FPS
        stage(new_frame(), 0.0)
    assert stage.changes == []
    assert stage.sharpened.keys() == {"fast"}


def test_without_a_budget_the_tier_stays(new_frame: NewFrame, clock: Clock) -> None:
    clock.step = 10.0
    stage = Stage(_tiers(), clock=clock)
    assert all(stage(new_frame(), 0.0) for _ in range(10))
    assert stage.sharpened == {"unsharp": 10}
