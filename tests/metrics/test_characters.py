"""Reading text: the distance by its definition, the engine on text that the test sets itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from acutance.metrics.characters import CharacterReader, edit_distance

_WORDS = st.text("abc", max_size=7)


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0), ("ab", "ba", 2), ("abc", "axc", 1)],
)
def test_distances_that_are_known(first: str, second: str, distance: int) -> None:
    assert edit_distance(first, second) == distance


@given(_WORDS, _WORDS, _WORDS)
def test_it_is_a_distance(first: str, second: str, third: str) -> None:
    assert edit_distance(first, second) == edit_distance(second, first)
    assert (edit_distance(first, second) == 0) == (first == second)
    assert edit_distance(first, third) <= edit_distance(first, second) + edit_distance(second, third)


@pytest.fixture(scope="module")
def reader() -> CharacterReader:
    pytest.importorskip("rapidocr", reason="RapidOCR (the extra 'ocr') is not installed")
    return CharacterReader(threads=1)


@pytest.fixture(scope="module")
def page() -> Image.Image:
    image = Image.new("RGB", (360, 90), "white")
    draw = ImageDraw.Draw(image)
    for line, text in enumerate(("sharp letters are read", "and soft ones are not")):
        draw.text((12, 12 + 36 * line), text, "black", ImageFont.load_default(22))
    return image


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image)


def test_the_clean_text_is_read(reader: CharacterReader, page: Image.Image) -> None:
    lines = reader.find_lines(_pixels(page))
    assert "".join(lines.texts).replace(" ", "") == "sharplettersarereadandsoftonesarenot"
    assert lines.measure(_pixels(page)) == 1.0


def test_blurred_text_is_read_in_part(reader: CharacterReader, page: Image.Image) -> None:
    lines = reader.find_lines(_pixels(page))
    soft, softer = (lines.measure(_pixels(page.filter(ImageFilter.GaussianBlur(radius)))) for radius in (2.5, 6.0))
    assert soft is not None
    assert softer is not None
    assert softer < min(soft, 0.5)


def test_a_picture_without_text_has_no_figure(reader: CharacterReader) -> None:
    blank = np.full((90, 360), 200, np.uint8)
    assert reader.find_lines(blank).measure(blank) is None
