"""Which tier to run, from how long the frames took: down at once, up with patience.

Pure: whoever uses it reads the clock and says how late it is.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

COMFORT = 0.8
"""The share of a frame's time that a tier may take to be chosen; the rest is for decoding, display and noise."""

_RECENT = 40  # frames; with two outliers among them the 95th percentile still fits
_OUTLIERS = 2
_WAIT = 3.0  # seconds of comfort before a climb
_LONGEST_WAIT = 30.0
_PROOF = 20.0  # seconds after which a climb has not failed; a fall before that doubles the wait


@dataclass(frozen=True)
class Level:
    """What is done with the frames.

    Attributes:
        tier: the place of the tier among those given, best first; None passes frames through as they are.
        every: one in so many frames is sharpened and shown, the others are left out.
    """

    tier: int | None
    every: int = 1


class TimeBudget:
    """Chooses a level: one of the tiers, then half the frames at the cheapest tier, then passing frames through.

    It goes a level down when more than two of the last 40 frames took longer than there is time: three slow frames are
    enough. It goes a level up when for three seconds the recent frames took so little time that, by the ratio of the
    tiers' costs, the next tier would have fitted too, with room to spare; so a load that slows all tiers alike keeps it
    down, and what passes frames through, which tells nothing of the load, just tries. Where the higher level does not
    last for 20 seconds the next climb waits twice as long, up to 30 seconds.
    """

    def __init__(self, costs: Sequence[float], fps: float) -> None:
        """Start at the best level that fits comfortably.

        Args:
            costs: seconds that a frame takes in each tier, best first, all under the same load.
            fps: how many frames come a second.

        Raises:
            ValueError: there are no tiers, or a figure is not positive.
        """
        if not costs or not all(0 < cost < math.inf for cost in costs):
            raise ValueError(f"costs: got {list(costs)}, expected one or more positive times")
        if not 0 < fps < math.inf:
            raise ValueError(f"fps: got {fps}, expected more than 0")
        self._costs = tuple(costs)
        self._interval = 1.0 / fps
        cheapest = len(costs) - 1
        self.levels = (*(Level(tier) for tier in range(len(costs))), Level(cheapest, every=2), Level(None))
        self._at = next(at for at, level in enumerate(self.levels) if self._cost(level) <= COMFORT * self._time(level))
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._calm_since: float | None = None
        self._wait = _WAIT
        self._proven_at: float | None = None

    @property
    def level(self) -> Level:
        """What to do with the next frame."""
        return self.levels[self._at]

    def record(self, seconds: float, now: float) -> Level:
        """Take note of a frame.

        Args:
            seconds: how long it took; of a frame that was passed through it does not matter.
            now: when it was done, in seconds by a clock that never goes back.

        Returns:
            The level for the next frame.
        """
        self._recent.append(seconds)
        self._calm_since = now if self._calm_since is None else self._calm_since
        if self._exceeded(self._limit()):
            self._fall(now)
        elif self._at > 0:
            if self._exceeded(self._limit_to_climb()):
                self._calm_since = now
            elif now - self._calm_since >= self._wait:
                self._climb(now)
        return self.level

    def _limit(self) -> float:
        """Return how long a frame may take; at the lowest level as long as it likes."""
        return math.inf if self.level.tier is None else self._time(self.level)

    def _limit_to_climb(self) -> float:
        """Return how long a frame may take for the level above to fit comfortably."""
        if self.level.tier is None:
            return math.inf
        above = self.levels[self._at - 1]
        return COMFORT * self._time(above) * self._cost(self.level) / self._cost(above)

    def _exceeded(self, limit: float) -> bool:
        return sum(seconds > limit for seconds in self._recent) > _OUTLIERS

    def _fall(self, now: float) -> None:
        self._judge_climb(now, fell=True)
        self._go(self._at + 1, now)

    def _climb(self, now: float) -> None:
        self._judge_climb(now, fell=False)
        self._proven_at = now + _PROOF
        self._go(self._at - 1, now)

    def _judge_climb(self, now: float, *, fell: bool) -> None:
        """Set the wait by whether the last climb lasted."""
        if self._proven_at is None:
            return
        if now >= self._proven_at:
            self._wait = _WAIT
        elif fell:
            self._wait = min(2 * self._wait, _LONGEST_WAIT)
        if fell:
            self._proven_at = None

    def _go(self, at: int, now: float) -> None:
        self._at = at
        self._recent.clear()
        self._calm_since = now

    def _cost(self, level: Level) -> float:
        return 0.0 if level.tier is None else self._costs[level.tier]

    def _time(self, level: Level) -> float:
        return level.every * self._interval
