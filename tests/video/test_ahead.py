"""Stages that work at the same time give what they would give one after another, and leave no thread behind."""

import threading
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acutance.video.ahead import ahead

ROOM = 3


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


@given(st.integers(0, 20), st.integers(0, 5), st.integers(0, 5))
def test_two_stages_yield_what_the_source_yields(count: int, first: int, second: int) -> None:
    source = (number for number in range(count))
    assert list(ahead(ahead(source, first), second)) == list(range(count))
    assert not threads()


def test_the_source_works_while_its_user_does() -> None:
    reached = threading.Event()

    def source() -> Generator[int, None, None]:
        yield 1
        reached.set()
        yield 2

    items = ahead(source(), ROOM)
    assert next(items) == 1
    assert reached.wait(timeout=10)  # though nobody asked for the second item
    items.close()


def test_the_source_is_never_further_ahead_than_there_is_room() -> None:
    source = Source()
    items = ahead(source.numbers(), ROOM)
    for used in range(1, 50):
        next(items)
        assert source.came_to <= used + ROOM
    items.close()


def test_an_error_comes_after_the_items_before_it() -> None:
    def source() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise KeyboardInterrupt("broken")

    items = ahead(source(), ROOM)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyboardInterrupt, match="broken"):
        next(items)
    assert not threads()


@pytest.mark.parametrize("room", [0, ROOM])
def test_closing_closes_the_source_and_ends_the_thread(room: int) -> None:
    source = Source()
    items = ahead(source.numbers(), room)
    next(items)
    items.close()
    assert source.closed
    assert not threads()
