"""Training pictures in memory: which there are, and their shrunk copies."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from acutance.degrade import Camera, DegradationError, parse_degradation
from acutance.image.planes import luma, round_to_uint8
from acutance.image.resize import resize_bicubic
from acutance.lab.samples import load_pairs, parse_mixture
from acutance.pictures import read_picture

BICUBIC = parse_degradation("bicubic-x2")


def test_shrunk_copies_come_after_each_training_picture_only(training_pictures: Path) -> None:
    plain = load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1)
    shrunk = load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1, shrinks=(1.5, 2.0))
    assert [pair.clean.shape for pair in shrunk.training[::3]] == [pair.clean.shape for pair in plain.training]
    assert all(
        copy.clean.shape[0] < pair.clean.shape[0] / 1.4
        for pair, copy in zip(plain.training, shrunk.training[1::3], strict=True)
    )
    assert len(shrunk.training) == 3 * len(plain.training)
    assert [pair.clean.shape for pair in shrunk.held_out] == [pair.clean.shape for pair in plain.held_out]
    assert shrunk.sha256 == plain.sha256


def test_a_shrunk_copy_is_degraded_after_it_was_shrunk(training_pictures: Path) -> None:
    copy = load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1, shrinks=(2.0,)).training[1]
    originals = [read_picture(path).pixels for path in sorted(training_pictures.iterdir())]
    shrunk = [resize_bicubic(picture, (picture.shape[0] // 2, picture.shape[1] // 2)) for picture in originals]
    expected = [BICUBIC.crop(picture) for picture in shrunk]
    assert any(
        np.array_equal(copy.clean, round_to_uint8(luma(picture)))
        and np.array_equal(copy.displayed, round_to_uint8(luma(BICUBIC(picture))))
        for picture in expected
        if picture.shape[:2] == copy.clean.shape
    )


CALLS = "call-x2-h264-0.1bpp,call-x2-vp8-0.1bpp"


def test_of_several_calls_each_picture_meets_one(training_pictures: Path) -> None:
    mixed = load_pairs(training_pictures, parse_mixture(CALLS), 2, 1, shrinks=(1.5,)).training
    alone = [
        load_pairs(training_pictures, parse_mixture(name), 2, 1, shrinks=(1.5,)).training for name in CALLS.split(",")
    ]
    met = [
        [np.array_equal(pair.displayed, single[index].displayed) for single in alone]
        for index, pair in enumerate(mixed)
    ]
    assert all(sum(which) == 1 for which in met)
    assert {which.index(True) for which in met} == {0, 1}


def test_a_call_shows_the_clean_picture_itself_degraded(training_pictures: Path) -> None:
    pair = load_pairs(training_pictures, parse_mixture(CALLS), 2, 1, with_received=True).training[0]
    assert pair.received is not None
    assert pair.displayed.shape == pair.clean.shape == tuple(2 * side for side in pair.received.shape[:2])
    cameras = [Camera.draw(number) for number in range(8)]
    pictures = [read_picture(path).pixels for path in sorted(training_pictures.iterdir())]
    errors = [
        np.abs(round_to_uint8(luma(seen))[: pair.clean.shape[0], : pair.clean.shape[1]].astype(int) - pair.clean)
        for picture, camera in zip(pictures, cameras, strict=False)
        if (seen := camera.focus(picture)).shape[0] >= pair.clean.shape[0] and seen.shape[1] >= pair.clean.shape[1]
    ]
    assert min(error.mean() for error in errors) < 1.0  # the planes of a call are rounded by another library
    assert not np.array_equal(pair.displayed, pair.clean)


def test_of_a_call_the_frame_before_is_kept_and_of_a_still_picture_none_is(training_pictures: Path) -> None:
    calls = load_pairs(training_pictures, parse_mixture(CALLS), 2, 1).training
    moved = [pair.before is not None and not np.array_equal(pair.before.clean, pair.clean) for pair in calls]
    assert any(moved)
    assert all(pair.before is not None and pair.before.clean.shape == pair.clean.shape for pair in calls)
    assert all(
        pair.before is None for pair in load_pairs(training_pictures, parse_mixture("bicubic-x2"), 2, 1).training
    )


@pytest.mark.parametrize(
    "names",
    [
        "bicubic-x2,bicubic-x3",
        "bicubic-x2,call-x2-h264-0.1bpp",
        "call-x2-h264-0.1bpp,call-x3-h264-0.1bpp",
        "call-540p-h264-0.1bpp",
        "call-x2-h264-qp30",
        "blur",
    ],
)
def test_what_is_no_mixture_is_refused(names: str) -> None:
    with pytest.raises(DegradationError, match="degradation: got"):
        parse_mixture(names)


def test_a_mixture_knows_its_condition() -> None:
    mixture = parse_mixture("call-x4/3-h264-0.05bpp,call-x4/3-vp9-0.2bpp")
    assert mixture.scale == Fraction(4, 3)
    assert mixture.bits_per_pixel == pytest.approx(0.1)
    assert parse_mixture(mixture.name) == mixture
    assert parse_mixture("bicubic-x2").bits_per_pixel is None
