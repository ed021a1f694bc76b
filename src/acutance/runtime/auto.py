"""The best tier that this machine has time for, found by trying a few frames of noise."""

import itertools
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from acutance.runtime.budget import COMFORT
from acutance.runtime.models import TIERS
from acutance.runtime.sharpener import Sharpener

_FRAMES = 5
# How much less than by its arithmetic a dearer tier may take: wider layers keep a processor busier.
_BEST_CASE = 0.6
_MOST_SECONDS = 1.5  # after which no further tier is opened


@dataclass(frozen=True)
class TierTime:
    """How long a tier takes a frame; where it was not tried, by its arithmetic beside that of the cheapest."""

    name: str
    milliseconds: float
    measured: bool

    def __str__(self) -> str:
        return f"{self.name} {'' if self.measured else 'about '}{self.milliseconds:.1f} ms"


@dataclass(frozen=True)
class Choice:
    """What was measured, allowed and chosen.

    Attributes:
        size: (width, height) of the frames.
        fps: how many of them come a second.
        allowed: milliseconds that a tier may take a frame; the rest of the frame's time is headroom.
        tiers: how long each takes, dearest first.
        chosen: the name of the one that was taken: the dearest that fits, or the cheapest.
        runs_as: what runs it.
        seconds: how long the choosing took.
    """

    size: tuple[int, int]
    fps: float
    allowed: float
    tiers: tuple[TierTime, ...]
    chosen: str
    runs_as: str
    seconds: float

    @property
    def fits(self) -> bool:
        """Whether the chosen tier takes no longer than allowed."""
        return next(tier for tier in self.tiers if tier.name == self.chosen).milliseconds <= self.allowed

    def __str__(self) -> str:
        verdict = "" if self.fits else ", though it takes longer"
        return (
            f"{self.size[0]}x{self.size[1]} at {self.fps:g} FPS allows {self.allowed:.1f} ms a frame; "
            f"{', '.join(map(str, self.tiers))}; chose {self.chosen}, {self.runs_as}{verdict} ({self.seconds:.1f} s)"
        )


def calibrate(
    load: Callable[[str], Sharpener],
    *,
    fps: float,
    size: tuple[int, int],
    all_of_them: bool = False,
) -> tuple[list[Sharpener], Choice]:
    """Open the shipped tiers and choose one.

    The cheapest is timed first. From its time and their arithmetic it follows which others could fit; those are timed
    from the dearest down, until one fits.

    Args:
        load: opens a shipped model by name.
        fps: how many frames come a second.
        size: (width, height) of the frames.
        all_of_them: time those too that cannot fit, however long it takes, for who may want them later.

    Returns:
        The tiers, dearest first, not all of them compiled; and what was measured and chosen.

    Raises:
        ModelError: a tier does not open.
        ValueError: a rate or size that is not positive.
    """
    if not 0 < fps < math.inf:
        raise ValueError(f"fps: got {fps}, expected more than 0")
    if min(size) < 1:
        raise ValueError(f"size: got {size[0]}x{size[1]}, expected 1x1 or more")
    begun = time.perf_counter()
    allowed = COMFORT / fps
    tiers = sorted(map(load, TIERS), key=_arithmetic, reverse=True)
    cheapest = tiers[-1]
    measured = {cheapest.name: seconds_a_frame(cheapest, size, allowed)}
    opening = time.perf_counter() - begun

    def seconds(tier: Sharpener) -> float:
        return measured.get(tier.name, measured[cheapest.name] * _arithmetic(tier) / _arithmetic(cheapest))

    chosen: Sharpener | None = None
    for tier in tiers[:-1]:
        time_is_left = time.perf_counter() - begun + opening < _MOST_SECONDS
        is_worth_it = chosen is None and time_is_left and _BEST_CASE * seconds(tier) <= allowed
        if is_worth_it or all_of_them:
            measured[tier.name] = seconds_a_frame(tier, size, allowed)
        if chosen is None and measured.get(tier.name, math.inf) <= allowed:
            chosen = tier
    chosen = chosen or cheapest
    choice = Choice(
        size=size,
        fps=fps,
        allowed=1000 * allowed,
        tiers=tuple(TierTime(tier.name, 1000 * seconds(tier), tier.name in measured) for tier in tiers),
        chosen=chosen.name,
        runs_as=str(chosen.info),
        seconds=time.perf_counter() - begun,
    )
    return tiers, choice


def seconds_a_frame(tier: Sharpener, size: tuple[int, int], allowed: float) -> float:
    """Return the median of a few frames of noise; one before them compiles the model for that size.

    Args:
        tier: what to time.
        size: (width, height).
        allowed: seconds a frame that would do; of a tier that takes longer fewer frames are timed.
    """
    # Not `luma`, as a bank has nothing to do for noise.
    noise = np.random.default_rng(0).integers(16, 236, size[::-1], dtype=np.uint8)
    frames = itertools.cycle((noise, 255 - noise))  # no two alike, as a frame that stands still costs nothing
    tier.through_model(next(frames))
    times: list[float] = []
    while not times or (len(times) < _FRAMES and sum(times) < _FRAMES * allowed):
        before = time.perf_counter()
        tier.through_model(next(frames))
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def _arithmetic(tier: Sharpener) -> float:
    assert tier.card is not None  # shipped models have cards
    return tier.card.mac_per_pixel
