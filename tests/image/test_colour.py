"""The sharpened luma comes back exactly, and colours go with it where they change with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, uniform_filter

from acutance.image.colour import add_luma_change
from acutance.image.planes import luma

_RED, _WHITE, _BLUE = (200.0, 30.0, 40.0), (240.0, 240.0, 240.0), (30.0, 40.0, 200.0)


def _soft_edge(left: tuple[float, ...], right: tuple[float, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return an edge between two colours, clean and blurred."""
    clean = np.empty((24, 24, 3))
    clean[:, :12], clean[:, 12:] = left, right
    soft = gaussian_filter(clean, (1.2, 1.2, 0), mode="nearest")
    return clean.astype(np.uint8), soft.round().astype(np.uint8)


def test_no_change_is_bit_identical() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (13, 9, 3), dtype=np.uint8)
    np.testing.assert_array_equal(add_luma_change(picture, np.zeros((13, 9), dtype=np.float32)), picture)


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 200), width=st.integers(1, 20))
def test_luma_moves_by_the_change_within_rounding(seed: int, height: int, width: int) -> None:
    draw = np.random.default_rng(seed)
    picture = draw.integers(100, 156, (height, width, 3), dtype=np.uint8)
    change = draw.uniform(-3, 3, (height, width)).astype(np.float32)
    moved = add_luma_change(picture, change)
    np.testing.assert_allclose(luma(moved) - luma(picture), change, atol=0.5 * 219 / 255 + 1e-3)


@pytest.mark.parametrize("colour", [_RED, _BLUE, (90.0, 90.0, 90.0)])
def test_a_colour_alone_keeps_its_hue(colour: tuple[float, ...]) -> None:
    picture = np.full((9, 9, 3), colour, dtype=np.uint8)
    moved = add_luma_change(picture, np.full((9, 9), 7.0, dtype=np.float32)).astype(int)
    np.testing.assert_array_equal(np.diff(moved, axis=2), np.diff(picture.astype(int), axis=2))


@pytest.mark.parametrize("left", [_RED, _BLUE])
def test_an_edge_between_two_colours_gets_sharp_in_all_components(left: tuple[float, ...]) -> None:
    clean, soft = _soft_edge(left, _WHITE)
    change = luma(clean) - luma(soft)
    alike = soft + (change * 255 / 219)[..., None]
    error = np.abs(add_luma_change(soft, change).astype(float) - clean).mean(axis=(0, 1))
    assert (error < 0.5 * np.abs(alike - clean).mean(axis=(0, 1))).all()


def test_slopes_are_those_of_a_guided_filter() -> None:
    draw = np.random.default_rng(5)
    picture = gaussian_filter(draw.uniform(0, 255, (150, 40, 3)), (1, 1, 0)).round().astype(np.uint8)
    change = draw.uniform(-4, 4, (150, 40)).astype(np.float32)
    grey = (luma(picture).astype(float) - 16) * 255 / 219

    def mean(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(uniform_filter(plane, 3, mode="nearest"))

    for component in (0, 2):
        difference = picture[..., component] - grey
        slope = (mean(difference * grey) - mean(difference) * mean(grey)) / (mean(grey**2) - mean(grey) ** 2 + 16)
        expected = picture[..., component] + np.clip(1 + mean(slope), 0, 2) * change * 255 / 219
        np.testing.assert_allclose(add_luma_change(picture, change)[..., component], expected, atol=0.5 + 1e-2)


def test_a_grey_picture_stays_grey() -> None:
    grey = np.random.default_rng(6).integers(0, 256, (70, 30), dtype=np.uint8)
    change = np.random.default_rng(7).integers(-9, 9, (70, 30)).astype(np.float32)
    moved = add_luma_change(np.repeat(grey[..., None], 3, axis=2), change)
    np.testing.assert_array_equal(moved, np.repeat(add_luma_change(grey, change)[..., None], 3, axis=2))


@pytest.mark.parametrize(("change", "expected"), [(0.0, 30_000), (1.0, 30_299), (-300.0, 0), (300.0, 65_535)])
def test_a_change_of_16_bit_samples_is_65535_over_219(change: float, expected: int) -> None:
    picture = np.full((5, 5, 3), 30_000, dtype=np.uint16)
    moved = add_luma_change(picture, np.full((5, 5), change, dtype=np.float32))
    assert (moved.dtype, int(moved[0, 0, 0])) == (np.dtype(np.uint16), expected)


def test_16_bit_samples_move_as_their_8_bit_ones() -> None:
    draw = np.random.default_rng(8)
    picture = draw.integers(100, 156, (30, 20, 3), dtype=np.uint8)
    change = draw.uniform(-3, 3, (30, 20)).astype(np.float32)
    wide = add_luma_change(picture.astype(np.uint16) * 257, change) / 257
    np.testing.assert_allclose(wide, add_luma_change(picture, change), atol=0.51)
