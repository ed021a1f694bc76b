"""One frame: what a luma map may and may not do to it."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acutance.video.frame import change_luma, studio_luma

FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p"]


def noise(pixel_format: str, width: int = 70, height: int = 40, seed: int = 0) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixel_format)
    random = np.random.default_rng(seed)
    for plane in frame.planes:
        plane.update(random.integers(0, 256, plane.buffer_size, dtype=np.uint8).tobytes())
    return frame


def planes(frame: av.VideoFrame) -> list[NDArray[np.uint8]]:
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width].copy()
        for plane in frame.planes
    ]


@given(st.sampled_from(FORMATS), st.integers(1, 80), st.integers(1, 50), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_identity_changes_no_bit(pixel_format: str, width: int, height: int, seed: int) -> None:
    frame = noise(pixel_format, width, height, seed)
    before = planes(frame)
    change_luma(frame, lambda plane: plane)
    for plane, expected in zip(planes(frame), before, strict=True):
        np.testing.assert_array_equal(plane, expected)


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_chroma_is_not_touched(pixel_format: str) -> None:
    frame = noise(pixel_format)
    before = planes(frame)
    change_luma(frame, lambda plane: 255 - plane)
    for plane, expected in zip(planes(frame)[1:], before[1:], strict=True):
        np.testing.assert_array_equal(plane, expected)


def test_studio_range_goes_to_the_map_as_it_is() -> None:
    frame = noise("yuv420p")
    before = planes(frame)[0]
    change_luma(frame, lambda plane: 255 - plane)
    np.testing.assert_array_equal(planes(frame)[0], 255 - before)


@pytest.mark.parametrize(("pixel_format", "color_range"), [("yuvj420p", 0), ("yuv420p", 2)])
def test_full_range_goes_to_the_map_as_studio_range(pixel_format: str, color_range: int) -> None:
    frame = noise(pixel_format)
    frame.color_range = color_range
    full = planes(frame)[0]
    np.testing.assert_allclose(studio_luma(frame), 16 + full * (219 / 255), atol=0.5)


def test_a_change_of_full_range_is_scaled_back() -> None:
    frame = noise("yuvj420p")
    full = planes(frame)[0].astype(int)
    change_luma(frame, lambda plane: plane - np.uint8(10))
    np.testing.assert_array_equal(planes(frame)[0], np.maximum(full - 12, 0))  # 10·255/219 = 11.6


def test_the_map_may_write_into_its_plane() -> None:
    def darken(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        plane -= 10
        return plane

    in_place, anew = noise("yuvj420p"), noise("yuvj420p")
    change_luma(in_place, darken)
    change_luma(anew, lambda plane: plane - np.uint8(10))
    np.testing.assert_array_equal(planes(in_place)[0], planes(anew)[0])


def test_a_map_that_returns_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(1, 70\) uint8 back, expected \(40, 70\) uint8"):
        change_luma(noise("yuv420p"), lambda plane: plane[:1])
