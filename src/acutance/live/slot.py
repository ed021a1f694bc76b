"""Where one thread leaves a frame for another: the newest wins."""

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Slot(Generic[Item]):
    """Holds at most one item: a newer one replaces one that nobody has taken, so that nobody works on what is old."""

    def __init__(self) -> None:
        """Make an empty slot."""
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._closed = False

    def put(self, item: Item) -> bool:
        """Leave an item; return whether it replaced another."""
        with self._changed:
            replaced = self._item is not None
            self._item = item
            self._changed.notify()
        return replaced

    def take(self, *, wait: bool = True) -> Item | None:
        """Return the item; None where there is none any more or, without waiting, none just now."""
        with self._changed:
            while wait and self._item is None and not self._closed:
                self._changed.wait()
            item, self._item = self._item, None
        return item

    def close(self) -> None:
        """Say that no more will come; what is there may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
