"""A still frame is not computed again, and a changed one always is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from acutance.runtime.still import StillFrames

SHAPE = (6, 10)


class Darken:
    """A map that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        self.calls += 1
        if plane.min() == 255:
            raise RuntimeError("too bright")
        return plane // 2


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 254)), max_size=12))
def test_every_frame_comes_out_as_without_it(changes: list[tuple[int, int, int]]) -> None:
    darken = Darken()
    still = StillFrames(darken)
    plane = np.zeros(SHAPE, np.uint8)
    computed = 0
    last = None
    for row, column, value in changes:
        plane = plane.copy()
        plane[row, column] = value
        computed += last is None or not np.array_equal(plane, last)
        last = plane
        assert np.array_equal(still(plane), plane // 2)
    assert darken.calls == computed


def test_another_size_is_another_frame() -> None:
    still = StillFrames(Darken())
    still(np.zeros(SHAPE, np.uint8))
    assert still(np.zeros(SHAPE[::-1], np.uint8)).shape == SHAPE[::-1]


def test_a_frame_that_failed_is_tried_again() -> None:
    still = StillFrames(Darken())
    for _ in range(2):
        with pytest.raises(RuntimeError, match="too bright"):
            still(np.full(SHAPE, 255, np.uint8))


def test_what_it_gives_cannot_be_spoilt() -> None:
    sharpened = StillFrames(Darken())(np.zeros(SHAPE, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        sharpened[0, 0] = 1
