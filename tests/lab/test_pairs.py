"""Training pictures in memory: which there are, and their shrunk copies."""

from pathlib import Path

import numpy as np

from acutance.degrade import parse_degradation
from acutance.image.planes import luma, round_to_uint8
from acutance.image.resize import resize_bicubic
from acutance.lab.samples import load_pairs
from acutance.pictures import read_picture

BICUBIC = parse_degradation("bicubic-x2")


def test_shrunk_copies_come_after_each_training_picture_only(training_pictures: Path) -> None:
    plain = load_pairs(training_pictures, BICUBIC, 2, 1)
    shrunk = load_pairs(training_pictures, BICUBIC, 2, 1, shrinks=(1.5, 2.0))
    assert [pair.clean.shape for pair in shrunk.training[::3]] == [pair.clean.shape for pair in plain.training]
    assert all(
        copy.clean.shape[0] < pair.clean.shape[0] / 1.4
        for pair, copy in zip(plain.training, shrunk.training[1::3], strict=True)
    )
    assert len(shrunk.training) == 3 * len(plain.training)
    assert [pair.clean.shape for pair in shrunk.held_out] == [pair.clean.shape for pair in plain.held_out]
    assert shrunk.sha256 == plain.sha256


def test_a_shrunk_copy_is_degraded_after_it_was_shrunk(training_pictures: Path) -> None:
    copy = load_pairs(training_pictures, BICUBIC, 2, 1, shrinks=(2.0,)).training[1]
    originals = [read_picture(path).pixels for path in sorted(training_pictures.iterdir())]
    shrunk = [resize_bicubic(picture, (picture.shape[0] // 2, picture.shape[1] // 2)) for picture in originals]
    expected = [BICUBIC.crop(picture) for picture in shrunk]
    assert any(
        np.array_equal(copy.clean, round_to_uint8(luma(picture)))
        and np.array_equal(copy.displayed, round_to_uint8(luma(BICUBIC(picture))))
        for picture in expected
        if picture.shape[:2] == copy.clean.shape
    )
