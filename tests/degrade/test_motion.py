"""A still picture as a clip: where it looks, and by how much of a pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.data import astronaut

from acutance.degrade import Motion, pan

_STILL = Motion((0.0, 0.0), 0.0, (0.0, 0.0), 30.0, 0.0)


def _waves(right: float, down: float, zoom: float = 1.0) -> NDArray[np.float64]:
    """Return 64×96 pixels of a smooth pattern, seen from a camera that was moved."""
    rows, columns = np.mgrid[:64, :96].astype(float)
    x = 47.5 + (columns - 47.5) * zoom + right
    y = 31.5 + (rows - 31.5) * zoom + down
    return np.asarray(128 + 50 * np.sin(2 * np.pi * x / 13) + 50 * np.cos(2 * np.pi * y / 17))


@pytest.mark.parametrize(
    ("motion", "right", "down", "zoom"),
    [
        (Motion((0.3, -0.7), 0.0, (0.0, 0.0), 30.0, 0.0), 0.9, -2.1, 1.0),
        (Motion((0.0, 0.0), 0.01, (0.0, 0.0), 30.0, 0.0), 0.0, 0.0, np.exp(0.03)),
        (Motion((0.0, 0.0), 0.0, (1.5, 0.5), 12.0, 0.0), 1.5, 0.5, 1.0),
    ],
)
def test_three_frames_later_the_camera_is_where_it_should_be(
    motion: Motion, right: float, down: float, zoom: float
) -> None:
    picture = np.repeat(np.rint(_waves(0, 0)).astype(np.uint8)[..., None], 3, axis=2)
    *_, last = pan(picture, motion, frames=6, straight=2)
    np.testing.assert_allclose(last[8:-8, 8:-8, 0], _waves(right, down, zoom)[8:-8, 8:-8], atol=2)


@pytest.mark.parametrize("seed", range(5))
def test_the_straight_frame_is_the_middle_of_the_picture(seed: int) -> None:
    frames = list(pan(astronaut(), Motion.draw(seed), frames=9, straight=6, size=(300, 200)))
    assert len(frames) == 9
    np.testing.assert_array_equal(frames[6], astronaut()[156:356, 106:406])


def test_beyond_its_borders_the_picture_is_mirrored() -> None:
    *_, last = pan(astronaut(), Motion((5.0, 0.0), 0.0, (0.0, 0.0), 30.0, 0.0), frames=3, straight=0)
    np.testing.assert_array_equal(last[:, -10:], astronaut()[:, -10:][:, ::-1])


def test_equal_seeds_move_alike_and_others_do_not() -> None:
    assert Motion.draw([7, 1]) == Motion.draw([7, 1])
    assert Motion.draw([7, 1]) != Motion.draw([7, 2])


def test_a_quarter_of_the_cameras_stand_still() -> None:
    still = sum(Motion.draw(seed).window(9, (64, 48)) == (0.0, 0.0, 64.0, 48.0) for seed in range(400))
    assert 70 <= still <= 130


def test_frames_larger_than_the_picture_are_refused() -> None:
    with pytest.raises(ValueError, match="a picture of 512x512 has no room for frames of 600x400"):
        next(pan(astronaut(), _STILL, frames=1, straight=0, size=(600, 400)))
