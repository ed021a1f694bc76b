"""`image.planes`: luma and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2ycbcr

from acutance.image.planes import Matrix, add_luma_change, luma, round_to_uint8


def _random_picture(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (13, 9, 3), dtype=np.uint8)


def test_bt601_luma_equals_scikit_image() -> None:
    picture = _random_picture(0)
    np.testing.assert_allclose(luma(picture), rgb2ycbcr(picture)[..., 0], atol=1e-3)


@pytest.mark.parametrize("matrix", list(Matrix))
def test_black_and_white_are_16_and_235(matrix: Matrix) -> None:
    ends = np.array([[[0, 0, 0], [255, 255, 255]]], dtype=np.uint8)
    np.testing.assert_allclose(luma(ends, matrix), [[16.0, 235.0]], atol=1e-4)


def test_bt709_weighs_green_more_than_bt601() -> None:
    green = np.array([[[0, 255, 0]]], dtype=np.uint8)
    np.testing.assert_allclose(luma(green, Matrix.BT709) - luma(green), [[219 * (0.7152 - 0.587)]], atol=1e-4)


def test_a_grey_picture_is_an_rgb_one_of_equal_components() -> None:
    grey = _random_picture(1)[..., 0]
    np.testing.assert_allclose(luma(grey), luma(np.repeat(grey[..., None], 3, axis=2)), atol=1e-4)


def test_no_change_is_bit_identical() -> None:
    picture = _random_picture(2)
    np.testing.assert_array_equal(add_luma_change(picture, np.zeros(picture.shape[:2], dtype=np.float32)), picture)


@given(change=st.floats(-20, 20, width=32))
def test_luma_moves_by_the_change_within_rounding(change: float) -> None:
    picture = np.random.default_rng(3).integers(64, 192, (5, 5, 3), dtype=np.uint8)
    moved = add_luma_change(picture, np.full((5, 5), change, dtype=np.float32))
    np.testing.assert_allclose(luma(moved) - luma(picture), change, atol=0.5 * 219 / 255 + 1e-3)


def test_colour_differences_stay() -> None:
    picture = np.random.default_rng(4).integers(64, 192, (5, 5, 3), dtype=np.uint8)
    moved = add_luma_change(picture, np.full((5, 5), 7.3, dtype=np.float32)).astype(int)
    np.testing.assert_array_equal(np.diff(moved, axis=2), np.diff(picture.astype(int), axis=2))


def test_rounding_is_half_up_and_clipped() -> None:
    values = np.array([-3.0, 0.49, 0.5, 1.5, 254.5, 300.0])
    assert round_to_uint8(values).tolist() == [0, 0, 1, 2, 255, 255]


def test_16_bit_samples_have_the_luma_of_their_8_bit_ones() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    np.testing.assert_allclose(luma(picture.astype(np.uint16) * 257), luma(picture), rtol=1e-6)


@pytest.mark.parametrize(("change", "expected"), [(0.0, 30_000), (1.0, 30_299), (-300.0, 0), (300.0, 65_535)])
def test_a_change_of_16_bit_samples_is_65535_over_219(change: float, expected: int) -> None:
    picture = np.full((5, 5, 3), 30_000, dtype=np.uint16)
    moved = add_luma_change(picture, np.full((5, 5), change, dtype=np.float32))
    assert (moved.dtype, int(moved[0, 0, 0])) == (np.dtype(np.uint16), expected)
