"""How steep a shown picture's edges are and how far they overshoot, at the strong edges of the clean one.

PSNR hardly tells a sharp edge with a halo from a soft one without; these two figures do. Edges are found once, in the
clean picture, as isolated steps between two plateaus, along rows and along columns; then the shown picture's profile
across each is read against the clean one's two levels:

* *edge width*: the distance over which it rises from 10 % to 90 %, the rise distance of an edge spread function
  (ISO 12233), taken locally at the edges of a picture as by P. Marziliano, F. Dufaux, S. Winkler, T. Ebrahimi,
  "Perceptual blur and ringing metrics: application to JPEG2000", Signal Processing: Image Communication 19(2), 2004;
* *overshoot*: how far it goes beyond the clean profile's own extremes, mean of the bright and the dark side, as a share
  of the step. Both sides of a halo cost; texture that the clean picture has does not.

Both are read between samples by straight lines: a perfect step has a width of 0.8 pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from acutance.metrics.fidelity import check_pair, luma_plane

_REACH = 6  # pixels on each side of an edge that a profile holds
_PLATEAU = 4  # of those the outermost ones must be level in the clean picture
_LEAST_STEP = 40.0  # code values of luma
_LEVEL = 0.15  # how much of the step a plateau may vary by
_FEWEST = 16  # edges below which a picture has no figure


@dataclass(frozen=True)
class EdgeFigures:
    """Means over a picture's strong edges.

    Attributes:
        width: 10–90 % rise distance in pixels, 0.8 for a perfect step up to 12 where it is not reached.
        overshoot: share of the step's height, 0 for none.
    """

    width: float
    overshoot: float


@dataclass(frozen=True)
class _Sections:
    """Profiles across edges along the rows of a plane.

    Attributes:
        index: N×13 flat positions in the plane, dark side first.
        dark: N, the clean level on the dark side.
        step: N, the bright level less the dark one.
        lowest: N, the clean profile's minimum.
        highest: N, its maximum.
    """

    index: NDArray[np.intp]
    dark: NDArray[np.float32]
    step: NDArray[np.float32]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]


@dataclass(frozen=True)
class Edges:
    """The strong edges of a clean picture, to measure shown ones at."""

    clean: NDArray[np.uint8]
    sections: tuple[_Sections, _Sections]

    def __len__(self) -> int:
        return sum(len(sections.step) for sections in self.sections)

    def measure(self, shown: NDArray[np.uint8]) -> EdgeFigures | None:
        """Return the figures of a shown picture, None where the clean one has fewer than 16 strong edges.

        Args:
            shown: of the clean picture's shape, uint8.

        Raises:
            MetricError: another shape or dtype.
        """
        check_pair(self.clean, shown)
        if len(self) < _FEWEST:
            return None
        plane = luma_plane(shown)
        widths, overshoots = [], []
        for sections, along_rows in zip(self.sections, (plane, plane.T), strict=True):
            profiles = along_rows.ravel()[sections.index]
            widths.append(_rise((profiles - sections.dark[:, None]) / sections.step[:, None]))
            over = np.maximum(profiles.max(axis=1) - sections.highest, 0.0)
            under = np.maximum(sections.lowest - profiles.min(axis=1), 0.0)
            overshoots.append((over + under) / (2.0 * sections.step))
        return EdgeFigures(float(np.concatenate(widths).mean()), float(np.concatenate(overshoots).mean()))


def find_edges(clean: NDArray[np.uint8]) -> Edges:
    """Return the strong edges of a clean picture (H×W×3 RGB or H×W grey, uint8).

    Raises:
        MetricError: another shape or dtype.
    """
    check_pair(clean, clean)
    plane = luma_plane(clean)
    return Edges(clean, (_find_along_rows(plane), _find_along_rows(np.ascontiguousarray(plane.T))))


def _find_along_rows(plane: NDArray[np.float32]) -> _Sections:
    rows, columns, slope = _steepest(plane)
    offsets = np.arange(-_REACH, _REACH + 1) * np.where(slope > 0.0, 1, -1)[:, None]
    index = (rows * plane.shape[1] + columns)[:, None] + offsets
    profiles = plane.ravel()[index]
    dark, bright = profiles[:, :_PLATEAU], profiles[:, -_PLATEAU:]
    step = bright.mean(axis=1) - dark.mean(axis=1)
    varies = np.maximum(np.ptp(dark, axis=1), np.ptp(bright, axis=1))
    kept = (step >= _LEAST_STEP) & (varies <= _LEVEL * step)
    return _Sections(
        index=index[kept],
        dark=dark[kept].mean(axis=1),
        step=step[kept],
        lowest=profiles[kept].min(axis=1),
        highest=profiles[kept].max(axis=1),
    )


def _steepest(plane: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return where the slope along the rows is steepest around, and that slope (code values in two pixels)."""
    slope, across = np.zeros_like(plane), np.zeros_like(plane)
    slope[:, 1:-1] = plane[:, 2:] - plane[:, :-2]
    across[1:-1] = plane[2:] - plane[:-2]
    steepness = np.abs(slope)
    found = (steepness >= _LEAST_STEP / 2.0) & (steepness >= np.abs(across))
    found &= steepness == maximum_filter1d(steepness, 5, axis=1)
    found[:, 1:] &= ~found[:, :-1]  # a perfect step is as steep on its two sides, and one edge
    found[:, :_REACH] = False
    found[:, -_REACH:] = False
    rows, columns = np.nonzero(found)
    return rows, columns, slope[rows, columns]


def _rise(profiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each profile's distance from its last 10 % before to its first 90 % after the middle of the edge.

    Args:
        profiles: N×13, 0 at the clean dark level and 1 at the bright one.
    """
    last = 2 * _REACH
    crosses = (profiles[:, :-1] < 0.5) & (profiles[:, 1:] >= 0.5)
    from_centre = np.abs(np.arange(last) + 0.5 - _REACH)
    middle = np.where(crosses, from_centre, np.inf).argmin(axis=1)
    after = _first_at_90(profiles, middle)
    before = last - _first_at_90(1.0 - profiles[:, ::-1], last - 1 - middle)
    return np.where(crosses.any(axis=1), after - before, np.float32(last))


def _first_at_90(profiles: NDArray[np.float32], middle: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return where each profile first reaches 0.9 after its middle, at the latest at its end."""
    last = profiles.shape[1] - 1
    reached = (profiles >= 0.9) & (np.arange(last + 1) > middle[:, None])
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), last)
    each = np.arange(len(profiles))
    below, above = profiles[each, first - 1], profiles[each, first]
    part = np.clip((0.9 - below) / np.maximum(above - below, np.float32(1e-6)), 0.0, 1.0)
    return np.asarray(first - 1 + part, dtype=np.float32)
