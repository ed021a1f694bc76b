"""Planes and frames of any size through a model: padded, in tiles where they are large, several experts mixed."""

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acutance.image.colour import add_luma_change
from acutance.image.padding import pad_to_multiple
from acutance.image.planes import Plane, Samples, luma, round_to_uint8
from acutance.image.tiles import Tile, tiles
from acutance.runtime.backends.backend import Backend, ModelError
from acutance.runtime.bank.experts import Shares
from acutance.runtime.models import OpenModel

_LARGEST_PLANE = 2560 * 1600  # larger planes go through in tiles, so that memory stays flat
_TILE = 1024
_BASELINE_MARGIN = 8


class Running:
    """Runs a model's backends. Calls from several threads take turns."""

    def __init__(self, model: OpenModel) -> None:
        """Take the model whose grid and margin hold for all its backends."""
        self._model = model
        self._lock = threading.Lock()

    def frame(self, frame: Samples, shares: Shares, strength: float) -> Samples:
        """Return a frame with so much of each backend's change of its luma added.

        Args:
            frame: H×W×3 RGB, or H×W grey; uint8 or uint16, full range.
            shares: at least one.
            strength: what they are multiplied by.

        Raises:
            ModelError: a backend fails on the frame, or gives values that are not finite.
        """
        sharp = np.empty_like(frame)
        for tile in self._tiles(frame.shape[0], frame.shape[1]):
            piece = frame[tile.source]
            before = luma(piece) / np.float32(255.0)
            change = np.zeros_like(before)
            for share, backend in shares:
                change += (self._run(backend.run, before) - before) * np.float32(255.0 * share * strength)
            sharp[tile.target] = add_luma_change(piece, change)[tile.inner]
        return sharp

    def plane(self, plane: NDArray[np.uint8], shares: Shares, strength: float) -> NDArray[np.uint8]:
        """Return a luma plane, H×W uint8, with so much of each backend's change added.

        Args:
            plane: H×W uint8, studio range.
            shares: see `frame`, as ``strength``.

        Raises:
            ModelError: a backend fails on the plane.
        """
        (share, backend), *others = shares
        if not others and share * strength == 1.0:
            return self._whole(backend, plane)
        mixed = plane.astype(np.float32)
        for share, backend in shares:
            mixed += np.float32(share * strength) * (self._whole(backend, plane).astype(np.float32) - plane)
        return round_to_uint8(mixed)

    def warm(self, backend: Backend, size: tuple[int, int], *, for_frames: bool) -> None:
        """Run a backend that does not work yet once, so that it is compiled.

        Args:
            backend: not to be run by anyone else meanwhile.
            size: (height, width) that it will be run on.
            for_frames: whether by `frame`, else by `plane`.

        Raises:
            ModelError: it fails.
        """
        first = next(self._tiles(*size))
        blank = pad_to_multiple(np.zeros(size, np.uint8)[first.source], self._model.grid)
        if for_frames:
            backend.run(blank.astype(np.float32))
        else:
            backend.run_uint8(blank)

    def _whole(self, backend: Backend, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        pieces = list(self._tiles(*plane.shape))
        if len(pieces) == 1:
            return self._run(backend.run_uint8, plane)
        sharpened = np.empty_like(plane)
        for tile in pieces:
            sharpened[tile.target] = self._run(backend.run_uint8, plane[tile.source])[tile.inner]
        return sharpened

    def _tiles(self, height: int, width: int) -> Iterator[Tile]:
        """Cut a large plane; the cuts lie on the model's grid, and those at the end may reach beyond the plane."""
        grid = self._model.grid
        margin = _BASELINE_MARGIN if self._model.card is None else self._model.card.margin
        padded = (-(-height // grid) * grid, -(-width // grid) * grid)
        if padded[0] * padded[1] <= _LARGEST_PLANE:
            whole = (slice(0, height), slice(0, width))
            return iter([Tile(whole, whole, whole)])
        return tiles(padded, _TILE - _TILE % grid, -(-margin // grid) * grid, grid)

    def _run(self, run: Callable[[Plane], Plane], plane: Plane) -> Plane:
        """Pad, run and crop."""
        height, width = plane.shape
        with self._lock:
            result = run(pad_to_multiple(plane, self._model.grid))
        if result.dtype == np.float32 and not np.isfinite(result).all():
            raise ModelError(f"{self._model.name}: gave values that are not finite on a {width}x{height} plane")
        return result[:height, :width] if result.shape != plane.shape else result


def middle_luma(frame: Samples) -> NDArray[np.uint8]:
    """Return the luma of a frame, of a large one that of its middle, H×W uint8 in studio range.

    Args:
        frame: H×W×3 RGB, or H×W grey; uint8 or uint16, full range.
    """
    if frame.shape[0] * frame.shape[1] > _LARGEST_PLANE:
        side = math.isqrt(_LARGEST_PLANE)
        top, left = (max(0, (length - side) // 2) for length in frame.shape[:2])
        frame = frame[top : top + side, left : left + side]
    return round_to_uint8(luma(frame))


def refuse_other_frames(frame: NDArray[Any]) -> None:
    """Refuse what is no frame.

    Raises:
        ValueError: it is none.
    """
    depth_is_right = frame.dtype in (np.uint8, np.uint16)
    if not depth_is_right or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
        raise ValueError(f"frame: got {frame.shape} {frame.dtype}, expected (height, width, 3) uint8 RGB, or uint16")


def refuse_other_planes(plane: NDArray[Any]) -> None:
    """Refuse what is no luma plane.

    Raises:
        ValueError: it is none.
    """
    if plane.dtype != np.uint8 or plane.ndim != 2:
        raise ValueError(f"plane: got {plane.shape} {plane.dtype}, expected (height, width) uint8")
