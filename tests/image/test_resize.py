"""`image.resize` against MATLAB's definition, written out independently and slowly."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from acutance.image.resize import crop_to_multiple, resize_bicubic, scaled_size


def _matlab_resize_columns(row: NDArray[np.uint8], length: int) -> list[int]:
    """One row by imresize's own steps (1-based u, P taps, mirrored), in plain Python."""
    n, scale = len(row), length / len(row)

    def cubic(x: float) -> float:
        x = abs(x)
        if x <= 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0

    shrink = min(scale, 1.0)
    width = 4.0 / shrink
    result = []
    for x in range(1, length + 1):
        u = x / scale + 0.5 * (1 - 1 / scale)
        left = math.floor(u - width / 2)
        taps = [left + k for k in range(math.ceil(width) + 2)]
        weights = [shrink * cubic(shrink * (u - tap)) for tap in taps]
        mirror = [*range(n), *reversed(range(n))]
        value = sum(w * float(row[mirror[(tap - 1) % (2 * n)]]) for w, tap in zip(weights, taps, strict=True))
        result.append(max(0, min(255, math.floor(value / sum(weights) + 0.5))))
    return result


@pytest.mark.parametrize(("width", "length"), [(12, 6), (6, 12), (13, 5), (5, 13), (16, 12), (9, 27), (3, 2), (1, 4)])
def test_columns_equal_matlab(width: int, length: int) -> None:
    row = np.random.default_rng(width).integers(0, 256, (1, width), dtype=np.uint8)
    assert resize_bicubic(row, (1, length)).tolist() == [_matlab_resize_columns(row[0], length)]


def test_the_axis_with_the_smaller_scale_goes_first() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (10, 9), dtype=np.uint8)
    columns_first = resize_bicubic(resize_bicubic(picture, (10, 3)), (20, 3))
    rows_first = resize_bicubic(resize_bicubic(picture, (20, 9)), (20, 3))
    assert (columns_first != rows_first).any()
    np.testing.assert_array_equal(resize_bicubic(picture, (20, 3)), columns_first)


def test_rows_go_first_on_a_tie() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (10, 10), dtype=np.uint8)
    rows_first = resize_bicubic(resize_bicubic(picture, (5, 10)), (5, 5))
    columns_first = resize_bicubic(resize_bicubic(picture, (10, 5)), (5, 5))
    assert (columns_first != rows_first).any()
    np.testing.assert_array_equal(resize_bicubic(picture, (5, 5)), rows_first)


def test_channels_do_not_mix() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (14, 10, 3), dtype=np.uint8)
    planes = [resize_bicubic(np.ascontiguousarray(picture[..., channel]), (7, 30)) for channel in range(3)]
    np.testing.assert_array_equal(resize_bicubic(picture, (7, 30)), np.stack(planes, axis=-1))


def test_the_kernel_parameter_is_used() -> None:
    step = np.repeat(np.array([[40, 200]], dtype=np.uint8), 8, axis=1)
    softer, sharper = (resize_bicubic(step, (1, 32), a=a).astype(int) for a in (-0.5, -0.6))
    assert np.ptp(sharper) > np.ptp(softer)


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    value=st.integers(0, 255),
)
def test_a_flat_picture_stays_flat(height: int, width: int, size: tuple[int, int], value: int) -> None:
    resized = resize_bicubic(np.full((height, width), value, dtype=np.uint8), size)
    np.testing.assert_array_equal(resized, np.full(size, value, dtype=np.uint8))


@given(height=st.integers(1, 30), width=st.integers(1, 30), size=st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_mirroring_the_picture_mirrors_the_result(height: int, width: int, size: tuple[int, int]) -> None:
    picture = np.random.default_rng(height * 31 + width).integers(0, 256, (height, width), dtype=np.uint8)
    difference = resize_bicubic(picture[:, ::-1], size)[:, ::-1].astype(int) - resize_bicubic(picture, size)
    assert abs(difference).max() <= 1  # a value on .5 may fall either way with the order of summation


def test_nothing_cannot_be_resized() -> None:
    with pytest.raises(ValueError, match="cannot resize 0x4 to 2x2"):
        resize_bicubic(np.zeros((4, 0), dtype=np.uint8), (2, 2))


def test_sizes_of_thirds_are_not_rounded_up_by_floating_point() -> None:
    assert [scaled_size(960, 3 / 4), scaled_size(9, 1 / 3), scaled_size(10, Fraction(1, 3))] == [720, 3, 4]


def test_cropping_drops_the_last_rows_and_columns() -> None:
    picture = np.arange(35, dtype=np.uint8).reshape(5, 7)
    np.testing.assert_array_equal(crop_to_multiple(picture, 3), picture[:3, :6])


def test_a_picture_smaller_than_the_multiple_cannot_be_cropped() -> None:
    with pytest.raises(ValueError, match="7x2 has no 3x3 pixels"):
        crop_to_multiple(np.zeros((2, 7), dtype=np.uint8), 3)


def test_16_bit_samples_are_resized_257_times_finer() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    deep = resize_bicubic(picture.astype(np.uint16) * 257, (33, 47))
    assert deep.dtype == np.uint16
    assert abs(deep / 257 - resize_bicubic(picture, (33, 47))).max() < 1.5  # 8 bits round twice
