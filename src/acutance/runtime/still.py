"""Calls stand still: a frame like the one before it is not computed again."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


class StillFrames:
    """A luma map that gives back its last result where a plane equals the one before.

    Only for a map whose result depends on nothing but the plane. Not to be called from two threads at once.
    """

    def __init__(self, sharpen: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> None:
        """Wrap a map from a plane, H×W uint8, to a new one, such as `Sharpener.luma`."""
        self._sharpen = sharpen
        self._before: NDArray[np.uint8] | None = None
        self._sharpened: NDArray[np.uint8]

    def __call__(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Sharpen a plane.

        Args:
            plane: H×W uint8; kept, not copied, so the caller must not write to it any more.

        Returns:
            What the map gives for it, not to be written to.
        """
        if self._before is None or not np.array_equal(plane, self._before):
            self._before = None  # where the map raises, nothing is known
            self._sharpened = self._sharpen(plane)
            self._sharpened.flags.writeable = False
            self._before = plane
        return self._sharpened
