import base64
from io import BytesIO

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from acutance.evaluate.report.images import Window, exact_uri, most_different, preview_uri


def decoded(uri: str) -> NDArray[np.uint8]:
    head, _, content = uri.partition(",")
    assert head == "data:image/webp;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(content))).convert("RGB"))


def test_the_window_finds_the_place_that_differs() -> None:
    clean = np.full((120, 200, 3), 90, dtype=np.uint8)
    shown = clean.copy()
    shown[70:90, 130:150] += 40
    window = most_different(shown, clean, 24)
    assert window.cut(shown).max() == 130
    assert np.count_nonzero(window.cut(shown)[..., 0] == 130) == 400


def test_the_window_is_the_one_with_the_greatest_sum_of_squares() -> None:
    noise = np.random.default_rng(3)
    one, other = (noise.integers(256, size=(21, 17, 3), dtype=np.uint8) for _ in range(2))
    window = most_different(one, other, 6)
    weights = np.array([0.299, 0.587, 0.114])
    squares = ((one.astype(float) - other.astype(float)) @ weights) ** 2
    sums = np.lib.stride_tricks.sliding_window_view(squares, (6, 6)).sum(axis=(2, 3))
    assert (window.top, window.left) == np.unravel_index(sums.argmax(), sums.shape)


def test_the_window_shrinks_to_a_small_picture() -> None:
    picture = np.zeros((10, 300, 3), dtype=np.uint8)
    assert most_different(picture, picture, 64) == Window(0, 0, 10, 64)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 300), st.integers(1, 300))
def test_a_widened_window_stays_inside(top: int, left: int, side: int, height: int, width: int) -> None:
    widened = Window(top, left, side, side).widened((height, width), (100, 100))
    assert 0 <= widened.top <= widened.top + widened.height <= 100
    assert 0 <= widened.left <= widened.left + widened.width <= 100
    assert (widened.height, widened.width) == (min(height, 100), min(width, 100))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40))
def test_a_widened_window_holds_the_first_one(top: int, left: int, side: int) -> None:
    widened = Window(top, left, side, side).widened((max(side, 50), max(side, 70)), (100, 100))
    assert widened.top <= top
    assert top + side <= widened.top + widened.height
    assert widened.left <= left
    assert left + side <= widened.left + widened.width


def test_exact_pictures_come_back_bit_by_bit() -> None:
    picture = np.random.default_rng(1).integers(256, size=(31, 47, 3), dtype=np.uint8)
    assert np.array_equal(decoded(exact_uri(picture)), picture)


def test_previews_keep_their_shape_and_are_bounded() -> None:
    assert decoded(preview_uri(np.zeros((100, 400, 3), dtype=np.uint8), 80)).shape == (20, 80, 3)
