"""Times of several things that are to be compared, taken in turn."""

import random
import time
from collections.abc import Callable, Sequence

_WARM_UP = 2
_FEWEST = 3


def alternate(
    calls: Sequence[Callable[[], object]],
    *,
    frames: int,
    seconds: float,
    advance: Callable[[], None] = lambda: None,
) -> list[list[float]]:
    """Make each call once a round, in an order that is drawn anew for each round, and return how long each took.

    What else the machine does falls on all alike, and none always follows the same neighbour, which leaves it the
    caches as it likes.

    Args:
        calls: what to time; each is made twice before it counts.
        frames: how many rounds at most, but for the first three.
        seconds: after so long no further round begins, but for the first three.
        advance: called after each round.

    Returns:
        Of each call in milliseconds, one a round.
    """
    for call in calls:
        for _ in range(_WARM_UP):
            call()
    times: list[list[float]] = [[] for _ in calls]
    order = list(range(len(calls)))
    draw = random.Random(0)
    begun = time.perf_counter()
    for done in range(max(frames, _FEWEST)):
        if done >= _FEWEST and time.perf_counter() - begun > seconds:
            break
        draw.shuffle(order)
        for place in order:
            before = time.perf_counter()
            calls[place]()
            times[place].append(1000.0 * (time.perf_counter() - before))
        advance()
    return times
