"""A sharpener that follows its stream: by what it is told, with real files."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acutance import Sharpener
from acutance.runtime.backends.backend import Backend
from acutance.runtime.bank import UNCODED, Told
from acutance.runtime.models import TIERS, open_model, read_card, shipped_files

_RANDOM = np.random.default_rng(0)
_PLANE = _RANDOM.integers(16, 236, (48, 72), dtype=np.uint8)
_FRAME = _RANDOM.integers(0, 256, (48, 72, 3), dtype=np.uint8)


def _until_it_is(sharpener: Sharpener, expected: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return what comes of frame after frame, until it is as expected."""
    frames: list[NDArray[np.uint8]] = []
    until = time.monotonic() + 30.0
    while time.monotonic() < until:
        frames.append(sharpener.luma(_PLANE) if expected.ndim == 2 else sharpener(_FRAME))
        if (frames[-1] == expected).all():
            return frames
    raise AssertionError("it never came")


@pytest.fixture(scope="module")
def by_expert(expert_files: list[Path]) -> list[NDArray[np.uint8]]:
    return [Sharpener.load(path).luma(_PLANE) for path in expert_files]


def test_what_was_hardly_enlarged_stays_bit_identical(bank_file: Path) -> None:
    sharpener = Sharpener.load(bank_file, scale=1.1)
    np.testing.assert_array_equal(sharpener.luma(_PLANE), _PLANE)
    np.testing.assert_array_equal(sharpener(_FRAME), _FRAME)
    assert sharpener.luma(_PLANE) is not _PLANE


def test_while_the_next_expert_opens_the_one_before_works(bank_file: Path, by_expert: list[NDArray[np.uint8]]) -> None:
    may_open = threading.Event()
    model = open_model(bank_file, device="cpu", precision="auto", threads=None)

    def open_late(number: int) -> Backend:
        may_open.wait()
        assert model.open_expert is not None
        return model.open_expert(number)

    sharpener = Sharpener(replace(model, open_expert=open_late), told=Told(2.0, UNCODED))
    np.testing.assert_array_equal(sharpener.luma(_PLANE), by_expert[0])
    sharpener.follow(scale=3.0, codec=UNCODED)
    assert str(sharpener.selection) == "weights for ×3, no codec, as ×3 (told), no codec (told)"
    for _ in range(5):
        np.testing.assert_array_equal(sharpener.luma(_PLANE), by_expert[0])
    may_open.set()
    assert all((frame == by_expert[0]).all() for frame in _until_it_is(sharpener, by_expert[1])[:-1])


def test_a_stream_is_followed_through_its_changes(bank_file: Path, by_expert: list[NDArray[np.uint8]]) -> None:
    sharpener = Sharpener.load(bank_file, scale=2.0, codec="h264", bits_per_pixel=0.1)
    np.testing.assert_array_equal(sharpener.luma(_PLANE), by_expert[2])
    sharpener.follow(scale=4 / 3, codec="h264", bits_per_pixel=0.2)
    _until_it_is(sharpener, by_expert[3])
    sharpener.follow(scale=1.0)
    np.testing.assert_array_equal(sharpener.luma(_PLANE), _PLANE)
    sharpener.follow(scale=2.0, codec=UNCODED)
    _until_it_is(sharpener, by_expert[0])


def test_frames_in_colour_are_followed_too(bank_file: Path, expert_files: list[Path]) -> None:
    before, after = (Sharpener.load(path)(_FRAME) for path in expert_files[:2])
    sharpener = Sharpener.load(bank_file, scale=2.0, codec=UNCODED)
    np.testing.assert_array_equal(sharpener(_FRAME), before)
    sharpener.follow(scale=3.0, codec=UNCODED)
    assert all((frame == before).all() for frame in _until_it_is(sharpener, after)[:-1])


def test_a_stream_that_begins_waits_for_its_expert(bank_file: Path, by_expert: list[NDArray[np.uint8]]) -> None:
    sharpener = Sharpener.load(bank_file, scale=2.0, codec=UNCODED)
    sharpener.luma(_PLANE)
    sharpener.follow(scale=3.0, codec=UNCODED)
    sharpener.restart()
    np.testing.assert_array_equal(sharpener.luma(_PLANE), by_expert[1])


def test_half_the_strength_is_half_the_change(bank_file: Path, by_expert: list[NDArray[np.uint8]]) -> None:
    half = Sharpener.load(bank_file, scale=2.0, strength=0.5, codec=UNCODED).luma(_PLANE).astype(float)
    np.testing.assert_allclose(half - _PLANE, (by_expert[0].astype(float) - _PLANE) / 2, atol=0.51)


def test_for_timing_the_model_runs_whatever_the_stream_is(bank_file: Path, by_expert: list[NDArray[np.uint8]]) -> None:
    assert (Sharpener.load(bank_file, scale=1.0).through_model(_PLANE) == by_expert[0]).all()
    assert (Sharpener.load(bank_file, scale=3.0, codec=UNCODED).through_model(_PLANE) == by_expert[1]).all()
    assert (Sharpener.load(bank_file).through_model(_PLANE) == by_expert[0]).all()


def test_a_plain_student_has_nothing_to_follow(model_file: Path) -> None:
    sharpener = Sharpener.load(model_file)
    before = sharpener.luma(_PLANE)
    sharpener.follow(scale=1.0)
    sharpener.restart()
    assert sharpener.selection is None
    np.testing.assert_array_equal(sharpener.luma(_PLANE), before)


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_is_a_bank_in_f32_and_int8(tier: str) -> None:
    in_f32, in_int8 = (
        [(each.scale, each.bits_per_pixel) for each in read_card(shipped_files()[name]).conditions]
        for name in (tier, f"{tier}.int8")
    )
    assert len(in_f32) > 1
    assert in_f32 == in_int8
