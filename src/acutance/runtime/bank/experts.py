"""The experts of a bank at work: the next one is opened beside the one that works, and takes over when it is ready."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from acutance.runtime.backends.backend import Backend

FADE = 10
"""Frames over which one expert's change gives way to another's, a third of a second of a call."""

Shares = tuple[tuple[float, Backend], ...]
"""How much of whose change a frame gets. What is missing to 1 is left as it was."""


@dataclass(frozen=True)
class _Expert:
    """One that is open; passing through, where number and backend are None, always is."""

    number: int | None
    backend: Backend | None


@dataclass(frozen=True)
class _Opening:
    number: int
    backend: Future[Backend]


class Experts:
    """Which expert works on the next frame. At most two are open. Not to be called from two threads at once."""

    def __init__(self, open_expert: Callable[[int], Backend], number: int, backend: Backend) -> None:
        """Begin.

        Args:
            open_expert: opens one by its number; called in another thread too.
            number: of one that is open already.
            backend: that one.
        """
        self._open = open_expert
        self._working = _Expert(number, backend)
        self._coming: _Expert | None = None
        self._faded = 0
        self._opening: _Opening | None = None
        self._begins = True

    def restart(self) -> None:
        """Have the next frame be the first of its stream, which waits for the expert that it needs."""
        self._begins, self._coming, self._opening = True, None, None

    def turn_to(self, number: int | None) -> None:
        """Have an expert, or none, work at once; it is waited for."""
        self._coming = self._opening = None
        if number != self._working.number:
            self._working = _Expert(number, None if number is None else self._open(number))

    @property
    def working(self) -> Backend | None:
        """The expert that works, None where frames are passed through."""
        return self._working.backend

    def next_frame(self, number: int | None, warm: Callable[[Backend], object], *, fades: bool) -> Shares:
        """Say who works on a frame.

        Args:
            number: of the expert that should; None for none. Until it is open, and has run once, the one before works.
            warm: has a backend run once, on a frame like this one.
            fades: whether it takes over little by little.

        Raises:
            ModelError: it does not open.
        """
        if self._begins:
            self._begins = False
            self.turn_to(number)
        if self._coming is not None and not fades:
            self._working, self._coming = self._coming, None
        if self._coming is None and (ready := self._ready(number, warm)) is not None:
            if fades:
                self._coming, self._faded = ready, 0
            else:
                self._working = ready
        if self._coming is None:
            return _shares((1.0, self._working))
        self._faded += 1
        share = self._faded / FADE
        shares = _shares((1.0 - share, self._working), (share, self._coming))
        if self._faded == FADE:
            self._working, self._coming = self._coming, None
        return shares

    def _ready(self, number: int | None, warm: Callable[[Backend], object]) -> _Expert | None:
        """Return who is to take over, None where that is not open yet, or works already."""
        if number == self._working.number:
            self._opening = None  # back before the other one came
            return None
        if number is None:
            return _Expert(None, None)
        if self._opening is None or self._opening.number != number:
            self._opening = _Opening(number, self._opened_beside(number, warm))
        if not self._opening.backend.done():
            return None
        opened, self._opening = self._opening, None
        return _Expert(number, opened.backend.result())

    def _opened_beside(self, number: int, warm: Callable[[Backend], object]) -> Future[Backend]:
        def opened() -> Backend:
            backend = self._open(number)
            warm(backend)
            return backend

        pool = ThreadPoolExecutor(1, "acutance-expert")
        future = pool.submit(opened)
        pool.shutdown(wait=False)  # the thread ends with its work
        return future


def _shares(*experts: tuple[float, _Expert]) -> Shares:
    return tuple((share, expert.backend) for share, expert in experts if share > 0.0 and expert.backend is not None)
