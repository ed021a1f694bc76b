"""Planar frames: beside our own luma and our own resizing."""

import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from skimage.data import astronaut

from acutance.degrade import PlanarFrame
from acutance.degrade.planar import Resizer, planar
from acutance.image.planes import luma, round_to_uint8
from acutance.image.resize import resize_bicubic


def _planar(rgb: NDArray[np.uint8]) -> PlanarFrame:
    return PlanarFrame.of(planar(rgb, VideoReformatter()))


def test_luma_is_ours_to_one_code_value() -> None:
    picture = astronaut()
    ours = round_to_uint8(luma(picture)).astype(int)
    difference = _planar(picture).luma - ours
    assert np.abs(difference).max() <= 1
    assert abs(difference.mean()) < 0.01


@pytest.mark.parametrize(
    ("rgb", "code"), [((0, 0, 0), 16), ((255, 255, 255), 235), ((255, 0, 0), 81), ((0, 0, 255), 41), ((90, 90, 90), 93)]
)
def test_flat_colours_come_back(rgb: tuple[int, int, int], code: int) -> None:
    frame = _planar(np.full((16, 24, 3), rgb, np.uint8))
    assert (frame.luma == code).all()
    np.testing.assert_allclose(frame.rgb(), np.full((16, 24, 3), rgb), atol=1)


def test_colours_stay_in_their_place() -> None:
    ramp = np.linspace(0, 255, 256).astype(np.uint8)
    picture = np.stack(
        [np.tile(ramp, (256, 1)), np.full((256, 256), 60, np.uint8), np.tile(ramp[:, None], 256)], axis=2
    )
    moved = (_planar(picture).rgb().astype(int) - picture)[8:-8, 8:-8].mean(axis=(0, 1))
    np.testing.assert_allclose(moved, 0, atol=0.12)  # a quarter of a pixel would be 0.25


@pytest.mark.parametrize("a", [-0.5, -0.6])
@pytest.mark.parametrize("size", [(256, 256), (1024, 768), (682, 682)])
def test_resizing_is_ours_but_at_the_borders(a: float, size: tuple[int, int]) -> None:
    frame = planar(astronaut(), VideoReformatter())
    resized = PlanarFrame.of(Resizer((512, 512), size, a)(frame)).luma.astype(int)
    difference = (resized - resize_bicubic(PlanarFrame.of(frame).luma, size[::-1], a=a))[8:-8, 8:-8]
    assert np.abs(difference).max() <= 2
    assert np.mean(np.abs(difference) > 1) < 1e-4
    assert abs(difference.mean()) < 0.02


def test_the_same_size_changes_nothing() -> None:
    frame = planar(astronaut(), VideoReformatter())
    assert Resizer((512, 512), (512, 512), -0.5)(frame) is frame
