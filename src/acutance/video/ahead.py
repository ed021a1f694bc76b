"""Stages that work at the same time: each draws from the one before it a few items ahead."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")

_END: Any = object()


def ahead(items: Generator[Item, None, None], room: int) -> Generator[Item, None, None]:
    """Yield what a generator yields, which runs in a thread of its own, at most so many items ahead.

    What it raises is raised here, after the items that it yielded before. When this generator is closed, the other one
    is too, once it has come to its next item; no thread is left.

    Args:
        items: the generator; nobody else may use it.
        room: how many items may wait or be in the making; 0 to have no thread.
    """
    if room == 0:
        yield from items
        return
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        waiting = deque(thread.submit(next, items, _END) for _ in range(room))
        try:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(thread.submit(next, items, _END))
                yield item
        finally:
            thread.shutdown(cancel_futures=True)
            items.close()
