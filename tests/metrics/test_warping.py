"""Warping error: no change along the motion is no error."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from acutance.metrics import MetricError, Warp, find_warps, warping_error


@pytest.fixture(scope="module")
def moving() -> list[NDArray[np.uint8]]:
    """Soft noise that moves to the left by two pixels a frame."""
    noise = gaussian_filter(np.random.default_rng(0).normal(size=(96, 140)), 3)
    wide = np.clip(128 + 40 * noise / noise.std(), 16, 235).astype(np.uint8)
    return [wide[:, 2 * number : 2 * number + 120] for number in range(4)]


@pytest.fixture(scope="module")
def warps(moving: list[NDArray[np.uint8]]) -> tuple[Warp, ...]:
    return find_warps(moving)


def test_the_motion_is_found(warps: tuple[Warp, ...]) -> None:
    assert [warp.frame for warp in warps] == [0, 1, 2]
    for warp in warps:
        inside = warp.trusted[8:-8, 8:-8]
        assert inside.mean() > 0.9
        rows, columns = (component[8:-8, 8:-8][inside] for component in warp.flow)
        assert np.abs(rows).max() < 0.3
        assert np.abs(columns + 2.0).max() < 0.3


def test_what_moves_along_has_next_to_none(moving: list[NDArray[np.uint8]], warps: tuple[Warp, ...]) -> None:
    error = warping_error(moving, warps, 8)
    assert error is not None
    assert error < 1.0


def test_a_frame_that_is_brighter_by_five_is_off_by_five(
    moving: list[NDArray[np.uint8]], warps: tuple[Warp, ...]
) -> None:
    pumping = [frame + np.uint8(5 * (number % 2)) for number, frame in enumerate(moving)]
    assert warping_error(pumping, warps, 8) == pytest.approx(5.0, abs=0.3)


def test_a_pattern_that_does_not_move_along_is_an_error(
    moving: list[NDArray[np.uint8]], warps: tuple[Warp, ...]
) -> None:
    dirt = np.where(np.indices((96, 120)).sum(axis=0) % 8 < 4, 0, 12).astype(np.uint8)
    error = warping_error([np.minimum(frame, 235) + dirt for frame in moving], warps, 8)
    assert error is not None
    assert error > 4.0


def test_what_is_covered_is_not_trusted() -> None:
    background = gaussian_filter(np.random.default_rng(1).normal(size=(96, 128)), 2)
    thing = gaussian_filter(np.random.default_rng(2).normal(size=(96, 128)), 2)
    frames = []
    for number in range(2):
        mask = shift(np.pad(np.ones((40, 40)), ((28, 28), (20, 68))), (0, 12 * number), order=0) > 0
        inside = np.where(mask, shift(thing, (0, 12 * number)), background)
        frames.append(np.clip(128 + 300 * inside, 16, 235).astype(np.uint8))
    (warp,) = find_warps(frames)
    covered = np.s_[30:66, 62:70]  # background that the thing moves over
    elsewhere = np.s_[30:66, 100:120]
    assert warp.trusted[covered].mean() < 0.5 < warp.trusted[elsewhere].mean()


def test_small_frames_have_none() -> None:
    assert find_warps([np.zeros((40, 100), np.uint8)] * 3) == ()
    assert warping_error([], (), 0) is None


def test_larger_frames_are_refused(warps: tuple[Warp, ...]) -> None:
    with pytest.raises(MetricError, match="got frames of 200x96"):
        warping_error([np.zeros((96, 200), np.uint8)] * 4, warps, 0)
