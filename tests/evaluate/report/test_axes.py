import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.evaluate.report.axes import linear_axis, logarithmic_axis

GAINS = st.lists(st.floats(-80.0, 80.0), max_size=20)
COSTS = st.lists(st.floats(1e-4, 1e8), min_size=1, max_size=20)


@given(GAINS)
def test_a_linear_axis_holds_zero_and_every_value(values: list[float]) -> None:
    axis = linear_axis(values, 10.0, 300.0)
    assert all(10.0 - 1e-6 <= axis.place(value) <= 300.0 + 1e-6 for value in [0.0, *values])


@given(GAINS)
def test_a_linear_axis_has_few_ticks_from_end_to_end(values: list[float]) -> None:
    axis = linear_axis(values, 10.0, 300.0)
    assert 2 <= len(axis.ticks) <= 9
    assert (axis.place(axis.ticks[0]), axis.place(axis.ticks[-1])) == pytest.approx((10.0, 300.0))


def test_ticks_are_round_numbers() -> None:
    assert linear_axis([-0.4, 2.7], 0.0, 1.0).ticks == pytest.approx((-1.0, 0.0, 1.0, 2.0, 3.0))


def test_an_axis_may_grow_upwards() -> None:
    axis = linear_axis([1.0], 200.0, 0.0)
    assert axis.place(0.0) > axis.place(0.5) > axis.place(1.0)


@given(COSTS)
def test_a_logarithmic_axis_has_room_around_every_value(values: list[float]) -> None:
    axis = logarithmic_axis(values, 0.0, 100.0)
    assert all(0.0 < axis.place(value) < 100.0 for value in values)


@given(COSTS)
def test_a_logarithmic_axis_has_ticks_within_itself(values: list[float]) -> None:
    axis = logarithmic_axis(values, 0.0, 100.0)
    assert 2 <= len(axis.ticks) <= 14
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


def test_equal_factors_are_equal_distances() -> None:
    axis = logarithmic_axis([2000.0, 20000.0], 0.0, 100.0)
    assert axis.place(4000.0) - axis.place(2000.0) == pytest.approx(axis.place(20000.0) - axis.place(10000.0))
