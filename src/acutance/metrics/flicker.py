"""How much a shown clip changes from frame to frame where the clean one does not, or otherwise than it does.

Flicker is the RMS, in code values, of (shownₜ − shownₜ₋₁) − (cleanₜ − cleanₜ₋₁): how fast the error changes. An error
that stays where it is, such as blur, has none; shimmer, pumping and the pops of key frames do. Eyes see it most where
the scene stands still, so it is told for those places alone, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from acutance.metrics.fidelity import MetricError, check_pair

_STILL_CHANGE = 1  # code values that noise and rounding make
_STILL_WINDOW = 9  # pixels a side: as far as the blocks of codecs and the reach of small networks carry a change
_FEWEST_STILL = 0.001  # share of the pixels below which standing still has no figure


@dataclass(frozen=True)
class Flicker:
    """What changes that should not, in code values.

    Attributes:
        overall: RMS over all pixels and frames.
        still_share: share of the pixels, frame by frame, that stand still in the clean clip.
        still: RMS over those; None where they are less than one in a thousand.
        curve: RMS of each frame but the first.
    """

    overall: float
    still_share: float
    still: float | None
    curve: tuple[float, ...]


def find_still(clean: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.bool_]]:
    """Return where a clean clip stands still from each frame to the next, a mask of H×W for each frame but the first.

    A pixel stands still where no pixel of the 9×9 around it changes by more than one code value.

    Args:
        clean: luma planes, H×W uint8, all of one shape.
    """
    return [
        maximum_filter(_distance(after, before), _STILL_WINDOW) <= _STILL_CHANGE for before, after in pairwise(clean)
    ]


def flicker(
    clean: Sequence[NDArray[np.uint8]],
    shown: Sequence[NDArray[np.uint8]],
    still: Sequence[NDArray[np.bool_]],
    border: int,
) -> Flicker:
    """Measure a shown clip.

    Args:
        clean: luma planes, H×W uint8, two or more.
        shown: as many, of the same shape.
        still: where the clean clip stands still, see `find_still`.
        border: rows and columns to leave out on each side.

    Raises:
        MetricError: the clips differ in length or shape, or nothing is left to measure.
    """
    if len(clean) != len(shown) or len(clean) < 2:
        raise MetricError(f"clips: got {len(clean)} clean and {len(shown)} shown frames, expected as many, two or more")
    check_pair(clean[0], shown[0])
    inside = slice(border, -border or None)
    squares, still_squares, stills = [], 0.0, 0
    before = _error(clean[0], shown[0])[inside, inside]
    if before.size == 0:
        raise MetricError(f"clips: nothing is left of {clean[0].shape[1]}x{clean[0].shape[0]} in a border of {border}")
    for sharp, seen, quiet in zip(clean[1:], shown[1:], still, strict=True):
        check_pair(sharp, seen)
        after = _error(sharp, seen)[inside, inside]
        square = (after - before).astype(np.float32) ** 2
        squares.append(float(square.mean(dtype=np.float64)))
        mask = quiet[inside, inside]
        still_squares += float(square.sum(where=mask, dtype=np.float64))
        stills += int(np.count_nonzero(mask))
        before = after
    share = stills / (len(squares) * before.size)
    return Flicker(
        overall=float(np.sqrt(np.mean(squares))),
        still_share=share,
        still=float(np.sqrt(still_squares / stills)) if share >= _FEWEST_STILL else None,
        curve=tuple(float(root) for root in np.sqrt(squares)),
    )


def _error(clean: NDArray[np.uint8], shown: NDArray[np.uint8]) -> NDArray[np.int16]:
    return shown.astype(np.int16) - clean


def _distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.maximum(one, other) - np.minimum(one, other)
