"""One frame after another through the tier that there is time for."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from acutance.runtime import Sharpener
from acutance.runtime.budget import Level, TimeBudget
from acutance.video.frame import change_luma

PASSED_THROUGH = "passed through"
_RECENT = 30


@dataclass(frozen=True)
class Change:
    """Another level was taken, ``seconds`` after the start of playing."""

    seconds: float
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s: {self.before} -> {self.after}"


class Stage:
    """Sharpens frames in place, in one thread; `wipe` and `strength` may be set from others.

    Attributes:
        wipe: the left share of the displayed picture that stays as it was, 0..1.
        sharpened: how many frames were sharpened, by the name of the level.
        passed: how many were passed through as they were.
        halved: how many were left out on purpose, as there was time for half of them.
        seconds: how long each sharpened frame took.
        changes: of the level.
    """

    def __init__(
        self,
        tiers: Sequence[Sharpener],
        budget: TimeBudget | None = None,
        *,
        rotation: int = 0,
        on_change: Callable[[Change], None] = lambda change: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Take the tiers that there are.

        Args:
            tiers: best first.
            budget: chooses among them; None to stay with the first.
            rotation: how a player turns the frames, in degrees, counterclockwise.
            on_change: told when another level is taken.
            clock: in seconds.
        """
        self._tiers = tuple(tiers)
        self._budget = budget
        self._turns = rotation // 90
        self._on_change = on_change
        self._clock = clock
        self._strength = tiers[0].strength
        self._number = 0
        self.wipe = 0.0
        self.sharpened: Counter[str] = Counter()
        self.passed = 0
        self.halved = 0
        self.seconds: list[float] = []
        self.changes: list[Change] = []

    @property
    def strength(self) -> float:
        """How much of the change is applied, see `Sharpener`."""
        return self._strength

    @strength.setter
    def strength(self, strength: float) -> None:
        self._strength = strength
        for tier in self._tiers:
            tier.strength = strength

    @property
    def level_name(self) -> str:
        """What is done with frames now."""
        return self._name(self._level)

    @property
    def runs_as(self) -> str:
        """What runs the model now."""
        tier = self._level.tier
        return "no model" if tier is None else str(self._tiers[tier].info)

    @property
    def milliseconds(self) -> float:
        """How long recent frames took, on average."""
        recent = self.seconds[-_RECENT:]
        return 1000 * sum(recent) / max(1, len(recent))

    def __call__(self, frame: av.VideoFrame, seconds: float) -> bool:
        """Sharpen a planar frame in place.

        Args:
            frame: see `acutance.video.frame.change_luma`.
            seconds: when it is due, for the record of changes.

        Returns:
            Whether it is to be shown.

        Raises:
            ModelError: the model fails on it.
        """
        level = self._level
        self._number += 1
        if level.tier is None:
            self.passed += 1
            self._record(0.0, seconds)
            return True
        if self._number % level.every:
            self.halved += 1
            return False
        tier = self._tiers[level.tier]
        before = self._clock()
        change_luma(frame, lambda plane: self._wiped(plane, tier.luma(plane)))
        took = self._clock() - before
        self.sharpened[self._name(level)] += 1
        self.seconds.append(took)
        chosen = tier.selection
        if self._strength > 0.0 and (chosen is None or chosen.expert is not None):
            self._record(took, seconds)  # else no model ran, which says nothing of its time
        return True

    @property
    def _level(self) -> Level:
        return Level(0) if self._budget is None else self._budget.level

    def _record(self, took: float, seconds: float) -> None:
        if self._budget is None:
            return
        before = self._budget.level
        after = self._budget.record(took, self._clock())
        if after != before:
            change = Change(round(seconds, 2), self._name(before), self._name(after))
            self.changes.append(change)
            self._on_change(change)

    def _name(self, level: Level) -> str:
        if level.tier is None:
            return PASSED_THROUGH
        name = self._tiers[level.tier].name
        return name if level.every == 1 else f"{name}, half the frames"

    def _wiped(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a plane with its left part, as the picture is displayed, from before."""
        columns = round(self.wipe * np.rot90(after, self._turns).shape[1])
        if columns == 0:
            return after
        mixed = after.copy()
        np.rot90(mixed, self._turns)[:, :columns] = np.rot90(before, self._turns)[:, :columns]
        return mixed
