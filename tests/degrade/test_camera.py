"""What a lens and a sensor do to a scene."""

import numpy as np
import pytest
from scipy.special import ndtr
from skimage.data import astronaut

from acutance.degrade import Camera, parse_degradation
from acutance.degrade.call import CallDegradation

_GREY = np.full((64, 96, 3), 128, np.uint8)


def test_a_perfect_camera_changes_nothing() -> None:
    camera = Camera()
    np.testing.assert_array_equal(camera.expose(camera.focus(astronaut()), 3), astronaut())


def test_a_lens_spreads_an_edge_like_a_gaussian() -> None:
    edge = np.zeros((40, 40, 3), np.uint8)
    edge[:, 20:] = 200
    expected = 200 * ndtr((np.arange(40) - 19.5) / 1.2)
    np.testing.assert_allclose(Camera(blur=1.2).focus(edge)[20, :, 0], expected, atol=2.5)  # of pixels, not of points


def test_noise_is_as_strong_as_said_grey_and_new_in_each_frame() -> None:
    one, other = (Camera(noise=2.0).expose(_GREY, time).astype(float) for time in (0, 1))
    assert one.std() == pytest.approx(2.0, rel=0.05)
    assert np.ptp(one, axis=2).max() == 0
    assert (one - other).std() == pytest.approx(2.0 * np.sqrt(2), rel=0.05)


def test_noise_is_sent_but_not_clean() -> None:
    call = parse_degradation("call-x1-h264-qp10", calls=True)
    assert isinstance(call, CallDegradation)
    (frame,) = call.send([_GREY], Camera(noise=2.0))
    assert frame.clean.luma.std() == 0
    assert frame.displayed.luma.std() > 1


def test_draws_differ_and_can_be_drawn_again() -> None:
    cameras = [Camera.draw(seed) for seed in range(200)]
    assert cameras == [Camera.draw(seed) for seed in range(200)]
    assert 0.4 < np.mean([camera.blur > 0 for camera in cameras]) < 0.6
    assert 0.6 < np.mean([camera.noise > 0 for camera in cameras]) < 0.8
