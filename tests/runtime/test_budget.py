"""The time budget, by a clock that the tests turn."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acutance.runtime.budget import Level, TimeBudget

FPS = 30.0
COSTS = (0.110, 0.040, 0.015)
"""Of a machine on which the cheapest tier fits and nothing above it."""
QUICK = (0.020, 0.008, 0.003)
"""Of a machine on which every tier fits."""

Load = Callable[[float], float]
"""From the time to how many times longer everything takes."""


@dataclass(frozen=True)
class Step:
    """A frame that came, and the level after it."""

    now: float
    level: Level


def play(budget: TimeBudget, costs: Sequence[float], load: Load, seconds: float, start: float = 0.0) -> Iterator[Step]:
    """Have frames come at the rate; one that is sharpened for longer than the interval lets the next ones go by."""
    frame = 0
    while frame / FPS < seconds:
        now = start + frame / FPS
        level = budget.level
        took = 0.0 if level.tier is None else costs[level.tier] * load(now)
        yield Step(now + took, budget.record(took, now + took))
        frame += max(level.every, int(np.ceil(took * FPS)))


def changes(steps: Sequence[Step], first: Level) -> list[Step]:
    before = [first, *(step.level for step in steps)]
    return [step for step, was in zip(steps, before, strict=False) if step.level != was]


def quiet(now: float) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("costs", "level"),
    [
        (QUICK, Level(0)),
        (COSTS, Level(2)),
        ((0.110, 0.040, 0.030), Level(2, every=2)),
        ((0.300, 0.200, 0.100), Level(None)),
        ((0.020,), Level(0)),
    ],
)
def test_it_starts_at_the_best_level_that_fits(costs: Sequence[float], level: Level) -> None:
    assert TimeBudget(costs, FPS).level == level


@given(times=st.lists(st.floats(0.0, 0.5), max_size=300), tiers=st.integers(1, 5))
def test_it_goes_one_level_at_a_time(times: list[float], tiers: int) -> None:
    budget = TimeBudget([0.001 * (tiers - tier) for tier in range(tiers)], FPS)
    assert len(budget.levels) == tiers + 2
    now = 0.0
    at = budget.levels.index(budget.level)
    for seconds in times:
        now += max(seconds, 1 / FPS)
        after = budget.levels.index(budget.record(seconds, now))
        assert abs(after - at) <= 1
        at = after


@given(times=st.lists(st.floats(0.0, 1 / FPS), max_size=200))
def test_frames_that_fit_never_take_it_down(times: list[float]) -> None:
    budget = TimeBudget(QUICK, FPS)
    assert all(budget.record(seconds, index / FPS) == Level(0) for index, seconds in enumerate(times))


@given(
    slow=st.lists(st.integers(0, 19), min_size=1, max_size=2, unique=True),
    seconds=st.floats(1.0, 100.0),
)
def test_one_slow_frame_in_twenty_changes_nothing(slow: list[int], seconds: float) -> None:
    budget = TimeBudget(QUICK, FPS)
    for index in range(400):
        assert budget.record(seconds if index % 40 in slow else 0.020, index / FPS) == Level(0)


@pytest.mark.parametrize("factor", [2.0, 3.0])
def test_another_process_takes_it_down_within_frames_and_it_comes_back(factor: float) -> None:
    budget = TimeBudget(QUICK, FPS)

    def taken(now: float) -> float:
        return factor if 10.0 <= now < 20.0 else 1.0

    steps = list(play(budget, QUICK, taken, 60.0))
    assert {step.level for step in steps if step.now < 10.0} == {Level(0)}
    down, up = changes(steps, Level(0))
    during = [step for step in steps if step.now > 10.0]
    assert down.level == Level(1)
    assert during.index(down) <= 3
    assert up.level == Level(0)
    assert 20.0 < up.now < 20.0 + 5.0


def test_a_load_that_even_halving_does_not_fit_ends_in_passing_through_and_comes_back() -> None:
    budget = TimeBudget(COSTS, FPS)

    def taken(now: float) -> float:
        return 8.0 if 5.0 <= now < 10.0 else 1.0

    steps = list(play(budget, COSTS, taken, 90.0))
    assert Level(None) in {step.level for step in steps if step.now < 6.0}
    assert steps[-1].level == Level(2)


@settings(max_examples=30, deadline=None)
@given(factor=st.floats(0.05, 6.0))
def test_a_steady_load_settles_at_a_level_that_fits(factor: float) -> None:
    budget = TimeBudget(COSTS, FPS)
    list(play(budget, COSTS, lambda now: factor, 60.0))
    settled = budget.level
    later = list(play(budget, COSTS, lambda now: factor, 60.0, start=60.0))
    cheapest = factor * COSTS[-1]
    if settled.tier is None or cheapest > 2 / FPS:  # blind there: it tries now and then
        assert len(changes(later, settled)) <= 6
    else:
        assert {step.level for step in later} == {settled}
        assert factor * COSTS[settled.tier] <= settled.every / FPS


def test_a_load_that_stays_is_not_tried_against_again_and_again() -> None:
    budget = TimeBudget(QUICK, FPS)
    steps = list(play(budget, QUICK, lambda now: 2.5, 120.0))
    assert [step.level for step in changes(steps, Level(0))] == [Level(1)]


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    mean=st.floats(0.5, 2.0),
    spread=st.floats(0.0, 0.6),
)
def test_noise_at_the_edge_does_not_make_it_flap(seed: int, mean: float, spread: float) -> None:
    noise = np.random.default_rng(seed)
    costs = (2.2 * COSTS[2], COSTS[2])
    budget = TimeBudget(costs, FPS)
    first = budget.level
    steps = list(play(budget, costs, lambda now: mean * float(np.exp(noise.normal(0.0, spread))), 240.0))
    when = np.array([step.now for step in changes(steps, first)])
    a_minute = [int(((when >= begin) & (when < begin + 60.0)).sum()) for begin in range(0, 240, 10)]
    assert max(a_minute) <= 12


def test_after_a_failed_climb_it_waits_twice_as_long() -> None:
    """By tiers of which the dearer takes far longer than its stated cost."""
    stated, real = (0.020, 0.010), (0.050, 0.010)
    budget = TimeBudget(stated, FPS)
    steps = list(play(budget, real, quiet, 120.0))
    climbs = [step.now for step in changes(steps, Level(0)) if step.level == Level(0)]
    assert list(np.diff(climbs).round()[:4]) == [6.0, 12.0, 24.0, 30.0]


@pytest.mark.parametrize(
    ("costs", "fps", "message"),
    [
        ((), FPS, "costs: got \\[\\], expected"),
        ((0.02, 0.0), FPS, "positive times"),
        ((float("nan"),), FPS, "positive times"),
        ((0.01,), 0.0, "fps: got 0.0, expected more than 0"),
    ],
)
def test_what_makes_no_sense_is_refused(costs: Sequence[float], fps: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TimeBudget(costs, fps)
