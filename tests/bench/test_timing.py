"""Taking times in turn."""

from acutance.bench.timing import alternate


def test_every_call_has_a_time_a_round() -> None:
    times = alternate([lambda: None, lambda: None], frames=7, seconds=60.0)
    assert [len(own) for own in times] == [7, 7]


def test_no_round_begins_after_the_seconds_but_three() -> None:
    assert [len(own) for own in alternate([lambda: None], frames=1000, seconds=0.0)] == [3]


def test_neighbours_change_from_round_to_round() -> None:
    made: list[int] = []
    alternate([lambda place=place: made.append(place) for place in range(4)], frames=10, seconds=60.0)  # type: ignore[misc]
    rounds = {tuple(made[begin : begin + 4]) for begin in range(8, len(made), 4)}
    assert len(rounds) > 3
    assert all(sorted(order) == [0, 1, 2, 3] for order in rounds)


def test_a_time_is_that_of_its_own_call() -> None:
    spun: list[int] = []
    quick, slow = alternate([lambda: None, lambda: spun.extend(range(200_000))], frames=5, seconds=60.0)
    assert min(slow) > max(quick)
