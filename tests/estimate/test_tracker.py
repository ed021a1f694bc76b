"""What a stream settles at, whatever its frames look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.estimate import Estimate, Settled, Tracker

SECOND = 5  # estimates

scales = st.floats(1.0, 4.6)
bits = st.none() | st.floats(0.02, 0.5)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    scale = draw(scales)
    return Estimate(scale, draw(st.floats(1.0, scale)), draw(st.booleans()), draw(bits))


def _sure(scale: float, bits_per_pixel: float | None = None) -> Estimate:
    return Estimate(scale=scale, scale_low=1.0, is_sure=True, bits_per_pixel=bits_per_pixel)


def _fed(*seen: Estimate) -> Settled:
    tracker = Tracker()
    return [tracker.feed(one) for one in seen][-1]


def test_nothing_is_settled_before_the_first_frame_and_that_counts_at_once() -> None:
    tracker = Tracker()
    assert tracker.settled is None
    assert tracker.feed(_sure(2.0, 0.1)) == tracker.settled == Settled(2.0, 0.1, True)


def test_of_an_unsure_frame_counts_what_the_scale_is_at_least() -> None:
    assert _fed(Estimate(scale=3.0, scale_low=1.5, is_sure=False, bits_per_pixel=None)).scale == 1.5


@given(usual=estimates(), odd=estimates(), before=st.integers(2, 8), after=st.integers(0, 6))
def test_a_single_odd_frame_changes_nothing(usual: Estimate, odd: Estimate, before: int, after: int) -> None:
    tracker = Tracker()
    for _ in range(before):
        settled = tracker.feed(usual)
    assert tracker.feed(odd) == settled
    for _ in range(after):
        assert tracker.feed(usual) == settled


@given(first=st.lists(estimates(), min_size=1, max_size=12), scale=scales, bits_per_pixel=bits)
def test_a_lasting_change_is_followed_within_a_second(
    first: list[Estimate], scale: float, bits_per_pixel: float | None
) -> None:
    settled = _fed(*first, *[_sure(scale, bits_per_pixel)] * SECOND)
    assert settled.is_sure
    assert settled.scale == pytest.approx(scale, rel=0.13)
    assert (settled.bits_per_pixel is None) == (bits_per_pixel is None)
    if settled.bits_per_pixel is not None:
        assert settled.bits_per_pixel == pytest.approx(bits_per_pixel, rel=0.51)


@given(seen=st.lists(estimates(), min_size=1, max_size=15))
def test_what_is_settled_was_seen(seen: list[Estimate]) -> None:
    settled = _fed(*seen)
    assert settled.scale in {one.scale for one in seen} | {one.scale_low for one in seen}
    assert settled.bits_per_pixel in {one.bits_per_pixel for one in seen}


@given(seen=st.lists(scales, min_size=SECOND, max_size=15))
def test_between_two_scales_it_leans_to_the_smaller(seen: list[float]) -> None:
    settled = _fed(*map(_sure, seen))
    assert settled.scale <= 1.12 * sorted(seen[-SECOND:])[1] + 1e-9


def test_smaller_scales_are_followed_sooner_than_larger_ones() -> None:
    def waits(before: float, after: float) -> int:
        tracker = Tracker()
        for _ in range(SECOND):
            tracker.feed(_sure(before))
        return next(count for count in range(1, 20) if tracker.feed(_sure(after)).scale == after)

    assert (waits(2.0, 1.0), waits(1.0, 2.0)) == (2, 4)


@pytest.mark.parametrize("drift", [1.1, 1 / 1.1])
def test_small_differences_are_none(drift: float) -> None:
    assert _fed(*[_sure(2.0)] * SECOND, *[_sure(2.0 * drift)] * SECOND).scale == 2.0


def test_more_bits_are_followed_sooner_than_fewer() -> None:
    assert _fed(*[_sure(2.0, 0.05)] * SECOND, *[_sure(2.0, 0.2)] * 2).bits_per_pixel == 0.2
    assert _fed(*[_sure(2.0, 0.2)] * SECOND, *[_sure(2.0, 0.05)] * 3).bits_per_pixel == 0.2
    assert _fed(*[_sure(2.0, 0.2)] * SECOND, *[_sure(2.0, 0.05)] * 4).bits_per_pixel == 0.05
