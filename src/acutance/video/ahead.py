"""Stages that work at the same time: one makes items, some change them, and their user takes them in order."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from queue import SimpleQueue
from typing import Any, TypeVar, cast

Item = TypeVar("Item")
Changed = TypeVar("Changed")

_END: Any = object()


def ahead(
    items: Generator[Item, None, None], maps: Sequence[Callable[[Item], Changed]], room: int
) -> Generator[Changed, None, None]:
    """Yield what maps make of a generator's items, in the items' order; it and each map run in threads of their own.

    What the generator or a map raises is raised here, after the items that came before. When this generator is closed,
    the other one is too, once it and the maps have come to the end of what they do; no thread is left.

    Args:
        items: the generator; nobody else may use it.
        maps: at least one. All do the same; each is called for one item at a time, while others do other items.
        room: how many items may be in the making or wait; 0 to have no thread, and use the first map alone.
    """
    if room == 0:
        with closing(items):
            yield from map(maps[0], items)
        return
    idle: SimpleQueue[Callable[[Item], Changed]] = SimpleQueue()
    for change in maps:
        idle.put(change)

    def changed(drawn: "Future[Item]") -> Changed:
        if (item := drawn.result()) is _END:
            return cast(Changed, _END)
        change = idle.get()
        try:
            return change(item)
        finally:
            idle.put(change)

    with (
        ThreadPoolExecutor(len(maps), thread_name_prefix="ahead") as workers,
        ThreadPoolExecutor(1, thread_name_prefix="ahead") as source,
    ):

        def submit() -> "Future[Changed]":
            return workers.submit(changed, source.submit(next, items, _END))

        waiting = deque(submit() for _ in range(room))
        try:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(submit())
                yield item
        finally:
            source.shutdown(cancel_futures=True)
            workers.shutdown(cancel_futures=True)
            items.close()
