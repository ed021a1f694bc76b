"""Padding a plane to sides that a network takes."""

import numpy as np

from acutance.image.planes import Plane


def pad_to_multiple(plane: Plane, multiple: int) -> Plane:
    """Return an H×W plane with its last row and column repeated until the multiple divides both sides.

    The result is the plane itself where nothing is missing; crop back with ``padded[:height, :width]``.
    """
    height, width = plane.shape
    missing = (-height % multiple, -width % multiple)
    if not any(missing):
        return plane
    return np.pad(plane, ((0, missing[0]), (0, missing[1])), mode="edge")
