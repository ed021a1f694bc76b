"""Warping error: how much a shown clip changes along the motion of the clean one.

W.-S. Lai, J.-B. Huang, O. Wang, E. Shechtman, E. Yumer, M.-H. Yang, "Learning blind video temporal consistency", ECCV
2018: the next frame is warped back by the optical flow, and compared with this one where that flow can be trusted. What
can be trusted is told as by M. Ruder, A. Dosovitskiy, T. Brox, "Artistic style transfer for videos", GCPR 2016: flows
there and back agree, and no boundary of a motion is near.

Here the flow is that of the clean clip, by scikit-image's iterative Lucas–Kanade solver (G. Le Besnerais, F.
Champagnat, "Dense optical flow by iterative local window registration", ICIP 2005) on planes of half the size; the
planes are luma; a few pairs of frames, spread over the clip, stand for all; and the figure is the root of the paper's
mean square, in code values, as flicker is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, zoom
from skimage.registration import optical_flow_ilk

from acutance.metrics.fidelity import MetricError

_PAIRS = 6
_LEAST_SIDE = 64  # pixels: below, the solver's window has no room
_ITERATIONS = 4


@dataclass(frozen=True)
class Warp:
    """The motion of a clean clip from one frame to the next.

    Attributes:
        frame: the index of the first one.
        flow: 2×H×W float32, how many rows and columns further each of its pixels is in the next frame.
        trusted: H×W, where that can be believed.
    """

    frame: int
    flow: NDArray[np.float32]
    trusted: NDArray[np.bool_]


def find_warps(clean: Sequence[NDArray[np.uint8]]) -> tuple[Warp, ...]:
    """Return the motion of a few pairs of frames, spread over a clean clip; none of frames that are too small.

    Args:
        clean: luma planes, H×W uint8, all of one shape.
    """
    pairs = len(clean) - 1
    if pairs < 1 or min(clean[0].shape) < _LEAST_SIDE:
        return ()
    count = min(_PAIRS, pairs)
    chosen = sorted({(2 * number + 1) * pairs // (2 * count) for number in range(count)})
    return tuple(_find(frame, clean[frame], clean[frame + 1]) for frame in chosen)


def warping_error(shown: Sequence[NDArray[np.uint8]], warps: Sequence[Warp], border: int) -> float | None:
    """Return the RMS difference, in code values, between frames and the ones after them warped back.

    Args:
        shown: luma planes, H×W uint8; the motion's planes may reach further at the right and at the bottom.
        warps: of the clean clip, see `find_warps`.
        border: rows and columns to leave out on each side.

    Returns:
        None where there is no motion to go by, or none that can be trusted.

    Raises:
        MetricError: the frames are larger than those of the motion.
    """
    total, count = 0.0, 0
    for warp in warps:
        height, width = shown[warp.frame].shape
        if height > warp.trusted.shape[0] or width > warp.trusted.shape[1]:
            raise MetricError(f"clips: got frames of {width}x{height}, larger than those of the clean clip")
        trusted = warp.trusted[:height, :width].copy()
        _leave_out_border(trusted, border)
        back = _sample(shown[warp.frame + 1].astype(np.float32), warp.flow[:, :height, :width])
        difference = back - shown[warp.frame]
        total += float(np.sum(difference**2, where=trusted, dtype=np.float64))
        count += int(np.count_nonzero(trusted))
    return float(np.sqrt(total / count)) if count else None


def _find(frame: int, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Warp:
    first, second = _half(before), _half(after)
    forth, back = _flow(first, second), _flow(second, first)
    # Ruder et al., equations 5 and 6: the way there and back ends where it began, and the flow is smooth.
    returned = np.stack([_sample(component, forth) for component in back])
    disagreement = ((forth + returned) ** 2).sum(axis=0)
    extent = (forth**2).sum(axis=0) + (returned**2).sum(axis=0)
    steepness = sum((np.stack(np.gradient(component)) ** 2).sum(axis=0) for component in forth)
    trusted = disagreement <= 0.01 * extent + 0.5
    trusted &= steepness <= 0.01 * (forth**2).sum(axis=0) + 0.002
    rows, columns = np.indices(first.shape, np.float32) + forth
    trusted &= (rows >= 0) & (rows <= first.shape[0] - 1) & (columns >= 0) & (columns <= first.shape[1] - 1)
    certain = _enlarged(trusted[None].astype(np.float32), before.shape)[0] == 1.0
    return Warp(frame, _enlarged(2.0 * forth, before.shape), certain)


def _flow(reference: NDArray[np.float32], moving: NDArray[np.float32]) -> NDArray[np.float32]:
    found = optical_flow_ilk(reference, moving, num_warp=_ITERATIONS, dtype=np.float32)
    return np.nan_to_num(np.asarray(found, np.float32))


def _half(plane: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = (side - side % 2 for side in plane.shape)
    blocks = plane[:height, :width].reshape(height // 2, 2, width // 2, 2)
    return np.asarray(blocks.mean(axis=(1, 3)) / 255.0, np.float32)


def _enlarged(planes: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Return planes of half the size enlarged by straight lines; odd ends are repeated."""
    large = zoom(planes, (1, 2, 2), order=1, mode="nearest", grid_mode=True)
    missing = [(0, 0)] + [(0, side - there) for side, there in zip(size, large.shape[1:], strict=True)]
    return np.asarray(np.pad(large, missing, "edge"), np.float32)


def _sample(plane: NDArray[np.float32], flow: NDArray[np.float32]) -> NDArray[np.float32]:
    places = np.indices(plane.shape, np.float32) + flow
    return np.asarray(map_coordinates(plane, places, order=1, mode="nearest"), np.float32)


def _leave_out_border(mask: NDArray[np.bool_], border: int) -> None:
    if border:
        mask[:border], mask[-border:], mask[:, :border], mask[:, -border:] = False, False, False, False
