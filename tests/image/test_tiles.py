"""`image.tiles` and `image.padding`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter

from acutance.image.padding import pad_to_multiple
from acutance.image.tiles import tiles


@given(height=st.integers(1, 90), width=st.integers(1, 90), margin=st.integers(0, 6), tile=st.integers(16, 40))
def test_every_pixel_is_written_once(height: int, width: int, margin: int, tile: int) -> None:
    written = np.zeros((height, width), dtype=int)
    for part in tiles((height, width), tile, margin):
        written[part.target] += 1
    np.testing.assert_array_equal(written, 1)


@given(height=st.integers(1, 90), width=st.integers(1, 90), tile=st.integers(16, 40))
def test_tiles_have_one_size(height: int, width: int, tile: int) -> None:
    plane = np.zeros((height, width))
    assert {plane[part.source].shape for part in tiles((height, width), tile, 3)} == {
        (min(tile, height), min(tile, width))
    }


@given(height=st.integers(1, 90), width=st.integers(1, 90), tile=st.integers(16, 40))
def test_a_filter_within_the_margin_shows_no_seam(height: int, width: int, tile: int) -> None:
    plane = np.random.default_rng(height * 97 + width).random((height, width))
    whole = uniform_filter(plane, 7, mode="constant")
    result = np.empty_like(plane)
    for part in tiles((height, width), tile, 3):
        result[part.target] = uniform_filter(plane[part.source], 7, mode="constant")[part.inner]
    np.testing.assert_allclose(result, whole, atol=1e-12)


def test_margins_must_leave_something() -> None:
    with pytest.raises(ValueError, match="nothing left"):
        list(tiles((50, 50), 16, 8))


@given(height=st.integers(1, 20), width=st.integers(1, 20), multiple=st.integers(1, 8))
def test_padding_reaches_the_next_multiple_and_repeats_the_edge(height: int, width: int, multiple: int) -> None:
    plane = np.random.default_rng(5).integers(0, 256, (height, width), dtype=np.uint8)
    padded = pad_to_multiple(plane, multiple)
    assert padded.shape == (-(-height // multiple) * multiple, -(-width // multiple) * multiple)
    np.testing.assert_array_equal(padded[:height, :width], plane)
    np.testing.assert_array_equal(padded[-1, :width], plane[-1])
    np.testing.assert_array_equal(padded[:height, -1], plane[:, -1])
