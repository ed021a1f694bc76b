"""`image.tiles` and `image.padding`."""

import math

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
    for part in tiles((height, width), tile, margin, 1):
        written[part.target] += 1
    np.testing.assert_array_equal(written, 1)


@given(
    rows=st.integers(1, 90),
    columns=st.integers(1, 90),
    tile=st.integers(6, 20),
    margin=st.integers(0, 2),
    grid=st.integers(1, 3),
)
def test_tiles_have_one_size_and_lie_on_the_grid(rows: int, columns: int, tile: int, margin: int, grid: int) -> None:
    parts = list(tiles((rows * grid, columns * grid), tile * grid, margin * grid, grid))
    sizes = {tuple(along.stop - along.start for along in part.source) for part in parts}
    assert len(sizes) == 1
    assert max(sizes.pop()) <= tile * grid
    assert {along.start % grid for part in parts for along in part.source} == {0}


def test_little_is_done_twice() -> None:
    parts = list(tiles((2160, 3840), 1024, 22, 2))
    done = sum(math.prod(along.stop - along.start for along in part.source) for part in parts)
    assert (len(parts), done < 1.1 * 2160 * 3840) == (12, True)


@given(height=st.integers(1, 90), width=st.integers(1, 90), tile=st.integers(16, 40))
def test_a_filter_within_the_margin_shows_no_seam(height: int, width: int, tile: int) -> None:
    plane = np.random.default_rng(height * 97 + width).random((height, width))
    whole = uniform_filter(plane, 7, mode="constant")
    result = np.empty_like(plane)
    for part in tiles((height, width), tile, 3, 1):
        result[part.target] = uniform_filter(plane[part.source], 7, mode="constant")[part.inner]
    np.testing.assert_allclose(result, whole, atol=1e-12)


def test_margins_must_leave_something() -> None:
    with pytest.raises(ValueError, match="nothing left"):
        list(tiles((50, 50), 16, 8, 1))


@given(height=st.integers(1, 20), width=st.integers(1, 20), multiple=st.integers(1, 8))
def test_padding_reaches_the_next_multiple_and_repeats_the_edge(height: int, width: int, multiple: int) -> None:
    plane = np.random.default_rng(5).integers(0, 256, (height, width), dtype=np.uint8)
    padded = pad_to_multiple(plane, multiple)
    assert padded.shape == (-(-height // multiple) * multiple, -(-width // multiple) * multiple)
    np.testing.assert_array_equal(padded[:height, :width], plane)
    np.testing.assert_array_equal(padded[-1, :width], plane[-1])
    np.testing.assert_array_equal(padded[:height, -1], plane[:, -1])
