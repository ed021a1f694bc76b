"""Stages that work at the same time give what they would give one after another, and leave no thread behind."""

import threading
import time
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.video.ahead import ahead

ROOM = 3
PATIENCE = 10.0  # seconds, after which something does not come that should


class Source:
    """Counts, noting how far it came, and whether it was closed."""

    def __init__(self) -> None:
        self.came_to = 0
        self.closed = False

    def numbers(self) -> Generator[int, None, None]:
        try:
            while True:
                self.came_to += 1
                yield self.came_to
        finally:
            self.closed = True


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


def same(number: int) -> int:
    return number


def double(number: int) -> int:
    return 2 * number


@given(st.integers(0, 20), st.integers(1, 3), st.integers(0, 5))
def test_it_yields_what_a_map_makes_of_the_items_in_their_order(count: int, maps: int, room: int) -> None:
    source = (number for number in range(count))
    assert list(ahead(source, [double] * maps, room)) == [2 * number for number in range(count)]
    assert not threads()


def test_the_source_works_while_its_user_does() -> None:
    reached = threading.Event()

    def source() -> Generator[int, None, None]:
        yield 1
        reached.set()
        yield 2

    items = ahead(source(), [same], ROOM)
    assert next(items) == 1
    assert reached.wait(PATIENCE)  # though nobody asked for the second item
    items.close()


def test_maps_work_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def meet(number: int) -> int:
        both.wait(PATIENCE)
        return number

    assert list(ahead((number for number in range(6)), [meet, meet], ROOM)) == [*range(6)]


def test_an_item_that_is_ready_early_waits_for_those_before_it() -> None:
    second_is_ready = threading.Event()

    def change(number: int) -> int:
        if number == 0:
            assert second_is_ready.wait(PATIENCE)
        else:
            second_is_ready.set()
        return number

    assert list(ahead((number for number in range(2)), [change, change], ROOM)) == [0, 1]


def test_a_map_is_called_for_one_item_at_a_time() -> None:
    def one_at_a_time() -> Generator[int, int, None]:
        number = 0
        while True:
            number = yield number
            time.sleep(0.001)  # lets others in

    maps = [one_at_a_time() for _ in range(2)]  # a generator that is running refuses a second call
    for change in maps:
        next(change)
    numbers = (number for number in range(50))
    assert list(ahead(numbers, [change.send for change in maps], 8)) == [*range(50)]


def test_the_source_is_never_further_ahead_than_there_is_room() -> None:
    source = Source()
    items = ahead(source.numbers(), [same, same], ROOM)
    for used in range(1, 50):
        next(items)
        assert source.came_to <= used + ROOM
    items.close()


def test_without_room_there_is_no_thread() -> None:
    here = threading.get_ident()
    numbers = (threading.get_ident() for _ in range(3))
    assert list(ahead(numbers, [lambda source: (source, threading.get_ident())], 0)) == 3 * [(here, here)]


@pytest.mark.parametrize("maps", [1, 2])
def test_an_error_of_the_source_comes_after_the_items_before_it(maps: int) -> None:
    def source() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise KeyboardInterrupt("broken")

    items = ahead(source(), [same] * maps, ROOM)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyboardInterrupt, match="broken"):
        next(items)
    assert not threads()


@pytest.mark.parametrize("maps", [1, 2])
def test_an_error_of_a_map_comes_after_the_items_before_it(maps: int) -> None:
    def refuse_three(number: int) -> int:
        if number == 3:
            raise KeyboardInterrupt("three")
        return number

    source = Source()
    items = ahead(source.numbers(), [refuse_three] * maps, ROOM)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyboardInterrupt, match="three"):
        next(items)
    assert source.closed
    assert not threads()


@pytest.mark.parametrize("room", [0, ROOM])
def test_closing_closes_the_source_and_ends_the_threads(room: int) -> None:
    source = Source()
    items = ahead(source.numbers(), [same, same], room)
    next(items)
    items.close()
    assert source.closed
    assert not threads()
