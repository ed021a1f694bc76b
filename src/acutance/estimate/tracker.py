"""What a stream settles at, from estimates of its frames: an odd frame changes nothing, down at once, up with patience.

Pure: whoever uses it says which frames it sees.
"""

from collections import deque
from dataclasses import dataclass, replace

from acutance.estimate.judgement import Estimate

_RECENT = 5  # estimates; of the first frames, or of every sixth, a second
_MOST = 4  # of them; so many change what makes more of a change to the picture
_SAME_SCALE = 1.12
_SAME_BITS = 1.5


@dataclass(frozen=True)
class Settled:
    """What a stream looks like.

    Attributes:
        scale: displayed size over received size, at least 1.
        bits_per_pixel: a received pixel; None where no codec shows.
        is_sure: whether most estimates were.
    """

    scale: float
    bits_per_pixel: float | None
    is_sure: bool


class Tracker:
    """Settles at what the recent estimates agree on.

    The first estimate counts at once, of an unsure one what the scale is at least. After that one estimate alone
    changes nothing. Two of the last five that see a smaller scale, or more bits a pixel, are followed, as that is the
    weaker treatment; four are needed for a larger scale, fewer bits, and for whether it was coded at all. Small
    differences (scales by 12 %, bits by half) are none.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._recent: deque[Estimate] = deque(maxlen=_RECENT)
        self._settled: Settled | None = None

    @property
    def settled(self) -> Settled | None:
        """What the stream looks like; None before the first estimate."""
        return self._settled

    def feed(self, estimate: Estimate) -> Settled:
        """Take note of a frame's estimate; return what is settled now."""
        self._recent.append(estimate)
        if self._settled is None:
            self._settled = Settled(_reading(estimate), estimate.bits_per_pixel, estimate.is_sure)
        else:
            self._settled = replace(
                self._settled,
                scale=self._scale(self._settled.scale),
                bits_per_pixel=self._bits(self._settled.bits_per_pixel),
                is_sure=self._is_sure(self._settled.is_sure),
            )
        return self._settled

    def _scale(self, settled: float) -> float:
        second = sorted(map(_reading, self._recent))[1]
        falls = second * _SAME_SCALE < settled
        climbs = second > settled * _SAME_SCALE and len(self._recent) == _RECENT
        return second if falls or climbs else settled

    def _bits(self, settled: float | None) -> float | None:
        seen = sorted((e.bits_per_pixel for e in self._recent if e.bits_per_pixel is not None), reverse=True)
        if settled is None:
            return seen[1] if len(seen) >= _MOST else None
        if len(self._recent) - len(seen) >= _MOST:
            return None
        if len(seen) < 2:
            return settled
        climbs = seen[1] > settled * _SAME_BITS
        falls = seen[1] * _SAME_BITS < settled and len(seen) >= _MOST
        return seen[1] if climbs or falls else settled

    def _is_sure(self, settled: bool) -> bool:
        others = sum(estimate.is_sure is not settled for estimate in self._recent)
        return not settled if others >= _MOST else settled


def _reading(estimate: Estimate) -> float:
    return estimate.scale if estimate.is_sure else estimate.scale_low
