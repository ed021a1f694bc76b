"""Flicker: the formula, and what it is to see and not to see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from acutance.metrics import MetricError, find_still, flicker


def _clip(seed: int, frames: int = 5, shape: tuple[int, int] = (40, 48)) -> NDArray[np.uint8]:
    """Noise that moves by a pixel a frame."""
    wide = np.random.default_rng(seed).integers(20, 220, (shape[0], shape[1] + frames)).astype(np.uint8)
    return np.stack([wide[:, number : number + shape[1]] for number in range(frames)])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), border=st.integers(0, 3))
def test_is_the_formula(seed: int, border: int) -> None:
    clean, shown = _clip(seed), _clip(seed + 1)
    inside = np.s_[:, border : 40 - border, border : 48 - border]
    change = np.diff(shown[inside].astype(float), axis=0) - np.diff(clean[inside].astype(float), axis=0)
    measured = flicker(list(clean), list(shown), find_still(list(clean)), border)
    assert measured.overall == pytest.approx(np.sqrt((change**2).mean()), rel=1e-5)
    assert measured.curve == pytest.approx(np.sqrt((change**2).mean(axis=(1, 2))), rel=1e-5)


def test_blur_that_stays_where_it_is_does_not_flicker() -> None:
    clean = [_clip(0)[0]] * 4
    blurred = [gaussian_filter(frame, 2) for frame in clean]
    assert flicker(clean, blurred, find_still(clean), 2).overall == 0.0


def test_shimmer_of_an_amplitude_flickers_by_twice_that() -> None:
    clean = [_clip(0)[0]] * 6
    shimmering = [frame + np.uint8(3) if number % 2 else frame for number, frame in enumerate(clean)]
    measured = flicker(clean, shimmering, find_still(clean), 0)
    assert (measured.overall, measured.still, measured.still_share) == (3.0, 3.0, 1.0)


def test_shimmer_where_the_scene_stands_still_is_told_apart() -> None:
    clean = _clip(0, frames=6, shape=(80, 48))
    clean[:, 40:] = clean[0, 40:]
    shown = clean.copy()
    shown[::2, 60:] += np.uint8(4)
    measured = flicker(list(clean), list(shown), find_still(list(clean)), 0)
    assert measured.still_share == pytest.approx(36 / 80)  # the four rows beside what moves do not stand still
    assert measured.still == pytest.approx(4 * np.sqrt(20 / 36))
    assert measured.overall == pytest.approx(4 * np.sqrt(20 / 80))


def test_noise_of_one_code_value_stands_still_and_of_two_does_not() -> None:
    plane = np.full((20, 20), 100, np.uint8)
    for change, stands in ((1, True), (2, False)):
        after = plane.copy()
        after[10, 10] += np.uint8(change)
        (still,) = find_still([plane, after])
        assert still[6:15, 6:15].all() == stands
        assert still[5].all()


def test_a_scene_that_never_stands_still_has_no_such_figure() -> None:
    clean = _clip(0)
    assert flicker(list(clean), list(clean), find_still(list(clean)), 0).still is None


@pytest.mark.parametrize(("frames", "border"), [(1, 0), (4, 0), (5, 20)])
def test_what_cannot_be_compared_is_refused(frames: int, border: int) -> None:
    clean = list(_clip(0))
    with pytest.raises(MetricError, match="clips: "):
        flicker(clean, clean[:frames], find_still(clean), border)
