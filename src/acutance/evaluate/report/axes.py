"""Axes of the charts: from values to places, with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)
_FINEST = 0.01
_ROOM = 1.3  # factor between the outermost values and the ends of a logarithmic axis


@dataclass(frozen=True)
class Axis:
    """A linear or logarithmic mapping of values onto a line of the chart.

    Attributes:
        low: the value at ``start``.
        high: the value at ``end``.
        start: a place in the chart's units.
        end: the other one; smaller than ``start`` where values grow upwards.
        ticks: the values to label.
        logarithmic: equal factors are equal distances.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies."""
        low, high, at = (self.low, self.high, value)
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return self.start + (at - low) / (high - low) * (self.end - self.start)


def linear_axis(values: Iterable[float], start: float, end: float, ticks: int = 5) -> Axis:
    """Return an axis over zero and the values that ends on round ticks, about so many."""
    reached = [0.0, *values]
    low, high = min(reached), max(reached)
    step = _round_step(max(high - low, _FINEST) / ticks)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    marks = tuple(step * index for index in range(first, last + 1))
    return Axis(marks[0], marks[-1], start, end, marks)


def logarithmic_axis(values: Iterable[float], start: float, end: float) -> Axis:
    """Return an axis from a round number (1, 2 or 5 times a power of ten) well below the values to one well above.

    Args:
        values: at least one, all above zero.
        start: where the axis begins.
        end: where it ends.
    """
    reached = list(values)
    powers = range(math.floor(math.log10(min(reached))) - 1, math.ceil(math.log10(max(reached))) + 2)
    rounds = [factor * 10.0**power for power in powers for factor in _STEPS[:3]]
    low = max(mark for mark in rounds if mark * _ROOM < min(reached))
    high = min(mark for mark in rounds if mark > max(reached) * _ROOM)
    marks = [mark for mark in rounds if low <= mark <= high]
    if len(marks) > 6:
        marks = [mark for mark in marks if math.isclose(math.log10(mark), round(math.log10(mark)), abs_tol=1e-9)]
    return Axis(low, high, start, end, tuple(marks), logarithmic=True)


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1.0 - 1e-9))
