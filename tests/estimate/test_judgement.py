"""Estimates of pictures whose truth the test knows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from acutance.degrade import BicubicDegradation, CallDegradation, parse_degradation
from acutance.estimate import estimate
from acutance.estimate.judgement import NOTHING_SEEN
from acutance.image.resize import resize_bicubic

Plane = NDArray[np.uint8]

SIDE = 384  # a multiple of all scales' numerators
SCALES = [Fraction(4, 3), Fraction(3, 2), Fraction(2), Fraction(3), Fraction(4)]


def _fractal() -> Plane:
    """Return noise whose amplitude falls as that of photographs does, as one over the frequency."""
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None, :])
    frequency[0, 0] = 1.0
    white = np.fft.rfft2(np.random.default_rng(5).normal(size=(SIDE, SIDE)))
    noise = np.fft.irfft2(white / frequency, s=(SIDE, SIDE))
    plane: Plane = np.clip(126 + 40 * noise / noise.std(), 16, 235).astype(np.uint8)
    return plane


def _text() -> Plane:
    """Return lines of text of several sizes on light grey."""
    page = Image.new("L", (SIDE, SIDE), 220)
    draw = ImageDraw.Draw(page)
    top = 4
    for line in range(18):
        draw.text((4 + line % 5, top), f"{line} Sphinx of black quartz, judge my vow: 0123456789 " * 2, 30, _font(line))
        top += 22
    return np.asarray(page)


def _font(line: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(11 + line % 7)


PICTURES = {"fractal": _fractal, "text": _text}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_that_was_not_enlarged_is_told_from_those_that_were(kind: str) -> None:
    assert estimate(PICTURES[kind]()).scale < 1.15


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_the_scale_of_the_classroom_case_is_within_15_percent(kind: str, scale: Fraction) -> None:
    displayed = BicubicDegradation(scale)(PICTURES[kind]())
    assert estimate(displayed).scale == pytest.approx(float(scale), rel=0.15)


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_the_scale_is_found_where_players_enlarge(scale: Fraction) -> None:
    received = BicubicDegradation(scale).receive(_fractal())
    assert estimate(resize_bicubic(received, (SIDE, SIDE), a=-0.6)).scale == pytest.approx(float(scale), rel=0.15)


def test_a_starved_codec_is_seen_and_does_not_hide_the_scale() -> None:
    call = parse_degradation("call-x4-vp8-0.03bpp", calls=True)
    assert isinstance(call, CallDegradation)
    seen = estimate(call.send_picture(_fractal(), seed=1, at=8).displayed.luma)
    assert seen.scale == pytest.approx(4, rel=0.15)
    assert seen.bits_per_pixel is not None
    assert seen.bits_per_pixel < 0.15


def test_no_codec_is_seen_where_there_is_none() -> None:
    assert estimate(BicubicDegradation(Fraction(2))(_fractal())).bits_per_pixel is None


@pytest.mark.parametrize(
    "plane",
    [np.zeros((63, 400), np.uint8), np.zeros((400, 1), np.uint8), np.full((300, 300), 90, np.uint8)],
    ids=["too low", "too narrow", "flat"],
)
def test_where_nothing_is_seen_it_is_neither_enlarged_nor_sure(plane: Plane) -> None:
    assert estimate(plane) == NOTHING_SEEN


def test_a_plane_within_a_padded_buffer_is_estimated_as_its_copy() -> None:
    buffer = np.pad(_fractal(), ((0, 0), (0, 32)))
    assert estimate(buffer[:, :SIDE]) == estimate(_fractal())


@settings(max_examples=25, deadline=None)
@given(plane=arrays(np.uint8, st.tuples(st.integers(1, 150), st.integers(1, 150))))
def test_estimates_of_anything_are_in_range(plane: Plane) -> None:
    seen = estimate(plane)
    assert 1 <= seen.scale_low <= seen.scale <= 5
    assert seen.bits_per_pixel is None or 0 < seen.bits_per_pixel < 1
