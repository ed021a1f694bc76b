"""The newest wins."""

import threading

from acutance.live.slot import Slot


def test_a_newer_item_replaces_one_that_nobody_took() -> None:
    slot: Slot[str] = Slot()
    assert not slot.put("old")
    assert slot.put("new")
    assert slot.take() == "new"
    assert slot.take(wait=False) is None


def test_what_is_there_at_the_end_can_be_taken() -> None:
    slot: Slot[str] = Slot()
    slot.put("last")
    slot.close()
    assert slot.take() == "last"
    assert slot.take() is None


def test_who_waits_is_woken() -> None:
    slot: Slot[int] = Slot()
    taken: list[int | None] = []
    both = threading.Barrier(2)

    def take() -> None:
        both.wait()
        taken.append(slot.take())
        both.wait()
        taken.append(slot.take())

    thread = threading.Thread(target=take)
    thread.start()
    both.wait()
    slot.put(1)
    both.wait()
    slot.close()
    thread.join(10)
    assert taken == [1, None]
