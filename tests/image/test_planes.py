"""`image.planes`: luma and back."""

import numpy as np
import pytest
from skimage.color import rgb2ycbcr

from acutance.image.planes import Matrix, luma, round_to_uint8


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


def test_rounding_is_half_up_and_clipped() -> None:
    values = np.array([-3.0, 0.49, 0.5, 1.5, 254.5, 300.0])
    assert round_to_uint8(values).tolist() == [0, 0, 1, 2, 255, 255]


def test_16_bit_samples_have_the_luma_of_their_8_bit_ones() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    np.testing.assert_allclose(luma(picture.astype(np.uint16) * 257), luma(picture), rtol=1e-6)
