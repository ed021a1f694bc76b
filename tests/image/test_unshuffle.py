"""`image.unshuffle`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from acutance.image.unshuffle import shuffle, unshuffle

FACTORS = st.sampled_from([1, 2, 3, 4, 5, 8])
SIDES = st.integers(1, 12)


def _plane(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * 97 + width).integers(0, 256, (height, width), dtype=np.uint8)


@given(factor=FACTORS, height=SIDES, width=SIDES)
def test_it_is_what_its_definition_says(factor: int, height: int, width: int) -> None:
    plane = _plane(height * factor, width * factor)
    pixels = np.empty((height, width, factor**2), np.uint8)
    unshuffle(plane, factor, pixels)
    for row, column, channel in np.ndindex(*pixels.shape):
        expected = plane[row * factor + channel // factor, column * factor + channel % factor]
        assert pixels[row, column, channel] == expected


@given(factor=FACTORS, height=SIDES, width=SIDES)
def test_shuffling_undoes_it(factor: int, height: int, width: int) -> None:
    plane = _plane(height * factor, width * factor)
    pixels = np.empty((height, width, factor**2), np.uint8)
    unshuffle(plane, factor, pixels)
    back = np.empty_like(plane)
    shuffle(pixels, factor, back)
    np.testing.assert_array_equal(back, plane)


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("view", [np.s_[5:29, 7:31], np.s_[::2, ::2], np.s_[::-1, ::-1]])
def test_views_of_larger_planes_are_taken(factor: int, view: tuple[slice, slice]) -> None:
    plane = _plane(48, 48)[view]
    pixels, expected = (np.empty((len(plane) // factor, plane.shape[1] // factor, factor**2), np.uint8) for _ in "ab")
    unshuffle(plane, factor, pixels)
    unshuffle(plane.copy(), factor, expected)
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize(("plane", "pixels"), [((4, 6), (2, 2, 4)), ((5, 6), (2, 3, 4)), ((4, 6), (2, 3, 1))])
def test_shapes_that_do_not_go_together_are_refused(plane: tuple[int, ...], pixels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="unshuffling by 2: got a plane"):
        unshuffle(np.zeros(plane, np.uint8), 2, np.zeros(pixels, np.uint8))
    with pytest.raises(ValueError, match="unshuffling by 2: got a plane"):
        shuffle(np.zeros(pixels, np.uint8), 2, np.zeros(plane, np.uint8))
