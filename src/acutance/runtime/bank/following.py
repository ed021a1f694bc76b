"""A stream followed: looked at now and then for what is not told, and the expert chosen that suits it."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from acutance.estimate import Tracker, estimate
from acutance.runtime.backends.backend import Backend
from acutance.runtime.bank.choice import Selection, Told, choose
from acutance.runtime.bank.experts import Experts, Shares
from acutance.runtime.cards import Condition

LOOK_EVERY = 6
"""Frames from one look to the next, a fifth of a second of a call; what a look costs is spread over them."""

FIRST_LOOKS = 5
"""A stream's first so many frames are each looked at: its first look alone may be wrong, and is acted on at once."""


class Following:
    """Chooses for one stream after another. Not to be called from two threads at once."""

    def __init__(self, conditions: Sequence[Condition], experts: Experts, told: Told) -> None:
        """Begin with a stream.

        Args:
            conditions: of the experts, in order.
            experts: those.
            told: what is known of the stream.
        """
        self._conditions = conditions
        self._experts = experts
        self._told = told
        self.restart()

    @property
    def selection(self) -> Selection | None:
        """What is chosen; None before a first frame that has to be looked at."""
        return self._selection

    def restart(self) -> None:
        """Begin with another stream, of which as much is known: nothing that was seen counts any more."""
        self._experts.restart()
        self._tracker = Tracker()
        self._looks = self._frames_to_look = 0
        self._selection = self._known()

    def tell(self, told: Told) -> None:
        """Take note of what is known from now on; what was known before is forgotten, what was seen is not."""
        self._told = told
        self._selection = self._known() or self._selection
        self._frames_to_look = 0

    def next_frame(self, luma: Callable[[], NDArray[np.uint8]], warm: Callable[[Backend], object]) -> Shares:
        """Say who works on a frame.

        Args:
            luma: gives the frame's plane, H×W uint8, studio range; not called where nothing is to be seen in it.
            warm: has a backend run once, on a frame like this one.

        Raises:
            ModelError: the expert does not open.
        """
        if not self._told.is_enough:
            if self._frames_to_look == 0:
                self._selection = choose(self._conditions, self._told, self._tracker.feed(estimate(luma())))
                self._looks += 1
                self._frames_to_look = LOOK_EVERY if self._looks >= FIRST_LOOKS else 1
            self._frames_to_look -= 1
        assert self._selection is not None
        # What is told changes with the stream itself, and a stream that begins has not been seen to be anything yet.
        # What is seen later may be wrong, and must not be seen to be.
        fades = not self._told.is_enough and self._looks >= FIRST_LOOKS
        return self._experts.next_frame(self._selection.expert, warm, fades=fades)

    def any_expert(self) -> Backend:
        """Return an expert that works, the chosen one where there is one, for timing.

        Raises:
            ModelError: it does not open.
        """
        chosen = self._selection and self._selection.expert
        self._experts.turn_to(chosen or 0)
        working = self._experts.working
        assert working is not None
        return working

    def _known(self) -> Selection | None:
        return choose(self._conditions, self._told) if self._told.is_enough else None
